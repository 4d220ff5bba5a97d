#include "subscriber/bindings/c_events.hpp"

#include <functional>
#include <string>
#include <type_traits>
#include <utility>

namespace crier::c {
namespace {

static_assert(CRIER_REMOVAL_CLOSED == static_cast<int>(MessageRemovalCause::closed));
static_assert(CRIER_ENDED_DROPPED == static_cast<int>(SubscriberEnded::Cause::dropped));

/// How many callbacks run on this thread, one inside the other.
thread_local int callbacks_running = 0;

struct CallbackRuns {
    CallbackRuns() { callbacks_running += 1; }
    ~CallbackRuns() { callbacks_running -= 1; }
    CallbackRuns(const CallbackRuns&) = delete;
    CallbackRuns& operator=(const CallbackRuns&) = delete;
};

struct ShownIncoming : crier_incoming {
    explicit ShownIncoming(const IncomingMessage& message)
        : crier_incoming{}, content_(message.content), text_parts_(message.text_parts) {
        size = sizeof(crier_incoming);
        id = id_of(message.id);
        revision = message.revision;
        seq = message.seq;
        topic = message.topic.c_str();
        content = &content_;
        from = message.from.c_str();
        sent_ms = to_ms(message.sent);
        off_screen_at_ms = time_of(message.off_screen_at);
        again = message.again;
        is_reminder = message.is_reminder;
        late_ms = time_of(message.late);
        text_part_count = message.text_parts.size();
        text_parts = text_parts_.data();
    }
    ShownIncoming(const ShownIncoming&) = delete;
    ShownIncoming& operator=(const ShownIncoming&) = delete;

private:
    ShownContent content_;
    StringArray text_parts_;
};

ShownIncoming shown(const IncomingMessage& message) {
    return ShownIncoming(message);
}

crier_removed shown(const MessageRemoved& removed) {
    return {.size = sizeof(crier_removed),
            .id = id_of(removed.id),
            .cause = static_cast<crier_removal_cause>(removed.cause)};
}

crier_escalated shown(const MessageEscalated& escalated) {
    return {.size = sizeof(crier_escalated),
            .id = id_of(escalated.id),
            .revision = escalated.revision,
            .urgency = static_cast<crier_urgency>(escalated.urgency)};
}

crier_connected shown(const SubscriberConnected& connected) {
    return {.size = sizeof(crier_connected),
            .session = id_of(connected.session),
            .opened_ms = to_ms(connected.opened)};
}

crier_ticket_wanted shown(const TicketWanted& wanted) {
    return {.size = sizeof(crier_ticket_wanted), .session = id_of(wanted.session)};
}

ShownError shown(const Error& error) {
    return ShownError(error);
}

/// A C++ callback that calls one of C; empty without one.
template <class Event, class Struct>
std::function<void(const Event&)> telling(void (*callback)(const Struct*, void*), void* context) {
    if (callback == nullptr) return {};
    return [callback, context](const Event& event) {
        const CallbackRuns runs;
        const auto view = shown(event);
        callback(&view, context);
    };
}

/// Likewise, for an event with an error in it.
template <class Event, class Struct>
std::function<void(const Event&)> telling_why(void (*callback)(const Struct*, void*),
                                              void* context) {
    if (callback == nullptr) return {};
    return [callback, context](const Event& event) {
        const CallbackRuns runs;
        const ShownError error(event.error);
        Struct view{};
        view.size = sizeof view;
        view.error = &error;
        if constexpr (std::is_same_v<Event, SubscriberEnded>) {
            view.cause = static_cast<crier_ended_cause>(event.cause);
        } else {
            view.will_return = event.will_return;
        }
        callback(&view, context);
    };
}

/// As much of a text as there is room for, and NUL.
void write_text(std::string_view from, char* text, std::size_t text_size) {
    if (text == nullptr || text_size == 0) return;
    text[from.copy(text, text_size - 1)] = '\0';
}

/// What text_at() looks at.
Result<IncomingMessage> read_counting_down(const crier_incoming* given) {
    const auto message = read(given, "message");
    if (!message) return fail(message.error());
    const auto content = read(message->content, "content");
    if (!content) return fail(content.error());
    auto parts = read_strings(message->text_parts, message->text_part_count, "text_parts");
    if (!parts) return fail(parts.error());
    IncomingMessage read;
    read.content.text = text_of(content->text);
    read.content.countdown_to = optional_time(content->countdown_to_ms);
    read.text_parts = std::move(*parts);
    return read;
}

}  // namespace

bool is_in_callback() noexcept {
    return callbacks_running > 0;
}

Result<SubscriberHandler> read_handler(const crier_subscriber_handler* given) {
    const auto handler = read(given, "handler");
    if (!handler) return fail(handler.error());
    void* const context = handler->context;
    SubscriberHandler read;
    read.on_connected = telling<SubscriberConnected>(handler->on_connected, context);
    read.on_disconnected = telling_why<SubscriberDisconnected>(handler->on_disconnected, context);
    read.on_message = telling<IncomingMessage>(handler->on_message, context);
    read.on_changed = telling<IncomingMessage>(handler->on_changed, context);
    read.on_removed = telling<MessageRemoved>(handler->on_removed, context);
    read.on_problem = telling<Error>(handler->on_problem, context);
    read.on_escalated = telling<MessageEscalated>(handler->on_escalated, context);
    read.on_ticket_wanted = telling<TicketWanted>(handler->on_ticket_wanted, context);
    read.on_ended = telling_why<SubscriberEnded>(handler->on_ended, context);
    return read;
}

Result<ListenerHandler> read_handler(const crier_listener_handler* given) {
    const auto handler = read(given, "handler");
    if (!handler) return fail(handler.error());
    void* const context = handler->context;
    ListenerHandler read;
    if (auto* const on_connected = handler->on_connected) {
        read.on_connected = [on_connected, context] {
            const CallbackRuns runs;
            on_connected(context);
        };
    }
    read.on_disconnected = telling<Error>(handler->on_disconnected, context);
    read.on_message = telling<IncomingMessage>(handler->on_message, context);
    read.on_changed = telling<IncomingMessage>(handler->on_changed, context);
    read.on_removed = telling<MessageRemoved>(handler->on_removed, context);
    return read;
}

}  // namespace crier::c

namespace c = crier::c;

size_t crier_text_at(const crier_incoming* message, int64_t now_ms, char* text, size_t text_size) {
    c::write_text({}, text, text_size);
    std::size_t length = 0;
    const auto written = c::guard(nullptr, [&]() -> c::CallStatus {
        const auto shown = c::read_counting_down(message);
        if (!shown) return crier::fail(shown.error());
        const std::string whole = crier::text_at(*shown, crier::utc_from_ms(now_ms));
        c::write_text(whole, text, text_size);
        length = whole.size();
        return {};
    });
    return written == CRIER_OK ? length : 0;
}

void crier_remaining_time(int64_t left_ms, char text[CRIER_REMAINING_TIME_SIZE]) {
    const auto written = c::guard(nullptr, [&]() -> c::CallStatus {
        c::write_text(crier::remaining_time(crier::Milliseconds(left_ms)), text,
                      CRIER_REMAINING_TIME_SIZE);
        return {};
    });
    if (written != CRIER_OK) c::write_text({}, text, CRIER_REMAINING_TIME_SIZE);
}
