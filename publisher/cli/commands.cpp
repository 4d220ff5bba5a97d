#include "publisher/cli/commands.hpp"

#include <algorithm>
#include <utility>

#include "publisher/cli/audit_commands.hpp"
#include "publisher/cli/cluster_commands.hpp"
#include "publisher/cli/forget_command.hpp"
#include "publisher/cli/history.hpp"
#include "publisher/cli/hook.hpp"
#include "publisher/cli/key_files.hpp"
#include "publisher/cli/keys_commands.hpp"
#include "publisher/cli/plan_commands.hpp"
#include "publisher/cli/present.hpp"
#include "publisher/cli/present_json.hpp"
#include "publisher/cli/report.hpp"
#include "shared/base/display.hpp"
#include "shared/base/json.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"
#include "shared/base/time.hpp"
#include "shared/protocol/find_invitation.hpp"

namespace crier::cli {
namespace {

/// Where `crier status` looks for how an id begins.
constexpr std::size_t recent_count = 500;

template <class Found>
ExitCode print(const Result<Found>& found, Console& console) {
    if (!found) return report(found.error(), console);
    console.out << present(*found, view_of(console)) << std::flush;
    return ExitCode::done;
}

/// Of all brokers, but those that did not answer.
template <class Found>
ExitCode print(const Result<Gathered<Found>>& found, Console& console) {
    if (!found) return report(found.error(), console);
    console.out << present(*found, view_of(console)) << std::flush;
    tell_silent(found->silent, console);
    return ExitCode::done;
}

/// All of the input, without the line end that every pipe puts behind it.
Result<std::string> read_text(std::istream& input) {
    std::string text(limits::text_bytes_max + 2, '\0');
    input.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(input.gcount()));
    if (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
    if (is_blank(text)) {
        return fail(ErrorCode::text_invalid, "standard input holds no text, so nothing was done");
    }
    return text;
}

ExitCode run(const SendCommand& command, Publisher& publisher, Console& console,
             std::istream& input) {
    Result<std::string> text = command.text ? *command.text : read_text(input);
    if (!text) return report(text.error(), console);
    if (command.wait_for == State::acknowledged && command.style == Style::notification) {
        console.err << "crier: on a terminal a person acknowledges alerts only; "
                       "--style alert makes it one\n";
    }
    ProgressBar bar(console, command.wait_for.value_or(State::displayed));
    auto result = send(command, *text, publisher,
                       [&bar](const Progress& progress) { bar.draw(progress.tally); });
    bar.wipe();
    return finish_send(std::move(result), command, publisher, console);
}

ExitCode run(const SessionsCommand& command, Publisher& publisher, Console& console,
             std::istream&) {
    return print(publisher.sessions(command.target), console);
}

ExitCode finish(tl::expected<SendResult, SendError>&& result, Changed::Kind kind,
                std::optional<State> waited_for, Console& console) {
    if (!result) return report_send(result.error(), console);
    const Changed changed{kind, *std::move(result), waited_for};
    console.out << present(changed, view_of(console)) << std::flush;
    tell_silent(changed.result.silent, console);
    return exit_code_of(changed);
}

ExitCode run(const UpdateCommand& command, Publisher& publisher, Console& console,
             std::istream& input) {
    MessageUpdate changes = command.changes;
    if (command.reads_text) {
        Result<std::string> text = read_text(input);
        if (!text) return report(text.error(), console);
        changes.text = *std::move(text);
    }
    const Result<MessageId> id = find_message(command.id, publisher);
    if (!id) return report(id.error(), console);
    ProgressBar bar(console, command.wait_for.value_or(State::displayed));
    auto result = publisher.update(
        *id, changes,
        {.id = command.request,
         .wait_for = command.wait_for,
         .timeout = command.timeout,
         .on_progress = [&bar](const Progress& progress) { bar.draw(progress.tally); }});
    bar.wipe();
    return finish(std::move(result), Changed::Kind::update, command.wait_for, console);
}

ExitCode run(const RecallCommand& command, Publisher& publisher, Console& console, std::istream&) {
    const Result<MessageId> id = find_message(command.id, publisher);
    if (!id) return report(id.error(), console);
    auto result = publisher.recall(*id, {.id = command.request, .timeout = command.timeout});
    return finish(std::move(result), Changed::Kind::recall, std::nullopt, console);
}

ExitCode run(const StatusCommand& command, Publisher& publisher, Console& console, std::istream&) {
    if (command.id.empty()) return print(publisher.messages(command.count), console);
    const Result<MessageId> id = find_message(command.id, publisher);
    if (!id) return report(id.error(), console);
    const Result<MessageStatus> status = read_status(*id, publisher);
    const ExitCode printed = print(status, console);
    if (status) tell_silent(status->outcome.silent, console);
    return printed;
}

ExitCode run(const AuditCommand& command, Publisher& publisher, Console& console, std::istream&) {
    return run_audit(command, publisher, console);
}

ExitCode run(const HistoryCommand& command, Publisher& publisher, Console& console, std::istream&) {
    const auto messages = read_history(command, [&publisher](std::optional<std::uint64_t> before) {
        return publisher.messages(history_page, before);
    });
    const bool is_filtered = command.since || command.by;
    if (messages && messages->empty() && is_filtered && console.form == Form::terminal) {
        console.out << "No such message.\n" << std::flush;
        return ExitCode::done;
    }
    return print(messages, console);
}

ExitCode run(const ReportCommand& command, Publisher& publisher, Console& console, std::istream&) {
    const Result<MessageId> id = find_message(command.id, publisher);
    if (!id) return report(id.error(), console);
    const Result<Outcome> outcome = publisher.outcome(*id);
    if (!outcome) return report(outcome.error(), console);
    const bool is_json = console.form == Form::json;
    console.out << (is_json ? json_of(*outcome) : csv_of(*outcome)) << std::flush;
    tell_silent(outcome->silent, console);
    return ExitCode::done;
}

/// What was sent, for people: the event itself names only the id. nullopt also when the broker does
/// not tell.
std::optional<SentMessage> accepted_message(const Happened& happened, Publisher& publisher,
                                            const Console& console) {
    const bool is_wanted = console.form == Form::terminal &&
                           happened.what == Happened::What::message_accepted && happened.seq;
    if (!is_wanted) return std::nullopt;
    constexpr Milliseconds patience{200};
    auto found = publisher.messages(1, *happened.seq + 1, patience);
    if (!found || found->empty() || found->front().id != happened.message) return std::nullopt;
    return std::move(found->front());
}

ExitCode run(const WatchCommand&, Publisher& publisher, Console& console, std::istream&) {
    tell_silent(read_silent(publisher), console);
    console.err << "crier: watching; Ctrl-C ends it\n" << std::flush;
    bool is_lost = false;
    const Status status = publisher.watch([&](const Happened& happened) {
        if (happened.what == Happened::What::connection_lost) {
            console.err << "crier: connection lost: " << clean_line(happened.detail) << std::endl;
            is_lost = true;
            return Watching::go_on;
        }
        if (std::exchange(is_lost, false)) console.err << "crier: connected again" << std::endl;
        console.out << present(happened, view_of(console),
                               accepted_message(happened, publisher, console))
                    << std::flush;
        return console.out ? Watching::go_on : Watching::end;
    });
    return status ? ExitCode::done : report(status.error(), console);
}

ExitCode run(const HookCommand& command, Publisher& publisher, Console& console, std::istream&) {
    return run_hook(command, publisher, console);
}

ExitCode run(const WhoamiCommand&, Publisher& publisher, Console& console, std::istream&) {
    return print(publisher.whoami(), console);
}

ExitCode run(const HealthCommand&, Publisher& publisher, Console& console, std::istream&) {
    const Result<Health> health = publisher.health();
    const ExitCode printed = print(health, console);
    return health && !health->is_healthy ? ExitCode::some_not : printed;
}

ExitCode run(const ClusterCommand& command, Publisher& publisher, Console& console, std::istream&) {
    if (!command.forgotten.empty()) return run_forget(command.forgotten, publisher, console);
    return run_cluster(publisher, console);
}

ExitCode run(const KeysCommand& command, Publisher& publisher, Console& console, std::istream&) {
    return run_keys(command, publisher, console);
}

ExitCode run(const JoinCommand& command, Publisher&, Console& console, std::istream&) {
    return run_join(command, console);
}

}  // namespace

View view_of(const Console& console) {
    return {console.form, console.columns, read_clocks().utc};
}

Result<MessageId> find_message(const std::string& beginning, Publisher& publisher) {
    if (beginning.size() == 2 * MessageId::size) return parse_id<MessageId>(beginning);
    std::string wanted = beginning;
    std::transform(wanted.begin(), wanted.end(), wanted.begin(),
                   [](unsigned char digit) { return static_cast<char>(std::tolower(digit)); });
    const auto messages = publisher.messages(recent_count);
    if (!messages) return fail(messages.error());
    std::vector<MessageId> found;
    for (const SentMessage& message : *messages) {
        if (to_string(message.id).starts_with(wanted)) found.push_back(message.id);
    }
    if (found.size() == 1) return found.front();
    if (found.empty()) {
        return fail(ErrorCode::message_unknown,
                    "none of the newest " + std::to_string(recent_count) +
                        " messages has an id that begins with " + beginning);
    }
    std::string detail =
        std::to_string(found.size()) + " messages have ids that begin with " + beginning + ":";
    constexpr std::size_t listed_max = 5;
    for (std::size_t index = 0; index < std::min(found.size(), listed_max); ++index) {
        detail += " " + to_string(found[index]);
    }
    return fail(ErrorCode::usage_invalid,
                detail + (found.size() > listed_max ? " …" : "") + ". Give more of its digits");
}

ExitCode finish_send(tl::expected<SendResult, SendError> result, const SendCommand& command,
                     Publisher& publisher, Console& console) {
    if (!result) return report_send(result.error(), console);
    Sent sent{*std::move(result), command.target, command.wait_for, {}};
    if (command.dry_run) {
        auto sessions = publisher.sessions(command.target);
        if (!sessions) return report(sessions.error(), console);
        sent.would_get_it = *std::move(sessions);
    }
    console.out << present(sent, view_of(console)) << std::flush;
    tell_silent(sent.result.silent, console);
    return exit_code_of(sent);
}

ExitCode report_send(const SendError& error, Console& console) {
    if (console.form == Form::json) console.out << present(error) << std::flush;
    console.err << error_for_people(error, console.err_width()) << std::flush;
    return exit_code_for(error.code);
}

tl::expected<SendResult, SendError> send(const SendCommand& command, const std::string& text,
                                         Publisher& publisher, const OnProgress& on_progress) {
    Content content = command.extras;
    content.text = text;
    content.title = command.title;
    content.severity = command.severity;
    content.style = command.style;
    std::optional<std::vector<RegisteredKey>> own_keys;
    if (!command.key_folder.empty()) {
        auto read = read_key_files(command.key_folder);
        if (!read) return tl::unexpected<SendError>({std::move(read.error()), {}, {}, {}});
        own_keys = *std::move(read);
    }
    return publisher.send(content, command.target,
                          {.id = command.id,
                           .expires = command.expires,
                           .schedule = command.schedule,
                           .each_session = command.each_session,
                           .quorum = command.quorum,
                           .dry_run = command.dry_run,
                           .wait_for = command.wait_for,
                           .wait_for_drop = command.wait_for_drop,
                           .timeout = command.timeout,
                           .on_progress = on_progress,
                           .own_keys = std::move(own_keys)});
}

ExitCode run(const Command& command, Publisher& publisher, Console& console, std::istream& input) {
    return std::visit([&](const auto& chosen) { return run(chosen, publisher, console, input); },
                      command);
}

ExitCode run_join(const JoinCommand& command, Console& console) {
    const auto stored =
        protocol::store_invitation(command.line_or_file, protocol::read_invitation_places());
    if (!stored) return report(stored.error(), console);
    const std::string_view kind = name_of(stored->kind);
    if (console.form == Form::json) {
        JsonWriter json;
        json.begin_object().member("kind", kind).member("file", stored->file.string()).end_object();
        console.out << json.text() << "\n";
    } else {
        console.out << "The invitation for " << kind << " is stored in "
                    << clean_line(stored->file.string()) << ".\n";
    }
    return ExitCode::done;
}

ExitCode report(const Error& error, Console& console, std::optional<std::uint32_t> position) {
    if (console.form == Form::json) console.out << present(error, position) << std::flush;
    console.err << error_for_people(error, console.err_width()) << std::flush;
    return exit_code_for(error.code);
}

}  // namespace crier::cli
