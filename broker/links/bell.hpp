/// \file
/// The bell: what is routed, published for whoever is trusted to listen. On a thread of its own, so
/// that a message to ten thousand topics holds nobody up.

#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>

#include "broker/core/engine.hpp"
#include "broker/links/listeners.hpp"
#include "shared/base/mailbox.hpp"
#include "shared/transport/monitor.hpp"
#include "shared/transport/xpub_socket.hpp"

namespace crier::broker {

/// Thread-safety: one thread, except that the ringing itself happens on the bell's own.
class Bell {
public:
    /// What waits to be published; beyond it the oldest is dropped, because nobody is promised
    /// anything here and the newest matters most.
    static constexpr std::size_t rings_max = 1'024;

    /// Binds here, so that errors are told at once, and starts the thread. `on_cut` is called on
    /// it. `monitor` outlives it; nullptr: nobody watches who comes. Errors: as XpubSocket::bind().
    static Result<std::unique_ptr<Bell>> start(transport::Context& context,
                                               const transport::DoorSettings& settings,
                                               Listeners::OnCut on_cut = {},
                                               transport::Monitor* monitor = nullptr);
    Bell(const Bell&) = delete;
    Bell& operator=(const Bell&) = delete;
    ~Bell();

    /// Never blocks.
    void ring(RingBell ring);

    /// Whose keys count from now on: who listens with another one is cut. Never blocks.
    void admit(std::shared_ptr<const Principals> principals);

    /// Rings dropped since the start.
    [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }

    [[nodiscard]] const std::vector<std::string>& endpoints() const noexcept { return endpoints_; }

    /// Publishes what is waiting, ends the thread and closes the door. Idempotent.
    void stop() noexcept;

private:
    Bell(transport::XpubSocket socket, Listeners::OnCut on_cut, transport::Monitor* monitor);
    void run(transport::XpubSocket socket, Listeners listeners, transport::Monitor* monitor);
    void ring_over_oldest(RingBell ring);
    [[nodiscard]] std::shared_ptr<const Principals> take_admitted();

    std::vector<std::string> endpoints_;
    std::uint64_t dropped_ = 0;
    Mailbox<RingBell> rings_{rings_max};
    std::atomic<bool> is_heard_ = false;  ///< Somebody subscribes to something.
    std::atomic<bool> is_stopping_ = false;
    std::mutex lock_;
    std::shared_ptr<const Principals> admitted_;  ///< Under `lock_`; not looked at yet.
    std::thread thread_;
};

}  // namespace crier::broker
