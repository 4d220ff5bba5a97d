/// \file
/// What every Journal promises to a broker of a cluster (broker/journal/journal.hpp): places, the
/// cursor, and how a journal begins behind a history that others have pruned.

#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <tuple>
#include <vector>

#include "broker/journal/chain.hpp"
#include "broker/journal/journal.hpp"
#include "tests/contract/journal_contract.hpp"

namespace crier::broker {

/// As (generation, number, seq).
using Places = std::vector<std::tuple<std::uint64_t, std::uint64_t, std::uint64_t>>;

class PlacesContract : public JournalContract {
protected:
    Places places(std::optional<LogPosition> before = {}, std::size_t count_max = 1'000) {
        const Result<std::vector<Place>> read = journal().read_places(before, count_max);
        EXPECT_TRUE(read) << (read ? "" : to_string(read.error()));
        Places all;
        if (!read) return all;
        for (const Place& place : *read) {
            all.emplace_back(place.at.generation, place.at.number, place.seq);
        }
        return all;
    }
    std::vector<PlacedEntry> log(std::uint64_t after = 0, std::size_t count_max = 1'000) {
        Result<std::vector<PlacedEntry>> read = journal().read_log(after, count_max);
        EXPECT_TRUE(read) << (read ? "" : to_string(read.error()));
        return read ? *read : std::vector<PlacedEntry>{};
    }
    Seqs log_seqs(std::uint64_t after = 0, std::size_t count_max = 1'000) {
        Seqs seqs;
        for (const PlacedEntry& placed : log(after, count_max)) {
            seqs.push_back(placed.entry.stored.seq);
        }
        return seqs;
    }
    Error refusal(const Batch& batch) {
        const auto refused = journal().append(batch);
        EXPECT_FALSE(refused);
        return refused ? Error{} : refused.error();
    }
};

inline Batch cursor_at(std::uint64_t generation, std::uint64_t number) {
    Batch batch;
    batch.cursor = LogCursor{{generation, number}, samples::message_id(number)};
    return batch;
}

inline Batch behind(const PrunedRange& range) {
    Batch batch;
    batch.begins_behind = range;
    return batch;
}

// ---- The cursor ---------------------------------------------------------------------------------

TEST_P(PlacesContract, HasNeitherPlacesNorACursorAsLongAsItIsAlone) {
    EXPECT_FALSE(recover().cursor);
    EXPECT_EQ(recover().unplaced, 0u);
    append(samples::entries(1, 2));
    reopen();
    EXPECT_FALSE(recover().cursor);
    EXPECT_EQ(recover().unplaced, 2u);
    EXPECT_TRUE(places().empty());
}

TEST_P(PlacesContract, KeepsTheLastCursorOverReopening) {
    append(cursor_at(1, 4));
    append(samples::entries(1, 1));
    reopen();
    EXPECT_EQ(recover().cursor, cursor_at(1, 4).cursor) << "a batch without one leaves it";
    append(cursor_at(2, 3));
    reopen();
    EXPECT_EQ(recover().cursor, cursor_at(2, 3).cursor);
    append(cursor_at(1, 2));
    reopen();
    EXPECT_EQ(recover().cursor, cursor_at(1, 2).cursor) << "it may go back, too";
}

TEST_P(PlacesContract, KeepsACursorWhoseIdIsAllZero) {
    Batch batch;
    batch.cursor = LogCursor{};
    append(batch);
    reopen();
    EXPECT_EQ(recover().cursor, LogCursor{});
}

// ---- Members ------------------------------------------------------------------------------------

TEST_P(PlacesContract, KeepsTheLastMembersOverReopening) {
    EXPECT_TRUE(recover().members.empty());
    BrokerId one;
    one.bytes.fill(1);
    BrokerId other;
    other.bytes.fill(2);
    Batch batch = samples::placed_entries(1, 2);
    batch.members = {one, other};
    append(batch);
    append(cursor_at(1, 4));
    reopen();
    EXPECT_EQ(recover().members, (std::vector<BrokerId>{one, other}))
        << "a batch without leaves it";
    batch = {};
    batch.members = {other};
    append(batch);
    reopen();
    EXPECT_EQ(recover().members, std::vector<BrokerId>{other});
    EXPECT_EQ(recover().cursor, cursor_at(1, 4).cursor);
    batch.members = std::vector<BrokerId>{};
    append(batch);
    reopen();
    EXPECT_TRUE(recover().members.empty());
}

// ---- Places -------------------------------------------------------------------------------------

TEST_P(PlacesContract, KeepsPlacesWithTheirEntries) {
    append(samples::entries(1, 2));
    append(samples::placed_entries(3, 4));
    append(samples::entries(5, 5));
    reopen();
    EXPECT_EQ(places(), (Places{{1, 4, 4}, {1, 3, 3}}));
    EXPECT_EQ(recover().unplaced, 3u);
    EXPECT_EQ(recover().cursor, samples::placed_entries(3, 4).cursor);
    const auto newest = journal().read_places({}, 1);
    ASSERT_TRUE(newest && newest->size() == 1);
    EXPECT_EQ(newest->front(), (Place{{1, 4}, 4, samples::message_id(4)}));
}

TEST_P(PlacesContract, ReadsPlacesNewestFirstInPages) {
    append(samples::placed_entries(1, 3, 2));
    append(samples::placed_entries(4, 6, 1));
    EXPECT_EQ(places({}, 2), (Places{{2, 3, 3}, {2, 2, 2}}));
    EXPECT_EQ(places(LogPosition{2, 2}, 2), (Places{{2, 1, 1}, {1, 6, 6}}));
    EXPECT_EQ(places(LogPosition{2, 0}), (Places{{1, 6, 6}, {1, 5, 5}, {1, 4, 4}}));
    EXPECT_EQ(places(LogPosition{1, 5}), (Places{{1, 4, 4}}));
    EXPECT_EQ(places(LogPosition{2, ~std::uint64_t{0}}, 1), (Places{{2, 3, 3}}));
    EXPECT_EQ(places(LogPosition{~std::uint64_t{0}, 0}, 1), (Places{{2, 3, 3}}));
    EXPECT_TRUE(places(LogPosition{1, 4}).empty());
    EXPECT_TRUE(places(LogPosition{}).empty());
    EXPECT_TRUE(places({}, 0).empty());
    EXPECT_EQ(places({}, ~std::size_t{0}).size(), 6u);
}

TEST_P(PlacesContract, ReadsEntriesInTheOrderOfTheirPlaces) {
    append(samples::entries(1, 1));
    append(samples::placed_entries(2, 4));
    Batch moved = samples::entries(2, 2);
    moved.places = {{2, 3}};
    append(moved);
    const auto seqs_behind = [this](LogPosition after, std::size_t count_max = 10) {
        Seqs seqs;
        const auto read = journal().read_placed(after, count_max);
        EXPECT_TRUE(read);
        const std::vector<PlacedEntry> entries = read.value_or(std::vector<PlacedEntry>{});
        for (const PlacedEntry& one : entries) {
            EXPECT_EQ(one, log(one.entry.stored.seq - 1, 1).at(0));
            seqs.push_back(one.entry.stored.seq);
        }
        return seqs;
    };
    EXPECT_EQ(seqs_behind({}), (Seqs{3, 4, 2})) << "without the one that has no place";
    EXPECT_EQ(seqs_behind({1, 3}), (Seqs{4, 2}));
    EXPECT_EQ(seqs_behind({1, 9}), (Seqs{2}));
    EXPECT_EQ(seqs_behind({}, 2), (Seqs{3, 4}));
    EXPECT_TRUE(seqs_behind({2, 3}).empty());
    EXPECT_TRUE(seqs_behind({position_max, position_max}).empty());
}

TEST_P(PlacesContract, MovesAnEntryThatExistsToItsNewPlace) {
    append(samples::entries(1, 1));
    append(samples::placed_entries(2, 3));
    Batch again = samples::entries(1, 2);
    again.places = {{1, 7}, {2, 8}};
    const std::vector<EntryResult> results = append(again);
    EXPECT_TRUE(results.at(0).already && results.at(1).already);
    reopen();
    EXPECT_EQ(places(), (Places{{2, 8, 2}, {1, 7, 1}, {1, 3, 3}}));
    EXPECT_EQ(recover().unplaced, 0u);
    append(again);
    EXPECT_EQ(places().size(), 3u) << "where it is already";
}

TEST_P(PlacesContract, GivesAnEntryThatIsTwiceInOneBatchItsLastPlace) {
    Batch batch = samples::entries(1, 1);
    batch.entries.push_back(samples::entry(1));
    batch.places = {{1, 1}, {1, 2}};
    append(batch);
    EXPECT_EQ(places(), (Places{{1, 2, 1}}));
}

TEST_P(PlacesContract, GivesAPlaceToItsNewestHolderAlone) {
    append(samples::placed_entries(1, 3));
    Batch other = samples::entries(4, 4);
    other.places = {{1, 3}};
    append(other);
    reopen();
    EXPECT_EQ(places(), (Places{{1, 3, 4}, {1, 2, 2}, {1, 1, 1}}));
    EXPECT_EQ(recover().unplaced, 1u) << "the third one stands nowhere now";
    EXPECT_FALSE(log(2, 1).at(0).place);
    Batch swapped = samples::entries(1, 2);
    swapped.places = {{1, 2}, {1, 1}};
    append(swapped);
    reopen();
    EXPECT_EQ(places(), (Places{{1, 3, 4}, {1, 2, 1}, {1, 1, 2}}));
}

TEST_P(PlacesContract, GivesNoPlaceWhereTheBatchSaysNone) {
    append(samples::placed_entries(1, 1));
    Batch batch = samples::entries(1, 3);
    batch.places = {LogPosition{}, {1, 2}, LogPosition{}};
    append(batch);
    reopen();
    EXPECT_EQ(places(), (Places{{1, 2, 2}, {1, 1, 1}})) << "the first one keeps what it has";
    EXPECT_EQ(recover().unplaced, 1u);
}

TEST_P(PlacesContract, GivesNoPlaceToAChangeOfWhatIsNotThere) {
    Batch batch = one_entry(samples::change(2, 9));
    batch.entries.push_back(samples::entry(3));
    batch.places = {{1, 1}, {1, 2}};
    EXPECT_TRUE(append(batch).at(0).is_orphan);
    reopen();
    EXPECT_EQ(places(), (Places{{1, 2, 1}}));
}

TEST_P(PlacesContract, PrunesAPlaceWithItsEntry) {
    append(samples::placed_entries(1, 3));
    Batch change = one_entry(samples::change(4, 2));
    change.places = {{1, 4}};
    append(change);
    append(samples::closings(2, 2));
    EXPECT_EQ(prune(samples::at(100), 10), 1u);
    EXPECT_EQ(places(), (Places{{1, 3, 3}, {1, 1, 1}}));
    reopen();
    EXPECT_EQ(places(), (Places{{1, 3, 3}, {1, 1, 1}}));
    EXPECT_EQ(recover().unplaced, 0u);
    EXPECT_EQ(recover().cursor, samples::placed_entries(1, 3).cursor) << "which stays";
    append(samples::placed_entries(2, 2));
    EXPECT_EQ(places(), (Places{{1, 3, 3}, {1, 2, 5}, {1, 1, 1}})) << "a new entry by that id";
}

TEST_P(PlacesContract, StopsAtABatchWithPlacesForSomeOfItsEntriesOnly) {
    Batch batch = samples::entries(1, 2);
    batch.places = {{1, 1}};
    EXPECT_DEATH(static_cast<void>(journal().append(batch)), "a place for each of its entries");
}

// ---- The log ------------------------------------------------------------------------------------

TEST_P(PlacesContract, ReadsTheLogInItsOrderWithChainAndPlaces) {
    append(samples::entries(1, 1));
    append(samples::placed_entries(2, 3));
    append(one_entry(samples::change(4, 1)));
    reopen();
    const std::vector<PlacedEntry> entries = log();
    ASSERT_EQ(entries.size(), 4u);
    std::vector<ChainedEntry> found = find({.count_max = 10});
    std::reverse(found.begin(), found.end());
    for (std::size_t i = 0; i < entries.size(); ++i) EXPECT_EQ(entries[i].entry, found.at(i));
    EXPECT_FALSE(entries[0].place);
    EXPECT_EQ(entries[1].place, (LogPosition{1, 2}));
    EXPECT_EQ(entries[2].place, (LogPosition{1, 3}));
    EXPECT_FALSE(entries[3].place);
}

TEST_P(PlacesContract, ReadsTheLogInPagesAndOverWhatWasPruned) {
    append(samples::placed_entries(1, 7));
    append(samples::closings(3, 4));
    append(samples::closings(7, 7));
    prune(samples::at(100), 10);
    EXPECT_EQ(log_seqs(0, 3), (Seqs{1, 2, 5}));
    EXPECT_EQ(log_seqs(5, 3), Seqs{6});
    EXPECT_EQ(log_seqs(3, 1), Seqs{5});
    EXPECT_EQ(log_seqs(6), Seqs{});
    EXPECT_EQ(log_seqs(7), Seqs{});
    EXPECT_EQ(log_seqs(~std::uint64_t{0}), Seqs{});
    EXPECT_EQ(log_seqs(0, 0), Seqs{});
    EXPECT_EQ(log_seqs(0, ~std::size_t{0}).size(), 4u);
}

// ---- Beginning behind others' history -----------------------------------------------------------

TEST_P(PlacesContract, BeginsBehindAHistoryThatOthersHavePruned) {
    Batch batch = samples::placed_entries(1, 2);
    batch.begins_behind = samples::beginning(2'500);  // Heads of 1,000 and 2,000 are others'.
    const std::vector<EntryResult> results = append(batch);
    ASSERT_EQ(results.size(), 2u);
    EXPECT_EQ(results[0].stored.seq, 2'501u);
    reopen();
    EXPECT_EQ(recover().last_seq, 2'502u);
    EXPECT_EQ(log_seqs(), (Seqs{2'501, 2'502}));
    EXPECT_EQ(log().at(0).entry.chain,
              chain_value(samples::beginning(2'500).chain, 2'501, samples::entry(1)));
    EXPECT_EQ(samples::seqs(read()), (Seqs{2'502, 2'501}));
    const AuditVerdict verdict = check();
    EXPECT_TRUE(verdict.is_whole());
    EXPECT_EQ(verdict.entries, 2u);
    EXPECT_EQ(verdict.pruned, 2'500u);
}

TEST_P(PlacesContract, SignsWhatItBeginsBehindItself) {
    append(behind(samples::beginning(5)));
    const Result<AuditPiece> piece = journal().read_audit(0, 10);
    ASSERT_TRUE(piece && piece->pruned.size() == 1);
    EXPECT_EQ(piece->pruned[0].last, 5u);
    EXPECT_TRUE(is_signed_beginning(piece->pruned[0], samples::signing_key().public_key()));
    EXPECT_FALSE(has_valid_signature(piece->pruned[0], samples::signing_key().public_key()))
        << "it has pruned nothing itself";
    EXPECT_EQ(head().seq, 5u);
    EXPECT_EQ(head().chain, samples::beginning(5).chain);
    EXPECT_EQ(append(samples::entries(1, 1)).at(0).stored.seq, 6u);
}

TEST_P(PlacesContract, PrunesBehindWhatItBeganBehindAndIsWhole) {
    append(behind(samples::beginning(999)));
    append(samples::placed_entries(1, 4));  // 1,000 to 1,003; the head of 1,000 is its own.
    append(samples::closings(1'000, 1'001));
    EXPECT_EQ(prune(samples::at(100), 10), 2u);
    reopen();
    EXPECT_EQ(log_seqs(), (Seqs{1'002, 1'003}));
    const AuditVerdict verdict = check();
    EXPECT_EQ(verdict.pruned, 1'001u);
    EXPECT_EQ(verdict.heads, 1u);
    append(samples::closings(1'002, 1'003));
    EXPECT_EQ(prune(samples::at(100), 10), 2u);
    reopen();
    EXPECT_EQ(check().pruned, 1'003u);
    EXPECT_EQ(append(samples::entries(5, 5)).at(0).stored.seq, 1'004u);
}

TEST_P(PlacesContract, ComparesAHeadThatOthersHaveSignedAtTheEndOfWhatItBeganBehind) {
    append(behind(samples::beginning(2'500)));
    append(samples::entries(1, 2));
    const SigningKey others = samples::signing_key(2);
    const Bytes32 chain = samples::beginning(2'500).chain;
    EXPECT_TRUE(check(sign_head(2'500, chain, samples::at(1), others)).is_compared);
    const AuditVerdict other = check(sign_head(2'500, Bytes32{9}, samples::at(1), others));
    ASSERT_FALSE(other.is_whole());
    EXPECT_EQ(other.finding->fault, AuditFault::rewritten);
}

TEST_P(PlacesContract, RefusesToBeginBehindAnythingOnceItHasBegun) {
    append(samples::entries(1, 1));
    EXPECT_EQ(refusal(behind(samples::beginning(5))).code, ErrorCode::file_unusable);
    append(samples::closings(1, 1));
    prune(samples::at(100), 10);
    Batch batch = samples::placed_entries(2, 2);
    batch.begins_behind = samples::beginning(5);
    EXPECT_EQ(refusal(batch).code, ErrorCode::file_unusable) << "it had an entry";
    EXPECT_FALSE(recover().cursor) << "nothing of the batch is written";
    EXPECT_EQ(append(samples::entries(2, 2)).at(0).stored.seq, 2u) << "and it goes on";
}

TEST_P(PlacesContract, RefusesToBeginBehindItsOwnBeginning) {
    append(behind(samples::beginning(5)));
    EXPECT_EQ(refusal(behind(samples::beginning(9))).code, ErrorCode::file_unusable);
}

TEST_P(PlacesContract, RefusesWhatIsNoBeginningOfALog) {
    PrunedRange range = samples::beginning(5);
    range.first = 2;
    EXPECT_EQ(refusal(behind(range)).code, ErrorCode::malformed_frame);
    range.first = 0;
    EXPECT_EQ(refusal(behind(range)).code, ErrorCode::malformed_frame);
    range = samples::beginning(5);
    range.before[0] = 1;
    EXPECT_EQ(refusal(behind(range)).code, ErrorCode::malformed_frame);
    EXPECT_EQ(refusal(behind(samples::beginning(0))).code, ErrorCode::malformed_frame);
    EXPECT_EQ(refusal(behind(samples::beginning(~std::uint64_t{0}))).code,
              ErrorCode::malformed_frame);
    EXPECT_EQ(append(samples::entries(1, 1)).at(0).stored.seq, 1u) << "nothing was written";
}

}  // namespace crier::broker
