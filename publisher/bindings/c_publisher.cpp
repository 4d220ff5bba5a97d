// The C interface to crier::Publisher.
#include "crier/c_publisher.h"

#include <memory>
#include <utility>

#include "publisher/bindings/c_answers.hpp"

/// Shared with each call that runs, so that a program may free it while other threads wait in it,
/// or in a callback: who leaves last destroys.
struct crier_publisher {
    std::shared_ptr<crier::Publisher> publisher;
};

namespace crier::c {
namespace {

constexpr Milliseconds wait_default{30'000};

/// Thrown through the library, which lets callbacks' exceptions pass, and caught below.
struct WaitWasEnded {
    Progress progress;
};

OnProgress telling(crier_on_progress on_progress, void* context) {
    if (on_progress == nullptr) return {};
    return [on_progress, context](const Progress& progress) {
        const crier_progress shown = progress_of(progress);
        if (on_progress(&shown, context) == CRIER_END) throw WaitWasEnded{progress};
    };
}

template <class Call>
crier_code call(crier_publisher* handle, crier_error** error, Call&& call) noexcept {
    return guard(error, [&]() -> CallStatus {
        if (handle == nullptr) return refuse("publisher is NULL");
        const std::shared_ptr<Publisher> publisher = handle->publisher;
        return call(*publisher);
    });
}

/// One question whose answer the caller will own, as an `Owned`.
template <class Owned, class Ask>
crier_code ask(crier_publisher* handle, std::int64_t timeout_ms, typename Owned::Struct** answer,
               crier_error** error, Ask&& ask) noexcept {
    if (answer != nullptr) *answer = nullptr;
    return call(handle, error, [&](Publisher& publisher) -> CallStatus {
        if (answer == nullptr) return refuse("the pointer for the answer is NULL");
        const auto timeout = read_timeout(timeout_ms, Publisher::default_timeout);
        if (!timeout) return fail(timeout.error());
        auto value = ask(publisher, *timeout);
        if (!value) return fail(std::move(value.error()));
        *answer = new Owned(std::move(*value));
        return {};
    });
}

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

Result<SendOptions> read_send_options(const crier_send_options* given) {
    const auto options = read(given, "options", true);
    if (!options) return fail(options.error());
    auto read = read_shared_options<SendOptions>(*options);
    if (!read) return read;
    if (options->expires_ms != 0) read->expires = utc_from_ms(options->expires_ms);
    read->dry_run = options->dry_run;
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
    if (changes->expires_ms != 0) update.expires = utc_from_ms(changes->expires_ms);
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
            .removed = ended.progress.removed};
}

Result<Progress> wait(Publisher& publisher, const MessageId& id, State state,
                      const WaitOptions& options) {
    try {
        return publisher.wait(id, state, options);
    } catch (const WaitWasEnded& ended) {
        return ended.progress;
    }
}

Failure failure_of(SendError error) {
    Failure failure{Error{error.code, std::move(error.detail)}};
    failure.message = error.id;
    failure.unknown = std::move(error.unknown);
    failure.position = error.position;
    return failure;
}

/// Sends, updates or recalls, by a function whose callback may end the waiting.
template <class Ask>
CallStatus ask_and_fill(crier_send_result* result, Ask&& ask) {
    if (auto checked = check_wanted(result, "result"); !checked) return fail(checked.error());
    try {
        tl::expected<SendResult, SendError> answer = ask();
        if (!answer) return tl::unexpected(failure_of(std::move(answer.error())));
        fill(result, send_result_of(*answer));
    } catch (const WaitWasEnded& ended) {
        fill(result, send_result_of(result_of(ended)));
    }
    return {};
}

}  // namespace
}  // namespace crier::c

using crier::fail;
using crier::Milliseconds;
using crier::Publisher;
using crier::c::CallStatus;

namespace c = crier::c;

// ---- Connecting
// ----------------------------------------------------------------------------------

