/// \file
/// `crier hook`: runs a command for what happens at the broker.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crier/publisher.hpp"
#include "publisher/cli/command_line.hpp"
#include "publisher/cli/console.hpp"

namespace crier::cli {

/// So many events wait for a command to end; later ones are left out, and that is said.
inline constexpr std::size_t hook_waiting_max = 1'000;

/// What --on may name: "session_opened" and so on, "receipt" for every receipt, or a receipt's
/// state.
[[nodiscard]] std::vector<std::string_view> hook_event_names();

/// Whether one of `names` names it; without names, everything is meant.
[[nodiscard]] bool is_hooked(const std::vector<std::string>& names, const Happened& happened);

/// Watches until it is interrupted or may not watch. Blocking: for as long. Everything that it says
/// goes to the console's `err`; its output is the commands'.
///
/// Threads: one more, which watches and posts what happens; this one starts commands and looks
/// after them.
[[nodiscard]] ExitCode run_hook(const HookCommand& command, Publisher& publisher, Console& console);

}  // namespace crier::cli
