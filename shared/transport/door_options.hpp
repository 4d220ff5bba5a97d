/// \file
/// The options of sockets; those of server sockets, every one explicit, in one place. For this
/// folder only.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "crier/result.hpp"
#include "shared/transport/context.hpp"
#include "shared/transport/door.hpp"

namespace crier::transport {

/// A socket of ZeroMQ's `type` with the options of `settings`, bound to all its endpoints.
struct OpenDoor {
    void* native = nullptr;
    std::vector<std::string> endpoints;  ///< The real ones.
};

/// Errors: as RouterSocket::bind().
[[nodiscard]] Result<OpenDoor> open_door(Context& context, int type, const DoorSettings& settings);

/// What libzmq says about the last error on this thread.
[[nodiscard]] std::string zmq_reason();

void set_option(void* socket, int option, int value);

/// The largest frame that is received: limits::frame_bytes_max, and what encryption adds to it.
void set_size_max(void* socket, bool is_encrypted);

/// ZMTP's heartbeats, for the bell only: both links have their own, and ZMTP's would cost an I/O
/// thread a walk over the timers of all its connections for each answer; with 10,000 of them, most
/// of its time. `type`: the socket's, ZMQ_ROUTER and so on.
void set_heartbeats(void* socket, int type);

}  // namespace crier::transport
