// A crash of the subscriber: at most one repetition, marked, and never a loss.
// Method: a core writes to a disk in memory; a second core starts from what is there. The disk can
// be slow, so that a crash falls between a store and what waits for it.

#include <gtest/gtest.h>

#include "tests/unit/subscriber/core_bench.hpp"

namespace crier::subscriber {
namespace {

TEST(Crash, AsksTheProgramOnlyWhenTheRecordIsDurable) {
    CoreBench bench(with_store());
    bench.connect();
    bench.is_disk_slow = true;
    bench.frame(a_message(1));
    EXPECT_TRUE(bench.all_told<IncomingMessage>().empty());
    bench.finish_stores();
    EXPECT_EQ(bench.all_told<IncomingMessage>().size(), 1u);
}

TEST(Crash, IgnoresAReportAboutWhatTheProgramWasNotAskedYet) {
    CoreBench bench(with_store());
    bench.connect();
    bench.is_disk_slow = true;
    bench.frame(a_message(1));
    bench.report(1, State::failed);
    bench.finish_stores();
    EXPECT_EQ(bench.all_told<IncomingMessage>().size(), 1u);
    bench.advance(Milliseconds{10});
    EXPECT_EQ(bench.states_sent(), std::vector<State>{State::delivered});
}

TEST(Crash, BeforeTheRecordTheBrokerSendsItAgain) {
    CoreBench bench(with_store());
    bench.connect();
    bench.is_disk_slow = true;
    bench.frame(a_message(1));
    CoreBench next = after_crash(bench);
    next.connect();
    EXPECT_TRUE(next.last_hello().known.empty());
    next.frame(a_message(1));
    ASSERT_EQ(next.all_told<IncomingMessage>().size(), 1u);
    EXPECT_FALSE(next.all_told<IncomingMessage>()[0].again);
}

TEST(Crash, WhileItIsBeingShownShowsItAgainMarkedAndWithAllItsText) {
    CoreBench bench(with_store());
    bench.connect();
    bench.frame(a_message(1));
    CoreBench next = after_crash(bench);

    ASSERT_EQ(next.all_told<IncomingMessage>().size(), 1u);  // At once, without a connection.
    EXPECT_TRUE(next.all_told<IncomingMessage>()[0].again);
    EXPECT_EQ(next.all_told<IncomingMessage>()[0].content.text, "text 1");

    next.report(1, State::displayed);
    next.connect();
    ASSERT_EQ(next.receipts().size(), 1u);
    EXPECT_EQ(next.receipts()[0].state, State::displayed);
    EXPECT_TRUE(next.receipts()[0].again);
}

TEST(Crash, AfterItWasDisplayedDoesNotShowANotificationAgain) {
    CoreBench bench(with_store());
    bench.connect();
    bench.frame(a_message(1));
    bench.report(1, State::displayed);
    CoreBench next = after_crash(bench);
    next.connect();
    next.frame(a_message(1));
    EXPECT_TRUE(next.all_told<IncomingMessage>().empty());
    ASSERT_EQ(next.last_hello().known.size(), 1u);
    EXPECT_EQ(next.last_hello().known[0].state, State::displayed);
    EXPECT_FALSE(next.last_hello().known[0].on_screen);
}

TEST(Crash, ShowsAnAlertWithoutAnAnswerAgain) {
    CoreBench bench(with_store());
    bench.connect();
    bench.frame(a_message(1, Style::alert));
    bench.report(1, State::displayed);
    bench.advance(Milliseconds{10});
    bench.confirm(1);
    CoreBench next = after_crash(bench);
    ASSERT_EQ(next.all_told<IncomingMessage>().size(), 1u);
    EXPECT_TRUE(next.all_told<IncomingMessage>()[0].again);
    next.report(1, State::displayed);
    next.connect();
    EXPECT_TRUE(next.receipts().back().again);
}

TEST(Crash, DoesNotShowAnAnsweredAlertAgainAndTellsTheAnswer) {
    CoreBench bench(with_store());
    bench.connect();
    bench.frame(a_message(1, Style::alert));
    bench.step(LinkDown{{ErrorCode::broker_unreachable, ""}});
    bench.report(1, State::acknowledged);
    CoreBench next = after_crash(bench);
    EXPECT_TRUE(next.all_told<IncomingMessage>().empty());
    next.connect();
    EXPECT_EQ(next.states_sent(), std::vector<State>{State::acknowledged});
}

TEST(Crash, DoesNotTellAConfirmedAnswerAgain) {
    CoreBench bench(with_store());
    bench.connect();
    bench.frame(a_message(1, Style::alert));
    bench.report(1, State::acknowledged);
    bench.confirm(1);
    CoreBench next = after_crash(bench);
    next.connect();
    EXPECT_TRUE(next.receipts().empty());
}

TEST(Crash, TellsAnAnswerOnlyWhenItIsDurable) {
    CoreBench bench(with_store());
    bench.connect();
    bench.frame(a_message(1, Style::alert));
    bench.advance(Milliseconds{10});
    bench.sent.clear();
    bench.is_disk_slow = true;
    bench.report(1, State::acknowledged);
    bench.advance(Milliseconds{100});
    EXPECT_TRUE(bench.receipts().empty());
    bench.finish_stores();
    EXPECT_EQ(bench.states_sent(), std::vector<State>{State::acknowledged});
}

TEST(Crash, DoesNotTellAnAnswerEarlierInTheReceiptThatWaitsOrAfterAWelcome) {
    CoreBench bench(with_store());
    bench.connect();
    bench.frame(a_message(1, Style::alert));  // Its receipt waits.
    bench.is_disk_slow = true;
    bench.report(1, State::acknowledged);
    bench.advance(Milliseconds{100});
    bench.reconnect();
    for (const State state : bench.states_sent()) EXPECT_NE(state, State::acknowledged);
    bench.finish_stores();
    ASSERT_FALSE(bench.states_sent().empty());
    EXPECT_EQ(bench.states_sent().back(), State::acknowledged);
}

TEST(Crash, DoesNotShowAnAlertAgainThatThePersonPutAway) {
    CoreBench bench(with_store());
    bench.connect();
    bench.frame(a_message(1, Style::alert));
    bench.report(1, State::displayed);
    bench.put_away(1);
    EXPECT_TRUE(after_crash(bench).all_told<IncomingMessage>().empty());
}

TEST(Crash, HandsOverAgainWhatWasHeldBackButNotAsARepetition) {
    CoreBench bench(with_store());
    bench.connect();
    bench.frame(a_message(1));
    bench.report(1, State::suppressed);
    CoreBench next = after_crash(bench);
    ASSERT_EQ(next.all_told<IncomingMessage>().size(), 1u);
    EXPECT_FALSE(next.all_told<IncomingMessage>()[0].again);
}

TEST(Crash, DoesNotShowAgainWhatHasExpiredMeanwhile) {
    CoreBench bench(with_store());
    bench.connect();
    bench.frame(expiring(a_message(1, Style::alert), minute));
    const Moment later{Instant{}, machine_start + 2 * minute};
    EXPECT_TRUE(CoreBench(with_store(), bench.disk, later).all_told<IncomingMessage>().empty());
}

TEST(Crash, GoesByTheBrokersClockBeforeItHasAConnection) {
    // The machine's clock is an hour behind the broker's; the earlier run knew.
    CoreBench bench(with_store());
    bench.connect();
    bench.frame(expiring(a_message(1), 5 * minute));
    EXPECT_EQ(after_crash(bench).all_told<IncomingMessage>().size(), 1u);
    const Moment later{Instant{}, machine_start + 6 * minute};
    EXPECT_TRUE(CoreBench(with_store(), bench.disk, later).all_told<IncomingMessage>().empty());
}

TEST(Crash, DoesNotShowAgainWhatWasRecalled) {
    CoreBench bench(with_store());
    bench.connect();
    bench.frame(a_message(1, Style::alert));
    bench.frame(protocol::Remove{message_id(1), protocol::RemovalCause::recalled});
    EXPECT_TRUE(after_crash(bench).all_told<IncomingMessage>().empty());
}

TEST(Crash, ShowsTheNewestRevisionThatWasBeingShown) {
    CoreBench bench(with_store());
    bench.connect();
    bench.frame(a_message(1));
    bench.report(1, State::displayed);
    protocol::Show newer = a_message(1);
    newer.revision = 2;
    newer.content.text = "newer";
    bench.frame(newer);
    CoreBench next = after_crash(bench);
    ASSERT_EQ(next.all_told<IncomingMessage>().size(), 1u);
    EXPECT_EQ(next.all_told<IncomingMessage>()[0].revision, 2u);
    EXPECT_EQ(next.all_told<IncomingMessage>()[0].content.text, "newer");
}

TEST(Crash, ShowsAgainInTheOrderOfAcceptance) {
    CoreBench bench(with_store());
    bench.connect();
    for (const int number : {9, 4, 7}) bench.frame(a_message(number));
    std::vector<std::uint64_t> order;
    for (const auto& message : after_crash(bench).all_told<IncomingMessage>()) {
        order.push_back(message.seq);
    }
    EXPECT_EQ(order, (std::vector<std::uint64_t>{4, 7, 9}));
}

TEST(Crash, LeavesNothingOfAnotherSession) {
    CoreBench bench(with_store());
    bench.connect();
    bench.frame(a_message(1, Style::alert));
    CoreOptions options = with_store();
    options.public_key = session_key(8);
    CoreBench other(options, bench.disk);
    EXPECT_TRUE(other.all_told<IncomingMessage>().empty());
    other.connect();
    EXPECT_EQ(other.last_hello().resume, std::nullopt);
    EXPECT_TRUE(other.last_hello().known.empty());
}

TEST(Crash, LosesNothingWhenTheStoreFailsAndSaysSoOnce) {
    CoreBench bench(with_store());
    bench.connect();
    bench.is_disk_slow = true;
    const Error full{ErrorCode::storage_failed, "no space left on device"};
    bench.frame(a_message(1));
    bench.finish_stores(full);
    bench.frame(a_message(2));
    bench.finish_stores(full);
    EXPECT_EQ(bench.all_told<IncomingMessage>().size(), 2u);
    ASSERT_EQ(bench.all_told<ProblemFound>().size(), 1u);
    EXPECT_EQ(bench.all_told<ProblemFound>()[0].error, full);
}

/// Crashes the session after every single effect of a busy hour and starts it again from its disk.
TEST(Crash, BetweenAnyTwoEffectsRepeatsAtMostWhatWasBeingShownAndLosesNothing) {
    // Each round plays the same events and crashes after `crash_at` stores.
    for (std::size_t crash_at = 0; crash_at <= 12; ++crash_at) {
        CoreBench bench(with_store());
        bench.connect();
        for (const int number : {1, 2, 3}) {
            bench.frame(a_message(number, number == 2 ? Style::alert : Style::notification));
            bench.report(number, State::displayed);
        }
        bench.report(2, State::acknowledged);
        std::vector<Record> left = bench.disk;
        if (crash_at < left.size()) left.resize(crash_at);

        CoreBench next(with_store(), left, bench.now);
        next.connect();
        // The broker: what the hello does not list is sent again.
        for (const int number : {1, 2, 3}) {
            const auto& known = next.last_hello().known;
            const bool has_it = std::any_of(known.begin(), known.end(), [&](const auto& one) {
                return one.id == message_id(number);
            });
            if (!has_it) next.frame(a_message(number));
        }
        RecordTable table;
        for (const Record& record : left) table.apply(record);
        for (const int number : {1, 2, 3}) {
            const auto kept = table.messages().find(message_id(number));
            const bool was_durably_seen =
                kept != table.messages().end() &&
                !is_to_be_shown_again(kept->second.mark, kept->second.show.content);
            const auto shown = next.all_told<IncomingMessage>();
            const auto times = std::count_if(shown.begin(), shown.end(), [&](const auto& message) {
                return message.id == message_id(number);
            });
            EXPECT_EQ(times, was_durably_seen ? 0 : 1) << "crash at " << crash_at;
        }
    }
}

}  // namespace
}  // namespace crier::subscriber