crier_code crier_publisher_connect(const crier_publisher_options* options,
                                   crier_publisher** publisher, crier_error** error) {
    if (publisher != nullptr) *publisher = nullptr;
    return c::guard(error, [&]() -> CallStatus {
        if (publisher == nullptr) return c::refuse("the pointer for the publisher is NULL");
        const auto given = c::read(options, "options", true);
        if (!given) return fail(given.error());
        crier::PublisherOptions wanted;
        const auto timeout = c::read_timeout(given->connect_timeout_ms, wanted.connect_timeout);
        if (!timeout) return fail(timeout.error());
        wanted.invitation = c::text_of(given->invitation);
        if (given->client != nullptr && *given->client != '\0') wanted.client = given->client;
        wanted.connect_timeout = *timeout;
        auto connected = Publisher::connect(std::move(wanted));
        if (!connected) return fail(connected.error());
        *publisher = new crier_publisher{std::make_shared<Publisher>(std::move(*connected))};
        return {};
    });
}

void crier_publisher_stop(crier_publisher* publisher) {
    if (publisher != nullptr) publisher->publisher->stop();
}

void crier_publisher_free(crier_publisher* publisher) {
    crier_publisher_stop(publisher);
    delete publisher;
}

// ---- Sending and waiting
// -------------------------------------------------------------------------

crier_code crier_publisher_send(crier_publisher* publisher, const crier_content* content,
                                const crier_target* target, const crier_send_options* options,
                                crier_send_result* result, crier_error** error) {
    return c::call(publisher, error, [&](Publisher& sender) -> CallStatus {
        const auto what = c::read_content(content);
        if (!what) return fail(what.error());
        const auto whom = c::read_target(target);
        if (!whom) return fail(whom.error());
        const auto how = c::read_send_options(options);
        if (!how) return fail(how.error());
        return c::ask_and_fill(result, [&] { return sender.send(*what, *whom, *how); });
    });
}

crier_code crier_publisher_update(crier_publisher* publisher, const crier_id* message,
                                  const crier_message_update* changes,
                                  const crier_change_options* options, crier_send_result* result,
                                  crier_error** error) {
    return c::call(publisher, error, [&](Publisher& changer) -> CallStatus {
        const auto which = c::read_message_id(message);
        if (!which) return fail(which.error());
        const auto what = c::read_update(changes);
        if (!what) return fail(what.error());
        const auto how = c::read_change_options(options);
        if (!how) return fail(how.error());
        return c::ask_and_fill(result, [&] { return changer.update(*which, *what, *how); });
    });
}

crier_code crier_publisher_recall(crier_publisher* publisher, const crier_id* message,
                                  const crier_change_options* options, crier_send_result* result,
                                  crier_error** error) {
    return c::call(publisher, error, [&](Publisher& changer) -> CallStatus {
        const auto which = c::read_message_id(message);
        if (!which) return fail(which.error());
        const auto how = c::read_change_options(options);
        if (!how) return fail(how.error());
        if (how->wait_for) return c::refuse("a recall waits for no state: wait_for is not zero");
        return c::ask_and_fill(result, [&] { return changer.recall(*which, *how); });
    });
}

crier_code crier_publisher_wait(crier_publisher* publisher, const crier_id* id, crier_state state,
                                const crier_wait_options* options, crier_progress* progress,
                                crier_error** error) {
    return c::call(publisher, error, [&](Publisher& waiter) -> CallStatus {
        const auto message = c::read_message_id(id);
        if (!message) return fail(message.error());
        const auto until = c::read_choice<crier::State>(state, CRIER_STATE_GONE_UNSEEN, "state");
        if (!until) return fail(until.error());
        const auto given = c::read(options, "options", true);
        if (!given) return fail(given.error());
        const auto timeout = c::read_timeout(given->timeout_ms, c::wait_default);
        if (!timeout) return fail(timeout.error());
        if (auto checked = c::check_wanted(progress, "progress"); !checked) {
            return fail(checked.error());
        }
        const auto came = c::wait(waiter, *message, *until,
                                  {*timeout, c::telling(given->on_progress, given->context)});
        if (!came) return fail(came.error());
        c::fill(progress, c::progress_of(*came));
        return {};
    });
}

