/// \file
/// --ticket-command: a program that gets tickets for this session.

#pragma once

#include <memory>
#include <optional>
#include <string>

#include "crier/id.hpp"
#include "crier/result.hpp"
#include "shared/base/time.hpp"
#include "subscriber/screens/child_process.hpp"

namespace crier::agent {

/// Not thread-safe. The destructor ends the program if it runs.
class TicketCommand {
public:
    explicit TicketCommand(std::string program) : program_(std::move(program)) {}

    /// Starts the program with CRIER_SESSION in its environment. What it leaves running in
    /// its process group ends with it. Errors: file_unusable.
    [[nodiscard]] Status ask(const SessionId& session);
    /// Kills the program if it still runs: who has to ask again has waited long enough.
    /// Errors: ticket_invalid, when it did.
    [[nodiscard]] Status give_up();

    /// To be polled for reading, then take(); -1: it does not run.
    [[nodiscard]] int descriptor() const { return child_ ? child_->descriptor() : -1; }
    /// Once it has ended: the first line that it has written. nullopt: it has not.
    /// Errors: ticket_invalid, when it has failed or written none.
    [[nodiscard]] std::optional<Result<std::string>> take();

private:
    std::string program_;
    std::unique_ptr<screens::ChildProcess> child_;
    Instant asked_at_{};
};

}  // namespace crier::agent
