#include "subscriber/agent/ticket_command.hpp"

#include <chrono>
#include <utility>
#include <vector>

namespace crier::agent {

Status TicketCommand::ask(const SessionId& session) {
    auto started =
        screens::ChildProcess::start({program_}, {"CRIER_SESSION=" + to_string(session)});
    if (!started) return fail(std::move(started.error()));
    child_ = std::move(*started);
    child_->close_input();
    child_->end_group_with_it();
    asked_at_ = read_clocks().steady;
    return {};
}

Status TicketCommand::give_up() {
    if (!child_) return {};
    child_.reset();
    const auto waited =
        std::chrono::duration_cast<std::chrono::seconds>(read_clocks().steady - asked_at_);
    return fail(
        ErrorCode::ticket_invalid,
        program_ + " did not end within " + std::to_string(waited.count()) + " s, and was killed");
}

std::optional<Result<std::string>> TicketCommand::take() {
    if (!child_) return std::nullopt;
    child_->serve();
    if (!child_->end()) return std::nullopt;
    const screens::ChildEnd end = *child_->end();
    std::vector<std::string> lines = child_->take_lines();
    child_.reset();
    if (end.status != 0 || lines.empty()) {
        return fail(ErrorCode::ticket_invalid,
                    program_ + (end.status != 0 ? " ended with " + end.text : " wrote no ticket"));
    }
    return std::move(lines.front());
}

}  // namespace crier::agent
