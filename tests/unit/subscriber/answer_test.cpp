// Questions and escalation at a session: what counts as an answer, how one is changed and kept, and
// when a message that nobody acknowledges becomes more urgent.
// Method: the core in virtual time; a crash is a second core on the disk of the first.

#include <gtest/gtest.h>

#include "tests/unit/subscriber/core_bench.hpp"

namespace crier::subscriber {
namespace {

using std::chrono::seconds;

protocol::Show question(int number) {
    protocol::Show show = a_message(number);
    show.content.choices = {"Yes", "No", "Later"};
    return show;
}

protocol::Show escalating(int number, Style style = Style::notification) {
    protocol::Show show = a_message(number, style);
    show.deliver_until = broker_start + 60 * minute;
    show.content.escalation = {{2 * minute, Urgency::alert}, {5 * minute, Urgency::sound}};
    return show;
}

void answer(CoreBench& bench, int message, std::uint32_t choice) {
    bench.step(Reported{message_id(message), 1, State::answered, "", false, choice});
}

/// All answers told to the broker, in their order.
std::vector<std::optional<std::uint32_t>> answers_sent(const CoreBench& bench) {
    std::vector<std::optional<std::uint32_t>> answers;
    for (const protocol::Receipt& receipt : bench.receipts()) {
        if (receipt.state == State::answered) answers.push_back(receipt.answer);
    }
    return answers;
}

using Answers = std::vector<std::optional<std::uint32_t>>;

// ---- Answers
// -------------------------------------------------------------------------------------

TEST(Answer, IsToldAtOnceAndCanBeChanged) {
    CoreBench bench;
    bench.connect();
    bench.frame(question(1));
    bench.report(1, State::displayed);
    answer(bench, 1, 2);
    answer(bench, 1, 0);
    EXPECT_EQ(answers_sent(bench), (Answers{2, 0}));
}

TEST(Answer, ThatChangesOneIsTheLaterOneAlsoByAnotherBrokersClock) {
    CoreBench bench;
    bench.connect();
    bench.frame(question(1));
    bench.advance(seconds(2));
    answer(bench, 1, 2);
    const UtcTime first = bench.receipts().back().at;
    bench.step(LinkDown{{ErrorCode::broker_unreachable, "cut"}});
    bench.advance(core_limits::pause_max);
    bench.step(LinkUp{});
    bench.welcome(limits::heartbeat_interval, {}, first - seconds(1));
    answer(bench, 1, 0);
    ASSERT_EQ(answers_sent(bench).back(), 0u);
    EXPECT_EQ(bench.receipts().back().at, first + Milliseconds{1});
}

TEST(Answer, IsToldOnceHoweverOftenItIsGiven) {
    CoreBench bench;
    bench.connect();
    bench.frame(question(1));
    answer(bench, 1, 1);
    answer(bench, 1, 1);
    EXPECT_EQ(answers_sent(bench), Answers{1});
}

TEST(Answer, IsIgnoredIfItWasNotOffered) {
    CoreBench bench;
    bench.connect();
    bench.frame(question(1));
    bench.frame(a_message(2, Style::alert));
    answer(bench, 1, 3);
    answer(bench, 1, 4'000'000'000);
    answer(bench, 2, 0);
    bench.report(1, State::answered);  // Without a choice.
    bench.advance(seconds(1));
    EXPECT_EQ(answers_sent(bench), Answers{});
    answer(bench, 1, 2);
    EXPECT_EQ(answers_sent(bench), Answers{2});
}

TEST(Answer, IsToldAgainUntilItIsConfirmedAndOnlyTheLastOne) {
    CoreBench bench;
    bench.connect();
    bench.frame(question(1));
    answer(bench, 1, 2);
    bench.confirm(1);
    answer(bench, 1, 0);
    bench.sent.clear();
    bench.reconnect();
    EXPECT_EQ(answers_sent(bench), Answers{0});
    bench.confirm(1);
    bench.sent.clear();
    bench.reconnect();
    EXPECT_EQ(answers_sent(bench), Answers{});
}

TEST(Answer, LeavesTheQuestionOnTheScreenUntilItCloses) {
    CoreBench bench;
    bench.connect();
    bench.frame(question(1));
    bench.report(1, State::displayed);
    answer(bench, 1, 2);
    EXPECT_TRUE(bench.all_told<MessageRemoved>().empty());
    bench.frame(protocol::Remove{message_id(1), protocol::RemovalCause::closed});
    ASSERT_EQ(bench.all_told<MessageRemoved>().size(), 1u);
    EXPECT_EQ(bench.all_told<MessageRemoved>()[0].cause, MessageRemovalCause::closed);
}

TEST(Answer, IsNotAwaitedAnyMoreWhereThePersonAcknowledgedElsewhere) {
    CoreBench bench;
    bench.connect();
    bench.frame(a_message(1, Style::alert));
    bench.report(1, State::displayed);
    bench.frame(protocol::Remove{message_id(1), protocol::RemovalCause::acknowledged});
    ASSERT_EQ(bench.all_told<MessageRemoved>().size(), 1u);
    EXPECT_EQ(bench.all_told<MessageRemoved>()[0].cause, MessageRemovalCause::acknowledged);
}

TEST(Answer, IsAskedForAgainAfterACrash) {
    CoreBench bench(with_store());
    bench.connect();
    bench.frame(question(1));
    bench.report(1, State::displayed);
    CoreBench next = after_crash(bench);
    const auto messages = next.all_told<IncomingMessage>();
    ASSERT_EQ(messages.size(), 1u);
    EXPECT_TRUE(messages[0].again);
    EXPECT_EQ(messages[0].content.text, "text 1");
    EXPECT_EQ(messages[0].content.choices, question(1).content.choices);
    answer(next, 1, 1);
    next.connect();
    EXPECT_EQ(answers_sent(next), Answers{1});
}

TEST(Answer, SurvivesACrashAndIsNotAskedForAgain) {
    CoreBench bench(with_store());
    bench.connect();
    bench.frame(question(1));
    bench.step(LinkDown{{ErrorCode::broker_unreachable, ""}});
    answer(bench, 1, 2);
    CoreBench next = after_crash(bench);
    EXPECT_TRUE(next.all_told<IncomingMessage>().empty());
    next.connect();
    EXPECT_EQ(answers_sent(next), Answers{2});
}

TEST(Answer, IsToldOnlyWhenItIsDurable) {
    CoreBench bench(with_store());
    bench.connect();
    bench.frame(question(1));
    bench.is_disk_slow = true;
    answer(bench, 1, 2);
    bench.advance(Milliseconds{100});
    EXPECT_EQ(answers_sent(bench), Answers{});
    bench.finish_stores();
    EXPECT_EQ(answers_sent(bench), Answers{2});
}

// ---- Escalation
// ----------------------------------------------------------------------------------

TEST(Escalation, IsToldStepByStepSinceItWasDisplayed) {
    CoreBench bench;
    bench.connect();
    bench.frame(escalating(1));
    bench.advance(seconds(30));
    bench.report(1, State::displayed);
    bench.advance(2 * minute - Milliseconds(1));
    EXPECT_TRUE(bench.all_told<MessageEscalated>().empty());
    bench.advance(Milliseconds(1));
    const std::vector<MessageEscalated> first{{message_id(1), 1, Urgency::alert}};
    EXPECT_EQ(bench.all_told<MessageEscalated>(), first);
    bench.advance(3 * minute - Milliseconds(1));
    EXPECT_EQ(bench.all_told<MessageEscalated>(), first);
    bench.advance(Milliseconds(1));
    const std::vector<MessageEscalated> both{{message_id(1), 1, Urgency::alert},
                                             {message_id(1), 1, Urgency::sound}};
    EXPECT_EQ(bench.all_told<MessageEscalated>(), both);
    bench.advance(30 * minute);
    EXPECT_EQ(bench.all_told<MessageEscalated>(), both);
}

TEST(Escalation, NeedsNoConnection) {
    CoreBench bench;
    bench.connect();
    bench.frame(escalating(1));
    bench.report(1, State::displayed);
    bench.step(LinkDown{{ErrorCode::broker_unreachable, ""}});
    bench.advance(2 * minute);
    EXPECT_EQ(bench.all_told<MessageEscalated>().size(), 1u);
}

TEST(Escalation, EndsWithTheAcknowledgementTheAnswerOrTheRemoval) {
    CoreBench bench;
    bench.connect();
    for (const int number : {1, 3, 4, 5}) {
        bench.frame(escalating(number));
        bench.report(number, State::displayed);
    }
    protocol::Show asked = escalating(2);
    asked.content.choices = {"Yes", "No"};
    bench.frame(asked);
    bench.report(2, State::displayed);
    bench.advance(minute);
    bench.connect();
    bench.report(1, State::acknowledged);
    answer(bench, 2, 0);
    bench.frame(protocol::Remove{message_id(3), protocol::RemovalCause::recalled});
    bench.frame(protocol::Remove{message_id(4), protocol::RemovalCause::acknowledged});
    bench.put_away(5);
    bench.advance(30 * minute);
    EXPECT_TRUE(bench.all_told<MessageEscalated>().empty());
}

TEST(Escalation, DoesNotConcernWhatWasNotDisplayed) {
    CoreBench bench;
    bench.connect();
    bench.frame(escalating(1));
    bench.frame(escalating(2));
    bench.report(2, State::suppressed);
    bench.advance(30 * minute);
    EXPECT_TRUE(bench.all_told<MessageEscalated>().empty());
}

TEST(Escalation, TellsOnlyTheLastOfStepsThatWereSleptThrough) {
    CoreBench bench;
    bench.connect();
    bench.frame(escalating(1));
    bench.report(1, State::displayed);
    bench.pass(10 * minute);
    bench.step(TimePassed{});
    const std::vector<MessageEscalated> last{{message_id(1), 1, Urgency::sound}};
    EXPECT_EQ(bench.all_told<MessageEscalated>(), last);
}

TEST(Escalation, GoesOnAfterACrashFromWhenItWasDisplayed) {
    CoreBench bench(with_store());
    bench.connect();
    bench.frame(escalating(1, Style::alert));
    bench.report(1, State::displayed);
    bench.advance(minute);
    CoreBench next = after_crash(bench);
    ASSERT_EQ(next.all_told<IncomingMessage>().size(), 1u);
    next.report(1, State::displayed);
    next.connect();
    next.advance(minute - Milliseconds(1));
    EXPECT_TRUE(next.all_told<MessageEscalated>().empty());
    next.advance(Milliseconds(1));
    EXPECT_EQ(next.all_told<MessageEscalated>().size(), 1u);
}

TEST(Escalation, BeginsAnewWithANewRevision) {
    CoreBench bench;
    bench.connect();
    bench.frame(escalating(1));
    bench.report(1, State::displayed);
    bench.advance(minute);
    bench.connect();
    protocol::Show newer = escalating(1);
    newer.revision = 2;
    bench.frame(newer);
    bench.report(1, State::displayed, 2);
    bench.advance(2 * minute - Milliseconds(1));
    EXPECT_TRUE(bench.all_told<MessageEscalated>().empty());
    bench.advance(Milliseconds(1));
    const std::vector<MessageEscalated> told{{message_id(1), 2, Urgency::alert}};
    EXPECT_EQ(bench.all_told<MessageEscalated>(), told);
}

}  // namespace
}  // namespace crier::subscriber