// ---- Asking
// --------------------------------------------------------------------------------------

crier_code crier_publisher_sessions(crier_publisher* publisher, const crier_target* target,
                                    int64_t timeout_ms, crier_session_list** list,
                                    crier_error** error) {
    return c::ask<c::OwnedSessionList>(
        publisher, timeout_ms, list, error,
        [&](Publisher& asker, Milliseconds timeout) -> crier::Result<std::vector<crier::Session>> {
            if (target == nullptr) return asker.sessions(crier::Target::everyone(), timeout);
            const auto whom = c::read_target(target);
            if (!whom) return fail(whom.error());
            return asker.sessions(*whom, timeout);
        });
}

crier_code crier_publisher_messages(crier_publisher* publisher, size_t count, uint64_t before,
                                    int64_t timeout_ms, crier_message_list** list,
                                    crier_error** error) {
    return c::ask<c::OwnedMessageList>(
        publisher, timeout_ms, list, error, [&](Publisher& asker, Milliseconds timeout) {
            return asker.messages(count, before == 0 ? std::nullopt : std::optional(before),
                                  timeout);
        });
}

crier_code crier_publisher_outcome(crier_publisher* publisher, const crier_id* id,
                                   int64_t timeout_ms, crier_outcome** outcome,
                                   crier_error** error) {
    return c::ask<c::OwnedOutcome>(
        publisher, timeout_ms, outcome, error,
        [&](Publisher& asker, Milliseconds timeout) -> crier::Result<crier::Outcome> {
            const auto message = c::read_message_id(id);
            if (!message) return fail(message.error());
            return asker.outcome(*message, timeout);
        });
}

crier_code crier_publisher_whoami(crier_publisher* publisher, int64_t timeout_ms,
                                  crier_identity** identity, crier_error** error) {
    return c::ask<c::OwnedIdentity>(
        publisher, timeout_ms, identity, error,
        [](Publisher& asker, Milliseconds timeout) { return asker.whoami(timeout); });
}

crier_code crier_publisher_health(crier_publisher* publisher, int64_t timeout_ms,
                                  crier_health** health, crier_error** error) {
    return c::ask<c::OwnedHealth>(
        publisher, timeout_ms, health, error,
        [](Publisher& asker, Milliseconds timeout) { return asker.health(timeout); });
}

void crier_session_list_free(crier_session_list* list) {
    delete static_cast<c::OwnedSessionList*>(list);
}

void crier_message_list_free(crier_message_list* list) {
    delete static_cast<c::OwnedMessageList*>(list);
}

void crier_outcome_free(crier_outcome* outcome) {
    delete static_cast<c::OwnedOutcome*>(outcome);
}

void crier_identity_free(crier_identity* identity) {
    delete static_cast<c::OwnedIdentity*>(identity);
}

void crier_health_free(crier_health* health) {
    delete static_cast<c::OwnedHealth*>(health);
}

// ---- Watching
// ------------------------------------------------------------------------------------

const char* crier_what_name(crier_what what) {
    if (what < CRIER_WHAT_SESSION_OPENED || what > CRIER_WHAT_CONNECTION_LOST) return "";
    return crier::name_of(static_cast<crier::Happened::What>(what)).data();
}

crier_code crier_publisher_watch(crier_publisher* publisher, crier_on_happened on_happened,
                                 void* context, crier_error** error) {
    return c::call(publisher, error, [&](Publisher& watcher) -> CallStatus {
        if (on_happened == nullptr) return c::refuse("on_happened is NULL");
        return c::call_status(watcher.watch([&](const crier::Happened& happened) {
            const crier_happened shown = c::happened_of(happened);
            return on_happened(&shown, context) == CRIER_END ? crier::Watching::end
                                                             : crier::Watching::go_on;
        }));
    });
}
