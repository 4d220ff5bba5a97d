// The broker's core: who is told what, and when. Method: real frames into the core, a journal in
// memory, made-up time; what each peer was sent is decoded and compared.

#include <gtest/gtest.h>

#include "broker/journal/memory_journal.hpp"
#include "shared/base/time.hpp"
#include "tests/support/broker_driver.hpp"

namespace crier::testing {
namespace {

using broker::MemoryJournal;
using protocol::Accepted;
using protocol::Refused;
using Texts = std::vector<std::string>;

class EngineTest : public ::testing::Test {
protected:
    MemoryJournal journal;
    BrokerDriver broker{journal, insecure_settings()};
};

TEST_F(EngineTest, ShowsABroadcastOnceOnEverySession) {
    const auto op = broker.join_operator();
    const auto office = broker.join("vanessa-office");
    const auto home = broker.join("vanessa-home");
    broker.send(op, 1, "Maintenance à 22h");

    EXPECT_EQ(broker.texts(office), Texts{"Maintenance à 22h"});
    EXPECT_EQ(broker.texts(home), Texts{"Maintenance à 22h"});
    const auto accepted = broker.last<Accepted>(op);
    ASSERT_TRUE(accepted);
    EXPECT_EQ(accepted->tally.targeted(), 2u);
}

TEST_F(EngineTest, ShowsAMessageToOneSessionOnNoOther) {
    const auto op = broker.join_operator();
    const auto office = broker.join("vanessa-office");
    const auto home = broker.join("vanessa-home");
    broker.send(op, 1, "Salut Vanessa", Target::of({id_of("vanessa-home")}));

    EXPECT_EQ(broker.texts(office), Texts{});
    EXPECT_EQ(broker.texts(home), Texts{"Salut Vanessa"});
}

TEST_F(EngineTest, ShowsAMessageToAFilterOnThoseThatMatch) {
    const auto op = broker.join_operator();
    const auto marc = broker.join("marc-1");
    const auto vanessa = broker.join("vanessa-1");
    broker.send(op, 1, "Salut", Target::matching("user=van* and machine=machine-of-*"));

    EXPECT_EQ(broker.texts(marc), Texts{});
    EXPECT_EQ(broker.texts(vanessa), Texts{"Salut"});
}

TEST_F(EngineTest, ShowsAMessageToAFilterOnNewcomersThatMatchWhileItStands) {
    const auto op = broker.join_operator();
    const auto early = broker.join("vanessa-1");
    const UtcTime now = broker.now().utc;
    broker.advance(Milliseconds{10});
    protocol::Send send;
    send.request = 1;
    send.id = message_id(1);
    send.target = Target::matching("not user=marc* and since>" + to_string(now));
    send.content.text = "Salut";
    send.expires = broker.now().utc + Milliseconds{60'000};
    broker.receive(op, send);
    broker.advance(Milliseconds{10});
    const auto marc = broker.join("marc-1");
    const auto late = broker.join("vanessa-2");

    EXPECT_EQ(broker.texts(early), Texts{});
    EXPECT_EQ(broker.texts(marc), Texts{});
    EXPECT_EQ(broker.texts(late), Texts{"Salut"});
}

TEST_F(EngineTest, SaysNothingBeforeTheJournalHasTheEntry) {
    const auto op = broker.join_operator();
    const auto session = broker.join("vanessa-1");
    broker.to_operator(op);
    broker.hold_journal();
    broker.send(op, 1, "Salut");
    EXPECT_FALSE(broker.last<Accepted>(op));
    EXPECT_EQ(broker.texts(session), Texts{});

    broker.release_journal();
    EXPECT_TRUE(broker.last<Accepted>(op));
    EXPECT_EQ(broker.texts(session), Texts{"Salut"});
}

TEST_F(EngineTest, RefusesAnUnknownSessionWithoutSendingToTheOthers) {
    const auto op = broker.join_operator();
    const auto session = broker.join("vanessa-1");
    broker.send(op, 1, "Salut", Target::of({id_of("vanessa-1"), id_of("nobody")}));

    const auto refused = broker.last<Refused>(op);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, ErrorCode::session_unknown);
    EXPECT_EQ(refused->unknown, std::vector<SessionId>{id_of("nobody")});
    EXPECT_EQ(broker.texts(session), Texts{});
    EXPECT_EQ(journal.recover()->last_seq, 0u);
}

TEST_F(EngineTest, RefusesWhatASessionSendsAndStoresNothing) {
    const auto session = broker.join("vanessa-1");
    const auto other = broker.join("marc-1");
    broker.send(session, 1, "I am the administrator");

    const auto refused = broker.last<Refused>(session);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, ErrorCode::not_authorized);
    EXPECT_TRUE(broker.was_cut(session));
    EXPECT_EQ(broker.texts(other), Texts{});
    EXPECT_EQ(journal.recover()->last_seq, 0u);
}

TEST_F(EngineTest, AnswersTheSameRequestAgainWithTheSameMessage) {
    const auto op = broker.join_operator();
    const auto session = broker.join("vanessa-1");
    broker.send(op, 1, "Salut");
    broker.send(op, 1, "Salut");

    const auto accepted = broker.last<Accepted>(op);
    ASSERT_TRUE(accepted);
    EXPECT_TRUE(accepted->already);
    EXPECT_EQ(broker.texts(session), Texts{"Salut"});
}

TEST_F(EngineTest, RefusesAnIdThatNamesAnotherText) {
    const auto op = broker.join_operator();
    broker.send(op, 1, "Salut");
    broker.send(op, 1, "Something else");

    const auto refused = broker.last<Refused>(op);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, ErrorCode::request_id_reused);
}

