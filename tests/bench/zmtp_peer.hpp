/// \file
/// The client's end of one ZMTP 3.1 connection (rfc.zeromq.org/spec/37), as bytes in, bytes out.
///
///     network ──> take() ──> on_message(body)
///     send(), subscribe() ──> output() ──> network
///
/// Mechanisms NULL and, with a CurveClient, CURVE (spec/26). Knows what a load generator needs of
/// the sockets DEALER, SUB and PUB: messages of one part, heartbeats answered, subscriptions.
/// Pure: no socket, clock or thread; the bytes may come split anywhere.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/curve_client.hpp"

namespace crier::bench {

using BytesView = std::span<const std::uint8_t>;
using testing::CurveClient;
using testing::CurveKey;
using testing::CurveKeyPair;

/// One ZMTP frame inside a longer run of bytes.
struct ZmtpFrame {
    std::uint8_t flags = 0;
    std::span<std::uint8_t> body;
    std::size_t size = 0;  ///< Bytes of the whole frame, header included.

    [[nodiscard]] bool is_command() const { return (flags & 0x04u) != 0; }
    [[nodiscard]] bool has_more() const { return (flags & 0x01u) != 0; }
};

/// The frame at the front of `bytes`; nullopt while it has not arrived whole.
[[nodiscard]] std::optional<ZmtpFrame> parse_frame(std::span<std::uint8_t> bytes);

void append_frame(std::vector<std::uint8_t>& out, bool is_command, BytesView body);

class ZmtpPeer {
public:
    enum class Kind : std::uint8_t { dealer, sub, pub };

    /// `curve`: nullptr for the mechanism NULL.
    explicit ZmtpPeer(Kind kind, std::unique_ptr<CurveClient> curve = nullptr);

    /// Takes what the network gave; may decrypt in place. Calls on_message(BytesView) for each
    /// message, the view being valid during the call. Returns how many bytes were used: what is
    /// left is the begin of a frame, to be handed in again with more behind it. After a violation
    /// of the protocol it takes nothing more, and problem() says why.
    template <class OnMessage>
    std::size_t take(std::span<std::uint8_t> bytes, OnMessage&& on_message) {
        std::size_t used = 0;
        if (stage_ == Stage::greeting) used = take_greeting(bytes);
        while (stage_ == Stage::handshake || stage_ == Stage::open) {
            const std::optional<ZmtpFrame> frame = parse_frame(bytes.subspan(used));
            if (!frame) break;
            used += frame->size;
            if (const std::optional<BytesView> body = unwrap(*frame)) on_message(*body);
        }
        return used;
    }

    /// One message of one part. Only once is_open().
    void send(BytesView body) { send_framed(false, body); }

    /// SUB: asks for every message that begins with `prefix`. Only once is_open().
    void subscribe(std::string_view prefix);

    /// The handshake is over.
    [[nodiscard]] bool is_open() const { return stage_ == Stage::open; }
    /// Empty while the other end keeps to the protocol.
    [[nodiscard]] const std::string& problem() const { return problem_; }
    /// What is to be written to the network; the caller erases what it wrote.
    [[nodiscard]] std::vector<std::uint8_t>& output() { return output_; }

private:
    enum class Stage : std::uint8_t { greeting, handshake, open, failed };

    std::size_t take_greeting(BytesView bytes);
    std::optional<BytesView> unwrap(const ZmtpFrame& frame);
    void on_handshake_command(BytesView body);
    void on_command(BytesView body);
    void send_framed(bool is_command, BytesView body);
    void fail(std::string problem);
    [[nodiscard]] std::vector<std::uint8_t> metadata() const;

    Kind kind_;
    Stage stage_ = Stage::greeting;
    std::unique_ptr<CurveClient> curve_;
    std::vector<std::uint8_t> output_;
    std::string problem_;
};

}  // namespace crier::bench
