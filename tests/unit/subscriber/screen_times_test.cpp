// When a message came on the screen and left it, as receipts say it: of whatever state, of every
// revision, over outages and crashes.
// Method: the core in virtual time, and what it sent.

#include <gtest/gtest.h>

#include "tests/unit/subscriber/core_bench.hpp"

namespace crier::subscriber {
namespace {

using protocol::Receipt;
using std::chrono::seconds;

void go_offline(CoreBench& bench) {
    bench.step(LinkDown{{ErrorCode::broker_unreachable, "cut"}});
}

/// What is told from here on, as soon as there is a connection again.
std::vector<Receipt> told_after_reconnect(CoreBench& bench) {
    bench.sent.clear();
    bench.reconnect();
    return bench.receipts();
}

std::vector<Receipt> told_in_a_moment(CoreBench& bench) {
    bench.sent.clear();
    bench.advance(core_limits::receipts_delay_max);
    return bench.receipts();
}

void put_away(CoreBench& bench, int message, std::uint32_t revision) {
    bench.step(Reported{message_id(message), revision, std::nullopt, "", false});
}

// ---- One revision -------------------------------------------------------------------------------

TEST(ScreenTimes, AreAllInOneReceiptHoweverLateItIsTold) {
    CoreBench bench;
    bench.connect();
    bench.frame(a_message(1, Style::alert));
    bench.advance(Milliseconds{10});
    go_offline(bench);
    const UtcTime shown = bench.broker_now();
    bench.report(1, State::displayed);
    bench.advance(18 * minute);
    const UtcTime read = bench.broker_now();
    bench.report(1, State::acknowledged);
    bench.advance(minute);
    const UtcTime gone = bench.broker_now();
    bench.put_away(1);
    bench.advance(minute);

    bench.sent.clear();
    bench.connect();
    const Receipt expected{.id = message_id(1),
                           .revision = 1,
                           .state = State::acknowledged,
                           .at = read,
                           .cause = {},
                           .again = false,
                           .removed = true,
                           .answer = {},
                           .shown = shown,
                           .gone = gone,
                           .digest = false};
    EXPECT_EQ(bench.receipts(), std::vector<Receipt>{expected});
}

TEST(ScreenTimes, GoWithoutSayingWhereTheStateHasThem) {
    CoreBench bench;
    bench.connect();
    bench.frame(a_message(1));
    const UtcTime shown = bench.broker_now();
    bench.report(1, State::displayed);
    const auto told = told_in_a_moment(bench);
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].at, shown);
    EXPECT_EQ(told[0].shown, std::nullopt);
    EXPECT_EQ(told[0].gone, std::nullopt);
}

TEST(ScreenTimes, BeginWithAnAcknowledgementWhereNothingWasSaidBefore) {
    CoreBench bench;
    bench.connect();
    bench.frame(a_message(1, Style::alert));
    const UtcTime read = bench.broker_now();
    bench.report(1, State::acknowledged);
    EXPECT_EQ(bench.receipts().back().shown, read);
}

TEST(ScreenTimes, AreInOrderWhateverIsKnownOfTheBrokersClock) {
    CoreBench bench;
    bench.connect();
    protocol::Show show = a_message(1);
    show.sent = bench.broker_now() + Milliseconds{40};
    bench.frame(show);
    const UtcTime reported = bench.broker_now();
    bench.report(1, State::displayed);
    bench.put_away(1);
    const auto told = told_in_a_moment(bench);
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].at, reported);
    EXPECT_EQ(told[0].shown, show.sent);
    EXPECT_EQ(told[0].gone, show.sent);
}

TEST(ScreenTimes, EndWhenTheMessageExpires) {
    CoreBench bench;
    bench.connect();
    bench.frame(expiring(a_message(1), seconds(8)));
    bench.report(1, State::displayed);
    bench.advance(seconds(9));
    EXPECT_TRUE(bench.receipts().back().removed);
    EXPECT_EQ(bench.receipts().back().gone, broker_start + seconds(8));
}

