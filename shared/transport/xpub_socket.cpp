#include "shared/transport/xpub_socket.hpp"

#include <zmq.h>

#include <utility>

#include "shared/transport/door_options.hpp"

namespace crier::transport {
namespace {

zmq_msg_t* message_of(const Frame& frame) {
    return static_cast<zmq_msg_t*>(frame.native());
}

}  // namespace

XpubSocket::XpubSocket(void* native, std::vector<std::string> endpoints)
    : native_(native), endpoints_(std::move(endpoints)) {}

XpubSocket::XpubSocket(XpubSocket&& other) noexcept
    : native_(std::exchange(other.native_, nullptr)),
      endpoints_(std::move(other.endpoints_)),
      topics_(std::move(other.topics_)) {}

XpubSocket& XpubSocket::operator=(XpubSocket&& other) noexcept {
    std::swap(native_, other.native_);
    std::swap(endpoints_, other.endpoints_);
    std::swap(topics_, other.topics_);
    return *this;
}

XpubSocket::~XpubSocket() {
    close(Milliseconds(0));
}

Result<XpubSocket> XpubSocket::bind(Context& context, const DoorSettings& settings) {
    Result<OpenDoor> door = open_door(context, ZMQ_XPUB, settings);
    if (!door) return fail(std::move(door.error()));
    return XpubSocket(door->native, std::move(door->endpoints));
}

void XpubSocket::publish(std::string_view topic, const Frame& body) {
    // An XPUB drops for the slow and never refuses; only a signal comes in between.
    while (zmq_send(native_, topic.data(), topic.size(), ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0) {
        if (zmq_errno() != EINTR) return;
    }
    zmq_msg_t copy;
    zmq_msg_init(&copy);
    zmq_msg_copy(&copy, message_of(body));
    while (zmq_msg_send(&copy, native_, ZMQ_DONTWAIT) < 0) {
        if (zmq_errno() == EINTR) continue;
        zmq_msg_close(&copy);
        return;
    }
}

void XpubSocket::take_subscriptions() {
    Frame subscription;
    while (zmq_msg_recv(message_of(subscription), native_, ZMQ_DONTWAIT) >= 0) {
        const protocol::BytesView bytes = subscription.bytes();
        if (bytes.empty()) continue;
        const std::string_view said(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        // A peer may also end what it never began, and ZeroMQ passes that on.
        if (said[0] == 1) topics_.emplace(said.substr(1));
        if (said[0] == 0) topics_.erase(std::string(said.substr(1)));
    }
}

void XpubSocket::close(Milliseconds linger) noexcept {
    if (native_ == nullptr) return;
    const int linger_ms = static_cast<int>(linger.count());
    zmq_setsockopt(native_, ZMQ_LINGER, &linger_ms, sizeof linger_ms);
    zmq_close(std::exchange(native_, nullptr));
}

}  // namespace crier::transport
