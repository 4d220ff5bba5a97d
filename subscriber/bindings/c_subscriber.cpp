// The C interface to crier::Subscriber and crier::Listener.
#include "crier/c_subscriber.h"

#include <exception>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "crier/registered_key.hpp"
#include "crier/subscriber.hpp"
#include "shared/bindings/c_support.hpp"
#include "subscriber/bindings/c_events.hpp"

/// Shared with a dispatch that runs, so that a program may free it in a callback: who leaves last
/// destroys.
struct crier_subscriber {
    std::shared_ptr<crier::Subscriber> subscriber;
};
struct crier_listener {
    std::shared_ptr<crier::Listener> listener;
};

namespace crier::c {
namespace {

static_assert(CRIER_REPORT_MANUAL == static_cast<int>(Report::manual));
static_assert(CRIER_DELIVERY_BY_DISPATCH == static_cast<int>(Delivery::by_dispatch));

/// Deletes a handle of a subscriber or listener after its stop(). In a callback the thread that
/// would be joined may be this one: another thread deletes it, and waits for this one. The handle
/// goes over whole, since whoever still shared what is in it could be the last to let go.
template <class Handle>
void let_go(Handle* handle) noexcept {
    if (!is_in_callback()) {
        delete handle;
        return;
    }
    try {
        std::thread([handle] { delete handle; }).detach();
    } catch (const std::exception&) {
        // No thread to be had: rather keep it for ever than wait for oneself.
    }
}

/// Keeps what is dispatched, whatever its callbacks do. noexcept: an event that was taken and
/// cannot be shown for want of memory would be lost without a word.
template <class Value>
std::size_t dispatch(std::shared_ptr<Value> value) noexcept {
    return value->dispatch();
}

Result<SubscriberOptions> read_options(const crier_subscriber_options* given) {
    const auto options = read(given, "options");
    if (!options) return fail(options.error());
    SubscriberOptions read;
    auto attributes = read_attributes(options->attributes);
    if (!attributes) return fail(attributes.error());
    const auto presence =
        read_choice<Presence>(options->presence, CRIER_PRESENCE_UNREACHABLE, "presence");
    if (!presence) return fail(presence.error());
    const auto report = read_choice<Report>(options->report, CRIER_REPORT_MANUAL, "report");
    if (!report) return fail(report.error());
    const auto delivery =
        read_choice<Delivery>(options->delivery, CRIER_DELIVERY_BY_DISPATCH, "delivery");
    if (!delivery) return fail(delivery.error());
    const auto stop_timeout = read_timeout(options->stop_timeout_ms, read.stop_timeout);
    if (!stop_timeout) return fail(stop_timeout.error());
    read.invitation = text_of(options->invitation);
    read.key_file = text_of(options->key_file);
    read.state_folder = text_of(options->state_folder);
    read.attributes = std::move(*attributes);
    read.presence = *presence;
    read.report = *report;
    read.delivery = *delivery;
    read.stop_timeout = *stop_timeout;
    return read;
}

Result<ListenerOptions> read_options(const crier_listener_options* given) {
    const auto options = read(given, "options");
    if (!options) return fail(options.error());
    const auto delivery =
        read_choice<Delivery>(options->delivery, CRIER_DELIVERY_BY_DISPATCH, "delivery");
    if (!delivery) return fail(delivery.error());
    const Status checked =
        check_list(options->sessions, options->session_count, "options: sessions");
    if (!checked) return fail(checked.error());
    return ListenerOptions{.invitation = text_of(options->invitation),
                           .hear_all = !options->ignore_all,
                           .sessions = session_ids(options->sessions, options->session_count),
                           .hear_every_session = options->hear_every_session,
                           .delivery = *delivery};
}

/// One call about a message.
template <class Call>
crier_code report_on(crier_subscriber* handle, const crier_id* id, crier_error** error,
                     Call&& call) noexcept {
    return guard(error, [&]() -> CallStatus {
        if (handle == nullptr) return refuse("subscriber is NULL");
        const auto message = read_message_id(id);
        if (!message) return fail(message.error());
        return call_status(call(*handle->subscriber, *message));
    });
}

}  // namespace
}  // namespace crier::c

