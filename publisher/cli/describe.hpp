/// \file
/// The command line as CLI11 knows it, as values.

#pragma once

#include <string>
#include <vector>

#include "shared/manual/program.hpp"

namespace CLI {
class App;
}

namespace crier::cli {

/// The name of a validator that takes one of these; with a comma behind it, a list of them. What an
/// option may be is told here by that, since CLI11 keeps only functions.
[[nodiscard]] std::string choices_name(const std::vector<std::string>& choices);

[[nodiscard]] manual::Program describe(CLI::App& app);

}  // namespace crier::cli