TEST(ScreenTimes, EndOnceWhoeverTakesItOffAgain) {
    CoreBench bench;
    bench.connect();
    bench.frame(a_message(1, Style::alert));
    bench.report(1, State::displayed);
    const UtcTime gone = bench.broker_now();
    bench.put_away(1);
    bench.advance(seconds(5));
    bench.frame(protocol::Remove{message_id(1), protocol::RemovalCause::recalled});
    bench.put_away(1);
    bench.report(1, State::acknowledged);  // Of which a person has thought again.
    EXPECT_EQ(bench.receipts().back().state, State::acknowledged);
    EXPECT_EQ(bench.receipts().back().gone, gone);
    EXPECT_EQ(bench.receipts().back().shown, gone);
}

TEST(ScreenTimes, AreNotThoseOfWhatNeverWasOnTheScreen) {
    CoreBench bench;
    bench.connect();
    bench.frame(a_message(1));
    bench.report(1, State::suppressed);
    bench.put_away(1);
    const auto told = told_in_a_moment(bench);
    ASSERT_EQ(told.size(), 1u);
    EXPECT_FALSE(told[0].removed);
    EXPECT_EQ(told[0].shown, std::nullopt);
    EXPECT_EQ(told[0].gone, std::nullopt);
}

TEST(ScreenTimes, AreOneMomentOfWhatIsReportedWhenItHasToGo) {
    CoreBench bench;
    bench.connect();
    bench.frame(a_message(1));
    bench.frame(protocol::Remove{message_id(1), protocol::RemovalCause::recalled});
    bench.advance(seconds(1));
    const UtcTime reported = bench.broker_now();
    bench.report(1, State::displayed);  // The program had not heard of its end.
    const auto told = told_in_a_moment(bench);
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].at, reported);
    EXPECT_EQ(told[0].gone, reported);
}

TEST(ScreenTimes, SayThatItWasOneOfADigestWhateverBecomesOfItThere) {
    CoreBench bench;
    bench.connect();
    bench.frame(a_message(1));
    bench.step(
        Reported{.id = message_id(1), .state = State::displayed, .cause = {}, .digest = true});
    EXPECT_TRUE(told_in_a_moment(bench).at(0).digest);
    bench.report(1, State::displayed);  // By itself.
    bench.report(1, State::acknowledged);
    EXPECT_TRUE(bench.receipts().back().digest);
    EXPECT_EQ(bench.receipts().back().state, State::acknowledged);

    bench.frame(revised(a_message(1), 2));
    bench.report(1, State::displayed, 2);
    EXPECT_FALSE(told_in_a_moment(bench).back().digest);
}

// ---- A newer revision ---------------------------------------------------------------------------

TEST(ScreenTimes, OfAnOlderRevisionAreToldBeforeThoseOfTheNewer) {
    CoreBench bench;
    bench.connect();
    bench.frame(a_message(1));
    const UtcTime shown = bench.broker_now();
    bench.report(1, State::displayed);
    bench.advance(Milliseconds{5});  // Its receipt waits for company.
    bench.frame(revised(a_message(1), 2));
    bench.report(1, State::displayed, 2);

    const auto told = told_in_a_moment(bench);
    ASSERT_EQ(told.size(), 2u);
    EXPECT_EQ(told[0].revision, 1u);
    EXPECT_EQ(told[0].at, shown);
    EXPECT_FALSE(told[0].removed) << "the newer one took its place";
    EXPECT_EQ(told[1].revision, 2u);
    EXPECT_EQ(told[1].at, shown + Milliseconds{5});
}

TEST(ScreenTimes, OfAnOlderRevisionAreToldAgainUntilTheyAreConfirmed) {
    CoreBench bench;
    bench.connect();
    bench.frame(a_message(1));
    bench.report(1, State::displayed);
    bench.advance(Milliseconds{10});  // Frame 1.
    bench.frame(revised(a_message(1), 2));
    bench.report(1, State::displayed, 2);
    EXPECT_EQ(told_in_a_moment(bench).size(), 1u) << "it was told on this connection";

    auto told = told_after_reconnect(bench);  // Frame 1, of both.
    ASSERT_EQ(told.size(), 2u);
    EXPECT_EQ(told[0].revision, 1u);
    EXPECT_EQ(told[0].state, State::displayed);
    EXPECT_EQ(told[1].revision, 2u);
    bench.confirm(1);
    EXPECT_TRUE(told_after_reconnect(bench).empty());
}

