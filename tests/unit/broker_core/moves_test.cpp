// A session goes from broker to broker: it is counted once, gets what it lacks, and is asked
// nothing again. Method: cores driven by hand, one log, links that can be cut.

#include "tests/unit/broker_core/moves_fixture.hpp"

namespace crier::testing {
namespace {

TEST_F(Moves, CountTheSessionOnce) {
    const PeerId op = join_operator(2);
    const PeerId before = join(0, "vanessa-1");
    send(2, op, 1, "Hello");
    receipt(0, before, 1, State::displayed);
    cluster.broker(0).close(before);
    join(1, "vanessa-1", {{message_id(1), 1, State::displayed, true}});

    const OutcomePage page = outcome(2, op, 1);
    EXPECT_EQ(page.message.tally.targeted(), 1u);
    EXPECT_EQ(page.message.tally[State::displayed], 1u);
    EXPECT_EQ(page.outcomes.size(), 1u);
    EXPECT_EQ(sessions(2, op).size(), 1u);
}

TEST_F(Moves, GiveTheSessionWhatItHasNotGot) {
    const PeerId op = join_operator(2);
    const PeerId before = join(0, "vanessa-1");
    cluster.broker(0).close(before);
    send(2, op, 1, "While you were away");
    join(1, "vanessa-1");
    ASSERT_NE(find<protocol::Show>(), nullptr);
    EXPECT_EQ(find<protocol::Show>()->content.text, "While you were away");
    EXPECT_EQ(outcome(2, op, 1).message.tally.targeted(), 1u);
}

TEST_F(Moves, DoNotShowAgainWhatThePersonHasAcknowledgedEvenIfTheSessionHasForgotten) {
    const PeerId op = join_operator(2);
    const PeerId before = join(0, "vanessa-1");
    send(2, op, 1, "Hello");
    receipt(0, before, 1, State::displayed);
    receipt(0, before, 1, State::acknowledged);
    cluster.broker(0).close(before);
    token.clear();  // It crashed, and lost all that it knew.
    join(1, "vanessa-1");
    EXPECT_EQ(find<protocol::Show>(), nullptr);
    const OutcomePage page = outcome(2, op, 1);
    EXPECT_EQ(page.message.tally[State::acknowledged], 1u);
    EXPECT_EQ(page.message.tally.targeted(), 1u);
}

TEST_F(Moves, KeepTheSessionTheSame) {
    join(0, "vanessa-1");
    const UtcTime opened = find<SessionWelcome>()->opened;
    cluster.advance(Milliseconds{5'000});
    join(1, "vanessa-1");
    EXPECT_EQ(find<SessionWelcome>()->opened, opened);
    token.clear();
    cluster.advance(Milliseconds{5'000});
    join(2, "vanessa-1");
    EXPECT_EQ(find<SessionWelcome>()->opened, opened);
}

TEST_F(Moves, EndAnOlderConnectionOfTheSameKey) {
    const PeerId before = join(0, "vanessa-1");
    join(1, "vanessa-1");
    EXPECT_TRUE(cluster.broker(0).was_cut(before));
    const auto refused = cluster.broker(0).last<Refused>(before);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, ErrorCode::replaced);
}

TEST_F(Moves, GoBackAndForth) {
    const PeerId op = join_operator(2);
    join(0, "vanessa-1");
    send(2, op, 1, "Hello");
    for (int turn = 0; turn < 6; ++turn) {
        const std::size_t at = turn % 2 == 0 ? 1 : 0;
        const PeerId peer = join(at, "vanessa-1");
        if (turn == 2) receipt(at, peer, 1, State::displayed);
    }
    const OutcomePage page = outcome(2, op, 1);
    EXPECT_EQ(page.message.tally.targeted(), 1u);
    EXPECT_EQ(page.message.tally[State::displayed], 1u);
}

TEST_F(Moves, DoNotWaitForABrokerThatDoesNotAnswer) {
    const PeerId before = join(0, "vanessa-1");
    cluster.broker(0).close(before);
    protocol::SessionHello hello = hello_of("vanessa-1");
    hello.resume = token;
    const PeerId peer = cluster.broker(1).join(std::move(hello));
    cluster.drop_frames();
    EXPECT_FALSE(cluster.broker(1).last<SessionWelcome>(peer));
    cluster.advance(Milliseconds{600});
    EXPECT_TRUE(cluster.broker(1).last<SessionWelcome>(peer));
}

TEST_F(Moves, AreMadeUpForWhenTheOldBrokerComesBack) {
    const PeerId op = join_operator(2);
    const PeerId before = join(0, "vanessa-1");
    send(2, op, 1, "Hello");
    receipt(0, before, 1, State::displayed);
    cluster.kill(0);
    // It is not known to have gone to another broker, so it counts as waiting.
    EXPECT_EQ(outcome(2, op, 1).silent.size(), 1u);
    join(1, "vanessa-1", {{message_id(1), 1, State::displayed, true}});
    EXPECT_EQ(outcome(2, op, 1).message.tally[State::displayed], 1u);
    EXPECT_EQ(outcome(2, op, 1).message.tally.targeted(), 1u);

    cluster.start(0);
    cluster.settle();
    const OutcomePage page = outcome(2, op, 1);
    EXPECT_EQ(page.message.tally.targeted(), 1u);
    EXPECT_EQ(page.message.tally[State::displayed], 1u);
    EXPECT_EQ(page.outcomes.size(), 1u);
    EXPECT_TRUE(page.silent.empty());
    EXPECT_EQ(sessions(0, join_operator(0)).size(), 1u);
}

TEST_F(Moves, AreMadeUpForIfTheSessionHasEndedBeforeTheOldBrokerComesBack) {
    const PeerId op = join_operator(2);
    const PeerId before = join(0, "vanessa-1");
    send(2, op, 1, "Hello");
    receipt(0, before, 1, State::displayed);
    send(2, op, 2, "Not seen there");
    cluster.kill(0);
    const PeerId after = join(1, "vanessa-1", {{message_id(1), 1, State::displayed, true}});
    cluster.broker(1).receive(after, protocol::FromSession{protocol::Goodbye{}});
    cluster.settle();

    cluster.start(0);
    cluster.settle();
    for (std::size_t at = 0; at < 3; ++at) {
        const PeerId asker = join_operator(at);
        for (const std::uint8_t number : {std::uint8_t{1}, std::uint8_t{2}}) {
            const OutcomePage page = outcome(at, asker, number);
            EXPECT_EQ(page.message.tally.targeted(), 1u) << "message " << int{number};
            EXPECT_EQ(page.outcomes.size(), 1u);
        }
        EXPECT_EQ(outcome(at, asker, 1).message.tally[State::displayed], 1u);
        EXPECT_EQ(outcome(at, asker, 2).message.tally[State::gone_unseen], 1u);
        EXPECT_TRUE(sessions(at, asker).empty());
    }
    cluster.kill(1);
    EXPECT_TRUE(sessions(0, join_operator(0)).empty()) << "nor is it taken for one of the other's";
}

TEST_F(Moves, AreMadeUpForIfTheSessionHasEndedBeforeTheLinkWasFoundLost) {
    const PeerId op = join_operator(2);
    const PeerId before = join(0, "vanessa-1");
    send(2, op, 1, "Hello");
    receipt(0, before, 1, State::displayed);
    protocol::SessionHello hello = hello_of("vanessa-1");
    hello.resume = token;
    hello.known = {{message_id(1), 1, State::displayed, true}};
    const PeerId after = cluster.broker(1).join(std::move(hello));
    cluster.drop_frames();
    cluster.advance(Milliseconds{600});
    cluster.broker(1).receive(after, protocol::FromSession{protocol::Goodbye{}});
    cluster.settle();
    cluster.kill(0);
    cluster.start(0);
    cluster.settle();
    EXPECT_EQ(outcome(2, op, 1).message.tally.targeted(), 1u);
    EXPECT_TRUE(sessions(2, op).empty());
}

TEST_F(Moves, AreMadeUpForIfTheOldBrokerHasGivenTheSessionUp) {
    const PeerId op = join_operator(2);
    const PeerId before = join(0, "vanessa-1");
    send(2, op, 1, "Hello");
    receipt(0, before, 1, State::displayed);
    cluster.cut_link(0, 1);
    cluster.broker(0).close(before);
    const PeerId after = join(1, "vanessa-1", {{message_id(1), 1, State::displayed, true}});
    cluster.advance(Milliseconds{16 * 60'000});
    receipt(1, after, 1, State::acknowledged);
    cluster.mend_link(0, 1);
    cluster.settle();
    const OutcomePage page = outcome(2, op, 1);
    EXPECT_EQ(page.message.tally[State::acknowledged], 1u);
    EXPECT_EQ(page.message.tally.targeted(), 1u);
    EXPECT_EQ(sessions(2, op).size(), 1u);
}

TEST_F(Moves, AreMadeUpForIfBothBrokersHaveDroppedTheSession) {
    const PeerId op = join_operator(2);
    const PeerId before = join(0, "vanessa-1");
    drop_at(cluster.broker(2).now().utc + Milliseconds{5'000}, op);
    cluster.settle();
    receipt(0, before, 1, State::displayed);
    cluster.kill(0);
    join(1, "vanessa-1", {{message_id(1), 1, State::displayed, true}});
    cluster.advance(Milliseconds{6'000});
    cluster.start(0);
    cluster.settle();
    const OutcomePage page = outcome(2, op, 1);
    ASSERT_EQ(page.outcomes.size(), 1u);
    EXPECT_TRUE(page.outcomes[0].dropped);
    EXPECT_EQ(page.message.tally[State::displayed], 1u);
    EXPECT_EQ(page.message.tally.targeted(), 1u);
}

TEST_F(Moves, LetTheSessionSayHowAMessageStandsThatNobodyHandsOver) {
    const PeerId op = join_operator(2);
    join(0, "vanessa-1");
    send(2, op, 1, "Hello");
    cluster.kill(0);
    cluster.broker(2).recall(op, 2, 1);
    cluster.settle();
    join(1, "vanessa-1", {{message_id(1), 1, State::displayed, true}});

    const OutcomePage page = outcome(2, op, 1);
    EXPECT_EQ(page.message.tally[State::displayed], 1u);
    EXPECT_EQ(page.message.tally.targeted(), 1u);
}

TEST_F(Moves, AreToldByTheTokenToABrokerThatHasNeverHeardOfTheOldOne) {
    cluster.kill(1);
    const PeerId op = join_operator(2);
    join(0, "vanessa-1");
    send(2, op, 1, "Hello");
    cluster.broker(2).recall(op, 2, 1);
    cluster.settle();
    cluster.kill(0);
    cluster.start(1);
    cluster.drop_frames();
    cluster.cut_link(1, 2);
    cluster.settle();
    join(1, "vanessa-1", {{message_id(1), 1, State::displayed, true}});
    cluster.mend_link(1, 2);
    cluster.settle();
    EXPECT_EQ(outcome(2, op, 1).message.tally[State::displayed], 1u);
}

TEST_F(Moves, SurviveACrashOfTheBrokerThatHandedOver) {
    const PeerId op = join_operator(2);
    const PeerId before = join(0, "vanessa-1");
    send(2, op, 1, "Hello");
    receipt(0, before, 1, State::displayed);
    join(1, "vanessa-1");
    cluster.kill(0);
    cluster.start(0);
    cluster.settle();
    const OutcomePage page = outcome(2, op, 1);
    EXPECT_EQ(page.message.tally.targeted(), 1u);
    EXPECT_EQ(page.message.tally[State::displayed], 1u);
}

TEST_F(Moves, SurviveACrashOfTheBrokerThatTookOver) {
    const PeerId op = join_operator(2);
    const PeerId before = join(0, "vanessa-1");
    send(2, op, 1, "Hello");
    receipt(0, before, 1, State::acknowledged);
    cluster.broker(0).close(before);
    join(1, "vanessa-1");
    cluster.kill(1);
    cluster.start(1);
    cluster.settle();
    const OutcomePage page = outcome(2, op, 1);
    EXPECT_EQ(page.message.tally.targeted(), 1u);
    EXPECT_EQ(page.message.tally[State::acknowledged], 1u);
}

TEST_F(Moves, SurviveACrashOfTheBrokerThatHandedOverBeforeTheOtherHadIt) {
    const PeerId op = join_operator(2);
    const PeerId before = join(0, "vanessa-1");
    send(2, op, 1, "Hello");
    receipt(0, before, 1, State::displayed);
    cluster.silence(0);  // What it hands over does not arrive.
    const PeerId after = join(1, "vanessa-1", {{message_id(1), 1, State::displayed, true}});
    cluster.advance(Milliseconds{600});
    receipt(1, after, 1, State::acknowledged);
    cluster.silence(nobody);
    cluster.kill(0);
    cluster.start(0);
    cluster.settle();
    const OutcomePage page = outcome(2, op, 1);
    EXPECT_EQ(page.message.tally[State::acknowledged], 1u);
    EXPECT_EQ(page.outcomes.size(), 1u);
}

/// To the second broker, whose disk is full.
class MovesToAFullDisk : public Moves {
protected:
    void SetUp() override {
        const PeerId before = join(0, "vanessa-1");
        send(2, op, 1, "Hello");
        receipt(0, before, 1, State::displayed);
        cluster.journal(1).fill_disk(1);
        cluster.broker(1).join("carl-1");
        send(2, op, 2, "More");  // For this there was room again.
        join(1, "vanessa-1");
        ASSERT_TRUE(cluster.broker(1).was_noticed(Fact::storage_failed));
    }
    void expect_outcome() {
        const OutcomePage page = outcome(2, op, 1);
        EXPECT_EQ(page.message.tally[State::displayed], 1u);
        EXPECT_EQ(page.outcomes.size(), 1u);
    }

    const PeerId op = join_operator(2);
};

TEST_F(MovesToAFullDisk, SurviveACrash) {
    cluster.kill(1);
    cluster.start(1);
    cluster.settle();
    expect_outcome();
}

TEST_F(MovesToAFullDisk, SurviveACrashBeforeAllIsWrittenAnew) {
    cluster.broker(1).hold_journal();
    cluster.broker(1).recover_journal();
    send(2, op, 3, "Ahead of that");
    cluster.kill(1);
    cluster.start(1);
    cluster.settle();
    expect_outcome();
}

TEST_F(MovesToAFullDisk, AreDoneWhenItHasRoom) {
    cluster.broker(1).recover_journal();
    cluster.settle();
    cluster.kill(1);
    EXPECT_TRUE(outcome(2, op, 1).outcomes.empty());  // The first one counts it no longer.
    cluster.start(1);
    cluster.settle();
    expect_outcome();
}

TEST_F(Moves, AreRememberedIfAllBrokersCrash) {
    const PeerId op = join_operator(2);
    const PeerId before = join(1, "vanessa-1");
    send(2, op, 1, "Hello");
    cluster.cut_link(0, 1);
    cluster.broker(1).close(before);
    const PeerId after = join(0, "vanessa-1");
    receipt(0, after, 1, State::displayed);
    for (const std::size_t at : {std::size_t{0}, std::size_t{1}}) cluster.kill(at);
    for (const std::size_t at : {std::size_t{0}, std::size_t{1}}) cluster.start(at);
    cluster.mend_link(0, 1);
    cluster.settle();
    // The second one has a higher id, and with equal claims it would have the session.
    cluster.kill(1);
    const OutcomePage page = outcome(2, op, 1);
    EXPECT_EQ(page.message.tally[State::displayed], 1u);
    EXPECT_TRUE(page.silent.empty() || page.silent.front().sessions == 0);
}

TEST_F(Moves, LetASessionComeAgainOfWhichNobodyKnowsWhereItCameLast) {
    join(0, "vanessa-1");
    const protocol::Bytes first = token;
    cluster.cut_link(0, 1);
    join(1, "vanessa-1");
    token = first;
    for (int turn = 0; turn < 3; ++turn) join(1, "vanessa-1");
    token = first;
    cluster.cut_link(0, 2);
    const PeerId last = join(0, "vanessa-1");
    cluster.mend_link(0, 1);
    cluster.settle();
    const auto refused = cluster.broker(0).last<Refused>(last);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, ErrorCode::stopping) << "it is not told that it was replaced";
}

TEST_F(Moves, AreFoundOutWhenALinkThatWasCutIsMended) {
    const PeerId op = join_operator(2);
    const PeerId before = join(0, "vanessa-1");
    send(2, op, 1, "Hello");
    receipt(0, before, 1, State::displayed);
    cluster.cut_link(0, 1);
    join(1, "vanessa-1", {{message_id(1), 1, State::displayed, true}});
    EXPECT_EQ(sessions(2, op).size(), 1u);
    cluster.mend_link(0, 1);
    cluster.settle();
    EXPECT_EQ(outcome(2, op, 1).message.tally.targeted(), 1u);
    EXPECT_EQ(sessions(2, op).size(), 1u);
}

TEST_F(Moves, DoNotBringADroppedSessionBack) {
    const PeerId op = join_operator(2);
    join(0, "vanessa-1");
    drop_at(cluster.broker(2).now().utc, op);
    cluster.advance(Milliseconds{100});
    join(1, "vanessa-1");
    const auto* refused = find<Refused>();
    ASSERT_NE(refused, nullptr);
    EXPECT_EQ(refused->code, ErrorCode::dropped);
}

TEST_F(Moves, DoNotBringASessionBackThatABrokerDroppedAndDied) {
    const PeerId op = join_operator(2);
    join(0, "vanessa-1");
    cluster.cut_link(0, 1);
    cluster.cut_link(0, 2);
    drop_at(cluster.broker(2).now().utc, op);
    cluster.advance(Milliseconds{1'500});
    cluster.kill(0);
    join(1, "vanessa-1");
    const auto* refused = find<Refused>();
    ASSERT_NE(refused, nullptr);
    EXPECT_EQ(refused->code, ErrorCode::dropped);
}

TEST_F(Moves, DoNotDropASessionTwiceWhoseBrokerWasDownWhenItWas) {
    const PeerId op = join_operator(2);
    join(0, "vanessa-1");
    cluster.kill(0);
    join(1, "vanessa-1");
    drop_at(cluster.broker(2).now().utc + Milliseconds{100}, op);
    cluster.advance(Milliseconds{200});
    ASSERT_TRUE(sessions(2, op).empty());
    for (const std::size_t at : {1, 2}) {
        const UtcTime now = cluster.broker(at).now().utc;
        cluster.broker(at).set_utc(now + Milliseconds{limits::refusal_time});
    }
    token.clear();
    join(1, "vanessa-1");
    ASSERT_NE(find<SessionWelcome>(), nullptr);
    cluster.start(0);
    cluster.broker(0).change_backbone({});
    cluster.advance(Milliseconds{5'000});
    EXPECT_EQ(sessions(2, op).size(), 1u);
    const OutcomePage page = outcome(2, op, 1);
    EXPECT_EQ(page.message.counts.dropped, 1u);
    EXPECT_EQ(page.message.tally.targeted(), 1u);
}

TEST_F(Moves, AreAnsweredOnceADropIsOnTheDisk) {
    const PeerId op = join_operator(2);
    join(0, "vanessa-1");
    drop_at(cluster.broker(2).now().utc + Milliseconds{100}, op);
    cluster.settle();
    cluster.broker(0).hold_journal();
    cluster.broker(1).set_utc(cluster.broker(1).now().utc - Milliseconds{500});
    cluster.advance(Milliseconds{110});
    const PeerId after = join(1, "vanessa-1");
    EXPECT_EQ(find<Refused>(), nullptr) << "the first one may crash, and nobody knows of it then";
    cluster.broker(0).release_journal();
    cluster.settle();
    const auto refused = cluster.broker(1).last<Refused>(after);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, ErrorCode::dropped);
    EXPECT_EQ(outcome(2, op, 1).message.counts.dropped, 1u);
}

TEST_F(Moves, DropWhoIsLeftWhereTheBrokerWasDown) {
    const PeerId op = join_operator(2);
    join(0, "vanessa-1");
    const UtcTime now = cluster.broker(2).now().utc;
    drop_at(now + Milliseconds{100}, op, now + Milliseconds{60'000});
    cluster.kill(0);
    cluster.advance(Milliseconds{200});
    cluster.start(0);
    cluster.advance(Milliseconds{5'000});
    EXPECT_EQ(sessions(2, op).size(), 1u) << "the others may be yet to be heard";
    token.clear();
    join(0, "vanessa-2");
    cluster.broker(0).change_backbone({});
    cluster.advance(Milliseconds{5'000});
    EXPECT_EQ(sessions(2, op).size(), 1u) << "one of them came later";
    EXPECT_EQ(outcome(2, op, 1).message.counts.dropped, 1u);
}

TEST_F(Moves, OfASessionThatWasEndedDoNotSaveTheOthersAfterAStart) {
    cluster.broker(0).set_utc(cluster.broker(0).now().utc + Milliseconds{500});
    const PeerId op = join_operator(2);
    join(1, "vanessa-2");
    token.clear();
    join(0, "vanessa-1");
    drop_at(cluster.broker(1).now().utc + Milliseconds{1'000}, op);
    cluster.cut_link(0, 1);
    cluster.advance(Milliseconds{700});
    const PeerId moved = join(1, "vanessa-1");
    ASSERT_NE(find<SessionWelcome>(), nullptr) << "nobody has told of her end yet";
    cluster.mend_link(0, 1);
    cluster.settle();
    ASSERT_TRUE(cluster.broker(1).was_cut(moved));
    cluster.kill(1);
    cluster.start(1);
    cluster.advance(Milliseconds{2'000});
    EXPECT_TRUE(sessions(2, op).empty());
    EXPECT_EQ(outcome(2, op, 1).message.counts.dropped, 2u);
}

TEST_F(Moves, TellTheThirdBrokerOfADropOfWhichTheSecondOneHearsMeanwhile) {
    join(0, "vanessa-1");
    drop_at(cluster.broker(2).now().utc + Milliseconds{5'000}, join_operator(2));
    cluster.settle();
    for (const auto& [one, other] : {std::pair{0, 1}, {0, 2}, {1, 2}}) {
        cluster.cut_link(static_cast<std::size_t>(one), static_cast<std::size_t>(other));
    }
    join(2, "vanessa-1");
    join(1, "vanessa-1");
    cluster.kill(1);
    cluster.kill(2);
    cluster.advance(Milliseconds{6'000});
    cluster.start(2);
    cluster.start(1);
    cluster.settle();
    const OutcomePage page = outcome(2, join_operator(2), 1);
    EXPECT_EQ(page.message.counts.dropped, 1u);
    EXPECT_EQ(page.message.tally.targeted(), 1u);
}

TEST_F(Moves, DoNotSaveASessionFromADropByAnotherClock) {
    cluster.broker(1).set_utc(cluster.broker(1).now().utc + Milliseconds{500});
    const PeerId op = join_operator(2);
    join(0, "vanessa-1");
    drop_at(cluster.broker(0).now().utc + Milliseconds{1'000}, op);
    cluster.advance(Milliseconds{700});
    join(1, "vanessa-1");
    const auto* refused = find<Refused>();
    ASSERT_NE(refused, nullptr);
    EXPECT_EQ(refused->code, ErrorCode::dropped);
    cluster.advance(Milliseconds{1'000});
    const OutcomePage page = outcome(2, op, 1);
    ASSERT_EQ(page.outcomes.size(), 1u);
    EXPECT_TRUE(page.outcomes[0].dropped);
}

TEST_F(Moves, LeaveNothingOnAScreenThatWasTakenBackBeforeItWasDueByTheNewBrokersClock) {
    const PeerId op = join_operator(2);
    cluster.broker(0).set_utc(cluster.broker(0).now().utc + Milliseconds{500});
    const PeerId before = join(0, "vanessa-1");
    protocol::Send send;
    send.id = message_id(1);
    send.content.text = "Hello";
    send.schedule.due = cluster.broker(2).now().utc + Milliseconds{1'000};
    cluster.broker(2).ask(op, send);
    cluster.advance(Milliseconds{600});
    receipt(0, before, 1, State::displayed);
    cluster.kill(0);
    const PeerId after = join(1, "vanessa-1", {{message_id(1), 1, State::displayed, true}});
    cluster.broker(2).recall(op, 2, 1);
    cluster.settle();
    EXPECT_TRUE(cluster.broker(1).last<protocol::Remove>(after));
    EXPECT_EQ(outcome(2, op, 1).message.tally[State::displayed], 1u);
}

TEST_F(Moves, LetASessionInThatWasThereBeforeAdmissionClosed) {
    const PeerId op = join_operator(2);
    const PeerId before = join(0, "vanessa-1");
    protocol::SetAdmission closed;
    closed.id = message_id(9);
    closed.is_open = false;
    closed.message = "Down until nine";
    cluster.broker(2).ask(op, closed);
    cluster.settle();
    cluster.broker(0).close(before);
    token.clear();
    join(1, "vanessa-1");
    EXPECT_NE(find<SessionWelcome>(), nullptr);
}

TEST_F(Moves, FindASessionThatClosedWhileItWasAway) {
    const PeerId op = join_operator(2);
    const PeerId before = join(0, "vanessa-1");
    protocol::Send standing;
    standing.id = message_id(1);
    standing.content.text = "Stands";
    standing.expires = cluster.broker(2).now().utc + Milliseconds{3'600'000};
    cluster.broker(2).ask(op, standing);
    cluster.settle();
    cluster.broker(0).close(before);
    cluster.advance(Milliseconds{16 * 60'000});
    join(1, "vanessa-1");
    ASSERT_NE(find<protocol::Show>(), nullptr);
    EXPECT_EQ(outcome(2, op, 1).message.tally.targeted(), 1u);
}

TEST_F(Moves, GoOnAsBeforeIfTheSessionIsBackBeforeItWasTakenOver) {
    const PeerId op = join_operator(2);
    const PeerId before = join(0, "vanessa-1");
    send(2, op, 1, "Hello");
    receipt(0, before, 1, State::displayed);
    cluster.silence(0);  // What it hands over does not arrive.
    join(1, "vanessa-1");
    cluster.silence(nobody);
    join(0, "vanessa-1");
    const OutcomePage page = outcome(2, op, 1);
    EXPECT_EQ(page.message.tally[State::displayed], 1u);
    EXPECT_EQ(page.outcomes.size(), 1u);
}

TEST_F(Moves, CountASessionOnceThatClosedAtABrokerWhichForgotItInACrash) {
    const PeerId op = join_operator(2);
    const PeerId before = join(0, "vanessa-1");
    send(2, op, 1, "Hello");
    receipt(0, before, 1, State::displayed);
    cluster.broker(0).close(before);
    cluster.advance(Milliseconds{16 * 60'000});  // It was away for too long.
    cluster.kill(0);
    join(1, "vanessa-1", {{message_id(1), 1, State::displayed, true}});
    cluster.start(0);
    cluster.settle();
    const OutcomePage page = outcome(2, op, 1);
    EXPECT_EQ(page.message.tally[State::displayed], 1u);
    EXPECT_EQ(page.outcomes.size(), 1u);
}

TEST_F(Moves, CountASessionOnceThatComesBackBeforeItsBrokerHasReadWhoWasThere) {
    const PeerId op = join_operator(2);
    const PeerId before = join(0, "vanessa-1");
    send(2, op, 1, "Hello");
    receipt(0, before, 1, State::displayed);
    cluster.cut_link(0, 1);
    cluster.broker(0).close(before);
    const std::vector<protocol::Known> known = {{message_id(1), 1, State::displayed, true}};
    join(1, "vanessa-1", known);
    cluster.advance(Milliseconds{16 * 60'000});  // The first broker gives it up.
    cluster.kill(0);
    cluster.kill(1);
    cluster.start_with_held_journal(0);
    join(0, "vanessa-1", known);
    cluster.broker(0).release_journal();
    cluster.settle();
    const OutcomePage page = outcome(2, op, 1);
    EXPECT_EQ(page.message.tally[State::displayed], 1u);
    EXPECT_EQ(page.message.tally.targeted(), 1u);
    EXPECT_EQ(page.outcomes.size(), 1u);
    cluster.kill(0);
    cluster.start(0);
    EXPECT_EQ(outcome(2, op, 1).outcomes.size(), 1u) << "nor after another start";
}

TEST_F(Moves, HearOneHelloOfASessionThatComesBackBeforeItsBrokerHasReadWhoWasThere) {
    const PeerId op = join_operator(2);
    const PeerId before = join(0, "vanessa-1");
    send(2, op, 1, "Hello");
    cluster.broker(0).close(before);
    cluster.advance(Milliseconds{16 * 60'000});
    cluster.kill(0);
    cluster.start_with_held_journal(0);
    const PeerId patient = join(0, "vanessa-2");
    const PeerId hasty = join(0, "vanessa-3");
    cluster.broker(0).receive(hasty, protocol::FromSession{hello_of("vanessa-3")});
    EXPECT_EQ(cluster.broker(0).last<Refused>(hasty)->code, ErrorCode::malformed_frame);
    cluster.advance(Milliseconds{60'000});
    cluster.broker(0).release_journal();
    cluster.settle();
    EXPECT_TRUE(cluster.broker(0).last<SessionWelcome>(patient));
    EXPECT_EQ(sessions(2, op).size(), 1u);
}

TEST_F(Moves, LeaveASessionItsNumberThatComesBackBeforeItsBrokerHasReadWhoWasThere) {
    const PeerId op = join_operator(2);
    const PeerId before = join(0, "vanessa-1");
    send(2, op, 1, "Hello");
    receipt(0, before, 1, State::displayed);
    cluster.broker(0).close(before);
    cluster.advance(Milliseconds{16 * 60'000});
    cluster.kill(0);
    cluster.start_with_held_journal(0);
    join(0, "vanessa-1");
    cluster.broker(0).release_journal();
    cluster.settle();
    const OutcomePage page = outcome(2, op, 1);
    ASSERT_EQ(page.outcomes.size(), 1u);
    EXPECT_EQ(page.message.tally[State::displayed], 1u);
}

TEST_F(Moves, CountAMessageThatTheOtherBrokerWasLateToHearOf) {
    const PeerId op = join_operator(2);
    cluster.kill(0);
    send(2, op, 1, "Hello");
    cluster.advance(Milliseconds{5'000});
    // The session is there when this broker hears of the message.
    cluster.start(0);
    join(0, "vanessa-1");
    cluster.kill(0);
    join(1, "vanessa-1", {{message_id(1), 1, State::displayed, true}});
    EXPECT_EQ(outcome(2, op, 1).message.tally[State::displayed], 1u);
}

/// The message goes out at the first broker before it does at the second one, whose clock is
/// behind; and meanwhile the session goes from the one to the other.
class MovesByAnotherClock : public Moves {
protected:
    MovesByAnotherClock() {
        cluster.broker(1).set_utc(cluster.broker(1).now().utc - Milliseconds{900});
        op = join_operator(2);
        const PeerId before = join(0, "vanessa-1");
        protocol::Send message;
        message.id = message_id(1);
        message.content.text = "Lunch?";
        message.content.choices = {"Yes", "No"};
        message.schedule.due = cluster.broker(0).now().utc + Milliseconds{2'000};
        message.expires = *message.schedule.due + Milliseconds{3'600'000};
        cluster.broker(2).ask(op, message);
        cluster.advance(Milliseconds{2'100});
        receipt(0, before, 1, State::displayed);
        after = join(1, "vanessa-1", {{message_id(1), 1, State::displayed, true}});
    }

    PeerId op{};
    PeerId after{};
};

TEST_F(MovesByAnotherClock, CountTheSessionOnce) {
    cluster.advance(Milliseconds{2'000});
    const OutcomePage page = outcome(2, op, 1);
    EXPECT_EQ(page.message.tally[State::displayed], 1u);
    EXPECT_EQ(page.outcomes.size(), 1u);
}

TEST_F(MovesByAnotherClock, CountWhatTheSessionSaysMeanwhile) {
    protocol::Receipt answer;
    answer.id = message_id(1);
    answer.state = State::answered;
    answer.answer = 1;
    cluster.broker(1).receive(after, protocol::FromSession{protocol::Receipts{1, {answer}}});
    cluster.advance(Milliseconds{2'000});
    const OutcomePage page = outcome(2, op, 1);
    ASSERT_EQ(page.outcomes.size(), 1u);
    EXPECT_EQ(page.outcomes[0].answer, 1u);
}

}  // namespace
}  // namespace crier::testing
