/// \file
/// `crier keys`.

#pragma once

#include "crier/publisher.hpp"
#include "publisher/cli/command_line.hpp"
#include "publisher/cli/console.hpp"
#include "publisher/cli/exit_code.hpp"

namespace crier::cli {

[[nodiscard]] ExitCode run_keys(const KeysCommand& command, Publisher& publisher, Console& console);

}  // namespace crier::cli
