/// \file
/// Watches connections come and go, on a thread of its own, so that a storm of them never holds up
/// ZeroMQ's threads; and cuts those that say nothing.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "shared/base/mailbox.hpp"
#include "shared/base/time.hpp"
#include "shared/transport/connection.hpp"
#include "shared/transport/context.hpp"
#include "shared/transport/router_socket.hpp"

namespace crier::transport {

/// Something has happened to a connection that had sent a frame, or had time enough to. A hint:
/// `descriptor` may belong to another one by the time it is read. A send to each peer that is bound
/// to this number decides (SendResult::gone).
struct ConnectionHint {
    enum class Kind : std::uint8_t {
        disconnected,  ///< It ended.
        silent,        ///< Cut by the monitor: no first frame in time.
    };
    Kind kind{};
    int descriptor = -1;

    bool operator==(const ConnectionHint&) const = default;
};

/// Thread-safety: first_frame() and connections() from any thread.
/// Ownership: must outlive the sockets that it watches, and be outlived by the context.
class Monitor {
public:
    struct Settings {
        /// From the connection's acceptance to the first frame that is reported.
        Milliseconds first_frame_limit{5'000};
        /// Above so many, those that have been silent for longest are cut at once: where there is
        /// no descriptor for the next one ZeroMQ spins. 0: there is no such limit.
        std::size_t accepted_max = 0;
    };

    /// Starts the thread. When `hints` is full, hints are lost: heartbeats find out later.
    /// `hints` must outlive the monitor.
    Monitor(Context& context, Mailbox<ConnectionHint>& hints, Settings settings);
    Monitor(Context& context, Mailbox<ConnectionHint>& hints)
        : Monitor(context, hints, Settings{}) {}
    ~Monitor();
    Monitor(const Monitor&) = delete;
    Monitor& operator=(const Monitor&) = delete;

    /// Begins to watch `router`. Its owner's thread, before it serves.
    void watch(const RouterSocket& router);

    /// The connection has sent its first frame: it is not cut for silence any more, and its end is
    /// reported, also when it has ended already.
    void first_frame(const Connection& connection) noexcept;

    /// How many are accepted and not ended, as far as events tell.
    [[nodiscard]] std::size_t connections() const noexcept;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace crier::transport
