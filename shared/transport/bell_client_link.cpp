#include "shared/transport/bell_client_link.hpp"

#include <zmq.h>

#include <utility>

#include "shared/transport/client_socket.hpp"
#include "shared/transport/frame.hpp"

namespace crier::transport {
namespace {

/// So that a bell that never stops cannot keep a listener from everything else.
constexpr int messages_per_drain = 1'000;

ClientSocket::Settings socket_settings(const BellClientLink::Settings& settings) {
    ClientSocket::Settings wanted;
    wanted.type = ZMQ_SUB;
    wanted.keys = settings.keys;
    wanted.attempt_limit = settings.attempt_limit;
    wanted.receive_hwm = settings.receive_hwm;
    wanted.topics = settings.topics;
    return wanted;
}

}  // namespace

class BellClientLink::Impl {
public:
    Impl(Context& context, const Settings& settings)
        : socket_(context, socket_settings(settings)) {}

    void drain(std::vector<BellEvent>& events) {
        ClientSocket::Progress progress = socket_.advance();
        if (progress.has_come_up) events.emplace_back(LinkUp{});
        int left = progress.ended ? -1 : messages_per_drain;
        while (socket_.has_been_up() && left-- != 0 && receive(events)) {
        }
        if (!progress.ended) return;
        socket_.drop(Milliseconds(0));
        events.emplace_back(LinkDown{std::move(*progress.ended)});
    }

    ClientSocket& socket() { return socket_; }

private:
    /// One message with all its parts, of which there must be two.
    bool receive(std::vector<BellEvent>& events) {
        std::vector<Frame> parts;
        bool has_more = true;
        while (has_more) {
            Frame part;
            auto* message = static_cast<zmq_msg_t*>(part.native());
            if (zmq_msg_recv(message, socket_.native(), ZMQ_DONTWAIT) < 0) {
                if (zmq_errno() == EINTR) continue;
                return false;
            }
            has_more = zmq_msg_more(message) != 0;
            if (parts.size() < 3) parts.push_back(std::move(part));
        }
        if (parts.size() != 2) return true;
        const BytesView topic = parts[0].bytes();
        const BytesView body = parts[1].bytes();
        events.emplace_back(
            BellRang{std::string(topic.begin(), topic.end()), Bytes(body.begin(), body.end())});
        return true;
    }

    ClientSocket socket_;
};

BellClientLink::BellClientLink(Context& context, const Settings& settings)
    : impl_(std::make_unique<Impl>(context, settings)) {}

BellClientLink::~BellClientLink() = default;

void BellClientLink::open(const std::string& endpoint) {
    impl_->socket().open(endpoint);
}

void BellClientLink::close() noexcept {
    impl_->socket().drop(Milliseconds(0));
}

std::vector<int> BellClientLink::descriptors() const {
    return impl_->socket().descriptors();
}

Milliseconds BellClientLink::wake_after() const {
    return impl_->socket().wake_after();
}

void BellClientLink::drain(std::vector<BellEvent>& events) {
    impl_->drain(events);
}

}  // namespace crier::transport
