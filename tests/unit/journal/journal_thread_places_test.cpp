// JournalThread for a broker of a cluster: places and the cursor in its batches, and reading them.
// Method: threaded_journal.hpp.

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/journal/threaded_journal.hpp"

namespace crier::broker {
namespace {

class PlacesThreadTest : public JournalThreadTest {};
class PatientPlacesThreadTest : public PatientJournalThreadTest {};
class HastyPlacesThreadTest : public HastyJournalThreadTest {};

// ---- Writing ------------------------------------------------------------------------------------

TEST_F(PatientPlacesThreadTest, CommitsPlacesAndTheCursorWithTheirEntriesThoughReceiptsWait) {
    write(samples::facts("one "), 3);
    write(samples::placed_entries(1, 2));
    EXPECT_EQ(expect_event<Committed>().entries.size(), 2u);
    journal_->memory.fill_disk(1);  // What waits is lost.
    write(samples::sessions({samples::session(7)}));
    expect_event<JournalFailed>();
    const Recovery recovery = stop_and_recover();
    EXPECT_EQ(all_facts(recovery), "");
    EXPECT_EQ(recovery.cursor, samples::placed_entries(1, 2).cursor);
    EXPECT_EQ(recovery.unplaced, 0u);
}

TEST_F(PlacesThreadTest, MergesEntriesThatHaveNoPlaceWithOthersThatHaveOne) {
    hold();
    write(samples::entries(1, 2));
    write(samples::placed_entries(3, 3));
    write(samples::entries(4, 4));
    write(samples::placed_entries(5, 6));
    let_go();
    const Recovery recovery = stop_and_recover();
    EXPECT_EQ(left_.commits(), 2u);
    EXPECT_EQ(recovery.unplaced, 3u);
    EXPECT_EQ(recovery.cursor, samples::placed_entries(5, 6).cursor);
    const auto places = left_.read_places({}, 10);
    ASSERT_TRUE(places && places->size() == 3);
    EXPECT_EQ(places->at(0), (Place{{1, 6}, 6, samples::message_id(6)}));
    EXPECT_EQ(places->at(2), (Place{{1, 3}, 3, samples::message_id(3)}));
}

TEST_F(HastyPlacesThreadTest, WritesACursorAloneWhenItsPatienceIsOver) {
    const Instant begin = read_clocks().steady;
    Batch batch;
    batch.cursor = LogCursor{{1, 7}, samples::message_id(7)};
    write(std::move(batch));
    EXPECT_EQ(expect_event<Committed>().writes, 1u);
    EXPECT_GE(read_clocks().steady - begin, patience);
    EXPECT_EQ(stop_and_recover().cursor, (LogCursor{{1, 7}, samples::message_id(7)}));
}

TEST_F(PatientPlacesThreadTest, BeginsBehindOthersHistoryAheadOfReceipts) {
    write(samples::facts("one "));
    Batch batch = samples::placed_entries(1, 1);
    batch.begins_behind = samples::beginning(5);
    write(std::move(batch));
    EXPECT_EQ(expect_event<Committed>().writes, 1u) << "what waited was another transaction";
    const auto committed = expect_event<Committed>();
    ASSERT_EQ(committed.entries.size(), 1u);
    EXPECT_EQ(committed.entries[0].stored.seq, 6u);
}

TEST_F(PlacesThreadTest, LosesABatchThatBeginsBehindWhatItCannotAndGoesOn) {
    hold();
    write(samples::entries(1, 1));
    Batch batch = samples::placed_entries(2, 2);
    batch.begins_behind = samples::beginning(5);
    write(std::move(batch));
    let_go();
    EXPECT_EQ(expect_event<Committed>().writes, 1u);
    EXPECT_EQ(expect_event<Committed>().entries.size(), 1u) << "what came before is kept";
    const auto failed = expect_event<JournalFailed>();
    EXPECT_EQ(failed.error.code, ErrorCode::file_unusable);
    EXPECT_EQ(failed.writes, 3u);
    expect_event<JournalRecovered>();
    write(samples::placed_entries(3, 3));
    EXPECT_EQ(expect_event<Committed>().entries.at(0).stored.seq, 2u);
}

// ---- Reading ------------------------------------------------------------------------------------

TEST_F(PatientPlacesThreadTest, ReadsPlacesAndTheLogWithAllThatWasHandedOverBefore) {
    write(samples::placed_entries(1, 3));
    Batch cursor;
    cursor.cursor = LogCursor{{1, 9}, samples::message_id(9)};
    write(std::move(cursor));
    ASSERT_TRUE(
        thread_->read(ReadPlaces{.ticket = 5, .before = LogPosition{1, 3}, .count_max = 1}));
    ASSERT_TRUE(thread_->read(ReadLog{.ticket = 6, .after = 1, .count_max = 1}));
    const auto places = expect_reply<PlacesRead>();
    EXPECT_EQ(places.ticket, 5u);
    ASSERT_TRUE(places.places);
    EXPECT_EQ(*places.places, (std::vector{Place{{1, 2}, 2, samples::message_id(2)}}));
    EXPECT_EQ(std::get<Committed>(events_.back()).writes, 2u) << "what was before is heard before";
    const auto log = expect_reply<LogRead>();
    EXPECT_EQ(log.ticket, 6u);
    ASSERT_TRUE(log.entries && log.entries->size() == 1);
    EXPECT_EQ(log.entries->front().entry.stored, (StoredEntry{2, samples::entry(2)}));
    EXPECT_EQ(log.entries->front().place, (LogPosition{1, 2}));
}

TEST_F(PlacesThreadTest, TellsOfAJournalThatReadingPlacesOrTheLogHasFoundDamaged) {
    gate_.is_damaged = true;
    ASSERT_TRUE(thread_->read(ReadPlaces{.ticket = 1, .before = {}, .count_max = 9}));
    const auto places = expect_reply<PlacesRead>();
    ASSERT_FALSE(places.places);
    EXPECT_EQ(places.places.error().code, ErrorCode::journal_damaged);
    expect_event<JournalFailed>();
    EXPECT_EQ(expect_reply<StoreFailed>().error.code, ErrorCode::storage_failed);
    ASSERT_TRUE(thread_->read(ReadLog{.ticket = 2, .after = 0, .count_max = 9}));
    EXPECT_FALSE(expect_reply<LogRead>().entries);
}

}  // namespace
}  // namespace crier::broker