TEST(ScreenTimes, OfAnOlderRevisionAreNotToldAgainWhereTheBrokerHasThem) {
    CoreBench bench;
    bench.connect();
    bench.frame(a_message(1));
    bench.report(1, State::displayed);
    bench.advance(Milliseconds{10});
    bench.confirm(1);
    bench.frame(revised(a_message(1), 2));
    const auto told = told_in_a_moment(bench);
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].revision, 2u);
}

TEST(ScreenTimes, OfWhatWasPutAwayAreToldThoughANewerRevisionCame) {
    CoreBench bench;
    bench.connect();
    bench.frame(a_message(1));
    bench.report(1, State::displayed);
    bench.advance(Milliseconds{5});
    const UtcTime gone = bench.broker_now();
    bench.put_away(1);
    bench.frame(revised(a_message(1), 2));
    const auto told = told_in_a_moment(bench);
    ASSERT_EQ(told.size(), 2u);
    EXPECT_EQ(told[0].revision, 1u);
    EXPECT_TRUE(told[0].removed);
    EXPECT_EQ(told[0].gone, gone);
}

/// Revision 1 is on the screen, as the broker knows; revision 2 is with the program.
class ANewerRevision : public ::testing::Test {
protected:
    void SetUp() override {
        bench.connect();
        bench.frame(a_message(1));
        bench.report(1, State::displayed);
        bench.advance(Milliseconds{10});
        bench.confirm(1);
        bench.advance(seconds(1));
        bench.frame(revised(a_message(1), 2));
        bench.advance(seconds(1));
    }

    void expect_that_the_older_one_went_now() {
        const UtcTime now = bench.broker_now();
        const auto told = told_in_a_moment(bench);
        ASSERT_FALSE(told.empty());
        EXPECT_EQ(told[0].revision, 1u);
        EXPECT_EQ(told[0].state, State::displayed);
        EXPECT_EQ(told[0].at, broker_start);
        EXPECT_TRUE(told[0].removed);
        EXPECT_EQ(told[0].gone, now);
        for (const Receipt& other : told) {
            EXPECT_EQ(other.removed, other.revision == 1);
        }
        const auto again = told_after_reconnect(bench);
        EXPECT_EQ(std::count_if(again.begin(), again.end(),
                                [](const Receipt& one) { return one.revision == 1; }),
                  1);
    }

    CoreBench bench;
};

TEST_F(ANewerRevision, LeavesTheOlderOneThereUntilBothAreRecalled) {
    bench.report(1, State::suppressed, 2);
    bench.frame(protocol::Remove{message_id(1), protocol::RemovalCause::recalled});
    expect_that_the_older_one_went_now();
}

TEST_F(ANewerRevision, LeavesTheOlderOneThereUntilTheProgramTakesThatOff) {
    bench.report(1, State::suppressed, 2);
    bench.advance(Milliseconds{10});
    put_away(bench, 1, 1);
    expect_that_the_older_one_went_now();
}

TEST_F(ANewerRevision, LeavesTheOlderOneThereUntilTheProgramGivesBothUp) {
    bench.report(1, State::suppressed, 2);
    bench.advance(Milliseconds{10});
    put_away(bench, 1, 2);
    expect_that_the_older_one_went_now();
}

TEST_F(ANewerRevision, EndsTheOlderOneWhereItCannotBeShown) {
    bench.report(1, State::failed, 2);
    expect_that_the_older_one_went_now();
}

TEST_F(ANewerRevision, LeavesTheOlderOneThereThoughAThirdOneCame) {
    bench.frame(revised(a_message(1), 3));
    bench.frame(protocol::Remove{message_id(1), protocol::RemovalCause::recalled});
    expect_that_the_older_one_went_now();
}

