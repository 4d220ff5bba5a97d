#include "subscriber/agent/options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string_view>

#include "shared/base/crypto.hpp"
#include "shared/base/display.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"
#include "shared/base/usage.hpp"
#include "subscriber/agent/exit_code.hpp"
#include "subscriber/agent/help.hpp"

namespace crier::agent {
namespace {

std::string full_help() {
    std::string text(help_text);
    for (const ExitCodeMeaning& row : exit_codes) {
        const std::string number = std::to_string(static_cast<int>(row.code));
        text.append("  ").append(padded(number, 4)).append(row.meaning).append("\n");
    }
    return text;
}

/// An invitation in the wrong place must not reach a log with the complaint about it.
std::string without_invitation(std::string text) {
    const std::size_t begin = text.find("crier1.");
    if (begin == text.npos) return text;
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    return text.replace(begin, end - begin, "an invitation (it belongs behind --invitation)");
}

tl::unexpected<Error> misused(const std::string& what) {
    return fail(ErrorCode::usage_invalid,
                without_invitation(clean_line(what)) + "; see crier-agent --help");
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

Status read_task(const std::string& word, AgentOptions& options) {
    if (word == "doctor") {
        options.task = AgentOptions::Task::doctor;
    } else if (word == "key") {
        options.task = AgentOptions::Task::key;
    } else if (word == "status") {
        options.task = AgentOptions::Task::status;
    } else if (!word.empty()) {
        return misused("there is no command \"" + word + "\": doctor, key, status, or none");
    }
    return {};
}

Status read_screen(const std::string& text, AgentOptions& options) {
    if (text != "auto") {
        Result<screens::ScreenPlan> plan = screens::parse_screen_plan(text);
        if (!plan) return misused(plan.error().detail);
        options.screen = *std::move(plan);
    }
    const auto is_named = [&](screens::ScreenKind kind) {
        return options.screen && has(*options.screen, kind);
    };
    const bool has_command = !options.command.program.empty();
    if (is_named(screens::ScreenKind::command) && !has_command) {
        return misused("--screen command needs --command PROGRAM");
    }
    if (options.screen && has_command && !is_named(screens::ScreenKind::command)) {
        return misused("--command needs --screen command, alone or beside others");
    }
    if (options.screen && !options.log_file.empty() && !is_named(screens::ScreenKind::log)) {
        return misused("--log needs --screen log, alone or beside others");
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
    std::string screen = "auto";
    std::string log_file;
    double command_s = 30;
    std::string key_file;
    std::string state_folder;

    CLI::App app("", "crier-agent");
    app.set_version_flag("--version", "crier-agent " CRIER_VERSION);
    std::string task;
    app.add_option("task", task);
    app.add_option("--invitation", options.invitation)->check(value_problem);
    app.add_option("--screen", screen);
    app.add_option("--command", options.command.program)->check(value_problem);
    app.add_option("--command-timeout", command_s)->check(CLI::Range(1.0, 86'400.0));
    app.add_option("--log", log_file)->check(value_problem);
    app.add_option("--user", choices.user);
    app.add_option("--system-user", choices.system_user);
    app.add_option("--machine", choices.machine);
    app.add_option("--application", choices.application);
    app.add_option("--type", choices.type);
    app.add_option("--locale", choices.locale);
    app.add_option("--group", choices.groups)->allow_extra_args(false);
    app.add_option("--key", key_file)->check(value_problem);
    app.add_option("--state", state_folder)->check(value_problem);
    app.add_option("--ticket-command", options.ticket_command)->check(value_problem);
    app.add_flag("--bell", options.is_listener);
    app.add_option("--hear", heard)->allow_extra_args(false);
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        line.text = full_help();
        return line;
    } catch (const CLI::CallForVersion&) {
        line.text = "crier-agent " CRIER_VERSION "\n";
        return line;
    } catch (const CLI::ParseError& error) {
        return misused(usage_complaint(error.what()));
    }
    if (Status status = read_task(task, options); !status) return fail(status.error());
    options.log_file = log_file;
    options.command.time_max = Milliseconds(static_cast<std::int64_t>(command_s * 1'000));
    if (Status status = read_screen(screen, options); !status) return fail(status.error());
    options.key_file = key_file;
    options.state_folder = state_folder;
    if (Status status = check_attributes(choices); !status) return fail(status.error());
    if (Status status = read_heard(heard, options); !status) return fail(status.error());
    if (options.task == AgentOptions::Task::key && key_file.empty()) {
        return misused("key needs --key FILE: a key that is registered has to last");
    }
    if (options.is_listener && !options.ticket_command.empty()) {
        return misused("--bell has no session, and so no --ticket-command");
    }
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
