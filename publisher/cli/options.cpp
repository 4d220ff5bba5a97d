#include "publisher/cli/options.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "publisher/cli/add_option.hpp"
#include "publisher/cli/describe.hpp"
#include "publisher/cli/help.hpp"
#include "publisher/cli/help_formatter.hpp"
#include "publisher/cli/help_keys.hpp"
#include "publisher/cli/hook.hpp"
#include "publisher/cli/missing_argument.hpp"
#include "publisher/cli/validators.hpp"

namespace crier::cli {
namespace {

constexpr const char* commands =
    "send, sessions, status, update, recall, scheduled, ask, close, drop, drain, admission, "
    "history, report, audit, watch, hook, whoami, health, cluster, keys or join";

/// Once for each call: CLI11's objects point into `options`.
class Parser {
public:
    Parser();

    tl::expected<Options, std::variant<Help, Error>> parse(std::vector<std::string> arguments);
    manual::Program description() { return describe(app_); }

private:
    CLI::App& add_command(CLI::App& to, const char* name, const char* description,
                          const char* footer);
    CLI::App& add_command(const char* name, const char* description, const char* footer) {
        return add_command(app_, name, description, footer);
    }
    void add_target(CLI::App& command);
    void add_content(CLI::App& command);
    void add_waiting(CLI::App& command);
    void add_request(CLI::App& command, const char* description);
    void add_count(CLI::App& command, const char* description);
    void add_send();
    void add_update();
    void add_recall();
    void add_status();
    void add_history();
    void add_report();
    void add_hook();
    void add_audit();
    void add_join();
    void add_ask();
    void add_drop();
    void add_drain();
    void add_admission();
    Error error_for(const CLI::ParseError& error, const std::vector<std::string>& arguments) const;

