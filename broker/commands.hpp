/// \file
/// What crierd can be asked to do.

#pragma once

namespace crier::broker {

/// The whole program: reads the command line and the settings, does it, says what went wrong on
/// standard error, and returns the exit code. Blocks the signals that stop it, for the process.
[[nodiscard]] int run_crierd(int argc, const char* const* argv);

}  // namespace crier::broker
