// JournalThread: group commit, order, failures and what follows them, reading, work in between.
// Method: a journal in memory behind a gate, so that a test decides when a transaction ends.

#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <chrono>
#include <semaphore>
#include <string>

#include "tests/unit/journal/threaded_journal.hpp"

namespace crier::broker {
namespace {

using Seqs = std::vector<std::uint64_t>;

// ---- Group commit -------------------------------------------------------------------------------

TEST_F(JournalThreadTest, CommitsALoneBatchAtOnce) {
    write(samples::entries(1, 2), 2);
    const auto committed = expect_event<Committed>();
    EXPECT_EQ(committed.writes, 2u);
    ASSERT_EQ(committed.entries.size(), 2u);
    EXPECT_EQ(committed.entries[1].stored, (StoredEntry{2, samples::entry(2)}));
}

TEST_F(JournalThreadTest, MergesWhatComesWhileATransactionIsUnderWay) {
    hold();
    for (std::uint64_t number = 1; number <= 20; ++number) write(samples::entries(number, number));
    let_go();
    EXPECT_EQ(expect_event<Committed>().writes, 1u);
    const auto merged = expect_event<Committed>();
    EXPECT_EQ(merged.writes, 21u);
    ASSERT_EQ(merged.entries.size(), 20u);
    for (std::uint64_t i = 0; i < 20; ++i) EXPECT_EQ(merged.entries[i].stored.seq, i + 1);
    thread_->stop();
    EXPECT_EQ(left_.commits(), 2u);
}

TEST_F(JournalThreadTest, MergesSessionsOutcomesAndLateReceiptsInOrder) {
    write(samples::entries(1, 1));
    expect_event<Committed>();
    ASSERT_TRUE(gate_.begun.try_acquire());
    hold();
    write(samples::sessions({samples::session(1)}));
    write(samples::outcomes({samples::outcome(1, samples::Ending::stays_open, 1)}));
    write(samples::sessions({samples::session(2), samples::session(1, samples::Stay::closed)}));
    write(samples::outcomes({samples::outcome(1, samples::Ending::stays_open, 2)}));
    write(samples::late_receipts({{samples::message_id(1), {1}}}));
    write(samples::late_receipts({{samples::message_id(1), {2}}}));
    let_go();
    const Recovery recovery = stop_and_recover();
    EXPECT_EQ(left_.commits(), 3u);
    EXPECT_EQ(recovery.open_sessions, std::vector{samples::session(2)});
    EXPECT_EQ(recovery.open_messages.at(0).cells,
              samples::outcome(1, samples::Ending::stays_open, 2).cells);
    EXPECT_EQ(recovery.open_messages.at(0).late_receipts, (std::vector<Bytes>{{1}, {2}}));
}

TEST_F(JournalThreadTest, ForgetsAllFactsBeforeABatchThatSaysSoAndNoneAfterIt) {
    hold();
    write(samples::facts("two "));
    Batch forgetting = samples::facts("three ");
    forgetting.forget_facts = true;
    write(std::move(forgetting));
    write(samples::facts("four "));
    let_go();
    EXPECT_EQ(samples::texts(stop_and_recover().facts), std::vector<std::string>{"three four "});
}

TEST_F(JournalThreadTest, JoinsFactsInOrder) {
    hold();
    write(samples::facts("two "));
    write(samples::facts("three "));
    let_go();
    std::string all;
    for (const std::string& piece : samples::texts(stop_and_recover().facts)) all += piece;
    EXPECT_EQ(all, "first two three ");
}

class SmallJournalThreadTest : public JournalThreadTest {
protected:
    SmallJournalThreadTest()
        : JournalThreadTest({.letters_max = 3,
                             .transaction_bytes_max = 1'000,
                             .prune_count_max = 2,
                             .probe_interval = Milliseconds(5)}) {}
};

TEST_F(SmallJournalThreadTest, MergesNoMoreThanATransactionShallHold) {
    hold();
    for (int i = 0; i < 3; ++i) write(samples::facts(std::string(400, 'x')));
    let_go();
    thread_->stop();
    EXPECT_EQ(left_.commits(), 3u) << "the first; two together; the last";
}

TEST_F(SmallJournalThreadTest, LeavesABatchWithItsMakerWhenTooManyWait) {
    hold();
    for (int i = 0; i < 3; ++i) write(samples::facts("x"));
    Batch batch = samples::entries(1, 1);
    EXPECT_FALSE(thread_->write(batch, 1));
    EXPECT_EQ(batch.entries, std::vector{samples::entry(1)});
    let_go();
    expect_event<Committed>();
    EXPECT_EQ(expect_event<Committed>().writes, 4u);
    EXPECT_TRUE(thread_->write(batch, 1));
    EXPECT_EQ(expect_event<Committed>().entries.size(), 1u);
}

// ---- What somebody waits for, and what nobody does ----------------------------------------------

TEST_F(PatientJournalThreadTest, CommitsAnEntryAtOnceThoughReceiptsWait) {
    write(samples::facts("one "), 3);
    write(samples::entries(1, 1));
    const auto first = expect_event<Committed>();
    EXPECT_EQ(first.writes, 0u) << "the facts before it are not on disk";
    ASSERT_EQ(first.entries.size(), 1u);
    EXPECT_EQ(first.entries[0].stored, (StoredEntry{1, samples::entry(1)}));
    write(samples::facts("two "));
    write(samples::entries(2, 2));
    const auto second = expect_event<Committed>();
    EXPECT_EQ(second.writes, 0u);
    ASSERT_EQ(second.entries.size(), 1u) << "each is reported once";
    EXPECT_EQ(second.entries[0].stored.seq, 2u);
    thread_->stop();
    const auto rest = expect_event<Committed>();
    EXPECT_EQ(rest.writes, 6u);
    EXPECT_TRUE(rest.entries.empty());
    EXPECT_EQ(left_.commits(), 3u);
    EXPECT_EQ(all_facts(*left_.recover()), "one two ");
}

TEST_F(PatientJournalThreadTest, CommitsAnEntryAheadOfReceiptsInItsOwnBatch) {
    Batch batch = samples::entries(1, 1);
    batch.facts = samples::facts("beside ").facts;
    write(std::move(batch), 2);
    EXPECT_EQ(expect_event<Committed>().entries.size(), 1u);
    thread_->stop();
    EXPECT_EQ(expect_event<Committed>().writes, 2u);
    EXPECT_EQ(left_.commits(), 2u);
    EXPECT_EQ(all_facts(*left_.recover()), "beside ");
}

TEST_F(PatientJournalThreadTest, CommitsEntriesThatAreAllThereIsOnce) {
    write(samples::entries(1, 2), 2);
    EXPECT_EQ(expect_event<Committed>().writes, 2u);
    thread_->stop();
    EXPECT_EQ(left_.commits(), 1u);
}

TEST_F(PatientJournalThreadTest, WritesAllWithASessionsRecord) {
    write(samples::facts("one "));
    write(samples::outcomes({samples::outcome(1, samples::Ending::stays_open, 1)}));
    Batch batch = samples::sessions({samples::session(7)});
    batch.entries = samples::entries(1, 1).entries;
    write(std::move(batch), 2);
    const auto committed = expect_event<Committed>();
    EXPECT_EQ(committed.writes, 4u);
    EXPECT_EQ(committed.entries.size(), 1u);
    const Recovery recovery = stop_and_recover();
    EXPECT_EQ(left_.commits(), 1u);
    EXPECT_EQ(all_facts(recovery), "one ");
    EXPECT_EQ(recovery.open_sessions, std::vector{samples::session(7)});
    EXPECT_EQ(recovery.open_messages.at(0).cells,
              samples::outcome(1, samples::Ending::stays_open, 1).cells);
}

TEST_F(PatientJournalThreadTest, WritesWhatWaitsBeforeItReads) {
    write(samples::entries(1, 1));
    expect_event<Committed>();
    const Outcome outcome = samples::outcome(1, samples::Ending::stays_open, 1);
    write(samples::outcomes({outcome}));
    ASSERT_TRUE(thread_->read(page_below(5, 3)));
    EXPECT_EQ(expect_event<Committed>().writes, 2u);
    const auto read = expect_event<HistoryRead>();
    ASSERT_TRUE(read.messages && read.messages->size() == 1);
    EXPECT_EQ(read.messages->front().cells, outcome.cells);
}

TEST_F(PatientJournalThreadTest, WritesWhatWaitsWhenItStops) {
    write(samples::entries(1, 1));
    expect_event<Committed>();
    write(samples::facts("one "));
    write(samples::outcomes({samples::outcome(1, samples::Ending::stays_open, 1)}));
    write(samples::late_receipts({{samples::message_id(1), {1}}}));
    const Recovery recovery = stop_and_recover();
    EXPECT_EQ(expect_event<Committed>().writes, 4u);
    EXPECT_EQ(left_.commits(), 2u);
    EXPECT_EQ(all_facts(recovery), "one ");
    EXPECT_EQ(recovery.open_messages.at(0).cells,
              samples::outcome(1, samples::Ending::stays_open, 1).cells);
    EXPECT_EQ(recovery.open_messages.at(0).late_receipts, (std::vector<Bytes>{{1}}));
}

TEST_F(PatientJournalThreadTest, LosesWhatWaitsWithAnEntryThatCannotBeWrittenAndSaysSoOnce) {
    journal_->memory.fill_disk(1);
    write(samples::facts("lost "), 3);
    write(samples::entries(1, 1));
    EXPECT_EQ(expect_event<JournalFailed>().writes, 4u);
    expect_event<JournalRecovered>();
    write(samples::entries(2, 2));
    const auto committed = expect_event<Committed>();
    EXPECT_EQ(committed.writes, 5u);
    ASSERT_EQ(committed.entries.size(), 1u);
    EXPECT_EQ(committed.entries[0].stored, (StoredEntry{1, samples::entry(2)}));
    EXPECT_EQ(all_facts(stop_and_recover()), "");
}

TEST_F(PatientJournalThreadTest, KeepsAnEntryThatIsCommittedWhenWhatWaitedIsLost) {
    write(samples::facts("lost "), 3);
    write(samples::entries(1, 1));
    EXPECT_EQ(expect_event<Committed>().entries.size(), 1u);
    journal_->memory.fill_disk(1);
    write(samples::sessions({samples::session(7)}));
    EXPECT_EQ(expect_event<JournalFailed>().writes, 5u);
    expect_event<JournalRecovered>();
    const Recovery recovery = stop_and_recover();
    EXPECT_EQ(all_facts(recovery), "");
    EXPECT_TRUE(recovery.open_sessions.empty());
    EXPECT_EQ(recovery.last_seq, 1u);
}

TEST_F(PatientJournalThreadTest, SaysAtOnceThatWhatNobodyWaitsForIsLostWhileNothingWorks) {
    journal_->memory.break_disk();
    write(samples::entries(1, 1));
    EXPECT_EQ(expect_event<JournalFailed>().writes, 1u);
    write(samples::facts("lost too "));
    EXPECT_EQ(expect_event<JournalFailed>().writes, 2u);
}

TEST_F(HastyJournalThreadTest, WritesReceiptsAloneWhenTheirPatienceIsOver) {
    const Instant begin = read_clocks().steady;
    write(samples::facts("one "));
    EXPECT_EQ(expect_event<Committed>().writes, 1u);
    EXPECT_GE(read_clocks().steady - begin, patience);
}

TEST_F(HastyJournalThreadTest, WritesWhatWaitedBesideAnEntryWhenItsPatienceIsOver) {
    Batch batch = samples::entries(1, 1);
    batch.facts = samples::facts("beside ").facts;
    write(std::move(batch), 2);
    EXPECT_EQ(expect_event<Committed>().entries.size(), 1u);
    EXPECT_EQ(expect_event<Committed>().writes, 2u);
}

// ---- Failures -----------------------------------------------------------------------------------

TEST_F(JournalThreadTest, ReportsAFullDiskAndThatThereIsRoomAgain) {
    journal_->memory.fill_disk(3);
    write(samples::entries(1, 1), 2);
    const auto failed = expect_event<JournalFailed>();
    EXPECT_EQ(failed.error.code, ErrorCode::storage_failed);
    EXPECT_EQ(failed.writes, 2u);
    expect_event<JournalRecovered>();
    write(samples::entries(2, 2), 3);
    const auto committed = expect_event<Committed>();
    EXPECT_EQ(committed.writes, 5u) << "what was lost is counted";
    ASSERT_EQ(committed.entries.size(), 1u);
    EXPECT_EQ(committed.entries[0].stored, (StoredEntry{1, samples::entry(2)}));
}

TEST_F(JournalThreadTest, WritesNothingThatWasAskedForBeforeItsMakerCouldKnowOfTheFailure) {
    fail_and_recover_unheard();
    write(samples::entries(1, 1));
    EXPECT_EQ(expect_event<JournalFailed>().writes, 1u);
    const Event second = next_event();
    if (std::holds_alternative<JournalFailed>(second)) {
        EXPECT_EQ(std::get<JournalFailed>(second).writes, 2u) << "lost before it was noticed";
        expect_event<JournalRecovered>();
    } else {
        EXPECT_TRUE(std::holds_alternative<JournalRecovered>(second));
        EXPECT_EQ(expect_event<JournalFailed>().writes, 2u) << "lost though it could be written";
        expect_event<JournalRecovered>();
    }
    write(samples::entries(2, 2));
    EXPECT_EQ(expect_event<Committed>().writes, 3u);
    thread_->stop();
    EXPECT_EQ(samples::seqs(*left_.read_messages({}, 10)), Seqs{1});
    EXPECT_FALSE(left_.read_message(samples::message_id(1))->has_value());
}

// Otherwise a maker that is one step behind would stay so for ever.
TEST_F(JournalThreadTest, TriesTheJournalOnceMoreAfterItLostWhatItsMakerHandedOverTooEarly) {
    fail_and_recover_unheard();
    write(samples::entries(1, 1));
    write(samples::entries(2, 2));
    std::uint64_t lost = 0;
    std::uint64_t recoveries = 0;
    bool is_recovered = false;
    while (lost < 3 || !is_recovered) {
        const Event event = next_event();
        is_recovered = std::holds_alternative<JournalRecovered>(event);
        if (is_recovered) {
            ++recoveries;
            continue;
        }
        const auto* failed = std::get_if<JournalFailed>(&event);
        ASSERT_NE(failed, nullptr);
        lost = failed->writes;
    }
    thread_->stop();
    EXPECT_EQ(left_.commits(), recoveries) << "each tells that the journal took something";
}

TEST_F(JournalThreadTest, SaysOfEachBatchThatItIsLostWhileNothingWorks) {
    journal_->memory.break_disk();
    write(samples::entries(1, 1));
    EXPECT_EQ(expect_event<JournalFailed>().writes, 1u);
    write(samples::entries(2, 2), 4);
    EXPECT_EQ(expect_event<JournalFailed>().writes, 5u);
    thread_->stop();
    EXPECT_EQ(left_.commits(), 0u);
}

// ---- Reading ------------------------------------------------------------------------------------

TEST_F(JournalThreadTest, ReadsWhatWasHandedOverBefore) {
    hold();
    write(samples::entries(1, 3));
    Batch batch = samples::sessions({samples::session(7)});
    write(std::move(batch));
    ASSERT_TRUE(thread_->read(page_below(5, 3)));
    write(samples::entries(4, 4));
    let_go();
    expect_event<Committed>();
    expect_event<Committed>();
    const auto read = expect_event<HistoryRead>();
    EXPECT_EQ(read.ticket, 5u);
    ASSERT_TRUE(read.messages);
    EXPECT_EQ(samples::seqs(*read.messages), (Seqs{2, 1}));
    EXPECT_TRUE(read.sessions.empty());
    expect_event<Committed>();
}

TEST_F(JournalThreadTest, TellsOfAJournalThatAReadHasFoundDamagedBeforeAnythingIsWritten) {
    gate_.is_damaged = true;
    ASSERT_TRUE(thread_->read(message_with_sessions(1, 1)));
    const auto answer = expect_event<HistoryRead>();
    ASSERT_FALSE(answer.messages);
    EXPECT_EQ(answer.messages.error().code, ErrorCode::journal_damaged);
    EXPECT_EQ(expect_event<JournalFailed>().writes, 0u);
}

TEST_F(JournalThreadTest, ReadsTheSessionsThatTheMessagesName) {
    write(samples::entries(1, 2));
    expect_event<Committed>();
    write(samples::sessions({samples::session(7), samples::session(8)}));
    Outcome outcome = samples::outcome(1, samples::Ending::closes);
    outcome.cells = {7};
    write(samples::outcomes({outcome}));
    ASSERT_TRUE(thread_->read(message_with_sessions(1, 1)));
    ASSERT_TRUE(thread_->read(message_with_sessions(2, 9)));
    Event event = next_event();
    while (std::holds_alternative<Committed>(event)) event = next_event();
    ASSERT_TRUE(std::holds_alternative<HistoryRead>(event));
    const auto& found = std::get<HistoryRead>(event);
    EXPECT_EQ(samples::seqs(*found.messages), Seqs{1});
    EXPECT_EQ(found.sessions, std::vector{samples::session(7)});
    const auto none = expect_event<HistoryRead>();
    EXPECT_EQ(none.ticket, 2u);
    EXPECT_TRUE(none.messages && none.messages->empty());
}

TEST_F(JournalThreadTest, ReadsSessionsThatWereAskedForByNumber) {
    write(samples::sessions({samples::session(7), samples::session(8)}));
    expect_event<Committed>();
    ReadHistory request = page_below(3, 1);
    request.sessions = {8, 9};
    ASSERT_TRUE(thread_->read(request));
    const auto read = expect_event<HistoryRead>();
    EXPECT_TRUE(read.messages && read.messages->empty());
    EXPECT_EQ(read.sessions, std::vector{samples::session(8)});
}

// ---- Between batches ----------------------------------------------------------------------------

TEST_F(SmallJournalThreadTest, PrunesUntilNothingIsLeft) {
    write(samples::entries(1, 9));
    expect_event<Committed>();
    write(samples::closings(1, 9));
    expect_event<Committed>();
    ASSERT_TRUE(thread_->prune(samples::at(8)));
    std::binary_semaphore done(0);
    // Tasks wait until the pruning is done.
    ASSERT_TRUE(thread_->run_between([&] {
        done.release();
        return false;
    }));
    ASSERT_TRUE(done.try_acquire_for(std::chrono::milliseconds(deadline_ms)));
    thread_->stop();
    EXPECT_EQ(samples::seqs(*left_.read_messages({}, 10)), (Seqs{9, 8}));
}

TEST_F(JournalThreadTest, RunsATaskUntilItIsDoneAndCommitsMeanwhile) {
    std::atomic<bool> is_enough = false;
    std::binary_semaphore done(0);
    ASSERT_TRUE(thread_->run_between([&] {
        if (!is_enough) return true;
        done.release();
        return false;
    }));
    write(samples::entries(1, 1));
    EXPECT_EQ(expect_event<Committed>().writes, 1u);
    is_enough = true;
    EXPECT_TRUE(done.try_acquire_for(std::chrono::milliseconds(deadline_ms)));
}

// ---- Stopping -----------------------------------------------------------------------------------

TEST_F(JournalThreadTest, WritesAllThatWasHandedOverBeforeItStops) {
    hold();
    for (std::uint64_t number = 1; number <= 5; ++number) write(samples::entries(number, number));
    let_go();
    thread_->stop();
    thread_->stop();
    Batch late = samples::entries(6, 6);
    EXPECT_FALSE(thread_->write(late, 1));
    EXPECT_EQ(late.entries.size(), 1u);
    expect_event<Committed>();
    EXPECT_EQ(expect_event<Committed>().writes, 6u);
    EXPECT_EQ(left_.recover()->last_seq, 5u);
}

TEST_F(JournalThreadTest, DropsATaskThatIsNotDoneWhenItStops) {
    auto witness = std::make_shared<int>(0);
    const std::weak_ptr<int> is_alive = witness;
    ASSERT_TRUE(thread_->run_between([witness = std::move(witness)] { return true; }));
    thread_->stop();
    EXPECT_TRUE(is_alive.expired());
}

// ---- The log ------------------------------------------------------------------------------------

/// A journal of 1,000 entries is checked in pieces of 256.
class LogThreadTest : public JournalThreadTest {
protected:
    void SetUp() override {
        JournalThreadTest::SetUp();
        ASSERT_TRUE(thread_->run_between([this] {
            journal_->sign_with(samples::signing_key());
            return false;
        }));
        write(samples::entries(1, 600));
        expect_event<Committed>();
    }
};

TEST_F(LogThreadTest, AnswersWhatIsAskedOfTheLog) {
    ASSERT_TRUE(thread_->ask({5, EntryQuery{.principal = "ops-1", .count_max = 2}}));
    const auto found = expect_event<LogAnswered>();
    EXPECT_EQ(found.ticket, 5u);
    ASSERT_TRUE(found.answer);
    const auto& entries = std::get<std::vector<ChainedEntry>>(*found.answer);
    ASSERT_EQ(entries.size(), 2u);
    EXPECT_EQ(entries[0].stored.seq, 598u);
    // One that is further down than is looked at in one go.
    ASSERT_TRUE(thread_->ask({6, EntryQuery{.before = 600, .count_max = 700}}));
    const auto all = expect_event<LogAnswered>();
    EXPECT_EQ(std::get<std::vector<ChainedEntry>>(*all.answer).size(), 599u);
}

TEST_F(LogThreadTest, SignsAHeadWhenAskedAndWhenADayHasGoneBy) {
    const auto ask_at = [this](std::int64_t seconds) {
        EXPECT_TRUE(thread_->ask({1, AskLog::Head{samples::at(seconds)}}));
        const auto answered = expect_event<LogAnswered>();
        EXPECT_TRUE(answered.answer);
        return std::get<LogAnswered::Head>(*answered.answer);
    };
    EXPECT_TRUE(ask_at(100).is_new);
    EXPECT_FALSE(ask_at(200).is_new);
    constexpr std::int64_t day = 86'400;
    ASSERT_TRUE(thread_->sign_head_if_due(samples::at(100 + day)));  // Nothing is new.
    write(samples::entries(601, 601));
    expect_event<Committed>();
    ASSERT_TRUE(thread_->sign_head_if_due(samples::at(99 + day)));  // Too early.
    ASSERT_TRUE(thread_->sign_head_if_due(samples::at(100 + day)));
    const auto due = expect_event<LogAnswered>();
    EXPECT_EQ(due.ticket, 0u);
    ASSERT_TRUE(due.answer);
    EXPECT_EQ(std::get<LogAnswered::Head>(*due.answer).head.seq, 601u);
    EXPECT_EQ(std::get<LogAnswered::Head>(*due.answer).head.time, samples::at(100 + day));
}

TEST_F(LogThreadTest, ChecksTheLogWhileItCommits) {
    ASSERT_TRUE(thread_->ask({7, AskLog::Check{}}));
    std::size_t commits = 0;
    bool is_checked = false;
    // Letters without end: the check has its turns all the same.
    for (std::uint64_t number = 601; !is_checked && number < 100'000; ++number) {
        write(samples::entries(number, number));
        Event event = next_event();
        while (!std::holds_alternative<Committed>(event)) {
            const auto* answered = std::get_if<LogAnswered>(&event);
            ASSERT_NE(answered, nullptr);
            is_checked = true;
            EXPECT_EQ(answered->ticket, 7u);
            EXPECT_TRUE(std::get<CheckedLog>(*answered->answer).verdict.is_whole());
            EXPECT_GE(std::get<CheckedLog>(*answered->answer).verdict.entries, 600u);
            event = next_event();
        }
        ++commits;
    }
    EXPECT_TRUE(is_checked);
    EXPECT_GT(commits, 0u);
}

TEST_F(LogThreadTest, SaysThatNoHeadCanBeWritten) {
    journal_->memory.break_disk();
    ASSERT_TRUE(thread_->ask({8, AskLog::Head{samples::at(1)}}));
    const auto answered = expect_event<LogAnswered>();
    ASSERT_FALSE(answered.answer);
    EXPECT_EQ(answered.answer.error().code, ErrorCode::storage_failed);
    expect_event<JournalFailed>();
}

}  // namespace
}  // namespace crier::broker
