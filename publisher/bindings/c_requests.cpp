#include "publisher/bindings/c_requests.hpp"

#include <utility>

#include "publisher/bindings/c_answers.hpp"

namespace crier::c {
namespace {

/// What can be asked for alike when a message is sent and when it is changed.
template <class Options, class Given>
Result<Options> read_shared_options(const Given& options) {
    const auto wait_for = read_choice<State>(options.wait_for, CRIER_STATE_GONE_UNSEEN, "wait_for");
    if (!wait_for) return fail(wait_for.error());
    const auto timeout = read_timeout(options.timeout_ms, Milliseconds::zero());
    if (!timeout) return fail(timeout.error());
    Options read;
    if (const auto id = read_message_id(&options.id); !id->is_zero()) read.id = *id;
    if (*wait_for != State::waiting) read.wait_for = *wait_for;
    if (*timeout != Milliseconds::zero()) read.timeout = *timeout;
    read.on_progress = telling(options.on_progress, options.context);
    return read;
}

Result<Schedule> read_schedule(const crier_schedule* given) {
    const auto schedule = read(given, "schedule", true);
    if (!schedule) return fail(schedule.error());
    const std::size_t count = schedule->announcement_count;
    const auto* const times = schedule->announcements_ms;
    if (Status checked = check_list(times, count, "schedule: announcements_ms"); !checked) {
        return fail(checked.error());
    }
    if (schedule->every_ms < 0) return fail(ErrorCode::usage_invalid, "every_ms is negative");
    Schedule read{.due = optional_time(schedule->due_ms),
                  .every = Milliseconds(schedule->every_ms),
                  .until = optional_time(schedule->until_ms),
                  .announcements = {},
                  .close_admission = optional_time(schedule->close_admission_ms),
                  .drop = optional_time(schedule->drop_ms)};
    for (std::size_t at = 0; at < count; ++at) read.announcements.push_back(utc_from_ms(times[at]));
    return read;
}

}  // namespace

OnProgress telling(crier_on_progress on_progress, void* context) {
    if (on_progress == nullptr) return {};
    return [on_progress, context](const Progress& progress) {
        const crier_progress shown = progress_of(progress);
        if (on_progress(&shown, context) == CRIER_END) throw WaitWasEnded{progress};
    };
}

Result<SendOptions> read_send_options(const crier_send_options* given) {
    const auto options = read(given, "options", true);
    if (!options) return fail(options.error());
    auto read = read_shared_options<SendOptions>(*options);
    if (!read) return read;
    auto schedule = read_schedule(options->schedule);
    if (!schedule) return fail(schedule.error());
    read->expires = optional_time(options->expires_ms);
    read->dry_run = options->dry_run;
    read->schedule = std::move(*schedule);
    read->quorum = options->quorum;
    read->each_session = options->each_session;
    read->wait_for_drop = options->wait_for_drop;
    return read;
}

Result<ChangeOptions> read_change_options(const crier_change_options* given) {
    const auto options = read(given, "options", true);
    if (!options) return fail(options.error());
    return read_shared_options<ChangeOptions>(*options);
}

/// What is to change is what is there.
Result<MessageUpdate> read_update(const crier_message_update* given) {
    const auto changes = read(given, "changes");
    if (!changes) return fail(changes.error());
    const auto severity =
        read_choice<Severity>(changes->severity, CRIER_SEVERITY_CRITICAL, "severity");
    if (!severity) return fail(severity.error());
    const auto style = read_choice<Style>(changes->style, CRIER_STYLE_ALERT, "style");
    if (!style) return fail(style.error());
    const bool is_forgotten = (!changes->has_severity && changes->severity != 0) ||
                              (!changes->has_style && changes->style != 0);
    if (is_forgotten) {
        return fail(ErrorCode::usage_invalid,
                    "a severity needs has_severity to change, and a style has_style");
    }
    MessageUpdate update;
    if (changes->text != nullptr) update.text = changes->text;
    if (changes->title != nullptr) update.title = changes->title;
    if (changes->has_severity) update.severity = *severity;
    if (changes->has_style) update.style = *style;
    update.expires = optional_time(changes->expires_ms);
    update.due = optional_time(changes->due_ms);
    update.shift = Milliseconds(changes->shift_ms);
    update.ask_again = changes->ask_again;
    return update;
}

SendResult result_of(const WaitWasEnded& ended) {
    return {.id = ended.progress.id,
            .seq = ended.progress.seq,
            .tally = ended.progress.tally,
            .is_complete = ended.progress.is_complete,
            .is_final = ended.progress.is_final,
            .revision = 0,
            .counts = ended.progress.counts,
            .is_closed = ended.progress.is_closed,
            .silent = ended.progress.silent};
}

Failure failure_of(SendError error) {
    Failure failure{Error{error.code, std::move(error.detail)}};
    failure.message = error.id;
    failure.unknown = std::move(error.unknown);
    failure.position = error.position;
    return failure;
}

}  // namespace crier::c
