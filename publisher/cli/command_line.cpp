#include "publisher/cli/command_line.hpp"

#include <algorithm>
#include <utility>

#include "publisher/cli/hook.hpp"
#include "publisher/cli/keys_line.hpp"
#include "publisher/cli/options.hpp"
#include "publisher/cli/plan_line.hpp"
#include "publisher/cli/read_options.hpp"
#include "publisher/cli/settle_filter.hpp"
#include "publisher/cli/times.hpp"
#include "shared/base/text.hpp"
#include "shared/protocol/filter.hpp"

namespace crier::cli {
namespace {

/// nullopt: it comes from standard input, or with the JSON.
Result<std::optional<std::string>> make_text(const Options& options, bool input_is_terminal) {
    const std::vector<std::string>& words = options.words;
    if (words.size() > 1) {
        return usage("the text must be one argument, but there are " +
                     std::to_string(words.size()) + ": put it in quotes, as in crier send \"" +
                     words[0] + " " + words[1] + (words.size() > 2 ? " …\"" : "\""));
    }
    if (words.size() == 1 && is_blank(words.front())) {
        return fail(ErrorCode::text_invalid, "the text is empty, so nothing was sent");
    }
    if (!options.plan.texts.empty()) {
        if (!words.empty()) return usage("the text is given twice: once is enough, or --text only");
        return std::string();  // read_plan() has it.
    }
    if (words.empty() && options.from_json) return std::nullopt;
    const bool is_from_input = words.empty() || words.front() == "-";
    if (!is_from_input) return words.front();
    if (words.empty() && input_is_terminal) {
        return usage("there is no text: give one in quotes, or pipe it in. See: crier send --help");
    }
    if (options.invitation == "-") {
        return usage("the text and the invitation cannot both come from standard input");
    }
    return std::nullopt;
}

/// Where --from-json reads, and what else was said beside it.
Result<std::optional<JsonSource>> make_json_source(const Options& options, bool input_is_terminal) {
    if (!options.from_json) return std::nullopt;
    JsonSource source{*options.from_json, {}};
    if (source.file == "-") {
        if (input_is_terminal) {
            return usage("there is no JSON: pipe it in, or name a file. See: crier send --help");
        }
        const bool is_text = !options.words.empty() && options.words.front() == "-";
        if (is_text || options.invitation == "-") {
            return usage(std::string("the JSON and the ") + (is_text ? "text" : "invitation") +
                         " cannot both come from standard input");
        }
    }
    const bool has_target = options.where || options.all || !options.sessions.empty();
    const std::pair<const char*, bool> said[] = {
        {"text", !options.words.empty()},
        {"title", options.title.has_value()},
        {"to", has_target},
        {"severity", options.severity.has_value()},
        {"id", options.id.has_value()},
        {"style", options.style.has_value()},
        {"expires", options.expires.has_value()},
    };
    for (const auto& [key, is_said] : said) {
        if (is_said) source.said.emplace_back(key);
    }
    return source;
}

Status read_private(const Options& options, SendCommand& send) {
    if (options.key_folder && !options.is_private) {
        return usage("--keys is for --private: it says for whose key a message may be sealed");
    }
    if (options.key_folder && options.key_folder->empty()) {
        return usage("--keys is empty: leave it out, or name a folder");
    }
    // A target that the JSON names is looked at when it has been read.
    const bool is_for_one = options.sessions.size() == 1 || send.from_json.has_value();
    if (options.is_private && !is_for_one) {
        return usage("--private is for one session: name it, with --session ID");
    }
    send.extras.is_private = options.is_private;
    send.key_folder = options.key_folder.value_or("");
    return {};
}

Result<Command> make_send(const Options& options, bool input_is_terminal, UtcTime now) {
    SendCommand send;
    auto source = make_json_source(options, input_is_terminal);
    if (!source) return fail(std::move(source.error()));
    send.from_json = *std::move(source);
    auto text = make_text(options, input_is_terminal);
    if (!text) return fail(std::move(text.error()));
    send.text = *std::move(text);
    auto target = make_target(options);
    if (!target) return fail(std::move(target.error()));
    send.target = *std::move(target);
    if (Status read = read_plan(options, now, send); !read) return fail(read.error());
    if (Status read = read_private(options, send); !read) return fail(read.error());
    // Reckoned from when it goes out: "15m" is so long on the screen.
    const UtcTime from = send.schedule.due.value_or(now);
    if (Status read = read_expires(options, from, send.expires); !read) return fail(read.error());
    if (Status read = read_timeout(options, send.timeout); !read) return fail(read.error());
    if (Status read = read_id(options, send.id); !read) return fail(read.error());
    send.title = options.title.value_or("");
    send.severity = severity_from(options.severity.value_or("")).value_or(Severity::info);
    send.style = style_from(options.style.value_or("")).value_or(Style::notification);
    send.wait_for = state_from(options.wait);  // "accepted" is no state: nothing to wait for.
    send.dry_run = options.dry_run;
    if (send.wait_for && send.schedule.due && !send.dry_run) {
        return usage("--wait is for what goes out at once; see later: crier status");
    }
    return send;
}

Result<Command> make_status(const Options& options) {
    if (options.words.empty()) return StatusCommand{"", options.count};
    if (options.words.size() > 1) return usage("only one message's id can be given");
    Result<std::string> id = read_message(options.words.front());
    if (!id) return fail(std::move(id.error()));
    return StatusCommand{*std::move(id), options.count};
}

Result<Command> make_history(const Options& options, UtcTime now) {
    HistoryCommand history;
    if (options.since) {
        const Result<UtcTime> since = parse_past(*options.since, now);
        if (!since) return fail(since.error().code, "--since: " + since.error().detail);
        history.since = *since;
    }
    if (options.by && options.by->empty()) return usage("--by is empty: leave it out, or say whom");
    history.by = options.by;
    return history;
}

Result<Command> make_report(const Options& options) {
    if (options.words.size() > 1) return usage("only one message's id can be given");
    if (options.is_csv && options.is_json) return usage("give one of --csv and --json only");
    Result<std::string> id = read_message(options.words.front());
    if (!id) return fail(std::move(id.error()));
    return ReportCommand{*std::move(id)};
}

Result<Command> make_update(const Options& options, UtcTime now) {
    const std::vector<std::string>& words = options.words;
    if (words.size() > 2) {
        return usage("after the ID comes the new text, as one argument: put it in quotes");
    }
    Result<std::string> id = read_message(words.front());
    if (!id) return fail(std::move(id.error()));
    UpdateCommand update;
    update.id = *std::move(id);
    update.reads_text = words.size() == 2 && words[1] == "-";
    if (words.size() == 2 && !update.reads_text) {
        if (is_blank(words[1])) {
            return fail(ErrorCode::text_invalid, "the text is empty, so nothing was changed");
        }
        update.changes.text = words[1];
    }
    update.changes.title = options.title;
    if (options.severity) update.changes.severity = severity_from(*options.severity);
    if (options.style) update.changes.style = style_from(*options.style);
    update.changes.ask_again = options.ask_again;
    if (Status read = read_expires(options, now, update.changes.expires); !read) {
        return fail(read.error());
    }
    if (Status read = read_timeout(options, update.timeout); !read) return fail(read.error());
    if (Status read = read_id(options, update.request); !read) return fail(read.error());
    update.wait_for = state_from(options.wait);
    if (Status read = read_reschedule(options, now, update.changes); !read) {
        return fail(read.error());
    }
    const MessageUpdate& changes = update.changes;
    const bool is_empty = !changes.text && !update.reads_text && !changes.title &&
                          !changes.severity && !changes.style && !changes.expires && !changes.due &&
                          changes.shift == Milliseconds{0};
    if (is_empty) {
        return usage(
            "there is nothing to change: give a new text, --title, --severity, --style, "
            "--expires, --at, --in or --shift. See: crier update --help");
    }
    return update;
}

Result<Command> make_recall(const Options& options) {
    if (options.words.size() > 1) return usage("only one message's id can be given");
    Result<std::string> id = read_message(options.words.front());
    if (!id) return fail(std::move(id.error()));
    RecallCommand recall;
    recall.id = *std::move(id);
    if (Status read = read_timeout(options, recall.timeout); !read) return fail(read.error());
    if (Status read = read_id(options, recall.request); !read) return fail(read.error());
    return recall;
}

Result<Command> make_forget(const Options& options) {
    if (options.words.size() > 1) return usage("only one broker can be given");
    return ClusterCommand{options.words.front()};
}

/// "a,b" and "c" are a, b and c.
std::vector<std::string> names_in(const std::vector<std::string>& lists) {
    std::vector<std::string> names;
    for (std::string_view rest : lists) {
        while (true) {
            const std::size_t end = std::min(rest.find(','), rest.size());
            names.emplace_back(rest.substr(0, end));
            if (end == rest.size()) break;
            rest.remove_prefix(end + 1);
        }
    }
    return names;
}

Result<Command> make_hook(const Options& options) {
    HookCommand hook;
    const std::vector<std::string_view> known = hook_event_names();
    hook.on = names_in(options.on);
    for (const std::string& name : hook.on) {
        if (std::find(known.begin(), known.end(), name) != known.end()) continue;
        std::string detail = "--on: \"" + name.substr(0, 64) + "\" is none of ";
        for (const std::string_view one : known) detail += std::string(one) + ", ";
        return usage(detail.substr(0, detail.size() - 2));
    }
    std::optional<Milliseconds> timeout;
    if (Status read = read_timeout(options, timeout); !read) return fail(read.error());
    hook.timeout = timeout.value_or(hook.timeout);
    hook.at_most = options.at_most;
    hook.command = options.words;
    if (hook.command.front().empty()) return usage("the COMMAND is empty");
    return hook;
}

/// The filter for a person's sessions, by either name that a session may have for them.
Result<std::string> filter_for(const std::string& user) {
    if (user.empty()) return usage("--user is empty: say whose screens");
    // Quotes do not keep them from standing for other characters.
    if (user.find_first_of("*?") != std::string::npos) {
        return usage(
            "--user is one name, without * and ?; for several, or one with such a "
            "character: --where \"user=vanessa*\"");
    }
    std::string where = protocol::filter_for_user(user);
    if (const auto filter = protocol::Filter::parse(where); !filter) {
        return usage("--user is no name: " + filter.error().detail);
    }
    return where;
}

Result<Command> make_audit_screen(const Options& options, UtcTime now) {
    AuditCommand audit;
    audit.what = AuditCommand::What::screen;
    if (options.user.has_value() == options.where.has_value()) {
        return usage(options.user ? "only one of --user and --where can be given"
                                  : "say whose screens: --user NAME, or --where FILTER");
    }
    if (options.where && is_empty_filter(*options.where)) {
        return usage("--where is empty: say whose screens");
    }
    Result<std::string> where = options.where ? *options.where : filter_for(*options.user);
    if (!where) return fail(std::move(where.error()));
    audit.where = *std::move(where);
    if (options.plan.at) {
        const Result<UtcTime> at = parse_past(*options.plan.at, now);
        if (!at) return fail(at.error().code, "--at " + at.error().detail);
        audit.at = *at;
    }
    if (Status read = read_timeout(options, audit.timeout); !read) return fail(read.error());
    return audit;
}

Result<Command> make_audit(const Options& options, UtcTime now) {
    if (options.command == "audit screen") return make_audit_screen(options, now);
    AuditCommand audit;
    if (options.command == "audit head") audit.what = AuditCommand::What::head;
    if (options.command == "audit verify") audit.what = AuditCommand::What::verify;
    if (options.since) {
        const Result<UtcTime> since = parse_past(*options.since, now);
        if (!since) return fail(since.error().code, "--since " + since.error().detail);
        audit.filter.since = *since;
    }
    audit.filter.by = options.by.value_or("");
    audit.filter.kind = options.what.value_or("");
    // Who says since when wants all of it.
    constexpr std::size_t all = 100'000;
    audit.count = options.since && !options.is_counted ? all : options.count;
    if (options.head) {
        const Result<AuditHead> kept = parse_audit_head(*options.head);
        if (!kept) return usage("--head: " + kept.error().detail);
        audit.kept = *kept;
    }
    if (Status read = read_timeout(options, audit.timeout); !read) return fail(read.error());
    return audit;
}

Result<Command> make_join(const Options& options) {
    if (options.words.size() > 1) return usage("an invitation is one line without blanks");
    if (options.words.front().empty()) return usage("the invitation is empty");
    return JoinCommand{options.words.front()};
}

Result<Command> make_command(const Options& options, bool input_is_terminal, UtcTime now) {
    if (options.invitation && options.invitation->empty()) {
        return usage("--invitation is empty: leave it out, or give one");
    }
    if (options.command == "send") return make_send(options, input_is_terminal, now);
    if (auto planned = make_plan_command(options, now)) return *std::move(planned);
    if (options.command == "update") return make_update(options, now);
    if (options.command == "recall") return make_recall(options);
    if (options.command == "status") return make_status(options);
    if (options.command == "history") return make_history(options, now);
    if (options.command == "report") return make_report(options);
    if (options.command.starts_with("audit")) return make_audit(options, now);
    if (options.command == "cluster status") return ClusterCommand{};
    if (options.command == "cluster forget") return make_forget(options);
    if (options.command.starts_with("keys")) return make_keys(options, now);
    if (options.command == "watch") return WatchCommand{};
    if (options.command == "hook") return make_hook(options);
    if (options.command == "whoami") return WhoamiCommand{};
    if (options.command == "health") return HealthCommand{};
    if (options.command == "join") return make_join(options);
    auto target = make_target(options);
    if (!target) return fail(std::move(target.error()));
    return SessionsCommand{*std::move(target)};
}

}  // namespace

tl::expected<CommandLine, NothingToRun> parse_command_line(std::vector<std::string> arguments,
                                                           bool input_is_terminal, UtcTime now) {
    const bool is_json = std::find(arguments.begin(), arguments.end(), "--json") != arguments.end();
    const auto misunderstood = [is_json](const Error& error) {
        return tl::unexpected(NothingToRun{exit_code_for(error.code), {}, error, is_json, {}});
    };
    auto options = parse_options(std::move(arguments));
    if (!options) {
        if (const auto* help = std::get_if<Help>(&options.error())) {
            return tl::unexpected(NothingToRun{ExitCode::done, help->text, {}, false, {}});
        }
        return misunderstood(std::get<Error>(options.error()));
    }
    if (options->where && !is_empty_filter(*options->where)) {
        const std::string typed = *options->where;
        if (const auto error = settle_filter(*options->where, now)) {
            auto nothing = misunderstood(protocol::to_error(*error, typed));
            nothing.value().position = error->position;
            return nothing;
        }
    }
    Result<Command> command = make_command(*options, input_is_terminal, now);
    if (!command) return misunderstood(command.error());
    return CommandLine{*std::move(command), options->invitation.value_or(""), options->is_json};
}

}  // namespace crier::cli