TEST_F(ANewerRevision, TakesThePlaceOfTheOlderOneWhenItIsDisplayed) {
    const UtcTime shown = bench.broker_now();
    bench.report(1, State::displayed, 2);
    bench.advance(seconds(1));
    bench.frame(protocol::Remove{message_id(1), protocol::RemovalCause::recalled});
    const UtcTime gone = bench.broker_now();
    const auto told = told_in_a_moment(bench);
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].revision, 2u);
    EXPECT_EQ(told[0].at, shown);
    EXPECT_EQ(told[0].gone, gone);
}

TEST(ScreenTimes, OfAnAnswerToAnOlderRevisionWaitForTheDiskAsItDoes) {
    CoreBench bench(with_store());
    bench.connect();
    bench.frame(a_message(1, Style::alert));
    bench.advance(Milliseconds{10});
    bench.sent.clear();
    bench.is_disk_slow = true;
    bench.report(1, State::acknowledged);
    bench.frame(revised(a_message(1, Style::alert), 2));
    bench.frame(protocol::Remove{message_id(1), protocol::RemovalCause::recalled});
    bench.advance(Milliseconds{100});
    for (const State state : bench.states_sent()) EXPECT_NE(state, State::acknowledged);
    bench.finish_stores();
    const auto told = bench.receipts();
    const auto is_answer_told = [](const Receipt& one) {
        return one.revision == 1 && one.state == State::acknowledged;
    };
    EXPECT_EQ(std::count_if(told.begin(), told.end(), is_answer_told), 2) << "and that it has gone";
}

TEST(ScreenTimes, OfWhatIsForgottenForWantOfRoomAreToldAllTheSame) {
    CoreBench bench;
    bench.connect();
    bench.frame(a_message(1));
    bench.report(1, State::displayed);
    const UtcTime gone = bench.broker_now();
    bench.put_away(1);
    bench.advance(7 * minute);  // It cannot come again.
    bench.connect();
    for (std::size_t number = 0; number < core_limits::messages_max; ++number) {
        protocol::Show show = a_message(2);
        show.id.bytes[14] = static_cast<std::uint8_t>(number);
        show.id.bytes[15] = static_cast<std::uint8_t>(number >> 8);
        show.deliver_until = bench.broker_now() + minute;
        bench.frame(show);
    }
    EXPECT_EQ(bench.core().remembered(), core_limits::messages_max);
    const auto told = told_after_reconnect(bench);
    ASSERT_FALSE(told.empty());
    EXPECT_EQ(told[0].id, message_id(1));
    EXPECT_EQ(told[0].gone, gone);
}

// ---- A crash ------------------------------------------------------------------------------------

TEST(ScreenTimes, OfBothRunsAreToldWhereAnAlertIsShownAgain) {
    CoreBench bench(with_store());
    bench.connect();
    bench.frame(a_message(1, Style::alert));
    go_offline(bench);
    const UtcTime first = bench.broker_now();
    bench.report(1, State::displayed);

    CoreBench next = after_crash(bench, 30 * minute);
    const UtcTime second = next.broker_now();
    next.report(1, State::displayed);
    next.connect();
    const auto told = next.receipts();
    ASSERT_EQ(told.size(), 2u);
    EXPECT_EQ(told[0].at, first);
    EXPECT_FALSE(told[0].again);
    EXPECT_EQ(told[0].shown, std::nullopt);
    EXPECT_EQ(told[1].at, first);
    EXPECT_TRUE(told[1].again);
    EXPECT_EQ(told[1].shown, second);
    EXPECT_EQ(told[1].gone, std::nullopt);
}

TEST(ScreenTimes, BeginAnewWithEveryRunThatShowsIt) {
    CoreBench bench(with_store());
    bench.connect();
    bench.frame(a_message(1, Style::alert));
    bench.report(1, State::displayed);
    CoreBench second = after_crash(bench, minute);
    second.report(1, State::displayed);
    CoreBench third = after_crash(second, minute);
    const UtcTime shown = third.broker_now();
    third.report(1, State::displayed);
    third.connect();
    EXPECT_EQ(third.receipts().back().shown, shown);
    EXPECT_TRUE(third.receipts().back().again);
    third.advance(seconds(1));
    third.report(1, State::acknowledged);
    EXPECT_EQ(third.receipts().back().shown, shown);
}

