#include "subscriber/agent/json_screen.hpp"

#include "shared/base/json.hpp"
#include "shared/base/time.hpp"
#include "subscriber/agent/json_command.hpp"

namespace crier::agent {
namespace {

constexpr std::size_t remembered_max = 4'096;
constexpr std::size_t command_bytes_max = 1'024;

void write_error(JsonWriter& json, const Error& error) {
    json.member("reason", error.detail);
    json.member("code", static_cast<std::uint16_t>(error.code));
    json.member("name", name_of(error.code));
}

std::string error_line(const Error& error) {
    JsonWriter json;
    json.begin_object().member("event", "error");
    write_error(json, error);
    json.end_object();
    return json.text();
}

}  // namespace

Outcome JsonScreen::show(const IncomingMessage& message, UtcTime) {
    return write_message("message", message);
}

Outcome JsonScreen::change(const IncomingMessage& message, UtcTime) {
    return write_message("changed", message);
}

Outcome JsonScreen::write_message(const char* event, const IncomingMessage& message) {
    JsonWriter json;
    json.begin_object().member("event", event);
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
    json.end_object();
    if (!write_line(json.text())) return {State::failed, "nobody reads the output"};
    remember(message);
    return {};
}

void JsonScreen::remember(const IncomingMessage& message) {
    if (revisions_.insert_or_assign(message.id, message.revision).second) {
        order_.push_back(message.id);
    }
    if (order_.size() <= remembered_max) return;
    revisions_.erase(order_.front());
    order_.pop_front();
}

void JsonScreen::remove(const MessageRemoved& removed, UtcTime) {
    JsonWriter json;
    json.begin_object().member("event", "removed");
    json.member("id", to_string(removed.id)).member("cause", name_of(removed.cause));
    json.end_object();
    write_line(json.text());
}

void JsonScreen::acknowledged(const Acknowledgement& answer, const Status& outcome, UtcTime) {
    if (!outcome) {
        write_line(error_line(outcome.error()));
        return;
    }
    JsonWriter json;
    json.begin_object().member("event", "acknowledged");
    json.member("id", to_string(answer.id)).member("revision", answer.revision);
    json.end_object();
    write_line(json.text());
}

void JsonScreen::connected(const std::optional<SubscriberConnected>& session, UtcTime) {
    JsonWriter json;
    json.begin_object().member("event", "connected");
    if (session) {
        json.member("session", to_string(session->session));
        json.member("opened", to_string(session->opened));
    } else {
        json.key("session").null().key("opened").null();
    }
    json.end_object();
    write_line(json.text());
}

void JsonScreen::disconnected(const SubscriberDisconnected& outage, UtcTime) {
    JsonWriter json;
    json.begin_object().member("event", "disconnected");
    write_error(json, outage.error);
    json.member("will_return", outage.will_return);
    json.end_object();
    write_line(json.text());
}

void JsonScreen::problem(const Error& error, UtcTime) {
    write_line(error_line(error));
}

void JsonScreen::ended(const std::optional<SubscriberEnded>& end, UtcTime) {
    JsonWriter json;
    json.begin_object().member("event", "ended");
    if (end) {
        json.member("cause", name_of(end->cause));
        write_error(json, end->error);
    } else {
        json.member("cause", "stopped");
        json.key("reason").null().key("code").null().key("name").null();
    }
    json.end_object();
    write_line(json.text());
}

std::vector<Acknowledgement> JsonScreen::take_input(UtcTime) {
    std::vector<Acknowledgement> answers;
    for (const char byte : input_.take()) {
        if (byte != '\n') {
            is_line_too_long_ = is_line_too_long_ || unfinished_.size() >= command_bytes_max;
            if (!is_line_too_long_) unfinished_ += byte;
            continue;
        }
        if (is_line_too_long_) {
            write_line(error_line({ErrorCode::limit_exceeded, "the line is too long"}));
        } else if (unfinished_.find_first_not_of(" \t\r") != std::string::npos) {
            take_command(unfinished_, answers);
        }
        unfinished_.clear();
        is_line_too_long_ = false;
    }
    return answers;
}

void JsonScreen::take_command(const std::string& line, std::vector<Acknowledgement>& answers) {
    const Result<MessageId> id = parse_command(line);
    if (!id) {
        write_line(error_line(id.error()));
        return;
    }
    const auto found = revisions_.find(*id);
    if (found == revisions_.end()) {
        write_line(error_line(
            {ErrorCode::message_unknown, "no message " + to_string(*id) + " was shown here"}));
        return;
    }
    answers.push_back({*id, found->second});
}

bool JsonScreen::write_line(std::string line) {
    line += '\n';
    return output_.write(line);
}

}  // namespace crier::agent
