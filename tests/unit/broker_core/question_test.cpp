// Questions and their answers; and what a person says once for all their sessions.

#include <gtest/gtest.h>

#include "broker/journal/memory_journal.hpp"
#include "tests/support/broker_driver.hpp"

namespace crier::testing {
namespace {

using namespace std::chrono_literals;
using broker::EntryKind;
using broker::MemoryJournal;
using broker::PeerId;

class EngineQuestions : public ::testing::Test {
protected:
    protocol::Send question(std::uint32_t quorum = 0) {
        protocol::Send send;
        send.id = message_id(1);
        send.content.text = "Log off now?";
        send.content.choices = {"now", "10 more minutes", "no"};
        send.expires = broker->now().utc + 5min;
        send.quorum = quorum;
        send.follow = true;
        return send;
    }
    void answer(PeerId session, std::uint32_t choice) {
        protocol::Receipt receipt;
        receipt.id = message_id(1);
        receipt.state = State::answered;
        receipt.answer = choice;
        receipt.at = broker->now().utc;
        broker->receipt(session, receipt);
    }
    protocol::MessageSummary summary() {
        protocol::AskOutcome ask;
        ask.id = message_id(1);
        broker->ask(op, ask);
        return broker->last<protocol::OutcomePage>(op)->message;
    }
    void restart() {
        broker.emplace(journal, patient_settings(), broker->now());
        op = broker->join_operator();
    }
    PeerId join_verified(const std::string& name) {
        broker::PeerFacts facts;
        facts.address = "ipc";
        facts.system_user = name.substr(0, name.find('-'));
        const PeerId peer = broker->open(std::move(facts));
        broker->receive(peer, protocol::FromSession{hello_of(name)});
        return peer;
    }
    std::vector<std::uint32_t> answers() { return summary().counts.answers; }

