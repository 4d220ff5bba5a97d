/// \file
/// What libzmq tells of the connections of a socket that is watched (zmq_socket_monitor(3)).

#pragma once

#include <cstdint>
#include <string>

namespace crier::transport {

struct ZmqEvent {
    std::uint16_t kind = 0;
    std::uint32_t value = 0;
    std::string endpoint{};  ///< Our own, at which it came in.
};

/// Takes the next one from the PAIR that `events` is. False: nothing is there. Never blocks.
[[nodiscard]] bool receive_event(void* events, ZmqEvent& event);

}  // namespace crier::transport
