// The frames that the load generator reads and writes by hand, against the codec.

#include "tests/bench/wire_bytes.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "shared/protocol/codec.hpp"

namespace crier::bench {
namespace {

MessageId some_id(std::uint8_t first) {
    MessageId id;
    for (std::size_t i = 0; i < id.bytes.size(); ++i) {
        id.bytes[i] = static_cast<std::uint8_t>(first + i);
    }
    return id;
}

protocol::Bytes encoded(protocol::ToSession frame) {
    return protocol::encode(frame);
}

TEST(WireBytes, FindsTheIdAndTheRevisionOfAMessage) {
    protocol::Show show;
    show.id = some_id(7);
    show.revision = 3;
    show.seq = 1u << 20;
    show.content.text.assign(300, 'x');
    show.content.title = "title";
    show.from = "ops";
    show.off_screen_at = utc_from_ms(1'800'000'000'000);
    const protocol::Bytes bytes = encoded(show);
    const FrameKeys keys = scan_frame(bytes);
    EXPECT_EQ(keys.type, "message");
    EXPECT_EQ(keys.revision, 3u);
    EXPECT_TRUE(
        std::equal(keys.id.begin(), keys.id.end(), show.id.bytes.begin(), show.id.bytes.end()));
}

TEST(WireBytes, FindsWhatAHeartbeatConfirms) {
    const protocol::Bytes bytes =
        encoded(protocol::Heartbeat{utc_from_ms(1'800'000'000'000), 70'000});
    const FrameKeys keys = scan_frame(bytes);
    EXPECT_EQ(keys.type, "heartbeat");
    EXPECT_EQ(keys.confirmed, 70'000u);
}

TEST(WireBytes, WalksOverTheKeysThatItDoesNotNeed) {
    protocol::SessionWelcome welcome;
    welcome.features = {1, 2, 300};
    welcome.resume.assign(80, 0xAB);
    welcome.broker = "crierd 1";
    EXPECT_EQ(scan_frame(encoded(welcome)).type, "welcome");
}

TEST(WireBytes, SeesThatAFrameIsCutShort) {
    const protocol::Bytes bytes = encoded(protocol::Heartbeat{utc_from_ms(1), 70'000});
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_EQ(scan_frame({bytes.data(), size}).type, "") << size;
    }
}

TEST(WireBytes, WritesReceiptsThatTheCodecReads) {
    ReceiptsFrame frame;
    for (std::uint8_t i = 0; i < 20; ++i) frame.add_displayed(some_id(i).bytes);
    const auto bytes = frame.take(66'000);
    const auto decoded = protocol::decode_from_session(bytes);
    ASSERT_TRUE(decoded.has_value()) << decoded.error().detail;
    const auto* receipts = std::get_if<protocol::Receipts>(&*decoded);
    ASSERT_NE(receipts, nullptr);
    EXPECT_EQ(receipts->number, 66'000u);
    ASSERT_EQ(receipts->receipts.size(), 20u);
    EXPECT_EQ(receipts->receipts[19].id, some_id(19));
    EXPECT_EQ(receipts->receipts[19].revision, 1u);
    EXPECT_EQ(receipts->receipts[19].state, State::displayed);
    EXPECT_EQ(frame.size(), 0u);
}

}  // namespace
}  // namespace crier::bench