using crier::fail;
using crier::MessageId;
using crier::Subscriber;
using crier::c::CallStatus;

namespace c = crier::c;

// ---- Subscriber
// ----------------------------------------------------------------------------------

crier_code crier_session_public_key(const char* key_file, char text[CRIER_KEY_TEXT_SIZE],
                                    crier_error** error) {
    if (text != nullptr) text[0] = '\0';
    return c::guard(error, [&]() -> CallStatus {
        if (text == nullptr) return c::refuse("text is NULL");
        const std::string file = c::text_of(key_file);
        if (file.empty()) return c::refuse("no key file is named");
        const auto key = crier::session_public_key(file);
        if (!key) return fail(key.error());
        text[crier::to_string(*key).copy(text, CRIER_KEY_TEXT_SIZE - 1)] = '\0';
        return {};
    });
}

crier_code crier_subscriber_start(const crier_subscriber_options* options,
                                  const crier_subscriber_handler* handler,
                                  crier_subscriber** subscriber, crier_error** error) {
    if (subscriber != nullptr) *subscriber = nullptr;
    return c::guard(error, [&]() -> CallStatus {
        if (subscriber == nullptr) return c::refuse("the pointer for the subscriber is NULL");
        auto how = c::read_options(options);
        if (!how) return fail(how.error());
        auto whom = c::read_handler(handler);
        if (!whom) return fail(whom.error());
        auto started = Subscriber::start(std::move(*how), std::move(*whom));
        if (!started) return fail(started.error());
        *subscriber = new crier_subscriber{std::make_shared<Subscriber>(std::move(*started))};
        return {};
    });
}

void crier_subscriber_stop(crier_subscriber* subscriber) {
    if (subscriber != nullptr) subscriber->subscriber->stop();
}

void crier_subscriber_free(crier_subscriber* subscriber) {
    if (subscriber == nullptr) return;
    crier_subscriber_stop(subscriber);
    c::let_go(subscriber);
}

crier_code crier_subscriber_session(const crier_subscriber* subscriber, crier_id* session,
                                    crier_error** error) {
    return c::guard(error, [&]() -> CallStatus {
        if (subscriber == nullptr || session == nullptr) return c::refuse("a pointer is NULL");
        *session = c::id_of(subscriber->subscriber->session());
        return {};
    });
}

crier_code crier_subscriber_displayed(crier_subscriber* subscriber, const crier_id* id,
                                      uint32_t revision, crier_error** error) {
    return c::report_on(subscriber, id, error, [&](Subscriber& reporter, const MessageId& message) {
        return reporter.displayed(message, revision);
    });
}

crier_code crier_subscriber_displayed_with_note(crier_subscriber* subscriber, const crier_id* id,
                                                uint32_t revision, const char* note,
                                                crier_error** error) {
    return c::report_on(subscriber, id, error, [&](Subscriber& reporter, const MessageId& message) {
        return reporter.displayed(message, revision, c::text_of(note));
    });
}

crier_code crier_subscriber_displayed_in_digest(crier_subscriber* subscriber, const crier_id* id,
                                                uint32_t revision, crier_error** error) {
    return c::report_on(subscriber, id, error, [&](Subscriber& reporter, const MessageId& message) {
        return reporter.displayed_in_digest(message, revision);
    });
}

crier_code crier_subscriber_suppressed(crier_subscriber* subscriber, const crier_id* id,
                                       uint32_t revision, const char* cause, crier_error** error) {
    return c::report_on(subscriber, id, error, [&](Subscriber& reporter, const MessageId& message) {
        return reporter.suppressed(message, revision, c::text_of(cause));
    });
}

crier_code crier_subscriber_acknowledged(crier_subscriber* subscriber, const crier_id* id,
                                         uint32_t revision, crier_error** error) {
    return c::report_on(subscriber, id, error, [&](Subscriber& reporter, const MessageId& message) {
        return reporter.acknowledged(message, revision);
    });
}

