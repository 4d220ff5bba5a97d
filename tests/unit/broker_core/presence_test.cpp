// Sessions that come, race, leave and come back: who is connected, who is a target, and what those
// who watch are told. Method: as engine_test.cpp.

#include <gtest/gtest.h>

#include "broker/core/session_record.hpp"
#include "broker/journal/memory_journal.hpp"
#include "tests/support/broker_driver.hpp"

namespace crier::testing {
namespace {

using broker::MemoryJournal;
using protocol::Happening;
using protocol::Refused;
using protocol::SessionWelcome;
using Texts = std::vector<std::string>;

class PresenceTest : public ::testing::Test {
protected:
    std::vector<Session> listed() {
        broker.receive(op,
                       protocol::FromOperator{protocol::ListSessions{9, Target::everyone(), {}}});
        const auto page = broker.last<protocol::SessionPage>(op);
        return page ? page->sessions : std::vector<Session>{};
    }

    /// What a watching operator heard since the last call.
    std::vector<Happening> heard() {
        std::vector<Happening> all;
        for (const protocol::ToOperator& frame : broker.to_operator(op)) {
            if (const auto* event = std::get_if<protocol::Happened>(&frame)) {
                all.push_back(event->what);
            }
        }
        return all;
    }

    void send_standing(std::uint8_t number, const std::string& text,
                       Target target = Target::everyone()) {
        protocol::Send send;
        send.request = number;
        send.id = message_id(number);
        send.target = std::move(target);
        send.content.text = text;
        send.expires = broker.now().utc + Milliseconds{86'400'000};
        broker.receive(op, protocol::FromOperator{send});
    }

    void say_goodbye(broker::PeerId peer) {
        broker.receive(peer, protocol::FromSession{protocol::Goodbye{}});
    }

