#include "shared/transport/zmq_client_link.hpp"

#include <zmq.h>

#include <utility>

#include "shared/transport/client_socket.hpp"
#include "shared/transport/frame.hpp"

namespace crier::transport {
namespace {

constexpr Milliseconds closing_linger{200};

/// So that a broker that floods cannot keep a client from everything else.
constexpr int frames_per_drain = 1'000;

ClientSocket::Settings socket_settings(const ZmqClientLink::Settings& settings) {
    ClientSocket::Settings wanted;
    wanted.type = ZMQ_DEALER;
    wanted.keys = settings.keys;
    wanted.attempt_limit = settings.attempt_limit;
    wanted.send_hwm = settings.send_hwm;
    wanted.receive_hwm = settings.receive_hwm;
    wanted.claimed_routing_id = settings.claimed_routing_id;
    return wanted;
}

}  // namespace

class ZmqClientLink::Impl {
public:
    Impl(Context& context, const Settings& settings)
        : socket_(context, socket_settings(settings)) {}

    bool send(BytesView frame) {
        if (!socket_.is_up()) return false;
        for (;;) {
            if (zmq_send(socket_.native(), frame.data(), frame.size(), ZMQ_DONTWAIT) >= 0) {
                return true;
            }
            if (zmq_errno() != EINTR) return false;
        }
    }

    void drain(std::vector<LinkEvent>& events) {
        ClientSocket::Progress progress = socket_.advance();
        if (progress.has_come_up) events.emplace_back(LinkUp{});
        // At the end of a connection all that came before it is given out.
        int left = progress.ended ? -1 : frames_per_drain;
        while (socket_.has_been_up() && left-- != 0 && receive(events)) {
        }
        if (!progress.ended) return;
        socket_.drop(Milliseconds(0));
        events.emplace_back(LinkDown{std::move(*progress.ended)});
    }

    ClientSocket& socket() { return socket_; }

private:
    bool receive(std::vector<LinkEvent>& events) {
        Frame frame;
        auto* message = static_cast<zmq_msg_t*>(frame.native());
        if (zmq_msg_recv(message, socket_.native(), ZMQ_DONTWAIT) < 0) return zmq_errno() == EINTR;
        // Frames have one part; what has more is none, and its parts are dropped one by one.
        const bool is_part_of_more = std::exchange(is_inside_, zmq_msg_more(message) != 0);
        if (!is_part_of_more && !is_inside_) {
            events.emplace_back(FrameArrived{{frame.bytes().begin(), frame.bytes().end()}});
        }
        return true;
    }

    ClientSocket socket_;
    bool is_inside_ = false;  ///< Of a message with several parts.
};

ZmqClientLink::ZmqClientLink(Context& context, const Settings& settings)
    : impl_(std::make_unique<Impl>(context, settings)) {}

ZmqClientLink::~ZmqClientLink() = default;

void ZmqClientLink::open(const std::string& endpoint) {
    impl_->socket().open(endpoint);
}

void ZmqClientLink::close() noexcept {
    ClientSocket& socket = impl_->socket();
    socket.drop(socket.is_up() ? closing_linger : Milliseconds(0));
}

bool ZmqClientLink::send(protocol::BytesView frame) {
    return impl_->send(frame);
}

std::vector<int> ZmqClientLink::descriptors() const {
    return impl_->socket().descriptors();
}

Milliseconds ZmqClientLink::wake_after() const {
    return impl_->socket().wake_after();
}

void ZmqClientLink::drain(std::vector<LinkEvent>& events) {
    impl_->drain(events);
}

}  // namespace crier::transport
