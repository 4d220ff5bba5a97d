#include "subscriber/agent/options.hpp"

#include <CLI/CLI.hpp>
#include <string_view>

#include "shared/base/crypto.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"
#include "subscriber/agent/exit_code.hpp"

namespace crier::agent {
namespace {

constexpr const char* description =
    "Shows messages of the operators on this screen, and tells them what became of each.\n"
    "Runs until SIGTERM or Ctrl-C. While the broker is away it keeps trying, and shows\n"
    "what was missed when it is back.";

constexpr std::string_view footer_head = R"(EXAMPLES
  crier-agent                           the broker on this machine, or the one that
                                        'crier join LINE' has stored
  crier-agent --invitation crier1.sessions.…
                                        another broker, for this run
  ssh broker crierd invite sessions --data /var/lib/crier | crier-agent --invitation -
  crier-agent --user vanessa.d --group accounting
                                        operators find it with --where user=vanessa.d
  crier-agent --screen json | jq -r 'select(.event=="message").text'
  crier-agent --bell --hear every       a display in the control room

ALERTS
  An alert waits for a key: Enter or a acknowledges the oldest one, a digit the one
  of that number, r shows the open ones again.
  With --screen json, a line on standard input does it: acknowledge ID, or
  {"acknowledge":"ID"}.

FILES
  ~/.config/crier/sessions.invitation   stored by 'crier join LINE'
  /run/crier/sessions.invitation        written by the broker on this machine, also in
                                        $XDG_RUNTIME_DIR/crier
  $XDG_RUNTIME_DIR/crier/1/             this session's key and state; 2 for a second
                                        agent, and so on. Gone after logout.

ENVIRONMENT
  CRIER_INVITATION   a line, or a file that holds one
  LC_ALL, LC_MESSAGES, LANG             French or English, and the session's locale
  NO_COLOR, TERM=dumb                   no colours; no boxes

EXIT STATUS
)";

std::string footer() {
    std::string text(footer_head);
    for (const ExitCodeMeaning& row : exit_codes) {
        text += "  " + std::to_string(static_cast<int>(row.code));
        text += std::string(row.code < ExitCode{10} ? 4 : 3, ' ').append(row.meaning) + "\n";
    }
    text.pop_back();
    return text;
}

tl::unexpected<Error> misused(const std::string& what) {
    return fail(ErrorCode::usage_invalid, what + "; see crier-agent --help");
}

Status check_attribute(const char* name, const std::string& text) {
    if (!is_one_line(text)) return misused(std::string(name) + " must be one line of UTF-8");
    if (text.size() > limits::attribute_bytes_max) {
        return misused(std::string(name) + " is longer than " +
                       std::to_string(limits::attribute_bytes_max) + " bytes");
    }
    return {};
}

Status check_attributes(const AttributeChoices& choices) {
    const std::pair<const char*, const std::optional<std::string>*> single[] = {
        {"--user", &choices.user},       {"--system-user", &choices.system_user},
        {"--machine", &choices.machine}, {"--application", &choices.application},
        {"--type", &choices.type},       {"--locale", &choices.locale},
    };
    for (const auto& [name, text] : single) {
        if (!*text) continue;
        if (Status status = check_attribute(name, **text); !status) return status;
    }
    if (choices.groups.size() > limits::groups_max) {
        return misused("--group: at most " + std::to_string(limits::groups_max) + " are possible");
    }
    for (const std::string& group : choices.groups) {
        if (Status status = check_attribute("--group", group); !status) return status;
    }
    return {};
}

Status read_heard(const std::vector<std::string>& words, AgentOptions& options) {
    for (const std::string& word : words) {
        if (word == "every") {
            options.hears_every_session = true;
            continue;
        }
        const Result<SessionId> id = parse_id<SessionId>(word);
        if (!id) return misused("--hear: " + id.error().detail + ", or say every");
        options.heard.push_back(*id);
    }
    if (!words.empty() && !options.is_listener) return misused("--hear needs --bell");
    return {};
}

}  // namespace

Result<CommandLine> parse_command_line(int argc, const char* const* argv) {
    CommandLine line;
    AgentOptions& options = line.options;
    AttributeChoices& choices = options.attributes;
    std::vector<std::string> heard;
    std::string screen = "terminal";
    std::string key_file;
    std::string state_folder;

    CLI::App app(description, "crier-agent");
    app.footer(footer());
    app.set_version_flag("--version", "crier-agent " CRIER_VERSION, "Print the version");
    app.get_formatter()->column_width(28);
    app.add_option("--invitation", options.invitation,
                   "How to find the broker and be let in: the line, a file that holds it, or - "
                   "for standard input")
        ->type_name("LINE|FILE|-");
    app.add_option("--screen", screen, "Where to show messages: terminal or json, a line an event")
        ->type_name("terminal|json")
        ->check(CLI::IsMember({"terminal", "json"}));
    app.add_flag("--bell", options.is_listener,
                 "Only listen to the bell, with a listeners' invitation: messages to all are "
                 "shown, nobody is told, nothing can be acknowledged");
    app.add_option("--hear", heard,
                   "With --bell: messages to this session too, or to every one. Can be repeated")
        ->type_name("ID|every")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    app.add_option("--user", choices.user, "The user's name in the program (the system user)")
        ->type_name("U");
    app.add_option("--system-user", choices.system_user, "The account on this system")
        ->type_name("U");
    app.add_option("--machine", choices.machine, "This machine's name (the host name)")
        ->type_name("M");
    app.add_option("--application", choices.application, "The program (crier-agent)")
        ->type_name("A");
    app.add_option("--type", choices.type, "The type of session (agent)")->type_name("T");
    app.add_option("--locale", choices.locale,
                   "Language of the agent's own words, and of the session")
        ->type_name("L");
    app.add_option("--group", choices.groups,
                   "A group of the user, instead of the system's. Can be repeated")
        ->type_name("G")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    app.add_option("--key", key_file,
                   "Keep the session's key in this file, and be the same session each time")
        ->type_name("FILE");
    app.add_option("--state", state_folder,
                   "Keep in this folder what must survive a crash (FILE.state of --key FILE)")
        ->type_name("DIR");

    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        line.text = app.help();
        return line;
    } catch (const CLI::CallForVersion&) {
        line.text = "crier-agent " CRIER_VERSION "\n";
        return line;
    } catch (const CLI::ParseError& error) {
        return misused(error.what());
    }
    options.screen =
        screen == "json" ? AgentOptions::ScreenKind::json : AgentOptions::ScreenKind::terminal;
    options.key_file = key_file;
    options.state_folder = state_folder;
    if (Status status = check_attributes(choices); !status) return fail(status.error());
    if (Status status = read_heard(heard, options); !status) return fail(status.error());
    if (options.is_listener && (!key_file.empty() || !state_folder.empty())) {
        return misused("--bell has no session, and so no --key and no --state");
    }
    return line;
}

void wipe_invitations(int argc, char** argv) noexcept {
    for (int index = 1; index < argc; ++index) {
        const std::string_view argument(argv[index]);
        const std::size_t begin = argument.find("crier1.");
        if (begin == argument.npos) continue;
        wipe({argv[index] + begin, argument.size() - begin});
    }
}

}  // namespace crier::agent
