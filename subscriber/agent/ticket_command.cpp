#include "subscriber/agent/ticket_command.hpp"

#include <utility>
#include <vector>

namespace crier::agent {

Status TicketCommand::ask(const SessionId& session) {
    child_.reset();
    auto started =
        screens::ChildProcess::start({program_}, {"CRIER_SESSION=" + to_string(session)});
    if (!started) return fail(std::move(started.error()));
    child_ = std::move(*started);
    child_->close_input();
    return {};
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
