// Envelopes: what was sealed with the cluster's key reads back, and nothing else does.
// Method: each kind there and back; every byte and every length spoiled; bytes without sense under
// the right seal.

#include "broker/cluster/envelope.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "shared/protocol/wire.hpp"
#include "tests/support/cluster_node.hpp"

namespace crier::testing {
namespace {

using broker::Envelope;
using broker::envelope_bytes_max;
using broker::Forgotten;
using broker::Joined;
using broker::NewGeneration;
using broker::SealedEnvelope;

Envelope sample() {
    Envelope envelope;
    envelope.broker = broker_id(3);
    envelope.generation = 7;
    envelope.before = utc_from_ms(1'234'567);
    envelope.content = change_number(12, 11);
    return envelope;
}

StreamMessage message_of(const SealedEnvelope& sealed) {
    return {1, utc_from_ms(5), sealed.id, sealed.body};
}

/// Whatever the bytes are, with the seal that they need.
StreamMessage sealed_bytes(Bytes bytes) {
    const Bytes32 mac = blake2b(bytes, cluster_key().bytes());
    MessageId id;
    std::copy_n(mac.begin(), id.bytes.size(), id.bytes.begin());
    bytes.insert(bytes.end(), mac.begin(), mac.end());
    return {1, utc_from_ms(5), id, std::move(bytes)};
}

std::string why_foreign(const StreamMessage& message) {
    const auto opened = broker::open(message, cluster_key());
    return opened ? "" : opened.error().why;
}

TEST(Envelope, OfEveryKindReadsBack) {
    std::vector<Envelope> all{sample()};
    for (int kind = 0; kind < 5; ++kind) all.push_back(sample());
    all[1].before.reset();
    all[2].content = entry_number(1);
    all[3].content = NewGeneration{41, {broker_id(3), broker_id(9)}};
    all[4].content = Joined{broker_id(9), utc_from_ms(7)};
    all[5].content = Forgotten{message_id(4), broker_id(8), utc_from_ms(8), "ops"};
    for (const Envelope& envelope : all) {
        const auto opened = broker::open(message_of(seal(envelope, cluster_key())), cluster_key());
        ASSERT_TRUE(opened) << opened.error().why;
        EXPECT_EQ(*opened, envelope);
    }
}

TEST(Envelope, TakesTheLongestEntry) {
    Envelope envelope = sample();
    std::get<Entry>(envelope.content).body.assign(limits::frame_bytes_max, 0x5a);
    const auto opened = broker::open(message_of(seal(envelope, cluster_key())), cluster_key());
    ASSERT_TRUE(opened) << opened.error().why;
    EXPECT_EQ(*opened, envelope);
}

TEST(Envelope, WithAnyBitFlippedIsForeign) {
    const StreamMessage message = message_of(seal(sample(), cluster_key()));
    for (std::size_t bit = 0; bit < message.body.size() * 8; ++bit) {
        StreamMessage flipped = message;
        flipped.body[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
        EXPECT_NE(why_foreign(flipped), "") << "bit " << bit;
    }
}

TEST(Envelope, CutShortIsForeign) {
    const StreamMessage message = message_of(seal(sample(), cluster_key()));
    for (std::size_t size = 0; size < message.body.size(); ++size) {
        StreamMessage cut = message;
        cut.body.resize(size);
        EXPECT_NE(why_foreign(cut), "") << size << " bytes";
    }
}

TEST(Envelope, OfAnotherClusterIsForeign) {
    const StreamMessage message = message_of(seal(sample(), Secret(Bytes32{8})));
    EXPECT_EQ(why_foreign(message), "its seal is not ours");
}

TEST(Envelope, UnderAnotherIdIsForeign) {
    StreamMessage message = message_of(seal(sample(), cluster_key()));
    message.id->bytes[15] ^= 1;
    EXPECT_EQ(why_foreign(message), "its id is not that of its bytes");
    message.id.reset();
    EXPECT_EQ(why_foreign(message), "its id is not that of its bytes");
}

TEST(Envelope, ThatIsTooLongIsForeign) {
    EXPECT_EQ(why_foreign(sealed_bytes(Bytes(envelope_bytes_max))), "it is too long");
}

TEST(Envelope, WithoutSenseIsForeignAlsoUnderTheRightSeal) {
    std::mt19937_64 random(1);
    const SealedEnvelope good = seal(sample(), cluster_key());
    const Bytes map(good.body.begin(), good.body.end() - 32);
    for (int round = 0; round < 3'000; ++round) {
        Bytes bytes = map;
        for (std::uint64_t count = 1 + random() % 3; count > 0; --count) {
            bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
        }
        if (round % 3 == 0) bytes.resize(1 + random() % bytes.size());
        // What still reads back says what those bytes say, and nothing that was not checked.
        const auto opened = broker::open(sealed_bytes(bytes), cluster_key());
        if (opened) {
            EXPECT_GE(opened->generation, 1u);
        }
    }
    EXPECT_NE(why_foreign(sealed_bytes(Bytes{0xc0})), "");
    EXPECT_NE(why_foreign(sealed_bytes(Bytes{0x80})), "");
}

TEST(Envelope, OfALaterVersionOrKindIsNewerAndNotForeign) {
    const auto with = [](std::uint64_t version, std::string_view kind, std::uint64_t generation) {
        Bytes bytes;
        {
            protocol::MapWriter map(bytes);
            map.uint("v", version);
            map.string("kind", kind);
            map.binary("broker", broker_id(1).bytes);
            map.uint("generation", generation);
            map.binary("about", broker_id(2).bytes);
            map.time("at", utc_from_ms(3));
            map.string("of a later version", "skipped");
        }
        return broker::open(sealed_bytes(bytes), cluster_key());
    };
    EXPECT_TRUE(with(1, "joined", 1).has_value()) << "a key of a later version is skipped";
    ASSERT_FALSE(with(2, "parted", 1).has_value());
    EXPECT_TRUE(with(2, "parted", 1).error().is_newer);
    EXPECT_EQ(with(2, "joined", 1).error().why,
              "it is of version 2, and this broker reads up to 1");
    ASSERT_FALSE(with(1, "parted", 1).has_value());
    EXPECT_TRUE(with(1, "parted", 1).error().is_newer);
    ASSERT_FALSE(with(1, "joined", 0).has_value());
    EXPECT_FALSE(with(1, "joined", 0).error().is_newer) << "no version has such a generation";
}

TEST(Envelope, IsTheSameMessageOnlyWhenItSaysTheSame) {
    const Envelope one = sample();
    Envelope later = one;
    later.before = *one.before + Milliseconds(1);
    Envelope newer = one;
    newer.generation += 1;
    const MessageId id = seal(one, cluster_key()).id;
    EXPECT_EQ(seal(one, cluster_key()).id, id);
    EXPECT_NE(seal(later, cluster_key()).id, id);
    EXPECT_NE(seal(newer, cluster_key()).id, id);
}

TEST(Envelope, IsVoidOnceItsTimeIsOver) {
    const Envelope envelope = sample();
    EXPECT_FALSE(is_void(envelope, *envelope.before));
    EXPECT_TRUE(is_void(envelope, *envelope.before + Milliseconds(1)));
    Envelope lasting = envelope;
    lasting.before.reset();
    EXPECT_FALSE(is_void(lasting, UtcTime::max()));
}

}  // namespace
}  // namespace crier::testing