TEST_F(EngineTest, CountsWhatBecameOfAMessage) {
    const auto op = broker.join_operator();
    const auto one = broker.join("vanessa-1");
    broker.join("marc-1");
    broker.send(op, 1, "Salut");
    broker.receipt(one, 1, State::displayed);

    Tally expected;
    expected[State::waiting] = 1;
    expected[State::displayed] = 1;
    EXPECT_EQ(broker.tally_of(op, 1), expected);
}

TEST_F(EngineTest, TellsAFollowerEachNewCountAndTheLastOneAsFinal) {
    const auto op = broker.join_operator();
    const auto session = broker.join("vanessa-1");
    broker.send(op, 1, "Salut", Target::everyone(), true);
    broker.receipt(session, 1, State::delivered);
    broker.advance(Milliseconds{100});
    auto told = broker.last<protocol::TallyChanged>(op);
    ASSERT_TRUE(told);
    EXPECT_EQ(told->tally[State::delivered], 1u);
    EXPECT_FALSE(told->is_final);

    broker.receipt(session, 1, State::displayed);
    told = broker.last<protocol::TallyChanged>(op);
    ASSERT_TRUE(told);
    EXPECT_EQ(told->tally[State::displayed], 1u);
    EXPECT_TRUE(told->is_final);
}

TEST_F(EngineTest, TellsAFollowerThatWhatIsHeldBackMayBeShownYet) {
    const auto op = broker.join_operator();
    const auto session = broker.join("vanessa-1");
    broker.send(op, 1, "Salut", Target::everyone(), true);
    broker.receipt(session, 1, State::suppressed);
    broker.advance(Milliseconds{100});
    auto told = broker.last<protocol::TallyChanged>(op);
    ASSERT_TRUE(told);
    EXPECT_EQ(told->tally[State::suppressed], 1u);
    EXPECT_FALSE(told->is_final);

    broker.receipt(session, 1, State::displayed);
    broker.advance(Milliseconds{100});
    told = broker.last<protocol::TallyChanged>(op);
    EXPECT_EQ(told->tally[State::displayed], 1u);
    EXPECT_TRUE(told->is_final);
}

TEST_F(EngineTest, IgnoresAReceiptForAMessageThatWasNotForTheSession) {
    const auto op = broker.join_operator();
    broker.join("vanessa-1");
    const auto stranger = broker.join("marc-1");
    broker.send(op, 1, "Salut", Target::of({id_of("vanessa-1")}));
    broker.receipt(stranger, 1, State::acknowledged);

    EXPECT_EQ(broker.tally_of(op, 1)[State::waiting], 1u);
    EXPECT_EQ(broker.tally_of(op, 1).targeted(), 1u);
}

