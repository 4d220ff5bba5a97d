/// \file
/// A peer that speaks ZMTP 3.0 with the mechanism NULL (rfc.zeromq.org/spec/23) byte by byte, so
/// that it can say what libzmq never would: claim a routing id, send frames of any size and shape,
/// stop in the middle, not read.
///
///     RawZmtp peer;
///     ASSERT_TRUE(peer.connect(endpoint));
///     ASSERT_TRUE(peer.shake_hands({.socket_type = "DEALER", .routing_id = claimed}));
///     peer.send_frame(bytes);
///
/// Thread-safety: one thread. Calls that wait take a limit, 5 s unless told otherwise.

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace crier::testing {

using Limit = std::chrono::milliseconds;
inline constexpr Limit default_limit{5'000};

class RawZmtp {
public:
    using Bytes = std::vector<std::uint8_t>;
    using BytesView = std::span<const std::uint8_t>;

    struct Introduction {
        std::string socket_type = "DEALER";
        std::string routing_id;  ///< Empty: none is claimed.
    };
    struct Frame {
        Bytes body;
        bool has_more = false;
        bool is_command = false;
    };

    RawZmtp() = default;
    ~RawZmtp();
    RawZmtp(RawZmtp&& other) noexcept;
    RawZmtp& operator=(RawZmtp&& other) noexcept;

    /// "tcp://127.0.0.1:PORT" or "ipc://PATH". Says nothing yet. `source`: another address of this
    /// machine to come from, such as "127.0.0.9".
    [[nodiscard]] bool connect(const std::string& endpoint, const std::string& source = {});

    /// The first 64 bytes of ZMTP 3.0.
    [[nodiscard]] static Bytes greeting_of(std::string_view mechanism);
    /// A command's body: its name and what follows.
    [[nodiscard]] static Bytes command_of(std::string_view name, BytesView rest);
    /// The rest of a command's body behind its name; nullopt: it is another command.
    [[nodiscard]] static std::optional<BytesView> behind_name(BytesView body,
                                                              std::string_view name);
    /// What a handshake tells of its own end: each name with its value.
    using Properties = std::vector<std::pair<std::string, std::string>>;
    [[nodiscard]] static Bytes metadata_of(const Properties& properties);

    /// Greeting and READY, both ways. False: the other end closed, or was silent.
    [[nodiscard]] bool shake_hands(const Introduction& introduction, Limit limit = default_limit);
    [[nodiscard]] bool shake_hands() { return shake_hands(Introduction{}); }

    /// From now on what is sent waits so long for the other end to read: one that has cut the
    /// connection in a flood reads no more, and the kernel takes a minute to say so.
    void limit_sends(Limit limit);

    /// One frame of a message. False: the connection is gone.
    bool send_frame(BytesView body, bool has_more = false);
    bool send_command(BytesView body);
    /// Only the head of a frame that says it has `size` bytes.
    bool send_head(std::uint64_t size);
    /// Anything.
    bool send_raw(BytesView bytes);

    /// The next message's frame; PINGs are answered meanwhile. nullopt: closed, or nothing in time.
    [[nodiscard]] std::optional<Frame> receive_frame(Limit limit = default_limit);

    /// The next frame, whatever it is.
    [[nodiscard]] std::optional<Frame> receive_any(Limit limit = default_limit);
    /// Exactly so many bytes. False: closed, or not in time.
    [[nodiscard]] bool receive_raw(std::span<std::uint8_t> bytes, Limit limit = default_limit);

    /// Waits until the other end has closed the connection; what it still sends is dropped.
    [[nodiscard]] bool is_closed_within(Limit limit = default_limit);

    /// Closes our end.
    void close() noexcept;

    [[nodiscard]] int descriptor() const { return descriptor_; }

private:
    [[nodiscard]] std::optional<Frame> read_frame(std::chrono::steady_clock::time_point deadline);
    [[nodiscard]] bool read_exactly(std::span<std::uint8_t> bytes,
                                    std::chrono::steady_clock::time_point deadline);

    int descriptor_ = -1;
};

}  // namespace crier::testing
