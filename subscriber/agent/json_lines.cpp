#include "subscriber/agent/json_lines.hpp"

#include "shared/base/json.hpp"
#include "shared/base/time.hpp"

namespace crier::agent {
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

}  // namespace

std::string message_line(const char* event, const IncomingMessage& message) {
    JsonWriter json = begin(event);
    json.member("id", to_string(message.id)).member("seq", message.seq);
    json.member("topic", message.topic).member("text", message.content.text);
    json.member("title", message.content.title);
    json.member("severity", name_of(message.content.severity));
    json.member("style", name_of(message.content.style));
    json.member("from", message.from).member("sent", to_string(message.sent));
    json.key("expires");
    if (message.off_screen_at) {
        json.value(to_string(*message.off_screen_at));
    } else {
        json.null();
    }
    json.member("revision", message.revision).member("again", message.again);
    return end(json);
}

std::string removed_line(const MessageRemoved& removed) {
    JsonWriter json = begin("removed");
    json.member("id", to_string(removed.id)).member("cause", name_of(removed.cause));
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

std::string acknowledged_line(const Acknowledgement& answer) {
    JsonWriter json = begin("acknowledged");
    json.member("id", to_string(answer.id)).member("revision", answer.revision);
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

}  // namespace crier::agent
