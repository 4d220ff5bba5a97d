// Writes manual pages and shell completions of the three programs into a folder, in the places
// below share/ where they are installed. All of it from what the programs print as their help, or
// read it from.
//
//     make_manual FOLDER VERSION

#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include "broker/help.hpp"
#include "publisher/cli/options.hpp"
#include "shared/manual/completion.hpp"
#include "shared/manual/help_page.hpp"
#include "shared/manual/man_page.hpp"
#include "subscriber/agent/options.hpp"
#include "subscriber/alert/help.hpp"

namespace {

namespace manual = crier::manual;
using std::filesystem::path;

class Folder {
public:
    explicit Folder(path root) : root_(std::move(root)) {}

    void write(const path& name, const std::string& text) {
        std::filesystem::create_directories((root_ / name).parent_path());
        std::ofstream file(root_ / name, std::ios::binary);
        file << text;
        if (!file.flush()) is_complete_ = false;
    }
    void write_completions(const manual::Program& program) {
        const std::string& name = program.name;
        write(path("bash-completion/completions") / name, manual::bash_completion(program));
        write("zsh/site-functions/_" + name, manual::zsh_completion(program));
        write("fish/vendor_completions.d/" + name + ".fish", manual::fish_completion(program));
    }
    [[nodiscard]] bool is_complete() const { return is_complete_; }

private:
    path root_;
    bool is_complete_ = true;
};

std::string help_of_agent() {
    const char* const arguments[] = {"crier-agent", "--help"};
    return crier::agent::parse_command_line(2, arguments).value().text;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: make_manual FOLDER VERSION\n";
        return 64;
    }
    Folder folder(argv[1]);
    const std::string version = argv[2];

    const manual::Program crier = crier::cli::describe_program();
    folder.write_completions(crier);
    folder.write("man/man1/crier.1",
                 manual::man_page({"crier", 1, version, "crier-agent(1), crierd(8)"}, crier));

    const manual::HelpPage agent = manual::read_help(help_of_agent());
    folder.write_completions(manual::program_from("crier-agent", agent, {}));
    folder.write("man/man1/crier-agent.1",
                 manual::man_page(
                     {"crier-agent", 1, version, "crier(1), crier-alert(1), crierd(8)"}, agent));

    const manual::HelpPage window = manual::read_help(crier::alert::help_text);
    folder.write("man/man1/crier-alert.1",
                 manual::man_page({"crier-alert", 1, version, "crier-agent(1)"}, window));

    const manual::HelpPage broker = manual::read_help(crier::broker::help_text);
    manual::Program crierd = manual::program_from("crierd", broker,
                                                  {{"invite", crier::broker::invite_help},
                                                   {"backup", crier::broker::backup_help},
                                                   {"restore", crier::broker::restore_help}});
    crierd.commands.front().argument.value = manual::Value::choice;
    crierd.commands.front().argument.choices = {"sessions", "operators", "listeners"};
    folder.write_completions(crierd);
    folder.write("man/man8/crierd.8",
                 manual::man_page({"crierd", 8, version, "crier(1), crier-agent(1)"}, broker,
                                  {manual::read_help(crier::broker::invite_help),
                                   manual::read_help(crier::broker::backup_help),
                                   manual::read_help(crier::broker::restore_help)}));
    if (folder.is_complete()) return 0;
    std::cerr << "make_manual: " << argv[1] << " cannot be written\n";
    return 1;
}
