/// \file
/// Endpoints that are of use on one machine only.

#pragma once

#include <string_view>

namespace crier {

/// "ipc" or "ipc://…".
[[nodiscard]] bool is_ipc(std::string_view endpoint);

/// Only programs on its machine can reach it: ipc, 127.0.0.0/8, ::1, localhost.
[[nodiscard]] bool is_local(std::string_view endpoint);

/// Whether a peer with this address ("ipc", "127.0.0.1", "10.1.2.3") is on the machine that sees it
/// come.
[[nodiscard]] bool is_from_this_machine(std::string_view address);

}  // namespace crier
