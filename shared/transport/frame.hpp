/// \file
/// One ZeroMQ message part, with what the transport knows of where it came from.

#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "crier/id.hpp"
#include "shared/protocol/messages.hpp"

namespace crier::transport {

using protocol::Bytes;
using protocol::BytesView;

/// The name of one connection at a ROUTER: 16 random bytes from ZAP, never chosen by the peer.
using RoutingId = BasicId<struct RoutingTag>;

/// Bytes that ZeroMQ keeps; a copy that is sent costs a reference, not the bytes.
///
/// Thread-safety: one thread at a time; copies of the bytes that are under way do not count.
/// Ownership: moves, does not copy.
class Frame {
public:
    Frame() noexcept;
    /// Takes a copy of `bytes`, the only one however many peers it then goes to.
    explicit Frame(BytesView bytes);
    Frame(Frame&& other) noexcept;
    Frame& operator=(Frame&& other) noexcept;
    ~Frame();

    /// Valid until the frame is changed, moved from or destroyed.
    [[nodiscard]] BytesView bytes() const noexcept;

    /// What ZAP or the transport said of the connection that this frame came on: "Identity",
    /// "Session-Id", "Peer-Address", …; nullopt: nothing. Valid as bytes() is. "User-Id" is not
    /// to be believed: a peer may have said it.
    [[nodiscard]] std::optional<std::string_view> property(const char* name) const noexcept;

    /// The number that the connection's descriptor had when this frame came, or -1. It may belong
    /// to another connection by now: see Connection.
    [[nodiscard]] int descriptor() const noexcept;

    /// For this folder only: the zmq_msg_t.
    [[nodiscard]] void* native() const noexcept { return storage_.data(); }

private:
    static constexpr std::size_t native_size = 64;
    alignas(std::max_align_t) mutable std::array<std::byte, native_size> storage_;
};

}  // namespace crier::transport
