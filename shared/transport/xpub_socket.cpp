#include "shared/transport/xpub_socket.hpp"

#include <zmq.h>

#include <utility>

#include "shared/transport/door_options.hpp"

namespace crier::transport {
namespace {

zmq_msg_t* native_of(const Frame& frame) {
    return static_cast<zmq_msg_t*>(frame.native());
}

}  // namespace

XpubSocket::XpubSocket(void* native, std::vector<std::string> endpoints)
    : native_(native), endpoints_(std::move(endpoints)) {}

XpubSocket::XpubSocket(XpubSocket&& other) noexcept
    : native_(std::exchange(other.native_, nullptr)),
      endpoints_(std::move(other.endpoints_)),
      subscribers_(std::move(other.subscribers_)) {}

XpubSocket& XpubSocket::operator=(XpubSocket&& other) noexcept {
    std::swap(native_, other.native_);
    std::swap(endpoints_, other.endpoints_);
    std::swap(subscribers_, other.subscribers_);
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
    zmq_msg_copy(&copy, native_of(body));
    while (zmq_msg_send(&copy, native_, ZMQ_DONTWAIT) < 0) {
        if (zmq_errno() == EINTR) continue;
        zmq_msg_close(&copy);
        return;
    }
}

void XpubSocket::take_subscriptions(const OnSaid& on_said) {
    Frame subscription;
    while (zmq_msg_recv(native_of(subscription), native_, ZMQ_DONTWAIT) >= 0) {
        // What ZeroMQ says for one that has gone comes on no connection.
        const std::optional<Connection> by = Connection::of(subscription);
        const protocol::BytesView bytes = subscription.bytes();
        if (bytes.empty() || !by) continue;
        note({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, *by);
        if (on_said) on_said(subscription, *by);
    }
    std::erase_if(subscribers_, [](const auto& one) {
        const auto& [connection, topics] = one.second;
        return topics.empty() || connection.is_gone();
    });
}

/// A peer may also end what it never began, or what only another one has.
void XpubSocket::note(std::string_view said, const Connection& by) {
    constexpr std::size_t topics_max = 1'000;  // That it has some is all that matters here.
    auto& topics = subscribers_.try_emplace(by.cookie(), Subscriber{by, {}}).first->second.topics;
    if (said[0] == 1 && topics.size() < topics_max) topics.emplace(said.substr(1));
    if (said[0] == 0) topics.erase(std::string(said.substr(1)));
}

void XpubSocket::close(Milliseconds linger) noexcept {
    if (native_ == nullptr) return;
    zmq_socket_monitor(native_, nullptr, 0);
    const int linger_ms = static_cast<int>(linger.count());
    zmq_setsockopt(native_, ZMQ_LINGER, &linger_ms, sizeof linger_ms);
    zmq_close(std::exchange(native_, nullptr));
}

}  // namespace crier::transport
