#include "shared/transport/poller.hpp"

#include <zmq.h>

#include <algorithm>
#include <vector>

#include "shared/base/assert.hpp"
#include "shared/transport/router_socket.hpp"
#include "shared/transport/xpub_socket.hpp"
#include "shared/transport/zap_socket.hpp"

namespace crier::transport {

struct Poller::State {
    std::vector<zmq_pollitem_t> items;

    Source add(void* socket, int descriptor) {
        items.push_back({socket, descriptor, ZMQ_POLLIN, 0});
        return Source{items.size() - 1};
    }
};

Poller::Poller() : state_(std::make_unique<State>()) {}
Poller::~Poller() = default;

Poller::Source Poller::add(const RouterSocket& socket) {
    return state_->add(socket.native(), -1);
}
Poller::Source Poller::add(const XpubSocket& socket) {
    return state_->add(socket.native(), -1);
}
Poller::Source Poller::add(const ZapSocket& socket) {
    return state_->add(socket.native(), -1);
}
Poller::Source Poller::add_descriptor(int descriptor) {
    return state_->add(nullptr, descriptor);
}

void Poller::heed(Source source, bool is_heeded) {
    state_->items.at(static_cast<std::size_t>(source)).events = is_heeded ? ZMQ_POLLIN : 0;
}

void Poller::clear() {
    state_->items.clear();
}

void Poller::wait(Milliseconds timeout) {
    std::vector<zmq_pollitem_t>& items = state_->items;
    const long limit = timeout.count() < 0 ? -1 : static_cast<long>(timeout.count());
    if (zmq_poll(items.data(), static_cast<int>(items.size()), limit) >= 0) return;
    // A signal: nothing is known, so nothing is said to be readable.
    for (zmq_pollitem_t& item : items) item.revents = 0;
}

bool Poller::is_readable(Source source) const {
    const auto index = static_cast<std::size_t>(source);
    CRIER_ASSERT(index < state_->items.size(),
                 "a source is of this poller, since its last clear()");
    return (state_->items[index].revents & (ZMQ_POLLIN | ZMQ_POLLERR)) != 0;
}

}  // namespace crier::transport
