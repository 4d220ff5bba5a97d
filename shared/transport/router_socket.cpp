#include "shared/transport/router_socket.hpp"

#include <zmq.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "shared/base/assert.hpp"
#include "shared/transport/door_options.hpp"

namespace crier::transport {
namespace {

zmq_msg_t* message_of(const Frame& frame) {
    return static_cast<zmq_msg_t*>(frame.native());
}

/// ZMQ_RCVTIMEO does not matter: nothing here waits.
bool receive_part(void* socket, zmq_msg_t* part) {
    for (;;) {
        if (zmq_msg_recv(part, socket, ZMQ_DONTWAIT) >= 0) return true;
        if (zmq_errno() != EINTR) return false;
    }
}

bool is_pinned(const zmq_msg_t& address, const Frame& body) {
    auto* part = const_cast<zmq_msg_t*>(&address);
    if (zmq_msg_size(part) != RoutingId::size) return false;
    // libzmq 4.3.4 loses the properties of the address after a poll; the body keeps them.
    const std::optional<std::string_view> pinned = body.property("Identity");
    return pinned && pinned->size() == RoutingId::size &&
           std::memcmp(pinned->data(), zmq_msg_data(part), RoutingId::size) == 0;
}

}  // namespace

RouterSocket::RouterSocket(void* native, std::vector<std::string> endpoints)
    : native_(native), endpoints_(std::move(endpoints)) {}

RouterSocket::RouterSocket(RouterSocket&& other) noexcept
    : native_(std::exchange(other.native_, nullptr)), endpoints_(std::move(other.endpoints_)) {}

RouterSocket& RouterSocket::operator=(RouterSocket&& other) noexcept {
    std::swap(native_, other.native_);
    std::swap(endpoints_, other.endpoints_);
    return *this;
}

RouterSocket::~RouterSocket() {
    close(Milliseconds(0));
}

Result<RouterSocket> RouterSocket::bind(Context& context, const DoorSettings& settings) {
    Result<OpenDoor> door = open_door(context, ZMQ_ROUTER, settings);
    if (!door) return fail(std::move(door.error()));
    return RouterSocket(door->native, std::move(door->endpoints));
}

bool RouterSocket::receive(Arrival& arrival) {
    zmq_msg_t address;
    zmq_msg_init(&address);
    if (!receive_part(native_, &address)) {
        zmq_msg_close(&address);
        return false;
    }
    arrival.kind = Arrival::Kind::frame;
    if (zmq_msg_more(&address) == 0 || !receive_part(native_, message_of(arrival.body))) {
        arrival.body = Frame();
        arrival.kind = Arrival::Kind::misshapen;
    } else if (zmq_msg_more(message_of(arrival.body)) != 0) {
        arrival.kind = Arrival::Kind::misshapen;
        Frame rest;
        while (receive_part(native_, message_of(rest)) && zmq_msg_more(message_of(rest)) != 0) {
        }
    }
    if (!is_pinned(address, arrival.body)) {
        arrival.kind = Arrival::Kind::impostor;
        arrival.from = RoutingId{};
    } else {
        std::memcpy(arrival.from.bytes.data(), zmq_msg_data(&address), RoutingId::size);
    }
    zmq_msg_close(&address);
    return true;
}

SendResult RouterSocket::send_address(const RoutingId& peer) {
    for (;;) {
        const int sent =
            zmq_send(native_, peer.bytes.data(), peer.bytes.size(), ZMQ_SNDMORE | ZMQ_DONTWAIT);
        if (sent >= 0) return SendResult::sent;
        const int reason = zmq_errno();
        if (reason == EAGAIN) return SendResult::would_block;
        if (reason == EHOSTUNREACH) return SendResult::gone;
        CRIER_ASSERT(reason == EINTR, "a ROUTER knows no other way to refuse an address");
    }
}

SendResult RouterSocket::send(const RoutingId& peer, BytesView bytes) {
    return send(peer, Frame(bytes));
}

SendResult RouterSocket::send(const RoutingId& peer, const Frame& frame) {
    const SendResult addressed = send_address(peer);
    if (addressed != SendResult::sent) return addressed;

    zmq_msg_t copy;
    zmq_msg_init(&copy);
    zmq_msg_copy(&copy, message_of(frame));
    // After its address a frame is taken in any case.
    while (zmq_msg_send(&copy, native_, ZMQ_DONTWAIT) < 0) {
        CRIER_ASSERT(zmq_errno() == EINTR, "the address was taken a moment ago");
    }
    return SendResult::sent;
}

void RouterSocket::close(Milliseconds linger) noexcept {
    if (native_ == nullptr) return;
    zmq_socket_monitor(native_, nullptr, 0);
    const int linger_ms = static_cast<int>(linger.count());
    zmq_setsockopt(native_, ZMQ_LINGER, &linger_ms, sizeof linger_ms);
    zmq_close(std::exchange(native_, nullptr));
}

}  // namespace crier::transport
