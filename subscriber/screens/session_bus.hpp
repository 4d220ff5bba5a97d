/// \file
/// The session bus, reached in time: a bus that takes a connection and says nothing would hold up
/// whoever connects.

#pragma once

#include <poll.h>

#include <memory>
#include <optional>
#include <string>

#include "crier/result.hpp"
#include "crier/time.hpp"

namespace sdbus {
class IConnection;
class IProxy;
}  // namespace sdbus

namespace crier::screens {

/// Blocking: at most a second. The connection is used by the thread that asked for it.
/// Errors: file_unusable (fix_request): there is no session bus, or it does not answer; while it
///   does not, every later call fails at once.
[[nodiscard]] Result<std::unique_ptr<sdbus::IConnection>> connect_to_session_bus();

// A connection in a loop of ours. Errors of all three: sdbus::Error, when the bus is gone.

/// What is to be polled.
[[nodiscard]] pollfd wait_of(const sdbus::IConnection& bus);
/// Milliseconds until process_all() is due without a descriptor; nullopt: never.
[[nodiscard]] std::optional<Milliseconds> next_serve_of(const sdbus::IConnection& bus);
/// Takes what has come.
void process_all(sdbus::IConnection& bus);

/// In the handler of a signal: a signal that somebody sends straight to us comes through, whoever
/// they say that they are. `sender`: a connection's own name.
[[nodiscard]] bool is_said_by(const sdbus::IProxy& proxy, const std::string& sender);

}  // namespace crier::screens
