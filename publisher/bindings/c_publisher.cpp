// The C interface to crier::Publisher.
#include "crier/c_publisher.h"

#include <utility>

#include "publisher/bindings/c_answers.hpp"
#include "publisher/bindings/c_call.hpp"
#include "publisher/bindings/c_requests.hpp"

namespace crier::c {
namespace {

constexpr Milliseconds wait_default{30'000};

Result<Progress> wait(Publisher& publisher, const MessageId& id, State state,
                      const WaitOptions& options) {
    try {
        return publisher.wait(id, state, options);
    } catch (const WaitWasEnded& ended) {
        return ended.progress;
    }
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

using End = tl::expected<SendResult, SendError> (Publisher::*)(const MessageId&,
                                                               const ChangeOptions&);

/// Takes a message off the screens in one way or the other.
crier_code end(crier_publisher* handle, const crier_id* message, const crier_change_options* given,
               crier_send_result* result, crier_error** error, End way) noexcept {
    return call(handle, error, [&](Publisher& publisher) -> CallStatus {
        const auto which = read_message_id(message);
        if (!which) return fail(which.error());
        const auto how = read_change_options(given);
        if (!how) return fail(how.error());
        if (how->wait_for) return refuse("this waits for no state: wait_for is not zero");
        return ask_and_fill(result, [&] { return (publisher.*way)(*which, *how); });
    });
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
    return c::end(publisher, message, options, result, error, &Publisher::recall);
}

crier_code crier_publisher_close_question(crier_publisher* publisher, const crier_id* question,
                                          const crier_change_options* options,
                                          crier_send_result* result, crier_error** error) {
    return c::end(publisher, question, options, result, error, &Publisher::close_question);
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

// ---- Admission
// -----------------------------------------------------------------------------------

crier_code crier_publisher_open_admission(crier_publisher* publisher, int64_t timeout_ms,
                                          crier_admission** admission, crier_error** error) {
    return c::ask<c::OwnedAdmission, c::Wanted::maybe>(
        publisher, timeout_ms, admission, error,
        [](Publisher& asker, Milliseconds timeout) { return asker.open_admission(timeout); });
}

crier_code crier_publisher_close_admission(crier_publisher* publisher, const char* message,
                                           const char* except, int64_t timeout_ms,
                                           crier_admission** admission, crier_error** error) {
    return c::ask<c::OwnedAdmission, c::Wanted::maybe>(
        publisher, timeout_ms, admission, error, [&](Publisher& asker, Milliseconds timeout) {
            return asker.close_admission(c::text_of(message), c::text_of(except), timeout);
        });
}

// ---- Asking
// --------------------------------------------------------------------------------------

crier_code crier_publisher_sessions(crier_publisher* publisher, const crier_target* target,
                                    int64_t timeout_ms, crier_session_list** list,
                                    crier_error** error) {
    return c::ask<c::OwnedSessionList>(
        publisher, timeout_ms, list, error,
        [&](Publisher& asker,
            Milliseconds timeout) -> crier::Result<crier::Gathered<crier::Session>> {
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

crier_code crier_publisher_scheduled(crier_publisher* publisher, int64_t timeout_ms,
                                     crier_message_list** list, crier_error** error) {
    return c::ask<c::OwnedMessageList>(
        publisher, timeout_ms, list, error,
        [](Publisher& asker, Milliseconds timeout) { return asker.scheduled(timeout); });
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

crier_code crier_publisher_admission(crier_publisher* publisher, int64_t timeout_ms,
                                     crier_admission** admission, crier_error** error) {
    return c::ask<c::OwnedAdmission>(
        publisher, timeout_ms, admission, error,
        [](Publisher& asker, Milliseconds timeout) { return asker.admission(timeout); });
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

void crier_admission_free(crier_admission* admission) {
    delete static_cast<c::OwnedAdmission*>(admission);
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
    const auto known = c::what_from(what);
    return known ? crier::name_of(*known).data() : "";
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
