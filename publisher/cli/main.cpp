// `crier`: the operator's command line. Reads the arguments, connects, runs one command.
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <iostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crier/publisher.hpp"
#include "publisher/cli/command_line.hpp"
#include "publisher/cli/commands.hpp"
#include "publisher/cli/console.hpp"
#include "publisher/cli/send_json.hpp"
#include "shared/base/core_dumps.hpp"
#include "shared/base/crypto.hpp"
#include "shared/base/display.hpp"
#include "shared/base/time.hpp"

namespace {

using namespace std::string_view_literals;
using crier::cli::ExitCode;

/// The arguments, and then every user of this machine may look at them: an invitation's line, which
/// holds a secret, is wiped from what they see, and of a private message all that is said.
std::vector<std::string> take_arguments(int argc, char** argv) {
    std::vector<std::string> arguments(argv + 1, argv + argc);
    // As --private=true, too: CLI11 takes a flag with a value.
    const bool is_private =
        std::any_of(arguments.begin(), arguments.end(),
                    [](const std::string& argument) { return argument.starts_with("--private"); });
    for (std::size_t index = 0; index < arguments.size(); ++index) {
        const std::string& argument = arguments[index];
        const std::size_t secret = is_private ? 0 : argument.find("crier1."sv);
        if (secret == std::string::npos) continue;
        crier::wipe(std::span<char>(argv[index + 1] + secret, argument.size() - secret));
    }
    return arguments;
}

/// Written for 80 columns: on a terminal with fewer, no word is torn apart.
std::string help_for(const std::string& help, const crier::cli::Console& console) {
    if (console.form != crier::cli::Form::terminal || console.columns >= 80) return help;
    std::string text;
    for (const std::string& line : crier::wrapped(help, console.columns)) text += line + "\n";
    return text;
}

ExitCode run(crier::cli::CommandLine& line, crier::cli::Console& console) {
    if (const auto* join = std::get_if<crier::cli::JoinCommand>(&line.command)) {
        return crier::cli::run_join(*join, console);
    }
    crier::PublisherOptions options{.invitation = line.invitation,
                                    .client = "crier " CRIER_VERSION};
    auto* send = std::get_if<crier::cli::SendCommand>(&line.command);
    if (send != nullptr) {  // Before anything is asked of a broker.
        const auto fault = crier::cli::complete(*send, std::cin, crier::read_clocks().utc);
        if (fault) return crier::cli::report(fault->error, console, fault->position);
    }
    if (send != nullptr && send->timeout) {
        options.connect_timeout = std::min(options.connect_timeout, *send->timeout);
    }
    auto publisher = crier::Publisher::connect(options);
    if (!publisher) return crier::cli::report(publisher.error(), console);
    return crier::cli::run(line.command, *publisher, console, std::cin);
}

ExitCode run(int argc, char** argv) {
    const bool input_is_terminal = isatty(STDIN_FILENO) != 0;
    auto line = crier::cli::parse_command_line(take_arguments(argc, argv), input_is_terminal,
                                               crier::read_clocks().utc);
    crier::cli::Console console =
        crier::cli::console_of_process(line ? line->is_json : line.error().is_json);
    ExitCode exit_code = ExitCode::done;
    if (line) {
        exit_code = run(*line, console);
    } else if (line.error().exit_code == ExitCode::done) {
        console.out << help_for(line.error().help, console);
    } else {
        exit_code = line.error().exit_code;
        crier::cli::report(line.error().error, console, line.error().position);
    }
    if (console.out.flush()) return exit_code;
    console.err << "crier: the output could not be written\n";
    return exit_code == ExitCode::done ? ExitCode::output_lost : exit_code;
}

}  // namespace

int main(int argc, char** argv) {
    crier::keep_out_of_core_dumps();
    try {
        return static_cast<int>(run(argc, argv));
    } catch (const std::exception& error) {
        std::cerr << "crier: a bug: " << error.what() << '\n';
        return static_cast<int>(ExitCode::internal);
    }
}
