/// \file
/// The commands of `crier keys`, from their options.

#pragma once

#include "publisher/cli/command_line.hpp"
#include "publisher/cli/options.hpp"

namespace crier::cli {

/// Requires: the command is one of them.
[[nodiscard]] Result<Command> make_keys(const Options& options, UtcTime now);

}  // namespace crier::cli
