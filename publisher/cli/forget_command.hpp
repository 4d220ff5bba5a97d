/// \file
/// `crier cluster forget`.

#pragma once

#include <string>

#include "crier/publisher.hpp"
#include "publisher/cli/console.hpp"
#include "publisher/cli/exit_code.hpp"

namespace crier::cli {

/// `broker`: its name, as the broker that is asked knows it, or its id.
[[nodiscard]] ExitCode run_forget(const std::string& broker, Publisher& publisher,
                                  Console& console);

}  // namespace crier::cli
