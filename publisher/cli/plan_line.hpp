/// \file
/// The commands for what comes later or has consequences, from their options.

#pragma once

#include <optional>

#include "publisher/cli/command_line.hpp"
#include "publisher/cli/options.hpp"

namespace crier::cli {

/// Schedule, languages, countdown, escalation of a message that is sent.
[[nodiscard]] Status read_plan(const Options& options, UtcTime now, SendCommand& send);

/// --at, --in and --shift of a message that is changed.
[[nodiscard]] Status read_reschedule(const Options& options, UtcTime now, MessageUpdate& changes);

/// nullopt: it is another command.
[[nodiscard]] std::optional<Result<Command>> make_plan_command(const Options& options, UtcTime now);

}  // namespace crier::cli
