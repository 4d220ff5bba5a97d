/// \file
/// A client's side of one door: attempts, frames, and what ended them. Two implementations: ZeroMQ
/// (zmq_client_link.hpp), and in memory for tests under the thread sanitizer.

#pragma once

#include <string>
#include <variant>
#include <vector>

#include "crier/error.hpp"
#include "shared/protocol/messages.hpp"

namespace crier::transport {

/// The handshake is done: frames can be sent.
struct LinkUp {};

/// The attempt failed, or the connection ended; open() may be called again. Codes:
/// broker_unreachable, server_key_wrong, not_admitted, host_unknown.
struct LinkDown {
    Error error;
};

struct FrameArrived {
    protocol::Bytes frame;
};

using LinkEvent = std::variant<LinkUp, LinkDown, FrameArrived>;

/// Thread-safety: one thread at a time. Nothing here blocks.
class ClientLink {
public:
    virtual ~ClientLink() = default;

    /// Begins one attempt to connect to `endpoint`; drops an earlier connection without an event.
    /// Exactly one LinkUp or LinkDown follows within 5 s by poll and drain(); after a LinkUp
    /// exactly one LinkDown follows when the connection ends.
    virtual void open(const std::string& endpoint) = 0;

    /// Ends the connection after what was sent has left, or 200 ms. No event follows.
    virtual void close() noexcept = 0;

    /// False when the pipe is full or there is no connection: nothing was sent.
    [[nodiscard]] virtual bool send(protocol::BytesView frame) = 0;

    /// To be polled for reading; when one is readable, or `wake_after()` has passed, call drain().
    /// They change with open() and close().
    [[nodiscard]] virtual std::vector<int> descriptors() const = 0;

    /// How long a poll may wait at most for the sake of this link's own deadlines; negative: for
    /// ever.
    [[nodiscard]] virtual Milliseconds wake_after() const = 0;

    /// Appends everything that has happened, in order.
    virtual void drain(std::vector<LinkEvent>& events) = 0;
};

}  // namespace crier::transport
