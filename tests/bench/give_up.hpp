/// \file
/// How the benchmark ends when a run is not worth a number.

#pragma once

#include <string>

namespace crier::bench {

/// Says why and ends the process with 1. The contestants, which are its children, end with it.
[[noreturn]] void give_up(const std::string& why);

}  // namespace crier::bench
