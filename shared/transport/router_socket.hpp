/// \file
/// The broker's end of the session link and of the operator link.
///
///     auto router = RouterSocket::bind(context, settings);
///     while (router->receive(arrival)) …
///     router->send(peer, frame);

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "crier/result.hpp"
#include "shared/transport/context.hpp"
#include "shared/transport/door.hpp"
#include "shared/transport/frame.hpp"

namespace crier::transport {

/// What one receive() has found.
struct Arrival {
    enum class Kind : std::uint8_t {
        frame,     ///< One frame of one connection, as it should be.
        impostor,  ///< Its routing id is not the one that ZAP pinned. `from` says nothing: cut it.
        misshapen  ///< Not of exactly one part; `body` is the first part. Cut it.
    };
    Kind kind = Kind::frame;
    RoutingId from;
    Frame body;
};

enum class SendResult : std::uint8_t {
    sent,
    would_block,  ///< This peer's pipe is full; nothing was sent. Others are not affected.
    gone,         ///< No such connection (any more).
};

/// Thread-safety: one thread for all calls, construction and destruction.
/// Nothing blocks but bind(), which may wait for a name server.
class RouterSocket {
public:
    /// The ZAP handler must run already, or nobody is let in.
    /// Errors: in_use (an endpoint is taken), configuration_invalid (an endpoint that cannot be
    ///   bound here), self_test_failed (ZeroMQ does not know an option that keeps doors closed).
    [[nodiscard]] static Result<RouterSocket> bind(Context& context, const DoorSettings& settings);

    RouterSocket(RouterSocket&& other) noexcept;
    RouterSocket& operator=(RouterSocket&& other) noexcept;
    ~RouterSocket();

    /// What it is bound to, in the order of the settings, with the real ports.
    [[nodiscard]] const std::vector<std::string>& endpoints() const { return endpoints_; }

    /// False: nothing is there. Peers take turns.
    [[nodiscard]] bool receive(Arrival& arrival);

    /// Copies the bytes.
    [[nodiscard]] SendResult send(const RoutingId& peer, BytesView bytes);

    /// By reference: for a frame that goes to many.
    [[nodiscard]] SendResult send(const RoutingId& peer, const Frame& frame);

    /// Stops listening and ends every connection once what was sent to it has left, or `linger` has
    /// passed; the context's destructor waits for that. Nothing else may be called any more.
    /// (To keep newcomers out while connections go on, stop the ZAP handler.)
    void close(Milliseconds linger) noexcept;

    /// For this folder only.
    [[nodiscard]] void* native() const noexcept { return native_; }

private:
    RouterSocket(void* native, std::vector<std::string> endpoints);
    [[nodiscard]] SendResult send_address(const RoutingId& peer);

    void* native_;
    std::vector<std::string> endpoints_;
};

}  // namespace crier::transport
