#include "subscriber/screens/json_lines.hpp"

#include "shared/base/json.hpp"
#include "shared/base/time.hpp"

namespace crier::screens {
namespace {

JsonWriter begin(const char* event) {
    JsonWriter json;
    json.begin_object().member("event", event);
    return json;
}

std::string end(JsonWriter& json) {
    return json.end_object().text();
}

void write_error(JsonWriter& json, const Error& error) {
    json.member("reason", error.detail);
    json.member("code", static_cast<std::uint16_t>(error.code));
    json.member("name", name_of(error.code));
}

void write_time(JsonWriter& json, const char* key, const std::optional<UtcTime>& time) {
    json.key(key);
    if (time) {
        json.value(to_string(*time));
    } else {
        json.null();
    }
}

const char* word_for(Urgency urgency) {
    return urgency == Urgency::sound ? "sound" : "alert";
}

}  // namespace

std::string message_line(const char* event, const IncomingMessage& message, UtcTime now) {
    JsonWriter json = begin(event);
    json.member("id", to_string(message.id)).member("seq", message.seq);
    json.member("topic", message.topic).member("text", text_at(message, now));
    json.member("title", message.content.title);
    json.member("severity", name_of(message.content.severity));
    json.member("style", name_of(message.content.style));
    json.member("from", message.from).member("sent", to_string(message.sent));
    write_time(json, "expires", message.off_screen_at);
    json.member("revision", message.revision).member("again", message.again);
    json.member("reminder", message.is_reminder);
    write_time(json, "late", message.late);
    write_time(json, "countdown_to", message.content.countdown_to);
    json.member("choices", message.content.choices);
    return end(json);
}

std::string escalated_line(const MessageEscalated& escalated) {
    JsonWriter json = begin("escalated");
    json.member("id", to_string(escalated.id)).member("revision", escalated.revision);
    json.member("urgency", word_for(escalated.urgency));
    return end(json);
}

std::string removed_line(const MessageRemoved& removed) {
    JsonWriter json = begin("removed");
    json.member("id", to_string(removed.id)).member("cause", name_of(removed.cause));
    return end(json);
}

std::string dismissed_line(const Dismissal& reply) {
    JsonWriter json = begin("removed");
    json.member("id", to_string(reply.id)).member("cause", "dismissed");
    return end(json);
}

std::string connected_line(const std::optional<SubscriberConnected>& session) {
    JsonWriter json = begin("connected");
    if (session) {
        json.member("session", to_string(session->session));
        json.member("opened", to_string(session->opened));
    } else {
        json.key("session").null().key("opened").null();
    }
    return end(json);
}

std::string disconnected_line(const SubscriberDisconnected& outage) {
    JsonWriter json = begin("disconnected");
    write_error(json, outage.error);
    json.member("will_return", outage.will_return);
    return end(json);
}

std::string acknowledged_line(const Acknowledgement& reply) {
    JsonWriter json = begin("acknowledged");
    json.member("id", to_string(reply.id)).member("revision", reply.revision);
    return end(json);
}

std::string answered_line(const Answer& reply, std::string_view text) {
    JsonWriter json = begin("answered");
    json.member("id", to_string(reply.id)).member("revision", reply.revision);
    json.member("choice", reply.choice + 1).member("text", text);
    return end(json);
}

std::string error_line(const Error& error) {
    JsonWriter json = begin("error");
    write_error(json, error);
    return end(json);
}

std::string ended_line(const std::optional<SubscriberEnded>& ended) {
    JsonWriter json = begin("ended");
    if (ended) {
        json.member("cause", name_of(ended->cause));
        write_error(json, ended->error);
    } else {
        json.member("cause", "stopped");
        json.key("reason").null().key("code").null().key("name").null();
    }
    return end(json);
}

}  // namespace crier::screens