TEST_F(EngineTest, ConfirmsReceiptsOnlyWhenTheyAreOnDisk) {
    const auto op = broker.join_operator();
    const auto session = broker.join("vanessa-1");
    broker.send(op, 1, "Salut");
    broker.to_session(session);
    broker.hold_journal();
    broker.receipt(session, 1, State::displayed);
    broker.advance(limits::heartbeat_interval);
    const auto before = broker.last<protocol::Heartbeat>(session);
    EXPECT_EQ(before ? before->confirmed : 0u, 0u);

    broker.release_journal();
    broker.advance(Milliseconds{100});
    const auto after = broker.last<protocol::Heartbeat>(session);
    ASSERT_TRUE(after);
    EXPECT_EQ(after->confirmed, 1u);
}

TEST_F(EngineTest, SendsAgainOnTheNextConnectionWhatWasNotConfirmed) {
    const auto op = broker.join_operator();
    auto session = broker.join("vanessa-1");
    broker.send(op, 1, "first");
    broker.send(op, 2, "second");
    broker.receipt(session, 1, State::displayed);
    broker.close(session);
    broker.send(op, 3, "third");

    session = broker.join("vanessa-1");
    EXPECT_EQ(broker.texts(session), (Texts{"second", "third"}));
    EXPECT_EQ(broker.tally_of(op, 3).targeted(), 1u);
}

TEST_F(EngineTest, DoesNotSendWhatAReturningSessionHasAlready) {
    const auto op = broker.join_operator();
    auto session = broker.join("vanessa-1");
    broker.send(op, 1, "Salut");
    broker.close(session);

    session = broker.join("vanessa-1", {{message_id(1), 1, State::displayed, true}});
    EXPECT_EQ(broker.texts(session), Texts{});
    EXPECT_EQ(broker.tally_of(op, 1)[State::displayed], 1u);
}

TEST_F(EngineTest, KeepsBackWhatIsBeyondTheWindowAndSendsItInOrderLater) {
    const auto op = broker.join_operator();
    const auto session = broker.join("vanessa-1");
    Texts all;
    for (std::uint8_t number = 1; number <= 40; ++number) {
        all.push_back(std::to_string(number));
        broker.send(op, number, all.back());
    }
    Texts got = broker.texts(session);
    EXPECT_EQ(got.size(), insecure_settings().unconfirmed_messages_max);
    for (std::uint8_t number = 1; number <= 40; ++number) {
        broker.receipt(session, number, State::displayed);
        for (std::string& text : broker.texts(session)) got.push_back(std::move(text));
    }
    EXPECT_EQ(got, all);
}

TEST_F(EngineTest, KeepsBackLargeMessagesByTheirBytes) {
    const auto op = broker.join_operator();
    const auto session = broker.join("vanessa-1");
    const std::string large(limits::text_bytes_max, 'x');
    for (std::uint8_t number = 1; number <= 6; ++number) broker.send(op, number, large);
    EXPECT_EQ(broker.texts(session).size(), 3u);
    broker.receipt(session, 1, State::delivered);
    EXPECT_EQ(broker.texts(session).size(), 1u);
}

TEST_F(EngineTest, ReplacesAnOlderConnectionOfTheSameKey) {
    const auto op = broker.join_operator();
    const auto older = broker.join("vanessa-1");
    const auto newer = broker.join("vanessa-1");
    const auto refused = broker.last<Refused>(older);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, ErrorCode::replaced);
    EXPECT_TRUE(broker.was_cut(older));

    broker.send(op, 1, "Salut");
    EXPECT_EQ(broker.texts(older), Texts{});
    EXPECT_EQ(broker.texts(newer), Texts{"Salut"});
    EXPECT_EQ(broker.tally_of(op, 1).targeted(), 1u);
}

