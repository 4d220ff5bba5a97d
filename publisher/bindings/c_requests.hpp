/// \file
/// What a publisher is asked for, read from C structs; and callbacks of C that may end a wait.

#pragma once

#include "crier/c_publisher.h"
#include "crier/publisher.hpp"
#include "shared/bindings/c_support.hpp"

namespace crier::c {

/// Thrown through the library, which lets callbacks' exceptions pass, by what telling() makes.
struct WaitWasEnded {
    Progress progress;
};

/// What is known when a callback has ended the wait for an answer.
[[nodiscard]] SendResult result_of(const WaitWasEnded& ended);

/// A callback that calls one of C; empty without one.
[[nodiscard]] OnProgress telling(crier_on_progress on_progress, void* context);

[[nodiscard]] Result<SendOptions> read_send_options(const crier_send_options* options);
[[nodiscard]] Result<ChangeOptions> read_change_options(const crier_change_options* options);
[[nodiscard]] Result<MessageUpdate> read_update(const crier_message_update* changes);

[[nodiscard]] Failure failure_of(SendError error);

}  // namespace crier::c
