// What a broker copies from another one of the log that the stream no longer has: it comes whole,
// in order, in parts that fit a frame, and from nobody without the cluster's key.

#include "broker/cluster/log_copy.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "shared/base/limits.hpp"
#include "tests/unit/cluster/newer_envelope.hpp"

namespace crier::broker {
namespace {

Secret key(std::uint8_t byte = 1) {
    Bytes32 bytes{};
    bytes.fill(byte);
    return Secret(bytes);
}

PlacedEntry entry(std::uint64_t seq, std::size_t body_bytes = 100) {
    PlacedEntry placed;
    placed.entry.stored.seq = seq;
    Entry& made = placed.entry.stored.entry;
    made.id.bytes.back() = static_cast<std::uint8_t>(seq);
    made.at = utc_from_ms(1'700'000'000'000 + static_cast<std::int64_t>(seq));
    made.principal = "ops";
    made.body = Bytes(body_bytes, static_cast<std::uint8_t>(seq));
    placed.place = LogPosition{1, 10 + seq};
    return placed;
}

LogCursor newest() {
    LogCursor cursor{{1, 99}, {}};
    cursor.message.bytes.fill(7);
    return cursor;
}

TEST(LogCopy, ComesAsItWasSent) {
    const std::vector<PlacedEntry> log{entry(1), entry(2), entry(3)};
    const PeerEntries copy = copy_of(log, {1, 11}, newest(), true);
    ASSERT_EQ(copy.entries.size(), 2u) << "what stands behind 11";
    const protocol::Bytes frame = encode(copy, key());
    ASSERT_TRUE(is_copy_frame(frame));
    const auto read = decode_copy_frame(frame, key());
    ASSERT_TRUE(read) << to_string(read.error());
    const auto& entries = std::get<PeerEntries>(*read);
    EXPECT_EQ(entries.entries,
              (std::vector<Entry>{log[1].entry.stored.entry, log[2].entry.stored.entry}));
    EXPECT_EQ(entries.places, (std::vector<LogPosition>{{1, 12}, {1, 13}}));
    EXPECT_TRUE(entries.is_last);
    EXPECT_EQ(entries.cursor, newest());
}

TEST(LogCopy, IsAskedForByPosition) {
    const auto read = decode_copy_frame(encode(AskPeer{{3, 42}}), key());
    ASSERT_TRUE(read);
    EXPECT_EQ(std::get<AskPeer>(*read).after, (LogPosition{3, 42}));
}

TEST(LogCopy, LeavesOutWhatHasNoPlace) {
    std::vector<PlacedEntry> log{entry(1), entry(2)};
    log[0].place.reset();
    EXPECT_EQ(copy_of(log, {}, newest(), true).entries.size(), 1u);
}

TEST(LogCopy, ComesInPartsThatFitAFrame) {
    std::vector<PlacedEntry> log;
    for (std::uint64_t seq = 1; seq <= 20; ++seq) log.push_back(entry(seq, 20'000));
    LogPosition behind{};
    std::vector<Entry> all;
    for (int parts = 0; parts < 30; ++parts) {
        const PeerEntries copy = copy_of(log, behind, newest(), true);
        EXPECT_LE(encode(copy, key()).size(), limits::frame_bytes_max);
        all.insert(all.end(), copy.entries.begin(), copy.entries.end());
        behind = copy.cursor.at;
        if (copy.is_last) break;
    }
    ASSERT_EQ(all.size(), 20u);
    EXPECT_EQ(all.front(), log.front().entry.stored.entry);
    EXPECT_EQ(all.back(), log.back().entry.stored.entry);
}

TEST(LogCopy, OfALongEntryFitsAFrameByItself) {
    const PeerEntries copy = copy_of({entry(1, 50'000)}, {}, newest(), true);
    EXPECT_EQ(copy.entries.size(), 1u);
    EXPECT_LE(encode(copy, key()).size(), limits::frame_bytes_max);
}

TEST(LogCopy, OfAnotherClusterIsNone) {
    const protocol::Bytes frame = encode(copy_of({entry(1)}, {}, newest(), true), key(2));
    EXPECT_FALSE(decode_copy_frame(frame, key()));
}

TEST(LogCopy, OfWhatOnlyANewerBrokerReadsSaysSo) {
    const PlacedEntry one = entry(1);
    protocol::Bytes frame = encode(copy_of({one}, {}, newest(), true), key());
    const SealedEnvelope sealed =
        seal({BrokerId{}, 1, std::nullopt, one.entry.stored.entry}, key());
    const SealedEnvelope raised = testing::newer(sealed, key());
    const auto there =
        std::search(frame.begin(), frame.end(), sealed.body.begin(), sealed.body.end());
    ASSERT_NE(there, frame.end());
    std::copy(raised.body.begin(), raised.body.end(), there);
    const auto read = decode_copy_frame(frame, key());
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, ErrorCode::version_unsupported);
}

TEST(LogCopy, WithAPlaceThatNoJournalCanKeepIsRefused) {
    for (const LogPosition& place :
         {LogPosition{1, position_max + 1}, {position_max + 1, 1}, {0, 7}, {1, 0}}) {
        PeerEntries copy = copy_of({entry(1)}, {}, newest(), true);
        copy.places[0] = place;
        EXPECT_FALSE(decode_copy_frame(encode(copy, key()), key())) << place.number;
    }
    PeerEntries copy = copy_of({entry(1)}, {}, newest(), true);
    copy.places[0] = {position_max, position_max};
    EXPECT_TRUE(decode_copy_frame(encode(copy, key()), key()));
}

TEST(LogCopy, CutOffOrChangedIsRefusedOrAnotherOne) {
    const protocol::Bytes frame = encode(copy_of({entry(1), entry(2)}, {}, newest(), true), key());
    for (std::size_t size = 1; size < frame.size(); ++size) {
        EXPECT_FALSE(decode_copy_frame(protocol::BytesView(frame).first(size), key()));
    }
    for (std::size_t at = 1; at < frame.size(); ++at) {
        protocol::Bytes changed = frame;
        changed[at] ^= 0xff;
        const auto read = decode_copy_frame(changed, key());
        const auto* copy = read ? std::get_if<PeerEntries>(&*read) : nullptr;
        // The link is sealed as a whole; entries are so besides.
        EXPECT_TRUE(copy == nullptr || copy->entries.size() <= 2u);
    }
}

}  // namespace
}  // namespace crier::broker