TEST_F(EngineTest, ListsALostSessionAsUnreachableAndClosesItInTheEnd) {
    const auto op = broker.join_operator();
    const auto session = broker.join("vanessa-1");
    broker.send(op, 1, "Salut");
    broker.close(session);
    broker.receive(op, protocol::FromOperator{protocol::ListSessions{7, Target::everyone(), {}}});
    auto page = broker.last<protocol::SessionPage>(op);
    ASSERT_TRUE(page && page->sessions.size() == 1);
    EXPECT_EQ(page->sessions[0].state, Presence::unreachable);
    EXPECT_EQ(page->sessions[0].unreachable_since, broker.now().utc);

    for (int minute = 0; minute < 15; ++minute) {
        broker.receive(op, protocol::FromOperator{protocol::Heartbeat{}});
        for (int beat = 0; beat < 12; ++beat) {
            broker.receive(op, protocol::FromOperator{protocol::Heartbeat{}});
            broker.advance(Milliseconds{5'000});
        }
    }
    broker.receive(op, protocol::FromOperator{protocol::ListSessions{8, Target::everyone(), {}}});
    page = broker.last<protocol::SessionPage>(op);
    ASSERT_TRUE(page);
    EXPECT_TRUE(page->sessions.empty());
    // It expired after five minutes, before the session was given up.
    EXPECT_EQ(broker.tally_of(op, 1)[State::expired_unseen], 1u);
}

TEST_F(EngineTest, CountsWhatASessionThatSaidGoodbyeNeverSawAsGone) {
    const auto op = broker.join_operator();
    const auto session = broker.join("vanessa-1");
    broker.send(op, 1, "Salut");
    broker.receive(session, protocol::FromSession{protocol::Goodbye{"signed out", {}}});
    EXPECT_EQ(broker.tally_of(op, 1)[State::gone_unseen], 1u);
    broker.send(op, 2, "Salut", Target::of({id_of("vanessa-1")}));
    EXPECT_EQ(broker.last<Refused>(op)->code, ErrorCode::session_unknown);
}

TEST_F(EngineTest, GivesAStandingMessageToSessionsThatComeLater) {
    const auto op = broker.join_operator();
    protocol::Send send;
    send.id = message_id(1);
    send.content.text = "until ten";
    send.expires = broker.now().utc + Milliseconds{60'000};
    broker.receive(op, protocol::FromOperator{send});
    const auto accepted = broker.last<Accepted>(op);
    ASSERT_TRUE(accepted);
    EXPECT_EQ(accepted->tally.targeted(), 0u);
    EXPECT_EQ(accepted->stands_until, send.expires);

    EXPECT_EQ(broker.texts(broker.join("vanessa-1")), Texts{"until ten"});
    EXPECT_EQ(broker.tally_of(op, 1).targeted(), 1u);
    broker.advance(Milliseconds{60'000});
    EXPECT_EQ(broker.texts(broker.join("marc-1")), Texts{});
}

TEST_F(EngineTest, DoesNotGiveAMessageWithoutExpiryToANewSession) {
    const auto op = broker.join_operator();
    broker.send(op, 1, "Salut");
    broker.advance(Milliseconds{1});
    EXPECT_EQ(broker.texts(broker.join("vanessa-1")), Texts{});
}

TEST_F(EngineTest, CountsWithoutStoringInADryRun) {
    const auto op = broker.join_operator();
    const auto session = broker.join("vanessa-1");
    protocol::Send send;
    send.id = message_id(1);
    send.content.text = "Salut";
    send.dry_run = true;
    broker.receive(op, protocol::FromOperator{send});
    const auto accepted = broker.last<Accepted>(op);
    ASSERT_TRUE(accepted);
    EXPECT_TRUE(accepted->dry_run);
    EXPECT_EQ(accepted->tally.targeted(), 1u);
    EXPECT_EQ(broker.texts(session), Texts{});
    EXPECT_EQ(journal.recover()->last_seq, 0u);
}

TEST_F(EngineTest, RefusesATimeThatIsPast) {
    const auto op = broker.join_operator();
    protocol::Send send;
    send.id = message_id(1);
    send.content.text = "Salut";
    send.expires = broker.now().utc;
    broker.receive(op, protocol::FromOperator{send});
    EXPECT_EQ(broker.last<Refused>(op)->code, ErrorCode::time_invalid);
}

TEST_F(EngineTest, RefusesATextOfWhichNothingIsSeen) {
    const auto op = broker.join_operator();
    protocol::Send send;
    send.id = message_id(1);
    for (const bool dry_run : {true, false}) {
        send.content.text = " \n\xc2\xa0\t";
        send.dry_run = dry_run;
        broker.receive(op, protocol::FromOperator{send});
        const auto refused = broker.last<Refused>(op);
        ASSERT_TRUE(refused);
        EXPECT_EQ(refused->code, ErrorCode::text_invalid);
    }
}

TEST_F(EngineTest, CutsAPeerThatSaysNoHello) {
    const auto peer = broker.open();
    broker.advance(limits::hello_deadline);
    EXPECT_TRUE(broker.was_cut(peer));
    EXPECT_EQ(broker.last<Refused>(peer)->code, ErrorCode::malformed_frame);
}

TEST_F(EngineTest, CutsASessionThatIsSilent) {
    const auto session = broker.join("vanessa-1");
    broker.advance(limits::heartbeat_interval * 4);
    EXPECT_TRUE(broker.was_cut(session));
}

TEST_F(EngineTest, MissesASilentOperatorSoonerThanASession) {
    const auto session = broker.join("vanessa-1");
    const auto op = broker.join_operator();
    const auto welcome = broker.last<protocol::OperatorWelcome>(op);
    ASSERT_TRUE(welcome);
    EXPECT_EQ(welcome->heartbeat, limits::operators_heartbeat_max);
    broker.advance(limits::silence_max(welcome->heartbeat));
    EXPECT_FALSE(broker.was_cut(op));
    broker.advance(limits::operators_heartbeat_max);
    EXPECT_TRUE(broker.was_cut(op));
    EXPECT_FALSE(broker.was_cut(session));
}

TEST_F(EngineTest, CutsASecondHelloAndNumbersOutOfOrder) {
    const auto twice = broker.join("vanessa-1");
    protocol::SessionHello hello;
    hello.key = key_of("vanessa-1");
    broker.receive(twice, protocol::FromSession{hello});
    EXPECT_TRUE(broker.was_cut(twice));

    const auto jumper = broker.join("marc-1");
    broker.receive(jumper,
                   protocol::FromSession{protocol::Receipts{2, {{message_id(1), 1, {}, {}, {}}}}});
    EXPECT_TRUE(broker.was_cut(jumper));
}

TEST_F(EngineTest, CutsASessionThatFloods) {
    const auto session = broker.join("vanessa-1");
    for (int frame = 0; frame < 1'001 && !broker.was_cut(session); ++frame) {
        broker.receive(session, protocol::FromSession{protocol::Heartbeat{}});
    }
    ASSERT_TRUE(broker.was_cut(session));
    EXPECT_EQ(broker.last<Refused>(session)->code, ErrorCode::rate_exceeded);
}

TEST_F(EngineTest, TellsSessionsToComeBackWhenItStops) {
    const auto session = broker.join("vanessa-1");
    broker.stop();
    const auto goodbye = broker.last<protocol::Goodbye>(session);
    ASSERT_TRUE(goodbye);
    EXPECT_GT(goodbye->come_back_after.count(), 0);
    EXPECT_EQ(broker.notices().back().fact, broker::Fact::stopped);
}

TEST_F(EngineTest, RingsTheBellUnderTheTopicsOfAMessage) {
    const auto op = broker.join_operator();
    broker.join("vanessa-1");
    broker.send(op, 1, "all");
    broker.send(op, 2, "one", Target::of({id_of("vanessa-1")}));
    ASSERT_EQ(broker.bell().size(), 2u);
    EXPECT_EQ(broker.bell()[0].topics, Texts{protocol::bell_topic_all()});
    EXPECT_EQ(broker.bell()[1].topics, Texts{protocol::bell_topic_of(id_of("vanessa-1"))});
}

}  // namespace
}  // namespace crier::testing
