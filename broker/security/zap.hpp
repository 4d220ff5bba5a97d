/// \file
/// Decides who may come in through which door, on a thread of its own.
///
///     ZeroMQ ──> request ──> Gatekeeper::decide ──> held back 8 ms ──> reply
///
/// Replies are held back because a routing id that comes at once is not tied reliably to a
/// connection in libzmq 4.3.4; without CURVE for 100 ms. What is not tied is reported by the router
/// and cut. Requests do not wait for each other.

#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include "broker/core/principals.hpp"
#include "broker/security/turns.hpp"
#include "shared/base/mailbox.hpp"
#include "shared/base/time.hpp"
#include "shared/transport/zap_socket.hpp"

namespace crier::broker {

/// The names of the ZAP domains, one for each door.
namespace domain {
inline constexpr std::string_view sessions = "sessions";
inline constexpr std::string_view operators = "operators";
inline constexpr std::string_view listeners = "listeners";
}  // namespace domain

/// What ZAP says of an admitted connection, besides "Identity".
namespace property {
inline constexpr const char* session_id = "Session-Id";  ///< 32 hex digits.
inline constexpr const char* key = "X-Crier-Key";        ///< The public key, 64 hex digits.
}  // namespace property

struct ZapSettings {
    bool is_secure = true;  ///< False: started with --insecure; then only plaintext is let in.
    double admissions_per_second = 500;  ///< On the sessions' door: see turns.hpp.
    double admissions_burst = 2'000;
    std::size_t connections_max = 20'000;  ///< Of all doors; above it new ones are told to wait.
    /// So many newcomers leave memory behind that is worth giving back, once nobody comes any more.
    std::size_t renewed_after = 256;
};

/// The decision, without sockets, threads or clocks. Not thread-safe.
class Gatekeeper {
public:
    Gatekeeper(std::shared_ptr<const Principals> principals, const ZapSettings& settings);

    /// Whose keys count from now on; nullptr: as before, and at first nobody's.
    void admit(std::shared_ptr<const Principals> principals);

    /// `connections`: how many there are now.
    [[nodiscard]] transport::ZapReply decide(const transport::ZapRequest& request,
                                             std::size_t connections, Instant now);

private:
    [[nodiscard]] transport::ZapReply::Verdict judge(const transport::ZapRequest& request,
                                                     std::size_t connections, Instant now);

    std::shared_ptr<const Principals> principals_ = std::make_shared<const Principals>();
    ZapSettings settings_;
    Turns turns_;
};

/// The thread. Fails closed: when it has ended, nobody new is let in, and ended_descriptor()
/// says so unless it was asked to.
/// Ownership: made before any server socket of the context, destroyed after the last one.
class ZapServer {
public:
    /// `connections` says how many there are now; called on the ZAP thread.
    /// Errors: in_use, when the context has a handler already.
    [[nodiscard]] static Result<std::unique_ptr<ZapServer>> start(
        transport::Context& context, std::shared_ptr<const Principals> principals,
        const ZapSettings& settings, std::function<std::size_t()> connections);
    ~ZapServer();
    ZapServer(const ZapServer&) = delete;
    ZapServer& operator=(const ZapServer&) = delete;

    /// Readable once the thread has ended before it was asked to; the broker then stops.
    [[nodiscard]] int ended_descriptor() const noexcept { return ended_.descriptor(); }

    /// Whose keys count for whoever asks from now on. Any thread.
    void admit(std::shared_ptr<const Principals> principals);

    struct Counts {
        std::uint64_t admitted = 0;
        std::uint64_t try_later = 0;
        std::uint64_t refused = 0;
        std::uint64_t renewals = 0;  ///< Of the socket, to give memory back.
    };
    /// Any thread.
    [[nodiscard]] Counts counts() const noexcept;

    /// Nobody new is let in from here on: requests stay unanswered. They are not refused, because a
    /// client takes a connection that is dropped in the handshake for a broker with another key.
    /// Ends the thread. Idempotent.
    void stop() noexcept;

private:
    class Thread;
    ZapServer();

    WakeUp ended_;
    std::unique_ptr<Thread> thread_;
};

}  // namespace crier::broker
