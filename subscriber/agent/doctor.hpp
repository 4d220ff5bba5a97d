/// \file
/// `crier-agent doctor`: tries each screen on this machine with a message of its own, and says what
/// came of it.

#pragma once

#include "subscriber/agent/exit_code.hpp"
#include "subscriber/agent/make_screens.hpp"
#include "subscriber/agent/signals.hpp"

namespace crier::agent {

/// Writes to the output of `parts`. Blocking: up to half a minute.
/// Returns stopped if a message was displayed where a person can see it, else screen_gone.
[[nodiscard]] ExitCode run_doctor(const ScreenParts& parts, Signals& signals);

}  // namespace crier::agent