TEST(ScreenTimes, EndWithTheRunThatShowedItAsTheNextHelloSays) {
    CoreBench bench(with_store());
    bench.connect();
    bench.frame(a_message(1));
    const UtcTime shown = bench.broker_now();
    bench.report(1, State::displayed);
    CoreBench next = after_crash(bench, minute);
    next.connect();
    ASSERT_EQ(next.last_hello().known.size(), 1u);
    EXPECT_FALSE(next.last_hello().known[0].on_screen);
    const auto told = next.receipts();
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].at, shown);
    EXPECT_FALSE(told[0].removed) << "nobody knows when";
}

TEST(ScreenTimes, OfWhatTheHelloSaidIsThereEndThoughANewerRevisionWasNotShown) {
    CoreBench bench(with_store());
    bench.connect();
    bench.frame(a_message(1, Style::alert));
    const UtcTime shown = bench.broker_now();
    bench.report(1, State::displayed);
    CoreBench next = after_crash(bench, minute);
    next.connect();
    EXPECT_TRUE(next.last_hello().known.at(0).on_screen);
    next.frame(revised(a_message(1, Style::alert), 2));
    next.advance(Milliseconds{10});
    next.sent.clear();
    next.frame(protocol::Remove{message_id(1), protocol::RemovalCause::recalled});
    const UtcTime gone = next.broker_now();
    const auto told = told_in_a_moment(next);
    ASSERT_FALSE(told.empty());
    EXPECT_EQ(told[0].revision, 1u);
    EXPECT_EQ(told[0].at, shown);
    EXPECT_EQ(told[0].gone, gone);
}

TEST(ScreenTimes, AreNotThoseOfWhatNoRunHasShown) {
    CoreBench bench(with_store());
    bench.connect();
    bench.frame(a_message(1, Style::alert));
    CoreBench next = after_crash(bench, minute);
    next.connect();
    next.frame(revised(a_message(1, Style::alert), 2));
    next.frame(protocol::Remove{message_id(1), protocol::RemovalCause::recalled});
    for (const Receipt& one : told_after_reconnect(next)) {
        EXPECT_EQ(one.state, State::delivered);
        EXPECT_EQ(one.gone, std::nullopt);
    }
}

TEST(ScreenTimes, AreNotProlongedByARunThatHadNotShownItAgain) {
    CoreBench bench(with_store());
    bench.connect();
    bench.frame(expiring(a_message(1, Style::alert), 3 * minute));
    bench.report(1, State::displayed);
    CoreBench next = after_crash(bench, minute);
    next.connect();
    next.sent.clear();
    next.frame(protocol::Remove{message_id(1), protocol::RemovalCause::recalled});
    const auto told = told_in_a_moment(next);
    ASSERT_EQ(told.size(), 1u);
    EXPECT_TRUE(told[0].removed);
    EXPECT_EQ(told[0].gone, std::nullopt);
}

TEST(ScreenTimes, AreKeptOverACrashWithWhatTheyBelongTo) {
    CoreBench bench(with_store());
    bench.connect();
    bench.frame(a_message(1, Style::alert));
    go_offline(bench);
    const UtcTime shown = bench.broker_now();
    bench.step(
        Reported{.id = message_id(1), .state = State::displayed, .cause = {}, .digest = true});
    bench.advance(seconds(2));
    bench.report(1, State::acknowledged);
    bench.advance(seconds(2));
    bench.put_away(1);

    CoreBench next = after_crash(bench, minute);
    next.connect();
    const auto told = next.receipts();
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].shown, shown);
    EXPECT_EQ(told[0].gone, shown + seconds(4));
    EXPECT_TRUE(told[0].digest);
}

}  // namespace
}  // namespace crier::subscriber
