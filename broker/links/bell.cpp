#include "broker/links/bell.hpp"

#include <pthread.h>

#include <utility>
#include <vector>

#include "shared/protocol/codec.hpp"
#include "shared/transport/poller.hpp"

namespace crier::broker {

Result<std::unique_ptr<Bell>> Bell::start(transport::Context& context,
                                          const transport::DoorSettings& settings,
                                          Listeners::OnCut on_cut, transport::Monitor* monitor) {
    Result<transport::XpubSocket> socket = transport::XpubSocket::bind(context, settings);
    if (!socket) return fail(std::move(socket.error()));
    if (monitor != nullptr) monitor->watch(*socket);
    return std::unique_ptr<Bell>(new Bell(std::move(*socket), std::move(on_cut), monitor));
}

// The socket moves to the thread whole, with all that a start of a thread orders before it.
Bell::Bell(transport::XpubSocket socket, Listeners::OnCut on_cut, transport::Monitor* monitor)
    : endpoints_(socket.endpoints()) {
    thread_ = std::thread(
        [this, monitor](transport::XpubSocket given, Listeners::OnCut told) {
            run(std::move(given), Listeners(std::move(told)), monitor);
        },
        std::move(socket), std::move(on_cut));
}

Bell::~Bell() {
    stop();
}

void Bell::ring(RingBell ring) {
    if (!is_heard_ && !is_stopping_) return;
    ring_over_oldest(std::move(ring));
}

void Bell::ring_over_oldest(RingBell ring) {
    if (rings_.post_over_oldest(std::move(ring))) dropped_ += 1;
}

void Bell::admit(std::shared_ptr<const Principals> principals) {
    {
        const std::lock_guard lock(lock_);
        admitted_ = std::move(principals);
    }
    ring_over_oldest({});  // For nobody: it wakes the thread.
}

std::shared_ptr<const Principals> Bell::take_admitted() {
    const std::lock_guard lock(lock_);
    return std::exchange(admitted_, nullptr);
}

void Bell::stop() noexcept {
    is_stopping_ = true;
    rings_.close();
    if (thread_.joinable()) thread_.join();
}

void Bell::run(transport::XpubSocket socket, Listeners listeners, transport::Monitor* monitor) {
    pthread_setname_np(pthread_self(), "crier-bell");
    transport::Poller poller;
    poller.add(socket);
    poller.add_descriptor(rings_.descriptor());
    std::vector<RingBell> rings;
    bool is_stopping = false;
    while (!is_stopping) {
        poller.wait(Milliseconds{-1});
        const Instant now = read_clocks().steady;
        if (auto principals = take_admitted()) listeners.admit(std::move(principals), now);
        socket.take_subscriptions(
            [&](const transport::Frame& said, const transport::Connection& by) {
                const bool is_new = listeners.hear(said, by, now);
                if (is_new && monitor != nullptr) monitor->first_frame(by);
            });
        is_heard_ = socket.has_subscribers();
        is_stopping = !rings_.take_all(rings);
        for (const RingBell& ring : rings) {
            const transport::Frame body(protocol::encode(ring.body));
            for (const std::string& topic : ring.topics) socket.publish(topic, body);
        }
        rings.clear();
    }
}

}  // namespace crier::broker