    Options options_;
    std::string invitation_;
    std::string where_;
    std::string title_;
    std::string severity_;
    std::string style_;
    std::string expires_;
    std::string timeout_;
    std::string id_;
    std::string from_json_;
    std::string key_folder_;
    std::string since_;
    std::string by_;
    std::string what_;
    std::string head_;
    std::string user_;
    CLI::App app_{help::program, "crier"};
};

Parser::Parser() {
    app_.formatter(std::make_shared<HelpFormatter>());
    app_.footer(help::program_footer);
    app_.set_help_flag("-h,--help", "Print this help");
    app_.set_version_flag("--version", "crier " CRIER_VERSION, "Print the version");
    app_.require_subcommand(1);
    app_.add_flag("--json", options_.is_json, "Print JSON, for scripts");
    add(app_, "--invitation", invitation_, "LINE",
        "How to reach the broker: the line itself, a file that holds it, or '-' for standard "
        "input");
    // In the order in which people need them: so --help lists them.
    add_send();
    add_target(add_command("sessions", help::sessions, help::sessions_footer));
    add_status();
    add_update();
    add_recall();
    add_command("scheduled", help::scheduled, help::scheduled_footer);
    add_ask();
    add_drop();
    add_drain();
    add_admission();
    add_history();
    add_report();
    add_audit();
    add_command("watch", help::watch, help::watch_footer);
    add_hook();
    add_command("whoami", help::whoami, help::whoami_footer);
    add_command("health", help::health, help::health_footer);
    CLI::App& cluster =
        *add_command("cluster", help::cluster, help::cluster_footer).require_subcommand(1);
    add_command(cluster, "status", help::cluster_status, help::cluster_status_footer);
    CLI::App& forget = add_command(cluster, "forget", help::forget, help::forget_footer);
    add(forget, "broker", options_.words, "BROKER", "Its name, or its id").required();
    add_keys(add_command("keys", help::keys, help::keys_footer), options_.keys, options_.words,
             [this](CLI::App& to, const char* name, const char* description, const char* footer)
                 -> CLI::App& { return add_command(to, name, description, footer); });
    add_join();
}

CLI::App& Parser::add_command(CLI::App& to, const char* name, const char* description,
                              const char* footer) {
    CLI::App& command = *to.add_subcommand(name, description);
    command.footer(footer);
    command.add_flag("--json", options_.is_json, "Print JSON, for scripts");
    add(command, "--invitation", invitation_, "LINE", "How to reach the broker: crier --help");
    return command;
}

void Parser::add_target(CLI::App& command) {
    add(command, "-s,--session", options_.sessions, "ID",
        "This session; may be given again, for more of them")
        .allow_extra_args(false);
    add(command, "--where", where_, "FILTER", "The sessions that a filter matches");
    command.add_flag("--verified", options_.is_verified,
                     "With --where: by what the broker has verified of them, not by what they "
                     "claim");
    command.add_flag("--all", options_.all, "Everyone; the same as none of the two");
}

void Parser::add_send() {
    CLI::App& send = add_command("send", help::send, help::send_footer);
    add(send, "text", options_.words, "TEXT", "What to show; '-' or nothing: standard input");
    add_target(send);
    add_content(send);
    add_schedule(send, options_.plan);
    add_languages(send, options_.plan);
    add_waiting(send);
    add(send, "--from-json", from_json_, "[FILE]",
        "Take the message from JSON in a file, or on standard input; see below")
        .expected(0, 1);
    send.add_flag("--private", options_.is_private,
                  "Seal it for one session: nobody else can read it, nor can the broker");
    add(send, "--keys", key_folder_, "DIR",
        "With --private: whose keys you know yourself; see below");
    send.add_flag("--dry-run", options_.dry_run, "Check everything, and list who would get it");
    add_request(send, "The message's id, to send it again after an exit code 6");
}

void Parser::add_content(CLI::App& command) {
    add(command, "--title", title_, "LINE", "One line above the text");
    add(command, "--severity", severity_, "NAME", "info (default), warning or critical")
        .check(one_of({"info", "warning", "critical"}));
    add(command, "--style", style_, "NAME",
        "notification (default: it may fade by itself) or alert (it stays until answered)")
        .check(one_of({"notification", "alert"}));
    add(command, "--expires", expires_, "TIME", "Until when it may be shown; see below");
}

void Parser::add_waiting(CLI::App& command) {
    add(command, "--wait", options_.wait, "STATE",
        "Return when every session is there: accepted (default: the broker has it safely), "
        "delivered, displayed or acknowledged")
        .check(one_of({"accepted", "delivered", "displayed", "acknowledged"}));
    add(command, "--timeout", timeout_, "DURATION",
        "Return after this time at most (default: 10s, with --wait 30s)");
}

void Parser::add_request(CLI::App& command, const char* description) {
    add(command, "--id", id_, "ID", description);
}

void Parser::add_update() {
    CLI::App& update = add_command("update", help::update, help::update_footer);
    add(update, "id_and_text", options_.words, "ID [TEXT]",
        "The message, or how its id begins; and its new text, '-': standard input")
        .required();
    add_content(update);
    update.add_flag("--ask-again", options_.ask_again,
                    "Show it again to those who have acknowledged it");
    add_reschedule(update, options_.plan);
    add_waiting(update);
    add_request(update, "The change's id, to repeat it safely after an exit code 6");
}

void Parser::add_recall() {
    CLI::App& recall = add_command("recall", help::recall, help::recall_footer);
    add(recall, "id", options_.words, "ID", "The message, or how its id begins").required();
    add(recall, "--timeout", timeout_, "DURATION",
        "How long to wait for the screens (default: 10s)");
    add_request(recall, "The recall's id, to repeat it safely after an exit code 6");
}

void Parser::add_status() {
    CLI::App& status = add_command("status", help::status, help::status_footer);
    add(status, "id", options_.words, "ID", "A message, or how its id begins");
    add_count(status, "How many of the newest messages (default: 20)");
}

void Parser::add_count(CLI::App& command, const char* description) {
    command.add_option("--count", options_.count, description)
        ->option_text("N")
        ->check(number_up_to(100'000));
}

void Parser::add_history() {
    CLI::App& history = add_command("history", help::history, help::history_footer);
    add(history, "--since", since_, "TIME", "What was sent since then; see below");
    add(history, "--by", by_, "OPERATOR", "What this operator sent");
}

void Parser::add_report() {
    CLI::App& report = add_command("report", help::report, help::report_footer);
    add(report, "id", options_.words, "ID", "A message, or how its id begins").required();
    report.add_flag("--csv", options_.is_csv, "Print CSV (default)");
}

void Parser::add_hook() {
    CLI::App& hook = add_command("hook", help::hook, help::hook_footer);
    add(hook, "command", options_.words, "-- COMMAND [ARG…]", "What to run, and with what")
        .required();
    add(hook, "--on", options_.on, "EVENT,…", "For these events only; see below")
        .allow_extra_args(false)
        ->check(some_of(hook_event_names()));
    hook.add_option("--at-most", options_.at_most, "So many commands at once (default: 4)")
        ->option_text("N")
        ->check(number_up_to(256));
    add(hook, "--timeout", timeout_, "DURATION",
        "How long a command may take, then it is ended (default: 30s)");
}

void Parser::add_audit() {
    CLI::App& audit = add_command("audit", help::audit, help::audit_footer);
    add(audit, "--since", since_, "TIME", "What was done since then; see below");
    add(audit, "--by", by_, "OPERATOR", "What this operator did");
    add(audit, "--what", what_, "KIND", "Entries of this kind: message, update, recall, …");
    add_count(audit, "How many of the newest entries (default: 20, with --since all)");
    audit.require_subcommand(0, 1);
    add_command(audit, "head", help::audit_head, help::audit_head_footer);
    CLI::App& verify = add_command(audit, "verify", help::audit_verify, help::audit_verify_footer);
    add(verify, "--head", head_, "LINE", "A head that was kept: it must be in the log");
    add(verify, "--timeout", timeout_, "DURATION", "Give up after this time (default: 10m)");
    CLI::App& screen = add_command(audit, "screen", help::audit_screen, help::audit_screen_footer);
    add(screen, "--user", user_, "NAME", "A person's screens, by user or system user");
    add(screen, "--where", where_, "FILTER", "The screens of the sessions that a filter matches");
    add(screen, "--at", options_.plan.at, "TIME", "When; see below (default: now)");
    add(screen, "--timeout", timeout_, "DURATION", "Give up after this time (default: 10m)");
}

void Parser::add_join() {
    CLI::App& join = add_command("join", help::join, help::join_footer);
    add(join, "line", options_.words, "LINE",
        "The invitation: the line itself, a file that holds it, or '-' for standard input")
        .required();
}

void Parser::add_ask() {
    CLI::App& ask = add_command("ask", help::ask, help::ask_footer);
    add(ask, "text", options_.words, "TEXT", "The question").required();
    add_target(ask);
    add_question(ask, options_.plan);
    add(ask, "--timeout", timeout_, "DURATION", "How long it is open (default: 5m)");
    add(ask, "--title", title_, "LINE", "One line above the text");
    add(ask, "--severity", severity_, "NAME", "info (default), warning or critical")
        .check(one_of({"info", "warning", "critical"}));
    ask.add_flag("--dry-run", options_.dry_run, "Check everything, and list who would be asked");
    add_request(ask, "The question's id, to ask it again after an exit code 6");
    CLI::App& close = add_command("close", help::close, help::close_footer);
    add(close, "id", options_.words, "ID", "The question, or how its id begins").required();
}

void Parser::add_drop() {
    CLI::App& drop = add_command("drop", help::drop, help::drop_footer);
    add(drop, "id", options_.words, "ID…", "Sessions to end");
    add_target(drop);
    crier::cli::add_drop(drop, options_.plan);
    add(drop, "--timeout", timeout_, "DURATION",
        "With --wait: return after this time at most (default: the grace and 30s)");
    drop.add_flag("--dry-run", options_.dry_run, "Check everything, and list who would be dropped");
    add_request(drop, "The drop's id, to repeat it safely after an exit code 6");
}

void Parser::add_drain() {
    CLI::App& drain = add_command("drain", help::drain, help::drain_footer);
    add(drain, "action", options_.words, "extend ID DURATION | cancel ID | report ID",
        "What to do with one that goes on; nothing: begin one");
    add_target(drain);
    crier::cli::add_drain(drain, options_.plan);
    drain.add_flag("--dry-run", options_.dry_run, "Show the plan and whom it touches, and no more");
    add_request(drain, "The drain's id, to begin it safely again after an exit code 6");
}

void Parser::add_admission() {
    CLI::App& admission = add_command("admission", help::admission, help::admission_footer);
    add(admission, "action", options_.words, "open | close | status",
        "Whether new sessions come in (default: status)");
    crier::cli::add_admission(admission, options_.plan);
}

Error Parser::error_for(const CLI::ParseError& error,
                        const std::vector<std::string>& arguments) const {
    std::string detail = error.what();
    const auto parsed = app_.get_subcommands();
    std::string command;
    for (auto inner = parsed; !inner.empty(); inner = inner.front()->get_subcommands()) {
        command += inner.front()->get_name() + " ";
    }
    const bool is_missing = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
    const bool is_extra = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
    const bool is_mismatch = dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr;
    if (parsed.empty() && (is_missing || is_extra)) {
        const std::string word = command_in(arguments);
        detail = word.empty() ? std::string("a command is missing: ") + commands
                              : "\"" + word + "\" is no command";
    } else if (is_missing) {
        detail = missing_of(command, error.what());
    } else if (const std::size_t colon = detail.find(": "); colon != std::string::npos) {
        if (is_extra) detail = "\"" + detail.substr(colon + 2) + "\" was not expected";
        if (is_mismatch) detail = detail.substr(0, colon) + " needs one value";
    }
    return {ErrorCode::usage_invalid, detail + ". See: crier " + command + "--help"};
}

tl::expected<Options, std::variant<Help, Error>> Parser::parse(std::vector<std::string> arguments) {
    using Nothing = std::variant<Help, Error>;
    try {
        std::vector<std::string> backwards(arguments.rbegin(), arguments.rend());  // CLI11's order.
        app_.parse(std::move(backwards));
    } catch (const CLI::CallForHelp&) {
        return tl::unexpected<Nothing>(Help{app_.help()});
    } catch (const CLI::CallForVersion& version) {
        return tl::unexpected<Nothing>(Help{std::string(version.what()) + "\n"});
    } catch (const CLI::ParseError& error) {
        return tl::unexpected<Nothing>(error_for(error, arguments));
    }
    const CLI::App& outer = *app_.get_subcommands().front();
    const bool is_nested = !outer.get_subcommands().empty();
    const CLI::App& command = is_nested ? *outer.get_subcommands().front() : outer;
    for (const char* listing : {"--since", "--by", "--what", "--count"}) {
        const CLI::Option* option = is_nested ? outer.get_option_no_throw(listing) : nullptr;
        if (option == nullptr || option->count() == 0) continue;
        return tl::unexpected<Nothing>(
            Error{ErrorCode::usage_invalid, std::string(listing) + " is for the list, not for " +
                                                command.get_name() + ". See: crier audit --help"});
    }
    const auto given = [&command](const char* name, const std::string& value) {
        const CLI::Option* option = command.get_option_no_throw(name);
        const bool is_given = option != nullptr && option->count() > 0;
        return is_given ? std::optional(value) : std::nullopt;
    };
    options_.command = outer.get_name() + (is_nested ? " " + command.get_name() : "");
    options_.is_counted = given("--count", {}).has_value();
    options_.since = given("--since", since_);
    options_.by = given("--by", by_);
    options_.what = given("--what", what_);
    options_.head = given("--head", head_);
    options_.user = given("--user", user_);
    options_.where = given("--where", where_);
    options_.title = given("--title", title_);
    options_.severity = given("--severity", severity_);
    options_.style = given("--style", style_);
    options_.expires = given("--expires", expires_);
    options_.timeout = given("--timeout", timeout_);
    options_.id = given("--id", id_);
    options_.key_folder = given("--keys", key_folder_);
    options_.from_json = given("--from-json", from_json_);
    if (options_.from_json && options_.from_json->empty()) options_.from_json = "-";
    options_.invitation = given("--invitation", invitation_);
    if (app_.count("--invitation") > 0) options_.invitation = invitation_;
    return std::move(options_);
}

}  // namespace

tl::expected<Options, std::variant<Help, Error>> parse_options(std::vector<std::string> arguments) {
    // CLI11 would take the next argument for the value, and so a text for a target.
    for (const std::string& argument : arguments) {
        if (argument == "--") break;
        if (argument.starts_with("--") && argument.find('=') == argument.size() - 1) {
            return tl::unexpected<std::variant<Help, Error>>(Error{
                ErrorCode::usage_invalid,
                argument.substr(0, argument.size() - 1) + " is empty: leave it out, or say what"});
        }
    }
    return Parser().parse(std::move(arguments));
}

manual::Program describe_program() {
    return Parser().description();
}

}  // namespace crier::cli