    MemoryJournal journal;
    std::optional<BrokerDriver> broker{std::in_place, journal, patient_settings()};
    PeerId op = broker->join_operator();
    PeerId vanessa = broker->join("vanessa-1");
    PeerId marc = broker->join("marc-1");
};

using Answers = std::vector<std::uint32_t>;

TEST_F(EngineQuestions, CountTheNewestAnswerOfEachSession) {
    broker->ask(op, question());
    const auto show = broker->last<protocol::Show>(vanessa);
    ASSERT_TRUE(show);
    EXPECT_EQ(show->content.choices.size(), 3u);
    answer(vanessa, 2);
    answer(marc, 1);
    EXPECT_EQ(answers(), (Answers{0, 1, 1}));
    answer(vanessa, 0);
    EXPECT_EQ(answers(), (Answers{1, 1, 0}));
    EXPECT_EQ(broker->tally_of(op, 1)[State::answered], 2u);
}

TEST_F(EngineQuestions, AnAnswerSurvivesARestartAndIsInTheJournalWithWhoAndWhen) {
    broker->ask(op, question());
    answer(vanessa, 2);
    restart();
    EXPECT_EQ(answers(), (Answers{0, 0, 1}));
    const auto stored = journal.read_message(message_id(1));
    ASSERT_TRUE(stored && *stored);
    ASSERT_EQ((*stored)->changes.size(), 1u);
    EXPECT_EQ((*stored)->changes[0].entry.kind, EntryKind::answers);
    const auto frame = protocol::decode_to_operator((*stored)->changes[0].entry.body);
    ASSERT_TRUE(frame);
    const auto& said = std::get<protocol::Answers>(*frame);
    ASSERT_EQ(said.list.size(), 1u);
    EXPECT_EQ(said.list[0].session, id_of("vanessa-1"));
    EXPECT_EQ(said.list[0].user, "vanessa");
    EXPECT_EQ(said.list[0].answer, 2u);
    EXPECT_EQ(said.list[0].at, broker->now().utc);
}

TEST_F(EngineQuestions, AFullDiskLosesNoAnswerOfTheJournal) {
    broker->ask(op, question());
    journal.fill_disk(1);
    answer(vanessa, 2);
    answer(marc, 1);
    broker->recover_journal();
    const auto stored = journal.read_message(message_id(1));
    ASSERT_TRUE(stored && *stored);
    EXPECT_EQ((*stored)->changes.size(), 2u);
    EXPECT_EQ(answers(), (Answers{0, 1, 1}));
}

TEST_F(EngineQuestions, AMindCanBeChangedAfterAnUpdateThatDoesNotAskAgain) {
    broker->ask(op, question());
    answer(vanessa, 2);
    broker->update(op, 2, 1, "Log off at once?");
    answer(vanessa, 0);  // Of the revision that it was left alone with.
    EXPECT_EQ(answers(), (Answers{1, 0, 0}));
}

TEST_F(EngineQuestions, AHelloIsNoAnswer) {
    broker->ask(op, question(50));
    broker->close(vanessa);
    vanessa = broker->join("vanessa-1", {{message_id(1), 1, State::answered, true}});
    EXPECT_EQ(broker->tally_of(op, 1)[State::answered], 0u) << "which choice, nobody has said yet";
    EXPECT_EQ(summary().closed, std::nullopt);
    answer(vanessa, 1);
    EXPECT_EQ(answers(), (Answers{0, 1, 0}));
}

TEST_F(EngineQuestions, CloseWhenTheQuorumHasAnswered) {
    const PeerId luc = broker->join("luc-1");
    const PeerId eve = broker->join("eve-1");
    broker->ask(op, question(75));
    answer(vanessa, 0);
    answer(marc, 0);
    EXPECT_EQ(summary().closed, std::nullopt);
    answer(luc, 1);
    EXPECT_NE(summary().closed, std::nullopt);
    const auto removed = broker->last<protocol::Remove>(eve);
    ASSERT_TRUE(removed) << "who has not answered sees it close";
    EXPECT_EQ(removed->cause, protocol::RemovalCause::closed);
    answer(eve, 2);
    EXPECT_EQ(answers(), (Answers{2, 1, 0})) << "too late";
    restart();
    EXPECT_NE(summary().closed, std::nullopt);
    EXPECT_EQ(answers(), (Answers{2, 1, 0}));
}

TEST_F(EngineQuestions, AQuorumThatWasReachedWhenTheBrokerCrashedClosesAtTheStart) {
    broker->ask(op, question(50));
    broker->hold_journal();
    answer(vanessa, 0);
    broker->release_journal();
    restart();
    EXPECT_NE(summary().closed, std::nullopt);
}

TEST_F(EngineQuestions, AreClosedWhenTheirTimeIsOver) {
    protocol::Send send = question();
    send.expires = broker->now().utc + 5s;
    broker->ask(op, send);
    EXPECT_EQ(summary().closed, std::nullopt);
    broker->advance(6s);
    EXPECT_EQ(summary().closed, send.expires);
    restart();
    EXPECT_EQ(summary().closed, send.expires);
}

TEST_F(EngineQuestions, CloseWhenAnOperatorSaysSo) {
    broker->ask(op, question());
    answer(vanessa, 1);
    protocol::CloseQuestion close;
    close.id = message_id(2);
    close.message = message_id(1);
    broker->ask(op, close);
    EXPECT_NE(summary().closed, std::nullopt);
    answer(marc, 1);
    EXPECT_EQ(answers(), (Answers{0, 1, 0}));
    const auto removed = broker->last<protocol::Remove>(vanessa);
    ASSERT_TRUE(removed);
    EXPECT_EQ(removed->cause, protocol::RemovalCause::closed);
}

TEST_F(EngineQuestions, TwoWhoCloseThemAtOnceBothHaveDoneSo) {
    broker->ask(op, question());
    broker->to_operator(op);
    broker->hold_journal();
    protocol::CloseQuestion close;
    close.id = message_id(2);
    close.message = message_id(1);
    broker->ask(op, close);
    close.id = message_id(3);
    broker->ask(op, close);
    broker->release_journal();
    const auto accepted = broker->last<protocol::Accepted>(op);
    ASSERT_TRUE(accepted);
    EXPECT_TRUE(accepted->already);
}

TEST_F(EngineQuestions, AnUpdateThatTheCloseOvertookIsRefusedAlsoWhenItIsAskedForAgain) {
    broker->ask(op, question());
    broker->hold_journal();
    protocol::CloseQuestion close;
    close.id = message_id(2);
    close.message = message_id(1);
    broker->ask(op, close);
    broker->update(op, 3, 1, "Log off at once?");
    broker->release_journal();
    EXPECT_EQ(broker->last<protocol::Refused>(op)->code, ErrorCode::message_over);
    broker::EngineSettings settings = patient_settings();
    settings.remembered_cells_max = 0;
    broker.emplace(journal, settings, broker->now());
    op = broker->join_operator();
    broker->update(op, 3, 1, "Log off at once?");
    const auto refused = broker->last<protocol::Refused>(op);
    ASSERT_TRUE(refused) << "only history has it, and says the same";
    EXPECT_EQ(refused->code, ErrorCode::message_over);
}

TEST_F(EngineQuestions, AnAnswerAfterTheirTimeIsTooLate) {
    broker->ask(op, question());
    broker->receipt(vanessa, 1, State::displayed);
    broker->advance(5min);
    answer(vanessa, 1);
    EXPECT_EQ(answers(), (Answers{0, 0, 0}));
    EXPECT_EQ(broker->tally_of(op, 1)[State::displayed], 1u);
}

TEST_F(EngineQuestions, AnAnswerThatWasNotOfferedCutsWhoGaveIt) {
    broker->ask(op, question());
    answer(vanessa, 3);
    EXPECT_TRUE(broker->was_cut(vanessa));
    EXPECT_EQ(broker->last<protocol::Refused>(vanessa)->code, ErrorCode::answer_unknown);
    EXPECT_EQ(answers(), (Answers{0, 0, 0}));
}

TEST_F(EngineQuestions, TheDecidingAnswerIsJournaledBeforeTheClose) {
    broker->ask(op, question(50));
    answer(vanessa, 1);
    const auto stored = journal.read_message(message_id(1));
    ASSERT_TRUE(stored && *stored);
    ASSERT_EQ((*stored)->changes.size(), 2u);
    EXPECT_EQ((*stored)->changes[0].entry.kind, EntryKind::answers);
    EXPECT_EQ((*stored)->changes[1].entry.kind, EntryKind::close);
}

TEST_F(EngineQuestions, EachChangeOfMindIsJournaled) {
    broker->ask(op, question());
    for (const std::uint32_t choice : {0u, 1u, 0u}) answer(vanessa, choice);
    const auto stored = journal.read_message(message_id(1));
    ASSERT_TRUE(stored && *stored);
    EXPECT_EQ((*stored)->changes.size(), 3u);
}

TEST_F(EngineQuestions, OnlyAQuestionCanBeClosed) {
    broker->send(op, 1, "No question");
    protocol::CloseQuestion close;
    close.id = message_id(2);
    close.message = message_id(1);
    broker->ask(op, close);
    EXPECT_EQ(broker->last<protocol::Refused>(op)->code, ErrorCode::message_unknown);
}

// ---- Persons ------------------------------------------------------------------------------------

TEST_F(EngineQuestions, WhoAcknowledgesInOneSessionHasInAllOfTheirs) {
    const PeerId first = join_verified("eve-1");
    const PeerId second = join_verified("eve-2");
    broker->send(op, 1, "Read this");
    broker->receipt(second, 1, State::displayed);
    broker->to_session(second);
    broker->receipt(first, 1, State::acknowledged);
    const auto removed = broker->last<protocol::Remove>(second);
    ASSERT_TRUE(removed);
    EXPECT_EQ(removed->cause, protocol::RemovalCause::acknowledged);
    EXPECT_EQ(broker->tally_of(op, 1)[State::acknowledged], 2u);
    EXPECT_EQ(broker->tally_of(op, 1)[State::waiting], 2u) << "the others have not";
    restart();
    EXPECT_EQ(broker->tally_of(op, 1)[State::acknowledged], 2u);
}

TEST_F(EngineQuestions, AlsoInOneThatWasAway) {
    const PeerId first = join_verified("eve-1");
    const PeerId second = join_verified("eve-2");
    broker->send(op, 1, "Read this");
    broker->receipt(second, 1, State::displayed);
    broker->close(second);
    broker->receipt(first, 1, State::acknowledged);
    broker::PeerFacts facts;
    facts.address = "ipc";
    facts.system_user = "eve";
    const PeerId back = broker->open(std::move(facts));
    protocol::SessionHello hello = hello_of("eve-2");
    hello.known = {{message_id(1), 1, State::displayed, true}};
    broker->receive(back, protocol::FromSession{hello});
    const auto removed = broker->last<protocol::Remove>(back);
    ASSERT_TRUE(removed);
    EXPECT_EQ(removed->cause, protocol::RemovalCause::acknowledged);
}

/// What memory has let go of is on screens still.
class EnginePersons : public EngineQuestions {
protected:
    EnginePersons() {
        broker::EngineSettings settings = patient_settings();
        settings.remembered_cells_max = 0;
        broker.emplace(journal, settings, broker->now());
        op = broker->join_operator();
        vanessa = join_verified("eve-1");
        marc = join_verified("eve-2");
        broker->send(op, 1, "Read this", Target::matching("user=eve"));
    }
    void display_everywhere() {
        broker->receipt(vanessa, 1, State::displayed);
        broker->receipt(marc, 1, State::displayed);
        broker->to_session(marc);
    }
    std::optional<protocol::RemovalCause> removal(PeerId peer) {
        const auto removed = broker->last<protocol::Remove>(peer);
        return removed ? std::optional(removed->cause) : std::nullopt;
    }
};

TEST_F(EnginePersons, AcknowledgeInAllTheirSessionsWhatOnlyHistoryHas) {
    display_everywhere();
    ASSERT_TRUE(journal.recover()->open_messages.empty()) << "only history has it";
    broker->receipt(vanessa, 1, State::acknowledged);
    EXPECT_EQ(removal(marc), protocol::RemovalCause::acknowledged);
    EXPECT_EQ(broker->tally_of(op, 1)[State::acknowledged], 2u);
}

TEST_F(EnginePersons, AlsoInThoseThatWereAway) {
    display_everywhere();
    broker->close(marc);
    broker->receipt(vanessa, 1, State::acknowledged);
    protocol::SessionHello hello = hello_of("eve-2");
    hello.known = {{message_id(1), 1, State::displayed, true}};
    const PeerId back = broker->open(broker::Door::sessions);
    broker->receive(back, protocol::FromSession{hello});
    EXPECT_EQ(removal(back), protocol::RemovalCause::acknowledged);
}

TEST_F(EnginePersons, AreToldSoOnlyWhenAllOfItIsOnDisk) {
    display_everywhere();
    broker->hold_journal();
    broker->receipt(vanessa, 1, State::acknowledged);
    broker->advance(1s);
    const auto early = broker->last<protocol::Heartbeat>(vanessa);
    EXPECT_TRUE(!early || early->confirmed < 2);
    broker->release_journal();
    broker->advance(1s);
    const auto heartbeat = broker->last<protocol::Heartbeat>(vanessa);
    ASSERT_TRUE(heartbeat);
    EXPECT_EQ(heartbeat->confirmed, 2u);
    EXPECT_EQ(broker->tally_of(op, 1)[State::acknowledged], 2u);
}

TEST_F(EnginePersons, AlsoWhileTheDiskIsFull) {
    broker->receipt(marc, 1, State::displayed);
    journal.fill_disk(1);
    broker->receipt(vanessa, 1, State::displayed);  // It is let go of, and the disk does not know.
    broker->to_session(marc);
    broker->receipt(vanessa, 1, State::acknowledged);
    EXPECT_EQ(removal(marc), protocol::RemovalCause::acknowledged);
    broker->recover_journal();
    EXPECT_EQ(broker->tally_of(op, 1)[State::acknowledged], 2u);
}

TEST_F(EngineQuestions, WhoOnlyClaimsToBeThatPersonClearsNothing) {
    const PeerId claims = broker->join("eve-1");
    const PeerId second = join_verified("eve-2");
    broker->send(op, 1, "Read this");
    broker->to_session(second);
    broker->receipt(claims, 1, State::acknowledged);
    EXPECT_FALSE(broker->last<protocol::Remove>(second));
    EXPECT_EQ(broker->tally_of(op, 1)[State::acknowledged], 1u);
}

TEST_F(EngineQuestions, NorWithAMessageThatAsksEachSession) {
    const PeerId first = join_verified("eve-1");
    const PeerId second = join_verified("eve-2");
    protocol::Send send;
    send.id = message_id(1);
    send.content.text = "Read this everywhere";
    send.each_session = true;
    broker->ask(op, send);
    broker->receipt(first, 1, State::acknowledged);
    EXPECT_FALSE(broker->last<protocol::Remove>(second));
    EXPECT_EQ(broker->tally_of(op, 1)[State::acknowledged], 1u);
}

}  // namespace
}  // namespace crier::testing
