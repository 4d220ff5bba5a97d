#include "publisher/cli/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

#include "publisher/cli/help.hpp"
#include "publisher/cli/times.hpp"

namespace crier::cli {
namespace {

/// The options as CLI11 fills them; make_*() below turns them into a command.
struct Given {
    std::string invitation;
    bool is_json = false;
    std::vector<std::string> texts;
    std::vector<std::string> sessions;
    std::string where;
    bool all = false;
    std::string title;
    std::string severity = "info";
    std::string style = "notification";
    std::string expires;
    std::string wait = "accepted";
    std::string timeout;
    std::string id;
    bool dry_run = false;
    std::size_t count = 20;
};

/// CLI11's own objects; they point into `given`.
struct Parser {
    Given given;
    CLI::App app{help::program, "crier"};
    CLI::App* send = nullptr;
    CLI::App* sessions = nullptr;
    CLI::App* status = nullptr;
    CLI::App* watch = nullptr;
    CLI::App* whoami = nullptr;
    CLI::App* health = nullptr;
    CLI::App* join = nullptr;

    Parser();
    CLI::App* add_command(const char* name, const char* description, const char* footer);
    void add_target(CLI::App& command);
    void add_send_options();
};

CLI::App* Parser::add_command(const char* name, const char* description, const char* footer) {
    CLI::App* command = app.add_subcommand(name, description);
    command->footer(footer);
    command->add_flag("--json", given.is_json, "Print JSON, for scripts");
    command->add_option("--invitation", given.invitation, "As of 'crier --help'")
        ->option_text("LINE|FILE|-");
    return command;
}

void Parser::add_target(CLI::App& command) {
    command.add_option("-s,--session", given.sessions, "This session (again for more of them)")
        ->option_text("ID")
        ->allow_extra_args(false);
    command.add_option("--where", given.where, "Sessions that a filter matches")
        ->option_text("FILTER");
    command.add_flag("--all", given.all, "Everyone; the same as no target");
}

void Parser::add_send_options() {
    send->add_option("text", given.texts, "What to show; '-': standard input")->option_text("TEXT");
    add_target(*send);
    send->add_option("--title", given.title, "One line above the text")->option_text("LINE");
    send->add_option("--severity", given.severity, "info (default), warning or critical")
        ->option_text("SEVERITY")
        ->check(CLI::IsMember({"info", "warning", "critical"}));
    send->add_option("--style", given.style,
                     "notification (default: may fade by itself) or alert (stays until answered)")
        ->option_text("STYLE")
        ->check(CLI::IsMember({"notification", "alert"}));
    send->add_option("--expires", given.expires, "Until when it may be shown; see below")
        ->option_text("TIME");
    send->add_option("--wait", given.wait,
                     "Come back when all sessions are so far: accepted (default: the broker has "
                     "it), delivered, displayed or acknowledged")
        ->option_text("STATE")
        ->check(CLI::IsMember({"accepted", "delivered", "displayed", "acknowledged"}));
    send->add_option("--timeout", given.timeout,
                     "How long to wait at most (default: 10s, with --wait 30s)")
        ->option_text("TIME");
    send->add_flag("--dry-run", given.dry_run, "Check everything and list who would get it");
    send->add_option("--id", given.id, "The message's id, to send it again after an exit 6")
        ->option_text("ID");
}

Parser::Parser() {
    app.footer(help::program_footer);
    app.get_formatter()->column_width(28);
    app.get_formatter()->label("OPTIONS", "OPTIONS");
    app.set_help_flag("-h,--help", "Print this help");
    app.set_version_flag("--version", std::string("crier ") + CRIER_VERSION, "Print the version");
    app.require_subcommand(1);
    app.add_flag("--json", given.is_json, "Print JSON, for scripts");
    app.add_option("--invitation", given.invitation,
                   "How to reach the broker: the line, a file with it, or '-' for standard input")
        ->option_text("LINE|FILE|-");

    send = add_command("send", help::send, help::send_footer);
    add_send_options();
    sessions = add_command("sessions", help::sessions, help::sessions_footer);
    add_target(*sessions);
    status = add_command("status", help::status, help::status_footer);
    status->add_option("id", given.id, "A message, or how its id begins")->option_text("[ID]");
    status->add_option("--count", given.count, "How many of the newest messages (default: 20)")
        ->option_text("N")
        ->check(CLI::Range(1, 100'000));
    watch = add_command("watch", help::watch, help::watch_footer);
    whoami = add_command("whoami", help::whoami, help::whoami_footer);
    health = add_command("health", help::health, help::health_footer);
    join = add_command("join", help::join, help::join_footer);
    join->add_option("invitation_to_store", given.texts, "The line, a file with it, or '-'")
        ->option_text("LINE|FILE|-")
        ->required()
        ->expected(1);
}

tl::unexpected<Error> usage(std::string detail) {
    return fail(ErrorCode::usage_invalid, std::move(detail));
}

/// Leaving the target out means everyone; an empty one is a mistake, and never everyone.
Result<Target> make_target(const Given& given, const CLI::App& command) {
    const bool has_where = command.count("--where") > 0;
    const bool has_sessions = command.count("--session") > 0;
    if ((has_where ? 1 : 0) + (has_sessions ? 1 : 0) + (given.all ? 1 : 0) > 1) {
        return usage("only one of --session, --where and --all can be given");
    }
    if (has_where) {
        if (given.where.find_first_not_of(" \t\r\n") == std::string::npos) {
            return usage("--where is empty; for everyone leave it out, or say --all");
        }
        return Target::matching(given.where);
    }
    if (!has_sessions) return Target::everyone();
    std::vector<SessionId> ids;
    for (const std::string& text : given.sessions) {
        if (text.empty()) {
            return usage("--session is empty; for everyone leave it out, or say --all");
        }
        const Result<SessionId> id = parse_id<SessionId>(text);
        if (!id) return usage("--session " + id.error().detail);
        if (std::find(ids.begin(), ids.end(), *id) == ids.end()) ids.push_back(*id);
    }
    return Target::of(std::move(ids));
}

Result<std::optional<std::string>> make_text(const Given& given, bool input_is_terminal) {
    if (given.texts.size() > 1) {
        return usage("the text must be one argument, but there are " +
                     std::to_string(given.texts.size()) + ": put it in quotes, \"" +
                     given.texts[0] + " " + given.texts[1] + " …\"");
    }
    const bool is_from_input = given.texts.empty() || given.texts.front() == "-";
    if (!is_from_input) return given.texts.front();
    if (given.texts.empty() && input_is_terminal) {
        return usage("there is no text: give one in quotes, or pipe it in");
    }
    if (given.invitation == "-") {
        return usage("the text and the invitation cannot both come from standard input");
    }
    return std::nullopt;
}

Result<Command> make_send(const Given& given, const CLI::App& command, bool input_is_terminal,
                          UtcTime now) {
    SendCommand send;
    auto text = make_text(given, input_is_terminal);
    if (!text) return fail(std::move(text.error()));
    send.text = *std::move(text);
    auto target = make_target(given, command);
    if (!target) return fail(std::move(target.error()));
    send.target = *std::move(target);
    if (command.count("--expires") > 0) {
        const Result<UtcTime> expires = parse_expiry(given.expires, now);
        if (!expires) return fail(expires.error());
        send.expires = *expires;
    }
    if (command.count("--timeout") > 0) {
        const Result<Milliseconds> timeout = parse_duration(given.timeout);
        if (!timeout) return usage("--timeout " + timeout.error().detail);
        send.timeout = *timeout;
    }
    if (command.count("--id") > 0) {
        const Result<MessageId> id = parse_id<MessageId>(given.id);
        if (!id) return usage("--id " + id.error().detail);
        send.id = *id;
    }
    send.title = given.title;
    send.severity = severity_from(given.severity).value_or(Severity::info);
    send.style = style_from(given.style).value_or(Style::notification);
    send.wait_for = state_from(given.wait);  // "accepted" is no state: nothing to wait for.
    send.dry_run = given.dry_run;
    return send;
}

Result<Command> make_status(const Given& given, const CLI::App& command) {
    const bool is_hex = given.id.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
    const bool has_id = command.count("id") > 0;
    if (has_id && (given.id.size() < 4 || given.id.size() > 32 || !is_hex)) {
        return usage("\"" + given.id.substr(0, 64) +
                     "\" is no message's id: an id has 32 hex digits, or its first 4 at least");
    }
    return StatusCommand{given.id, given.count};
}

Result<Command> make_command(const Parser& parser, bool input_is_terminal, UtcTime now) {
    const Given& given = parser.given;
    if (parser.send->parsed()) return make_send(given, *parser.send, input_is_terminal, now);
    if (parser.sessions->parsed()) {
        auto target = make_target(given, *parser.sessions);
        if (!target) return fail(std::move(target.error()));
        return SessionsCommand{*std::move(target)};
    }
    if (parser.status->parsed()) return make_status(given, *parser.status);
    if (parser.watch->parsed()) return WatchCommand{};
    if (parser.whoami->parsed()) return WhoamiCommand{};
    if (parser.health->parsed()) return HealthCommand{};
    return JoinCommand{given.texts.front()};
}

NothingToRun misunderstood(Error error, bool is_json) {
    const ExitCode exit_code = exit_code_for(error.code);
    return {exit_code, {}, std::move(error), is_json};
}

}  // namespace

tl::expected<CommandLine, NothingToRun> parse_command_line(std::vector<std::string> arguments,
                                                           bool input_is_terminal, UtcTime now) {
    Parser parser;
    const bool is_json = std::find(arguments.begin(), arguments.end(), "--json") != arguments.end();
    try {
        std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back.
        parser.app.parse(std::move(arguments));
    } catch (const CLI::CallForHelp&) {
        return tl::unexpected(NothingToRun{ExitCode::done, parser.app.help(), {}, false});
    } catch (const CLI::CallForVersion& version) {
        return tl::unexpected(
            NothingToRun{ExitCode::done, std::string(version.what()) + "\n", {}, false});
    } catch (const CLI::ParseError& error) {
        return tl::unexpected(misunderstood({ErrorCode::usage_invalid, error.what()}, is_json));
    }
    if (parser.app.count("--invitation") +
                parser.app.get_subcommands().front()->count("--invitation") >
            0 &&
        parser.given.invitation.empty()) {
        return tl::unexpected(misunderstood(
            {ErrorCode::usage_invalid, "--invitation is empty: leave it out, or give one"},
            is_json));
    }
    Result<Command> command = make_command(parser, input_is_terminal, now);
    if (!command) return tl::unexpected(misunderstood(std::move(command.error()), is_json));
    return CommandLine{*std::move(command), parser.given.invitation, parser.given.is_json};
}

}  // namespace crier::cli
