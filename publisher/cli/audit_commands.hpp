/// \file
/// `crier audit` and what else asks for the broker's log.

#pragma once

#include "crier/publisher.hpp"
#include "publisher/cli/command_line.hpp"
#include "publisher/cli/console.hpp"
#include "publisher/cli/present.hpp"

namespace crier::cli {

[[nodiscard]] ExitCode run_audit(const AuditCommand& command, Publisher& publisher,
                                 Console& console);

/// What became of a message, with the changes of it that the log has. A broker that has no log to
/// show is asked for the rest all the same.
[[nodiscard]] Result<MessageStatus> read_status(const MessageId& id, Publisher& publisher);

}  // namespace crier::cli
