// ZmtpPeer: the load generator's own ZMTP. Method: bytes written by hand from the specification go
// in, split in every possible way; what comes out must not depend on the split.

#include "tests/bench/zmtp_peer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace crier::bench {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes bytes_of(std::string_view text) {
    return {text.begin(), text.end()};
}

void append(Bytes& out, const Bytes& more) {
    out.insert(out.end(), more.begin(), more.end());
}

Bytes greeting(std::string_view mechanism) {
    Bytes bytes(64, 0);
    bytes[0] = 0xFF;
    bytes[9] = 0x7F;
    bytes[10] = 3;
    bytes[11] = 1;
    std::copy(mechanism.begin(), mechanism.end(), bytes.begin() + 12);
    return bytes;
}

Bytes frame(std::uint8_t flags, std::string_view body) {
    Bytes bytes{flags, static_cast<std::uint8_t>(body.size())};
    append(bytes, bytes_of(body));
    return bytes;
}

Bytes ready() {
    return frame(4, std::string_view("\x05READY\x0BSocket-Type\0\0\0\x06ROUTER", 28));
}

Bytes ping() {
    return frame(4, std::string_view("\x04PING\0\x0A"
                                     "context",
                                     14));
}

Bytes long_frame(std::size_t size) {
    constexpr std::size_t head = 9;
    Bytes bytes(head + size, 'L');
    std::fill_n(bytes.begin(), head, 0);
    bytes[0] = 2;
    bytes[7] = static_cast<std::uint8_t>(size >> 8);
    bytes[8] = static_cast<std::uint8_t>(size);
    return bytes;
}

/// Everything that a broker may say: handshake, a short, an empty and a long message, a ping.
Bytes conversation() {
    Bytes bytes = greeting("NULL");
    append(bytes, ready());
    append(bytes, frame(0, "short"));
    append(bytes, frame(0, ""));
    append(bytes, ping());
    append(bytes, long_frame(300));
    append(bytes, frame(0, "last"));
    return bytes;
}

/// Hands bytes in as a connection does: what was not used comes again, with more behind it.
class Wire {
public:
    explicit Wire(ZmtpPeer::Kind kind = ZmtpPeer::Kind::dealer) : peer(kind) {}

    void give(const Bytes& more) {
        append(rest_, more);
        const std::size_t used = peer.take(
            rest_, [this](BytesView body) { messages.emplace_back(body.begin(), body.end()); });
        rest_.erase(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(used));
    }

    ZmtpPeer peer;
    std::vector<std::string> messages;

private:
    Bytes rest_;
};

TEST(ZmtpPeer, ReadsTheSameWhereverTheBytesAreSplit) {
    const Bytes all = conversation();
    const std::vector<std::string> expected{"short", "", std::string(300, 'L'), "last"};
    Wire whole;
    whole.give(all);
    ASSERT_EQ(whole.messages, expected);

    for (std::size_t split = 1; split < all.size(); ++split) {
        const auto middle = all.begin() + static_cast<std::ptrdiff_t>(split);
        Wire wire;
        wire.give({all.begin(), middle});
        wire.give({middle, all.end()});
        EXPECT_EQ(wire.messages, expected) << "split at " << split;
        EXPECT_EQ(wire.peer.output(), whole.peer.output()) << "split at " << split;
    }
}

TEST(ZmtpPeer, ReadsTheSameByteByByte) {
    Wire whole;
    whole.give(conversation());
    Wire wire;
    for (const std::uint8_t byte : conversation()) wire.give({byte});
    EXPECT_EQ(wire.messages, whole.messages);
    EXPECT_EQ(wire.peer.output(), whole.peer.output());
}

TEST(ZmtpPeer, GreetsAndSaysWhichSocketItIs) {
    Wire wire(ZmtpPeer::Kind::sub);
    EXPECT_EQ(wire.peer.output(), greeting("NULL"));
    wire.peer.output().clear();
    wire.give(greeting("NULL"));
    EXPECT_EQ(wire.peer.output(),
              frame(4, std::string_view("\x05READY\x0BSocket-Type\0\0\0\x03SUB", 25)));
    EXPECT_FALSE(wire.peer.is_open());
    wire.give(ready());
    EXPECT_TRUE(wire.peer.is_open());
}

TEST(ZmtpPeer, AnswersAPingWithItsContext) {
    Wire wire;
    wire.give(greeting("NULL"));
    wire.give(ready());
    wire.peer.output().clear();
    wire.give(ping());
    EXPECT_EQ(wire.peer.output(), frame(4, "\x04PONGcontext"));
    EXPECT_TRUE(wire.messages.empty());
}

TEST(ZmtpPeer, SubscribesWithACommand) {
    Wire wire(ZmtpPeer::Kind::sub);
    wire.give(greeting("NULL"));
    wire.give(ready());
    wire.peer.output().clear();
    wire.peer.subscribe("all");
    EXPECT_EQ(wire.peer.output(), frame(4, "\x09SUBSCRIBEall"));
}

TEST(ZmtpPeer, WritesTheLongFormFrom256BytesOn) {
    Bytes out;
    append_frame(out, false, Bytes(255, 'L'));
    EXPECT_EQ((Bytes{out.begin(), out.begin() + 2}), (Bytes{0, 255}));
    out.clear();
    append_frame(out, false, Bytes(256, 'L'));
    EXPECT_EQ(out, long_frame(256));
}

TEST(ZmtpPeer, StopsAtWhatTheProtocolForbids) {
    const std::vector<Bytes> forbidden = {
        greeting("PLAIN"),  // Another mechanism.
        Bytes(64, 'x'),     // No ZMTP at all.
        [] {
            Bytes bytes = greeting("NULL");
            append(bytes, frame(0, "too early"));  // A message before READY.
            return bytes;
        }(),
        [] {
            Bytes bytes = greeting("NULL");
            append(bytes, frame(4,
                                "\x05"
                                "ERROR\x04"
                                "gone"));
            return bytes;
        }(),
        [] {
            Bytes bytes = greeting("NULL");
            append(bytes, ready());
            append(bytes, frame(1, "part one of two"));
            return bytes;
        }(),
    };
    for (const Bytes& bytes : forbidden) {
        Wire wire;
        wire.give(bytes);
        wire.give(frame(0, "behind it"));
        EXPECT_FALSE(wire.peer.problem().empty());
        EXPECT_TRUE(wire.messages.empty()) << wire.peer.problem();
    }
}

TEST(ZmtpPeer, WaitsForAFrameHoweverLongItSaysItIs) {
    Bytes bytes{2, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 'x'};
    EXPECT_FALSE(parse_frame(bytes).has_value());
}

}  // namespace
}  // namespace crier::bench
