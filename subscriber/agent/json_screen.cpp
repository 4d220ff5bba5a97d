#include "subscriber/agent/json_screen.hpp"

#include "subscriber/agent/json_command.hpp"
#include "subscriber/agent/json_lines.hpp"

namespace crier::agent {
namespace {

constexpr std::size_t remembered_max = 4'096;
constexpr std::size_t command_bytes_max = 1'024;

}  // namespace

Outcome JsonScreen::show(const IncomingMessage& message, UtcTime) {
    return write_message("message", message);
}

Outcome JsonScreen::change(const IncomingMessage& message, UtcTime) {
    return write_message("changed", message);
}

Outcome JsonScreen::write_message(const char* event, const IncomingMessage& message) {
    if (!write_line(message_line(event, message))) {
        return {State::failed, "nobody reads the output"};
    }
    remember(message);
    return {};
}

void JsonScreen::remember(const IncomingMessage& message) {
    const auto [found, is_new] = shown_.try_emplace(message.id);
    found->second.revision = message.revision;
    if (is_new) order_.push_back(message.id);
    if (order_.size() <= remembered_max) return;
    shown_.erase(order_.front());
    order_.pop_front();
}

void JsonScreen::remove(const MessageRemoved& removed, UtcTime) {
    write_line(removed_line(removed));
}

void JsonScreen::acknowledged(const Acknowledgement& answer, const Status& outcome, UtcTime) {
    if (!outcome) {
        write_line(error_line(outcome.error()));
        return;
    }
    const auto found = shown_.find(answer.id);
    if (found != shown_.end()) {
        // Once for each revision, however often it is asked for.
        if (found->second.acknowledged == answer.revision) return;
        found->second.acknowledged = answer.revision;
    }
    write_line(acknowledged_line(answer));
}

void JsonScreen::connected(const std::optional<SubscriberConnected>& session, UtcTime) {
    write_line(connected_line(session));
}

void JsonScreen::disconnected(const SubscriberDisconnected& outage, UtcTime) {
    write_line(disconnected_line(outage));
}

void JsonScreen::problem(const Error& error, UtcTime) {
    write_line(error_line(error));
}

void JsonScreen::ended(const std::optional<SubscriberEnded>& end, UtcTime) {
    write_line(ended_line(end));
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
    const auto found = shown_.find(*id);
    if (found == shown_.end()) {
        write_line(error_line(
            {ErrorCode::message_unknown, "no message " + to_string(*id) + " was shown here"}));
        return;
    }
    answers.push_back({*id, found->second.revision});
}

bool JsonScreen::write_line(std::string line) {
    line += '\n';
    return output_.write(line);
}

}  // namespace crier::agent
