/// \file
/// How a connection is cut: by its descriptor, after its socket cookie was compared.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shared/transport/frame.hpp"

namespace crier::transport {

/// A descriptor that is kept for the copy that cut() needs when there is no other. One thread at a
/// time.
class SpareDescriptor {
public:
    SpareDescriptor() noexcept;
    ~SpareDescriptor();
    SpareDescriptor(const SpareDescriptor&) = delete;
    SpareDescriptor& operator=(const SpareDescriptor&) = delete;

    /// -1: `descriptor` is open no more. Kept until give_back().
    [[nodiscard]] int copy_of(int descriptor) noexcept;
    void give_back() noexcept;

private:
    int nothing_;
    int spare_;
};

/// Names one connection for good: numbers of descriptors are used again, cookies are not.
/// A value; holds no descriptor open. Any thread.
class Connection {
public:
    /// The connection that has `descriptor` now; nullopt: none has.
    [[nodiscard]] static std::optional<Connection> at(int descriptor) noexcept;

    /// The connection that `frame` came on, to be taken when its first frame is read. nullopt: it
    /// has gone already, or the descriptor belongs to a peer with another address by now.
    ///
    /// A connection that ended just before may have handed its number to another one of the same
    /// address. The router then knows within a few milliseconds: before cutting, send the peer
    /// something, and do not cut when that says `gone`.
    [[nodiscard]] static std::optional<Connection> of(const Frame& frame) noexcept;

    /// Ends it in both directions, as if the network had. False: it is gone already, and nothing
    /// was done, whoever has its number now; or there is no descriptor left for a copy, and no
    /// spare one. Never blocks.
    bool cut(SpareDescriptor* spare = nullptr) const noexcept;

    /// It has ended, whoever has its number now.
    [[nodiscard]] bool is_gone() const noexcept { return at(descriptor_) != *this; }

    /// Whether it came in at this endpoint of ours, as ZeroMQ spells it: by the port, or the path.
    [[nodiscard]] bool came_in_at(std::string_view endpoint) const;

    /// Where it comes from: see place.hpp. Empty: it is gone.
    [[nodiscard]] std::string place() const;

    /// What this side has given to the kernel since the beginning, and of it what the other has not
    /// taken in, in bytes. nullopt: not over TCP, or it is gone.
    struct Outgoing {
        std::uint64_t written = 0;
        std::uint64_t unacknowledged = 0;
    };
    [[nodiscard]] std::optional<Outgoing> outgoing() const noexcept;

    /// Bytes that have come so far by the connection that has `descriptor` now; 0: not over TCP.
    [[nodiscard]] static std::uint64_t received_by(int descriptor) noexcept;

    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
    [[nodiscard]] std::uint64_t cookie() const noexcept { return cookie_; }

    bool operator==(const Connection&) const = default;

private:
    Connection(int descriptor, std::uint64_t cookie) : descriptor_(descriptor), cookie_(cookie) {}

    int descriptor_;
    std::uint64_t cookie_;
};

}  // namespace crier::transport
