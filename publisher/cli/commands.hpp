/// \file
/// Runs one command with a connected publisher.

#pragma once

#include <cstdint>
#include <istream>
#include <optional>

#include "crier/publisher.hpp"
#include "publisher/cli/command_line.hpp"
#include "publisher/cli/console.hpp"
#include "publisher/cli/present.hpp"

namespace crier::cli {

/// Blocks until the command is done. `input`: standard input, read for a text.
[[nodiscard]] ExitCode run(const Command& command, Publisher& publisher, Console& console,
                           std::istream& input);

/// What is printed there now.
[[nodiscard]] View view_of(const Console& console);

/// The message that an id, or how it begins, means. Errors: message_unknown, usage_invalid (several
/// begin so), and the broker's.
[[nodiscard]] Result<MessageId> find_message(const std::string& beginning, Publisher& publisher);

/// Sends what the command says, with a bar while it is waited for.
[[nodiscard]] tl::expected<SendResult, SendError> send(const SendCommand& command,
                                                       const std::string& text,
                                                       Publisher& publisher,
                                                       const OnProgress& on_progress);

/// Prints what became of that; after a dry run, whom it would have touched.
[[nodiscard]] ExitCode finish_send(tl::expected<SendResult, SendError> result,
                                   const SendCommand& command, Publisher& publisher,
                                   Console& console);

[[nodiscard]] ExitCode report_send(const SendError& error, Console& console);

/// `crier join`, which needs no broker.
[[nodiscard]] ExitCode run_join(const JoinCommand& command, Console& console);

/// Prints an error in the console's form, and says which exit code it means. `position`: of
/// filter_invalid, in the filter.
ExitCode report(const Error& error, Console& console,
                std::optional<std::uint32_t> position = std::nullopt);

}  // namespace crier::cli
