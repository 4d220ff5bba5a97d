#include "subscriber/screens/covered_messages.hpp"

#include <algorithm>
#include <utility>

namespace crier::screens {

bool CoveredMessages::add(const IncomingMessage& message, std::string line) {
    remove(message.id);
    if (waiting_.size() >= messages_max) return false;
    waiting_.push_back({message, std::move(line)});
    return true;
}

void CoveredMessages::remove(const MessageId& id) {
    std::erase_if(waiting_, [&](const Waiting& one) { return one.message.id == id; });
}

void CoveredMessages::escalate(const MessageId& id, std::string line) {
    for (Waiting& one : waiting_) {
        if (one.message.id != id) continue;
        one.message.content.style = Style::alert;
        one.line = std::move(line);
    }
}

std::optional<Came> CoveredMessages::show_line(const Tmux& tmux, UtcTime now) {
    // A clock that was put back is no reason to be silent.
    const bool is_one_there = now < line_until_ && line_until_ - now <= line_stands_for;
    const auto next = std::find_if(waiting_.begin(), waiting_.end(),
                                   [](const Waiting& one) { return !one.line.empty(); });
    if (is_one_there || next == waiting_.end()) return std::nullopt;
    Outcome outcome = tmux.show(next->line);
    line_until_ = now + line_stands_for;
    if (outcome.state == State::displayed) {
        next->line.clear();
    } else {
        outcome.state = State::suppressed;  // It is there once the terminal is free.
    }
    return Came{next->message.id, next->message.revision, std::move(outcome)};
}

std::vector<IncomingMessage> CoveredMessages::take() {
    std::vector<IncomingMessage> messages;
    for (Waiting& one : std::exchange(waiting_, {})) messages.push_back(std::move(one.message));
    return messages;
}

}  // namespace crier::screens
