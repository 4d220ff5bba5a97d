// The frames that the load generator reads and writes by hand, against the codec.

#include "tests/bench/wire_bytes.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "shared/base/limits.hpp"
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

FrameKeys scanned(std::span<const std::uint8_t> bytes) {
    FrameKeys keys;
    scan_frame(bytes, keys);
    return keys;
}

protocol::Show some_message(std::uint8_t number) {
    protocol::Show show;
    show.id = some_id(number);
    show.revision = number;
    show.seq = 1u << 20;
    show.content.text.assign(300, 'x');
    show.content.title = "title";
    show.from = "ops";
    show.off_screen_at = utc_from_ms(1'800'000'000'000);
    return show;
}

bool is_of(const FrameKeys::Message& found, const protocol::Show& show) {
    return found.revision == show.revision &&
           std::equal(found.id.begin(), found.id.end(), show.id.bytes.begin(), show.id.bytes.end());
}

TEST(WireBytes, FindsTheIdAndTheRevisionOfAMessage) {
    const protocol::Show show = some_message(7);
    const protocol::Bytes bytes = encoded(show);
    const FrameKeys keys = scanned(bytes);
    EXPECT_EQ(keys.type, "message");
    ASSERT_EQ(keys.messages.size(), 1u);
    EXPECT_TRUE(is_of(keys.messages[0], show));
}

TEST(WireBytes, FindsThoseOfEveryMessageInABundle) {
    protocol::Bundle bundle;
    for (std::uint8_t number = 1; number <= limits::unconfirmed_messages_max; ++number) {
        bundle.messages.push_back(some_message(number));
    }
    const protocol::Bytes bytes = encoded(bundle);
    const FrameKeys keys = scanned(bytes);
    EXPECT_EQ(keys.type, "bundle");
    ASSERT_EQ(keys.messages.size(), bundle.messages.size());
    for (std::size_t i = 0; i < keys.messages.size(); ++i) {
        EXPECT_TRUE(is_of(keys.messages[i], bundle.messages[i])) << i;
    }
}

TEST(WireBytes, FindsWhatIsToBeRemoved) {
    const MessageId id = some_id(7);
    const protocol::Bytes bytes = encoded(protocol::Remove{id, protocol::RemovalCause::recalled});
    const FrameKeys keys = scanned(bytes);
    EXPECT_EQ(keys.type, "remove");
    ASSERT_EQ(keys.messages.size(), 1u);
    EXPECT_TRUE(std::equal(keys.messages[0].id.begin(), keys.messages[0].id.end(), id.bytes.begin(),
                           id.bytes.end()));
}

TEST(WireBytes, RemembersNothingOfTheFrameBefore) {
    FrameKeys keys;
    const protocol::Bytes message = encoded(some_message(7));
    scan_frame(message, keys);
    const protocol::Bytes heartbeat = encoded(protocol::Heartbeat{utc_from_ms(1), 5});
    scan_frame(heartbeat, keys);
    EXPECT_TRUE(keys.messages.empty());
    EXPECT_EQ(keys.confirmed, 5u);
    scan_frame(message, keys);
    EXPECT_EQ(keys.confirmed, 0u);
    EXPECT_EQ(keys.messages.size(), 1u);
}

TEST(WireBytes, FindsWhatAHeartbeatConfirms) {
    const protocol::Bytes bytes =
        encoded(protocol::Heartbeat{utc_from_ms(1'800'000'000'000), 70'000});
    const FrameKeys keys = scanned(bytes);
    EXPECT_EQ(keys.type, "heartbeat");
    EXPECT_EQ(keys.confirmed, 70'000u);
}

TEST(WireBytes, WalksOverTheKeysThatItDoesNotNeed) {
    protocol::SessionWelcome welcome;
    welcome.features = {1, 2, 300};
    welcome.resume.assign(80, 0xAB);
    welcome.broker = "crierd 1";
    const protocol::Bytes bytes = encoded(welcome);
    EXPECT_EQ(scanned(bytes).type, "welcome");
}

TEST(WireBytes, SeesThatAFrameIsCutShort) {
    const protocol::Bundle bundle{{some_message(1), some_message(2)}};
    for (const protocol::Bytes& bytes :
         {encoded(protocol::Heartbeat{utc_from_ms(1), 70'000}), encoded(bundle)}) {
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            EXPECT_EQ(scanned({bytes.data(), size}).type, "") << size;
        }
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
