/// \file
/// Watches connections come and go, on a thread of its own, so that a storm of them never holds up
/// ZeroMQ's threads; and cuts those that say nothing, those that are too many, and those that send
/// too much.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "shared/base/mailbox.hpp"
#include "shared/base/time.hpp"
#include "shared/transport/connection.hpp"
#include "shared/transport/context.hpp"
#include "shared/transport/router_socket.hpp"
#include "shared/transport/xpub_socket.hpp"

namespace crier::transport {

/// Something has happened to a connection that had sent a frame, or had time enough to. A hint:
/// `descriptor` may belong to another one by the time it is read. A send to each peer that is bound
/// to this number decides (SendResult::gone).
struct ConnectionHint {
    enum class Kind : std::uint8_t {
        disconnected,  ///< It ended.
        growing,       ///< A quarter of Settings::bytes_max has come since the last such hint.
        silent,        ///< Cut by the monitor: no first frame in time.
        crowded,       ///< Likewise: too many from its place had proved nothing.
        flooding,      ///< Likewise: too many bytes.
        failed,        ///< It did not get through the handshake.
    };
    /// So many times `growing` without a frame: the connection holds a message without an end.
    static constexpr unsigned growths_max = 4;

    Kind kind{};
    int descriptor = -1;
    std::uint64_t cookie = 0;  ///< The connection's; 0: it is not known.
    std::string place{};       ///< Unless disconnected or growing: see place.hpp; empty: not known.
    /// With failed. "gave up": the other end did, or it took too long. "told to wait" and
    /// "refused": by ZAP. "broken off": by the broker, because of another mechanism, another
    /// broker's key or broken rules; or by one that came in and left before its first frame.
    std::string reason{};

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
        /// Of those that come from one place, so many that have sent nothing yet; one more is cut.
        /// 0: there is no such limit.
        std::size_t newcomers_max = 0;
        /// From a connection to a metered door: in all before its first frame, then in a second;
        /// one that sends more is cut. ZeroMQ keeps a message of many parts, however many, until it
        /// is whole, and nobody sees it before. 0: there is no such limit.
        std::uint64_t bytes_max = 0;
    };

    /// Starts the thread. When `hints` is full, hints are lost: heartbeats find out later.
    /// `hints` must outlive the monitor.
    Monitor(Context& context, Mailbox<ConnectionHint>& hints, Settings settings);
    Monitor(Context& context, Mailbox<ConnectionHint>& hints)
        : Monitor(context, hints, Settings{}) {}
    ~Monitor();
    Monitor(const Monitor&) = delete;
    Monitor& operator=(const Monitor&) = delete;

    /// Begins to watch it. Its owner's thread, before it serves.
    void watch(const RouterSocket& router, bool is_metered = false);
    /// Listeners send no frames: who is there after first_frame_limit is through the handshake,
    /// whose limit is shorter.
    void watch(const XpubSocket& xpub);

    /// The connection has sent its first frame: it is not cut for silence any more, and its end is
    /// reported, also when it has ended already.
    void first_frame(const Connection& connection) noexcept;

    /// How many have sent a frame, or listen, and have not ended, as far as events tell. Who has
    /// proved nothing yet takes up no place: Settings bounds how many of those there are.
    [[nodiscard]] std::size_t connections() const noexcept;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace crier::transport
