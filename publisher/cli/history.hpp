/// \file
/// `crier history`: every message that the broker's journal holds, over as many pages as it takes.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "crier/publisher.hpp"
#include "publisher/cli/command_line.hpp"

namespace crier::cli {

/// Gives the newest messages before this seq, newest first; fewer than history_page: there are no
/// more.
using ReadPage = std::function<Result<Gathered<SentMessage>>(std::optional<std::uint64_t> before)>;

inline constexpr std::size_t history_page = 500;

/// What the command asks for, newest first. Reads no further back than it has to: up to a page on
/// which nothing is as young as `since`. One message is not enough to end it, because the clock of
/// a broker may have been put back.
/// Errors: those of `read_page`.
[[nodiscard]] Result<Gathered<SentMessage>> read_history(const HistoryCommand& command,
                                                         const ReadPage& read_page);

}  // namespace crier::cli