crier_code crier_subscriber_answered(crier_subscriber* subscriber, const crier_id* id,
                                     uint32_t revision, uint32_t choice, crier_error** error) {
    return c::report_on(subscriber, id, error, [&](Subscriber& reporter, const MessageId& message) {
        return reporter.answered(message, revision, choice);
    });
}

crier_code crier_subscriber_failed(crier_subscriber* subscriber, const crier_id* id,
                                   uint32_t revision, const char* cause, crier_error** error) {
    return c::report_on(subscriber, id, error, [&](Subscriber& reporter, const MessageId& message) {
        return reporter.failed(message, revision, c::text_of(cause));
    });
}

crier_code crier_subscriber_removed(crier_subscriber* subscriber, const crier_id* id,
                                    uint32_t revision, crier_error** error) {
    return c::report_on(subscriber, id, error, [&](Subscriber& reporter, const MessageId& message) {
        return reporter.removed(message, revision);
    });
}

crier_code crier_subscriber_removed_with_cause(crier_subscriber* subscriber, const crier_id* id,
                                               uint32_t revision, const char* cause,
                                               crier_error** error) {
    return c::report_on(subscriber, id, error, [&](Subscriber& reporter, const MessageId& message) {
        return reporter.removed(message, revision, c::text_of(cause));
    });
}

crier_code crier_subscriber_use_ticket(crier_subscriber* subscriber, const char* ticket,
                                       crier_error** error) {
    return c::guard(error, [&]() -> CallStatus {
        if (subscriber == nullptr) return c::refuse("subscriber is NULL");
        return c::call_status(subscriber->subscriber->use_ticket(c::text_of(ticket)));
    });
}

crier_code crier_subscriber_set_presence(crier_subscriber* subscriber, crier_presence presence,
                                         crier_error** error) {
    return c::guard(error, [&]() -> CallStatus {
        if (subscriber == nullptr) return c::refuse("subscriber is NULL");
        const auto value =
            c::read_choice<crier::Presence>(presence, CRIER_PRESENCE_UNREACHABLE, "presence");
        if (!value) return fail(value.error());
        return c::call_status(subscriber->subscriber->set_presence(*value));
    });
}

int64_t crier_subscriber_broker_time_ms(const crier_subscriber* subscriber) {
    return subscriber == nullptr ? 0 : crier::to_ms(subscriber->subscriber->broker_time());
}

int crier_subscriber_descriptor(const crier_subscriber* subscriber) {
    return subscriber == nullptr ? -1 : subscriber->subscriber->descriptor();
}

size_t crier_subscriber_dispatch(crier_subscriber* subscriber) {
    if (subscriber == nullptr) return 0;
    return c::dispatch(subscriber->subscriber);
}

// ---- Listener
// ------------------------------------------------------------------------------------

crier_code crier_listener_start(const crier_listener_options* options,
                                const crier_listener_handler* handler, crier_listener** listener,
                                crier_error** error) {
    if (listener != nullptr) *listener = nullptr;
    return c::guard(error, [&]() -> CallStatus {
        if (listener == nullptr) return c::refuse("the pointer for the listener is NULL");
        auto how = c::read_options(options);
        if (!how) return fail(how.error());
        auto whom = c::read_handler(handler);
        if (!whom) return fail(whom.error());
        auto started = crier::Listener::start(std::move(*how), std::move(*whom));
        if (!started) return fail(started.error());
        *listener = new crier_listener{std::make_shared<crier::Listener>(std::move(*started))};
        return {};
    });
}

void crier_listener_stop(crier_listener* listener) {
    if (listener != nullptr) listener->listener->stop();
}

void crier_listener_free(crier_listener* listener) {
    if (listener == nullptr) return;
    crier_listener_stop(listener);
    c::let_go(listener);
}

int crier_listener_descriptor(const crier_listener* listener) {
    return listener == nullptr ? -1 : listener->listener->descriptor();
}

size_t crier_listener_dispatch(crier_listener* listener) {
    if (listener == nullptr) return 0;
    return c::dispatch(listener->listener);
}
