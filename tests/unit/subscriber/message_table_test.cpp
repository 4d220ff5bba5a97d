// MessageTable, through the core that owns it: shown once, replaced, taken off in time, reported,
// forgotten.
// Method: the core in virtual time, without a store; crash_test.cpp is about the store.

#include "subscriber/core/message_table.hpp"

#include <gtest/gtest.h>

#include "tests/unit/subscriber/core_bench.hpp"

namespace crier::subscriber {
namespace {

using std::chrono::seconds;

// ---- Showing
// -------------------------------------------------------------------------------------

TEST(MessageTable, HandsAMessageOverAsItWasSent) {
    CoreBench bench;
    bench.connect();
    protocol::Show show = expiring(a_message(3, Style::alert), minute);
    show.content = {.text = "Salut\nVanessa",
                    .title = "À lire",
                    .severity = Severity::critical,
                    .style = Style::alert};
    bench.frame(show);

    const auto messages = bench.all_told<IncomingMessage>();
    ASSERT_EQ(messages.size(), 1u);
    EXPECT_EQ(messages[0].id, message_id(3));
    EXPECT_EQ(messages[0].content, show.content);
    EXPECT_EQ(messages[0].topic, "all");
    EXPECT_EQ(messages[0].from, "ops");
    EXPECT_EQ(messages[0].seq, 3u);
    EXPECT_EQ(messages[0].sent, broker_start);
    EXPECT_EQ(messages[0].off_screen_at, broker_start + minute);
    EXPECT_FALSE(messages[0].again);
}

TEST(MessageTable, NamesTheSessionsOwnTopicByItsId) {
    CoreBench bench;
    bench.connect();
    protocol::Show show = a_message(1);
    show.to_all = false;
    bench.frame(show);
    EXPECT_EQ(bench.all_told<IncomingMessage>().at(0).topic,
              "session/" + to_string(session_id_of(session_key())));
}

TEST(MessageTable, ShowsARevisionOnceHoweverOftenItComes) {
    CoreBench bench;
    bench.connect();
    bench.frame(a_message(1));
    bench.frame(a_message(1));
    bench.reconnect();
    bench.frame(a_message(1));
    EXPECT_EQ(bench.all_told<IncomingMessage>().size(), 1u);
}

TEST(MessageTable, ConfirmsARepetitionSoThatTheBrokerStopsSendingIt) {
    CoreBench bench;
    bench.connect();
    bench.frame(a_message(1));
    bench.report(1, State::displayed);
    bench.advance(Milliseconds{10});
    bench.sent.clear();
    bench.frame(a_message(1));
    bench.advance(Milliseconds{10});
    EXPECT_EQ(bench.states_sent(), std::vector<State>{State::displayed});
}

TEST(MessageTable, ReplacesAMessageByAHigherRevisionAndDropsALowerOne) {
    CoreBench bench;
    bench.connect();
    bench.frame(a_message(1));
    bench.frame(revised(a_message(1), 3));
    bench.frame(revised(a_message(1), 2));
    const auto changed = bench.all_told<MessageChanged>();
    ASSERT_EQ(changed.size(), 1u);
    EXPECT_EQ(changed[0].message.revision, 3u);
    EXPECT_EQ(changed[0].message.content.text, "text 1, revised");
    EXPECT_EQ(bench.all_told<IncomingMessage>().size(), 1u);
}

TEST(MessageTable, ShowsANewRevisionOfWhatThePersonPutAway) {
    CoreBench bench;
    bench.connect();
    bench.frame(a_message(1));
    bench.report(1, State::displayed);
    bench.put_away(1);
    bench.frame(revised(a_message(1), 2));
    EXPECT_EQ(bench.all_told<IncomingMessage>().size(), 2u);
}

TEST(MessageTable, DoesNotShowForTheFirstTimeWhatComesTooLate) {
    CoreBench bench;
    bench.connect();
    bench.advance(6 * minute);
    bench.connect();
    bench.frame(a_message(1));
    EXPECT_TRUE(bench.all_told<IncomingMessage>().empty());
    bench.advance(Milliseconds{10});
    EXPECT_EQ(bench.states_sent(), std::vector<State>{State::delivered});
}

TEST(MessageTable, GoesByTheBrokersClockNotByItsOwn) {
    CoreBench bench;
    bench.connect();
    protocol::Show show = a_message(1);
    show.deliver_until = machine_start + minute;  // By the broker's clock long ago.
    bench.frame(show);
    EXPECT_TRUE(bench.all_told<IncomingMessage>().empty());
}

// ---- Taking off
// ----------------------------------------------------------------------------------

TEST(MessageTable, TakesAMessageOffAtItsTimeAndSaysSo) {
    CoreBench bench;
    bench.connect();
    bench.frame(expiring(a_message(1), seconds(8)));
    bench.report(1, State::displayed);
    bench.advance(seconds(7));
    EXPECT_TRUE(bench.all_told<MessageRemoved>().empty());
    bench.advance(seconds(1));
    ASSERT_EQ(bench.all_told<MessageRemoved>().size(), 1u);
    EXPECT_EQ(bench.all_told<MessageRemoved>()[0],
              (MessageRemoved{message_id(1), MessageRemovalCause::expired}));

    bench.advance(Milliseconds{10});
    EXPECT_EQ(bench.receipts().back().state, State::displayed);
    EXPECT_TRUE(bench.receipts().back().removed);
}

TEST(MessageTable, TakesAMessageOffAtItsTimeWithoutAConnection) {
    CoreBench bench;
    bench.connect();
    bench.frame(expiring(a_message(1), 2 * minute));
    bench.report(1, State::displayed);
    bench.advance(3 * minute);  // Nothing is heard from the broker any more.
    EXPECT_EQ(bench.all_told<MessageRemoved>().size(), 1u);
    bench.sent.clear();
    bench.connect();
    ASSERT_EQ(bench.receipts().size(), 1u);
    EXPECT_TRUE(bench.receipts()[0].removed);
}

TEST(MessageTable, TakesOffWhatIsRecalled) {
    CoreBench bench;
    bench.connect();
    bench.frame(a_message(1));
    bench.report(1, State::displayed);
    bench.frame(protocol::Remove{message_id(1), protocol::RemovalCause::recalled});
    bench.frame(protocol::Remove{message_id(1), protocol::RemovalCause::recalled});
    ASSERT_EQ(bench.all_told<MessageRemoved>().size(), 1u);
    EXPECT_EQ(bench.all_told<MessageRemoved>()[0].cause, MessageRemovalCause::recalled);
}

TEST(MessageTable, DoesNotTellTheProgramToTakeOffWhatItPutAwayItself) {
    CoreBench bench;
    bench.connect();
    bench.frame(expiring(a_message(1), seconds(8)));
    bench.report(1, State::displayed);
    bench.put_away(1);
    bench.frame(protocol::Remove{message_id(1), protocol::RemovalCause::recalled});
    bench.advance(minute);
    EXPECT_TRUE(bench.all_told<MessageRemoved>().empty());
}

TEST(MessageTable, TellsTheProgramToDropWhatItHoldsBack) {
    CoreBench bench;
    bench.connect();
    bench.frame(a_message(1));
    bench.report(1, State::suppressed);
    bench.frame(protocol::Remove{message_id(1), protocol::RemovalCause::recalled});
    EXPECT_EQ(bench.all_told<MessageRemoved>().size(), 1u);
    bench.advance(Milliseconds{10});
    EXPECT_FALSE(bench.receipts().back().removed);  // It never was on the screen.
}

TEST(MessageTable, DoesNotShowARecalledMessageThatComesOnceMore) {
    CoreBench bench;
    bench.connect();
    bench.frame(a_message(1));
    bench.frame(protocol::Remove{message_id(1), protocol::RemovalCause::recalled});
    bench.frame(a_message(1));
    EXPECT_EQ(bench.all_told<IncomingMessage>().size(), 1u);
}

// ---- Reporting
// -----------------------------------------------------------------------------------

TEST(MessageTable, SendsReceiptsOfAMomentInOneFrameAndTheLaterStateForBoth) {
    CoreBench bench;
    bench.connect();
    bench.frame(a_message(1));
    bench.frame(a_message(2));
    bench.report(1, State::displayed);
    EXPECT_TRUE(bench.all_sent<protocol::Receipts>().empty());
    bench.advance(core_limits::receipts_delay_max);

    const auto frames = bench.all_sent<protocol::Receipts>();
    ASSERT_EQ(frames.size(), 1u);
    EXPECT_EQ(frames[0].number, 1u);
    EXPECT_EQ(bench.states_sent(), (std::vector<State>{State::displayed, State::delivered}));
}

TEST(MessageTable, SendsAnAnswerWithoutDelay) {
    CoreBench bench;
    bench.connect();
    bench.frame(a_message(1, Style::alert));
    bench.report(1, State::acknowledged);
    EXPECT_EQ(bench.states_sent(), std::vector<State>{State::acknowledged});
}

TEST(MessageTable, SendsManyReceiptsWithoutDelaySoThatTheBrokerGoesOn) {
    CoreBench bench;
    bench.connect();
    for (int number = 1; number <= int{core_limits::receipts_at_once}; ++number) {
        bench.frame(a_message(number));
    }
    EXPECT_EQ(bench.receipts().size(), core_limits::receipts_at_once);
}

TEST(MessageTable, NumbersItsFramesFromOneInEveryConnection) {
    CoreBench bench;
    bench.connect();
    for (int number = 1; number <= 3; ++number) {
        bench.frame(a_message(number));
        bench.advance(Milliseconds{10});
    }
    bench.reconnect();
    std::vector<std::uint64_t> numbers;
    for (const auto& frame : bench.all_sent<protocol::Receipts>()) numbers.push_back(frame.number);
    EXPECT_EQ(numbers, (std::vector<std::uint64_t>{1, 2, 3, 1}));
}

TEST(MessageTable, PutsAtMost256ReceiptsIntoAFrame) {
    CoreBench bench;
    bench.connect();
    for (std::size_t number = 0; number < 600; ++number) {
        protocol::Show show = a_message(1);
        show.id.bytes[0] = static_cast<std::uint8_t>(number);
        show.id.bytes[1] = static_cast<std::uint8_t>(number >> 8);
        bench.frame(show);
    }
    bench.advance(Milliseconds{10});
    bench.step(LinkDown{{ErrorCode::broker_unreachable, ""}});
    bench.sent.clear();
    bench.advance(core_limits::pause_max);
    bench.connect();
    std::vector<std::size_t> sizes;
    for (const auto& frame : bench.all_sent<protocol::Receipts>()) {
        sizes.push_back(frame.receipts.size());
    }
    EXPECT_EQ(sizes, (std::vector<std::size_t>{256, 256, 88}));
}

TEST(MessageTable, SendsUntilItIsConfirmedAndNotAfterwards) {
    CoreBench bench;
    bench.connect();
    bench.frame(a_message(1, Style::alert));
    bench.report(1, State::acknowledged);
    bench.sent.clear();

    bench.reconnect();
    EXPECT_EQ(bench.states_sent(), std::vector<State>{State::acknowledged});
    bench.confirm(1);
    bench.sent.clear();
    bench.reconnect();
    EXPECT_TRUE(bench.receipts().empty());
}

TEST(MessageTable, DoesNotTakeTheConfirmationOfAnEarlierStateForThatOfALater) {
    CoreBench bench;
    bench.connect();
    bench.frame(a_message(1, Style::alert));
    bench.advance(Milliseconds{10});       // Frame 1: delivered.
    bench.report(1, State::acknowledged);  // Frame 2.
    bench.confirm(1);
    bench.sent.clear();
    bench.reconnect();
    EXPECT_EQ(bench.states_sent(), std::vector<State>{State::acknowledged});
}

TEST(MessageTable, TellsALaterStateThoughTheEarlierOneWasConfirmed) {
    CoreBench bench;
    bench.connect();
    bench.frame(a_message(1));
    bench.advance(Milliseconds{10});
    bench.confirm(1);
    bench.report(1, State::displayed);
    bench.advance(Milliseconds{10});
    bench.sent.clear();
    bench.reconnect();
    EXPECT_EQ(bench.states_sent(), std::vector<State>{State::displayed});
}

TEST(MessageTable, DoesNotTakeAConfirmationForThatOfAStateThatStillWaits) {
    CoreBench bench;
    bench.connect();
    bench.frame(a_message(1));
    bench.advance(Milliseconds{10});    // Frame 1: delivered.
    bench.report(1, State::displayed);  // Waits for company.
    bench.confirm(1);
    bench.advance(Milliseconds{10});  // Frame 2, which is lost.
    bench.sent.clear();
    bench.reconnect();
    EXPECT_EQ(bench.states_sent(), std::vector<State>{State::displayed});
}

TEST(MessageTable, DeliversLaterWhatWasAnsweredOffline) {
    CoreBench bench;
    bench.connect();
    bench.frame(a_message(1, Style::alert));
    bench.advance(Milliseconds{10});
    bench.step(LinkDown{{ErrorCode::broker_unreachable, ""}});
    const UtcTime answered_at = bench.broker_now();
    bench.report(1, State::acknowledged);
    bench.sent.clear();
    bench.advance(20 * minute);
    bench.connect();
    ASSERT_EQ(bench.receipts().size(), 1u);
    EXPECT_EQ(bench.receipts()[0].state, State::acknowledged);
    EXPECT_EQ(bench.receipts()[0].at, answered_at);
}

TEST(MessageTable, IgnoresAStepBackAndWhatItDoesNotKnow) {
    CoreBench bench;
    bench.connect();
    bench.frame(a_message(1));
    bench.report(1, State::acknowledged);
    bench.advance(Milliseconds{10});
    bench.sent.clear();
    bench.report(1, State::displayed);
    bench.report(1, State::suppressed);
    bench.report(1, State::acknowledged);
    bench.report(1, State::answered, 2);  // No such revision.
    bench.report(9, State::displayed);
    bench.advance(seconds(1));
    EXPECT_TRUE(bench.receipts().empty());
}

TEST(MessageTable, LetsASuppressedMessageBeDisplayedLater) {
    CoreBench bench;
    bench.connect();
    bench.frame(a_message(1));
    bench.step(Reported{message_id(1), 1, State::suppressed, "do not disturb", false});
    bench.advance(Milliseconds{10});
    bench.report(1, State::displayed);
    bench.advance(Milliseconds{10});
    EXPECT_EQ(bench.states_sent(), (std::vector<State>{State::suppressed, State::displayed}));
    EXPECT_EQ(bench.receipts()[0].cause, "do not disturb");
    EXPECT_EQ(bench.receipts()[1].cause, "");
}

TEST(MessageTable, CountsAReturnAsDisplayedUnlessTheProgramSaidOtherwise) {
    CoreBench bench;
    bench.connect();
    bench.frame(a_message(1));
    bench.step(Reported{message_id(1), 1, State::displayed, "", true});
    bench.frame(a_message(2));
    bench.step(Reported{message_id(2), 1, State::suppressed, "film", false});
    bench.step(Reported{message_id(2), 1, State::displayed, "", true});
    bench.advance(Milliseconds{10});
    EXPECT_EQ(bench.states_sent(), (std::vector<State>{State::displayed, State::suppressed}));
}

TEST(MessageTable, ReportsTheRevisionThatWasShown) {
    CoreBench bench;
    bench.connect();
    bench.frame(a_message(1));
    bench.frame(revised(a_message(1), 2));
    bench.report(1, State::displayed, 1);  // Overtaken by the newer one.
    bench.report(1, State::displayed, 2);
    bench.advance(Milliseconds{10});
    ASSERT_EQ(bench.receipts().size(), 1u);
    EXPECT_EQ(bench.receipts()[0].revision, 2u);
    EXPECT_EQ(bench.receipts()[0].state, State::displayed);
}

TEST(MessageTable, SaysThatThePersonPutItAway) {
    CoreBench bench;
    bench.connect();
    bench.frame(a_message(1));
    bench.report(1, State::displayed);
    bench.put_away(1);
    bench.advance(Milliseconds{10});
    ASSERT_EQ(bench.receipts().size(), 1u);
    EXPECT_TRUE(bench.receipts()[0].removed);
}

// ---- What a hello says
// ---------------------------------------------------------------------------

TEST(MessageTable, SaysInTheHelloWhatItHasAndWhatIsOnTheScreen) {
    CoreBench bench;
    bench.connect();
    bench.frame(a_message(1));
    bench.frame(a_message(2));
    bench.frame(a_message(3));
    bench.report(2, State::displayed);
    bench.report(3, State::displayed);
    bench.put_away(3);
    bench.reconnect();
    const std::vector<protocol::Known> expected{
        {.id = message_id(2), .revision = 1, .state = State::displayed, .on_screen = true},
        // The program has it, and may show it any moment.
        {.id = message_id(1), .revision = 1, .state = State::delivered, .on_screen = true},
        {.id = message_id(3), .revision = 1, .state = State::displayed, .on_screen = false}};
    EXPECT_EQ(bench.last_hello().known, expected);
}

TEST(MessageTable, SaysInTheHelloTheNewestThousand) {
    CoreBench bench;
    bench.connect();
    for (std::size_t number = 0; number < 1'200; ++number) {
        protocol::Show show = a_message(1);
        show.id.bytes[0] = static_cast<std::uint8_t>(number);
        show.id.bytes[1] = static_cast<std::uint8_t>(number >> 8);
        show.seq = number;
        bench.frame(show);
    }
    bench.reconnect();
    const protocol::SessionHello hello = bench.last_hello();
    ASSERT_EQ(hello.known.size(), limits::known_max);
    EXPECT_EQ(hello.known.front().id.bytes[0], 1'199 % 256);
    EXPECT_LE(protocol::encode(protocol::FromSession{hello}).size(), limits::frame_bytes_max);
}

// ---- Forgetting
// ----------------------------------------------------------------------------------

TEST(MessageTable, ForgetsWhatIsHandledConfirmedAndCannotComeAgain) {
    CoreBench bench;
    bench.connect();
    bench.frame(a_message(1));
    bench.report(1, State::displayed);
    bench.put_away(1);
    bench.advance(Milliseconds{10});
    bench.confirm(1);
    EXPECT_EQ(bench.core().remembered(), 1u);
    bench.advance(6 * minute + seconds(1));
    EXPECT_EQ(bench.core().remembered(), 0u);
}

TEST(MessageTable, DoesNotForgetWhatTheBrokerHasNotConfirmed) {
    CoreBench bench;
    bench.connect();
    bench.frame(a_message(1));
    bench.report(1, State::displayed);
    bench.put_away(1);
    bench.advance(30 * minute);
    EXPECT_EQ(bench.core().remembered(), 1u);
}

TEST(MessageTable, DoesNotShowAForgottenMessageAgain) {
    CoreBench bench;
    bench.connect();
    bench.frame(a_message(1));
    bench.report(1, State::displayed);
    bench.put_away(1);
    bench.advance(Milliseconds{10});
    bench.confirm(1);
    bench.advance(10 * minute);
    ASSERT_EQ(bench.core().remembered(), 0u);
    bench.connect();
    bench.frame(a_message(1));
    EXPECT_EQ(bench.all_told<IncomingMessage>().size(), 1u);
}

TEST(MessageTable, ForgetsTheOldestOnTheScreenRatherThanGrow) {
    CoreBench bench;
    bench.connect();
    for (std::size_t number = 0; number < core_limits::messages_max + 500; ++number) {
        protocol::Show show = a_message(1);
        show.id.bytes[0] = static_cast<std::uint8_t>(number);
        show.id.bytes[1] = static_cast<std::uint8_t>(number >> 8);
        show.seq = number;
        show.deliver_until = bench.broker_now();
        bench.frame(show);
        bench.step(Reported{show.id, 1, State::displayed, "", true});
        bench.advance(Milliseconds{50});
        if (number % 100 == 0) bench.confirm(0);
    }
    EXPECT_EQ(bench.all_told<IncomingMessage>().size(), core_limits::messages_max + 500);
    EXPECT_LE(bench.core().remembered(), core_limits::messages_max);
    EXPECT_EQ(bench.closed, 0);
}

}  // namespace
}  // namespace crier::subscriber