    MemoryJournal journal;
    BrokerDriver broker{journal, insecure_settings()};
    const broker::PeerId op = broker.join_operator();
};

TEST_F(PresenceTest, ReplacesAConnectionThatStillWaitsForItsWelcome) {
    broker.hold_journal();
    const auto older = broker.join("vanessa-1");
    const auto newer = broker.join("vanessa-1");
    EXPECT_TRUE(broker.was_cut(older));
    say_goodbye(older);
    broker.release_journal();

    EXPECT_FALSE(broker.last<SessionWelcome>(older));
    EXPECT_TRUE(broker.last<SessionWelcome>(newer));
    EXPECT_EQ(listed().size(), 1u);
}

TEST_F(PresenceTest, ForgetsASessionThatLeavesBeforeItsWelcome) {
    broker.hold_journal();
    const auto session = broker.join("vanessa-1");
    say_goodbye(session);
    broker.release_journal();
    EXPECT_FALSE(broker.last<SessionWelcome>(session));
    EXPECT_TRUE(listed().empty());
}

TEST_F(PresenceTest, ListsASessionAsUnreachableThatWentBeforeItsWelcome) {
    broker.hold_journal();
    broker.close(broker.join("vanessa-1"));
    broker.release_journal();
    const auto sessions = listed();
    ASSERT_EQ(sessions.size(), 1u);
    EXPECT_EQ(sessions[0].state, Presence::unreachable);
    EXPECT_TRUE(sessions[0].unreachable_since);
}

TEST_F(PresenceTest, SaysThatASessionClosedAndNotFirstThatItIsUnreachable) {
    const auto session = broker.join("vanessa-1");
    broker.receive(op, protocol::FromOperator{protocol::Watch{1}});
    heard();
    say_goodbye(session);
    EXPECT_EQ(heard(), std::vector{Happening::session_closed});
    for (const broker::Notice& notice : broker.notices()) {
        EXPECT_NE(notice.fact, broker::Fact::session_unreachable);
    }
}

TEST_F(PresenceTest, TellsAWatcherWhatHappensRightAfterItsRequest) {
    broker.receive(op, protocol::FromOperator{protocol::Watch{1}});
    broker.join("vanessa-1");
    EXPECT_EQ(heard(), std::vector{Happening::session_opened});
}

TEST_F(PresenceTest, TellsAWatcherOfAReceiptOnceThoughItIsSaidAgainWithAMark) {
    const auto session = broker.join("vanessa-1");
    broker.send(op, 1, "Salut");
    broker.receive(op, protocol::FromOperator{protocol::Watch{1}});
    heard();
    broker.receipt(session, 1, State::displayed);
    EXPECT_EQ(heard(), std::vector{Happening::receipt});
    protocol::Receipt off_screen{message_id(1), 1, State::displayed, {}, {}};
    off_screen.removed = true;
    broker.receive(session, protocol::FromSession{protocol::Receipts{2, {off_screen}}});
    EXPECT_TRUE(heard().empty());
}

TEST_F(PresenceTest, CountsWhatANewSessionSaysItHasOfAStandingMessage) {
    send_standing(1, "until tomorrow");
    const auto session = broker.join("vanessa-1", {{message_id(1), 1, State::displayed, true}});
    EXPECT_EQ(broker.texts(session), Texts{});
    EXPECT_EQ(broker.tally_of(op, 1)[State::displayed], 1u);
}

TEST_F(PresenceTest, GivesASessionThatComesBackByItsTokenWhatWasAcceptedSince) {
    auto vanessa = broker.join("vanessa-1");
    const auto marc = broker.join("marc-1");
    auto hello = hello_of("vanessa-1");
    hello.resume = broker.last<SessionWelcome>(vanessa)->resume;

    // For everybody who was there; Marc has seen it, and nobody else is waiting.
    broker.send(op, 1, "while she was here");
    say_goodbye(vanessa);
    broker.send(op, 2, "while she was away");
    broker.receipt(marc, 1, State::displayed);
    broker.receipt(marc, 2, State::displayed);

    vanessa = broker.join(hello);
    EXPECT_EQ(broker.texts(vanessa), (Texts{"while she was here", "while she was away"}));
    broker.receipt(vanessa, 1, State::displayed);
    broker.receipt(vanessa, 2, State::displayed);
    EXPECT_EQ(broker.tally_of(op, 1)[State::displayed], 2u);
    EXPECT_EQ(broker.tally_of(op, 2)[State::displayed], 2u);
}

TEST_F(PresenceTest, GivesNothingThatIsOverToASessionThatComesBackByItsToken) {
    const auto session = broker.join("vanessa-1");
    auto hello = hello_of("vanessa-1");
    hello.resume = broker.last<SessionWelcome>(session)->resume;
    broker.send(op, 1, "Salut");
    say_goodbye(session);
    broker.advance(limits::deliver_default);
    EXPECT_EQ(broker.texts(broker.join(hello)), Texts{});
}

TEST_F(PresenceTest, WelcomesASessionHoweverLongItsRecordTakesToTheDisk) {
    auto settings = insecure_settings();
    settings.closing_time = Milliseconds{1'000};
    MemoryJournal slow;
    BrokerDriver patient(slow, settings);
    const auto sender = patient.join_operator();
    patient.hold_journal();
    const auto session = patient.join("vanessa-1");
    patient.advance(Milliseconds{2'000});
    patient.release_journal();
    EXPECT_TRUE(patient.last<SessionWelcome>(session));
    patient.send(sender, 1, "Salut");
    EXPECT_EQ(patient.texts(session), Texts{"Salut"});
}

TEST_F(PresenceTest, WelcomesNobodyAfterItsGoodbye) {
    broker.hold_journal();
    const auto session = broker.join("vanessa-1");
    broker.stop();
    EXPECT_TRUE(broker.last<protocol::Goodbye>(session));
    broker.release_journal();
    EXPECT_FALSE(broker.last<SessionWelcome>(session));
}

TEST(PresenceRestart, KeepsOneStayOfASessionThatTheJournalHasTwice) {
    MemoryJournal journal;
    broker::Batch batch;
    for (const std::uint32_t number : {3u, 8u}) {
        Session session;
        session.id = id_of("vanessa-1");
        batch.sessions.push_back(broker::to_record(session, number, true, session.created));
    }
    ASSERT_TRUE(journal.append(batch));

    auto settings = insecure_settings();
    settings.closing_time = Milliseconds{10'000};
    BrokerDriver broker(journal, settings);
    EXPECT_EQ(journal.recover()->open_sessions.size(), 1u);
    const auto session = broker.join("vanessa-1");
    // The time at which the other one would have closed.
    broker.receive(session, protocol::FromSession{protocol::Heartbeat{}});
    broker.advance(Milliseconds{10'000});
    const auto op = broker.join_operator();
    broker.send(op, 1, "Salut", Target::of({id_of("vanessa-1")}));
    EXPECT_EQ(broker.texts(session), Texts{"Salut"});
    EXPECT_EQ(broker.tally_of(op, 1).targeted(), 1u);
}

}  // namespace
}  // namespace crier::testing
