/// \file
/// The options of server sockets, every one explicit, in one place. For this folder only.

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

}  // namespace crier::transport
