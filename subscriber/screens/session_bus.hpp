/// \file
/// The session bus, reached in time: a bus that takes a connection and says nothing would hold up
/// whoever connects.

#pragma once

#include <memory>

#include "crier/result.hpp"

namespace sdbus {
class IConnection;
}  // namespace sdbus

namespace crier::screens {

/// Blocking: at most a second. The connection is used by the thread that asked for it.
/// Errors: file_unusable (fix_request): there is no session bus, or it does not answer; while it
///   does not, every later call fails at once.
[[nodiscard]] Result<std::unique_ptr<sdbus::IConnection>> connect_to_session_bus();

}  // namespace crier::screens
