#include "shared/transport/zmq_event.hpp"

#include <zmq.h>

#include <cstring>

#include "shared/base/assert.hpp"
#include "shared/transport/frame.hpp"

namespace crier::transport {

bool receive_event(void* socket, ZmqEvent& event) {
    Frame part;
    auto* message = static_cast<zmq_msg_t*>(part.native());
    if (zmq_msg_recv(message, socket, ZMQ_DONTWAIT) < 0) return false;
    const BytesView bytes = part.bytes();
    CRIER_ASSERT(bytes.size() == sizeof event.kind + sizeof event.value, "libzmq's own format");
    std::memcpy(&event.kind, bytes.data(), sizeof event.kind);
    std::memcpy(&event.value, bytes.data() + sizeof event.kind, sizeof event.value);
    Frame endpoint;
    zmq_msg_recv(static_cast<zmq_msg_t*>(endpoint.native()), socket, 0);
    event.endpoint.assign(endpoint.bytes().begin(), endpoint.bytes().end());
    return true;
}

}  // namespace crier::transport
