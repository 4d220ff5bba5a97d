/// \file
/// Runs the commands for what comes later or has consequences. As run() of commands.hpp.

#pragma once

#include <istream>

#include "crier/publisher.hpp"
#include "publisher/cli/command_line.hpp"
#include "publisher/cli/console.hpp"

namespace crier::cli {

[[nodiscard]] ExitCode run(const AskCommand&, Publisher&, Console&, std::istream&);
[[nodiscard]] ExitCode run(const CloseCommand&, Publisher&, Console&, std::istream&);
[[nodiscard]] ExitCode run(const DropCommand&, Publisher&, Console&, std::istream&);
[[nodiscard]] ExitCode run(const AdmissionCommand&, Publisher&, Console&, std::istream&);
[[nodiscard]] ExitCode run(const ScheduledCommand&, Publisher&, Console&, std::istream&);
[[nodiscard]] ExitCode run(const DrainCommand&, Publisher&, Console&, std::istream&);
[[nodiscard]] ExitCode run(const DrainChangeCommand&, Publisher&, Console&, std::istream&);

}  // namespace crier::cli
