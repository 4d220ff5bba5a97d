#include "subscriber/screens/json_screen.hpp"

#include <utility>

#include "subscriber/screens/json_lines.hpp"

namespace crier::screens {
namespace {

constexpr std::size_t remembered_max = 4'096;
constexpr std::size_t command_bytes_max = 1'024;

}  // namespace

void JsonScreen::show(const IncomingMessage& message, UtcTime now) {
    write_message("message", message, now);
}

void JsonScreen::change(const IncomingMessage& message, UtcTime now) {
    write_message("changed", message, now);
}

void JsonScreen::write_message(const char* event, const IncomingMessage& message, UtcTime now) {
    if (!write_line(message_line(event, message, now))) {
        return tell(message, {State::failed, "nobody reads the output"});
    }
    remember(message);
    tell(message, {});
}

void JsonScreen::remember(const IncomingMessage& message) {
    const auto [found, is_new] = shown_.try_emplace(message.id);
    found->second.revision = message.revision;
    found->second.is_over = false;
    found->second.choices = message.content.choices;
    if (is_new) order_.push_back(message.id);
    if (order_.size() <= remembered_max) return;
    shown_.erase(order_.front());
    order_.pop_front();
}

void JsonScreen::remove(const MessageRemoved& removed, UtcTime) {
    const auto found = shown_.find(removed.id);
    if (found != shown_.end()) found->second.is_over = true;
    write_line(removed_line(removed));
}

void JsonScreen::withdraw(const MessageId& id, UtcTime) {
    shown_.erase(id);
    std::erase(order_, id);
}

void JsonScreen::escalate(const MessageEscalated& escalated, UtcTime) {
    write_line(escalated_line(escalated));
}

void JsonScreen::acknowledged(const Acknowledgement& reply, const Status& outcome, UtcTime) {
    if (!outcome) {
        write_line(error_line(outcome.error()));
        return;
    }
    const auto found = shown_.find(reply.id);
    if (found != shown_.end()) {
        // Once for each revision, however often it is asked for.
        if (found->second.acknowledged == reply.revision) return;
        found->second.acknowledged = reply.revision;
    }
    write_line(acknowledged_line(reply));
}

void JsonScreen::answered(const Answer& reply, const Status& outcome, UtcTime) {
    if (!outcome) {
        write_line(error_line(outcome.error()));
        return;
    }
    const auto found = shown_.find(reply.id);
    const bool is_known = found != shown_.end() && reply.choice < found->second.choices.size();
    write_line(answered_line(reply, is_known ? found->second.choices[reply.choice] : ""));
}

void JsonScreen::dismissed(const Dismissal& reply, const Status& outcome, UtcTime) {
    if (!outcome) {
        write_line(error_line(outcome.error()));
        return;
    }
    const auto found = shown_.find(reply.id);
    if (found != shown_.end() && std::exchange(found->second.is_over, true)) return;
    write_line(dismissed_line(reply));
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

void JsonScreen::add_waits(std::vector<pollfd>& waits) const {
    waits.push_back({input_.descriptor(), POLLIN, 0});
}

std::optional<UtcTime> JsonScreen::next_tick(UtcTime now) const {
    constexpr Milliseconds pause{1'000};  // Who has the terminal now gets the input: look again.
    return input_.is_in_background() ? std::optional(now + pause) : std::nullopt;
}

void JsonScreen::serve(std::span<const pollfd>, UtcTime) {
    for (const char byte : input_.take()) {
        if (byte != '\n') {
            is_line_too_long_ = is_line_too_long_ || unfinished_.size() >= command_bytes_max;
            if (!is_line_too_long_) unfinished_ += byte;
            continue;
        }
        if (is_line_too_long_) {
            write_line(error_line({ErrorCode::limit_exceeded, "the line is too long"}));
        } else if (unfinished_.find_first_not_of(" \t\r") != std::string::npos) {
            take_command(unfinished_);
        }
        unfinished_.clear();
        is_line_too_long_ = false;
    }
}

void JsonScreen::take_command(const std::string& line) {
    const Result<Command> command = parse_command(line);
    const Result<Reply> reply = command ? reply_to(*command) : fail(command.error());
    if (!reply) {
        write_line(error_line(reply.error()));
        return;
    }
    std::visit([this](const auto& one) { tell(one); }, *reply);
}

Result<Reply> JsonScreen::reply_to(const Command& command) const {
    const std::string name = "message " + to_string(command.id);
    const auto found = shown_.find(command.id);
    if (found == shown_.end()) {
        return fail(ErrorCode::message_unknown, "no " + name + " was shown here");
    }
    const Shown& shown = found->second;
    if (command.verb == Verb::remove) return Dismissal{command.id, shown.revision, {}};
    if (!command.choice) return Acknowledgement{command.id, shown.revision};
    if (shown.choices.empty()) return fail(ErrorCode::answer_unknown, name + " is no question");
    if (shown.is_over) return fail(ErrorCode::message_over, name + " takes no answers any more");
    const std::size_t choices = shown.choices.size();
    if (*command.choice == 0 || *command.choice > choices) {
        return fail(ErrorCode::answer_unknown, name + " has no choice " +
                                                   std::to_string(*command.choice) +
                                                   ": choose 1 to " + std::to_string(choices));
    }
    return Answer{command.id, shown.revision, *command.choice - 1};
}

bool JsonScreen::write_line(std::string line) {
    line += '\n';
    return output_.write(line);
}

}  // namespace crier::screens
