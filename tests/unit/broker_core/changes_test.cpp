// What operators change of a message: on screens, for those who are yet to get it, over crashes.

#include <gtest/gtest.h>

#include "broker/journal/memory_journal.hpp"
#include "tests/support/broker_driver.hpp"

namespace crier::testing {
namespace {

using broker::MemoryJournal;
using broker::PeerId;
using Texts = std::vector<std::string>;

class EngineChanges : public ::testing::Test {
protected:
    protocol::Receipt receipt(State state, std::uint32_t revision) {
        protocol::Receipt receipt;
        receipt.id = message_id(1);
        receipt.revision = revision;
        receipt.state = state;
        return receipt;
    }
    void restart() { broker.emplace(journal, insecure_settings(), broker->now()); }
    /// The code that the operator's last request was refused with.
    std::optional<ErrorCode> refusal() {
        const auto refused = broker->last<protocol::Refused>(op);
        return refused ? std::optional(refused->code) : std::nullopt;
    }

    MemoryJournal journal;
    std::optional<BrokerDriver> broker{std::in_place, journal, insecure_settings()};
    PeerId op = broker->join_operator();
    PeerId vanessa = broker->join("vanessa-1");
    PeerId marc = broker->join("marc-1");
};

// ---- Updates ------------------------------------------------------------------------------------

TEST_F(EngineChanges, AnUpdateReplacesTheTextOnEveryScreen) {
    broker->send(op, 1, "At 22:00");
    broker->receipt(vanessa, 1, State::displayed);
    broker->to_session(vanessa);
    broker->update(op, 2, 1, "At 23:00");
    const auto accepted = broker->last<protocol::Accepted>(op);
    ASSERT_TRUE(accepted);
    EXPECT_EQ(accepted->id, message_id(1));
    EXPECT_EQ(accepted->revision, 2u);
    const auto show = broker->last<protocol::Show>(vanessa);
    ASSERT_TRUE(show);
    EXPECT_EQ(show->id, message_id(1));
    EXPECT_EQ(show->revision, 2u);
    EXPECT_EQ(show->content.text, "At 23:00");
}

TEST_F(EngineChanges, TheTallyIsOfTheNewestRevision) {
    broker->send(op, 1, "At 22:00");
    broker->receipt(vanessa, 1, State::displayed);
    broker->update(op, 2, 1, "At 23:00");
    EXPECT_EQ(broker->tally_of(op, 1)[State::waiting], 2u);
    broker->receipt(marc, receipt(State::displayed, 1));
    EXPECT_EQ(broker->tally_of(op, 1)[State::waiting], 2u) << "that was the older one";
    broker->receipt(marc, receipt(State::displayed, 2));
    EXPECT_EQ(broker->tally_of(op, 1)[State::displayed], 1u);
    EXPECT_EQ(broker->tally_of(op, 1).targeted(), 2u);
}

TEST_F(EngineChanges, WhoHasAcknowledgedIsLeftAlone) {
    broker->send(op, 1, "At 22:00");
    broker->receipt(vanessa, 1, State::acknowledged);
    broker->texts(vanessa);
    broker->update(op, 2, 1, "At 23:00");
    EXPECT_EQ(broker->texts(vanessa), Texts{});
    EXPECT_EQ(broker->tally_of(op, 1)[State::acknowledged], 1u);
}

/// It has the revision that it acknowledged, and what it says of that is true.
TEST_F(EngineChanges, WhoWasLeftAloneIsHeardOfTheOlderRevision) {
    broker->send(op, 1, "At 22:00");
    broker->receipt(vanessa, 1, State::acknowledged);
    broker->receipt(marc, 1, State::displayed);
    broker->update(op, 2, 1, "At 23:00");
    protocol::Receipt off = receipt(State::acknowledged, 1);
    off.removed = true;
    broker->receipt(vanessa, off);
    off.state = State::displayed;
    broker->receipt(marc, off);
    protocol::AskOutcome ask;
    ask.id = message_id(1);
    broker->ask(op, ask);
    const auto page = broker->last<protocol::OutcomePage>(op);
    ASSERT_TRUE(page);
    EXPECT_EQ(page->message.counts.removed, 1u) << "who is asked anew is not";
    EXPECT_EQ(page->message.tally[State::waiting], 1u);
}

TEST_F(EngineChanges, UnlessTheUpdateAsksAgain) {
    broker->send(op, 1, "At 22:00");
    broker->receipt(vanessa, 1, State::acknowledged);
    broker->texts(vanessa);
    protocol::Update update;
    update.id = message_id(2);
    update.message = message_id(1);
    update.text = "At 23:00";
    update.ask_again = true;
    broker->update(op, update);
    EXPECT_EQ(broker->texts(vanessa), Texts{"At 23:00"});
    EXPECT_EQ(broker->tally_of(op, 1)[State::waiting], 2u);
}

TEST_F(EngineChanges, WhatIsNotNamedStaysAsItIs) {
    broker->send(op, 1, "At 22:00");
    protocol::Update update;
    update.id = message_id(2);
    update.message = message_id(1);
    update.severity = Severity::critical;
    update.title = "Maintenance";
    broker->update(op, update);
    const auto show = broker->last<protocol::Show>(vanessa);
    ASSERT_TRUE(show);
    EXPECT_EQ(show->content.text, "At 22:00");
    EXPECT_EQ(show->content.title, "Maintenance");
    EXPECT_EQ(show->content.severity, Severity::critical);
}

TEST_F(EngineChanges, ASessionThatWasAwayGetsTheNewestOnly) {
    broker->send(op, 1, "At 22:00");
    broker->close(vanessa);
    broker->update(op, 2, 1, "At 23:00");
    broker->update(op, 3, 1, "At 23:30");
    vanessa = broker->join("vanessa-1", {{message_id(1), 1, State::displayed, true}});
    EXPECT_EQ(broker->texts(vanessa), Texts{"At 23:30"});
}

TEST_F(EngineChanges, ASlowSessionIsNotSentTheOlderOneWhenItHasRoom) {
    auto settings = insecure_settings();
    settings.unconfirmed_messages_max = 1;
    MemoryJournal other;
    BrokerDriver slow(other, settings);
    const PeerId from = slow.join_operator();
    const PeerId to = slow.join("vanessa-1");
    slow.send(from, 9, "first");
    slow.send(from, 1, "At 22:00");
    slow.update(from, 2, 1, "At 23:00");
    EXPECT_EQ(slow.texts(to), Texts{"first"});
    slow.receipt(to, 9, State::delivered);
    EXPECT_EQ(slow.texts(to), Texts{"At 23:00"});
    slow.receipt(to, receipt(State::delivered, 2));
    EXPECT_EQ(slow.texts(to), Texts{}) << "once in a connection";
}

TEST_F(EngineChanges, AReceiptForANewerRevisionFreesTheRoomOfTheOlder) {
    auto settings = insecure_settings();
    settings.unconfirmed_messages_max = 2;
    MemoryJournal other;
    BrokerDriver slow(other, settings);
    const PeerId from = slow.join_operator();
    const PeerId to = slow.join("vanessa-1");
    slow.send(from, 1, "At 22:00");
    slow.update(from, 2, 1, "At 23:00");
    slow.send(from, 9, "next");
    EXPECT_EQ(slow.texts(to), (Texts{"At 22:00", "At 23:00"}));
    slow.receipt(to, receipt(State::displayed, 2));
    slow.send(from, 10, "and next");
    EXPECT_EQ(slow.texts(to), (Texts{"next", "and next"}));
}

TEST_F(EngineChanges, TheSameUpdateAgainIsAnsweredAndDoneOnce) {
    broker->send(op, 1, "At 22:00");
    broker->update(op, 2, 1, "At 23:00");
    broker->texts(vanessa);
    broker->update(op, 2, 1, "At 23:00");
    const auto accepted = broker->last<protocol::Accepted>(op);
    ASSERT_TRUE(accepted);
    EXPECT_TRUE(accepted->already);
    EXPECT_EQ(accepted->revision, 2u);
    EXPECT_EQ(broker->texts(vanessa), Texts{});
    broker->update(op, 2, 1, "At 24:00");
    EXPECT_EQ(refusal(), ErrorCode::request_id_reused);
}

TEST_F(EngineChanges, AnExpiryCanBeMoved) {
    const UtcTime end = broker->now().utc + Milliseconds(60'000);
    broker->send(op, 1, "At 22:00");
    protocol::Update update;
    update.id = message_id(2);
    update.message = message_id(1);
    update.expires = end;
    broker->update(op, update);
    const auto show = broker->last<protocol::Show>(vanessa);
    ASSERT_TRUE(show);
    EXPECT_EQ(show->off_screen_at, end);
    broker->receipt(vanessa, receipt(State::displayed, 2));
    broker->advance(Milliseconds(60'001));
    op = broker->join_operator();  // It was silent for too long.
    EXPECT_EQ(broker->tally_of(op, 1)[State::expired_unseen], 1u);
    broker->update(op, 3, 1, "too late");
    EXPECT_EQ(refusal(), ErrorCode::message_over);
}

TEST_F(EngineChanges, WhatNobodyCanMeanIsRefusedAndNothingChanges) {
    broker->send(op, 1, "At 22:00");
    broker->texts(vanessa);
    broker->update(op, 2, 77, "At 23:00");
    EXPECT_EQ(refusal(), ErrorCode::message_unknown);
    broker->update(op, 3, 1, " \n ");
    EXPECT_EQ(refusal(), ErrorCode::text_invalid);
    protocol::Update past;
    past.id = message_id(4);
    past.message = message_id(1);
    past.expires = broker->now().utc;
    broker->update(op, past);
    EXPECT_EQ(refusal(), ErrorCode::time_invalid);
    EXPECT_EQ(broker->texts(vanessa), Texts{});
    EXPECT_EQ(broker->tally_of(op, 1)[State::waiting], 2u);
}

TEST_F(EngineChanges, AnUpdateSurvivesACrashWithItsReceipts) {
    broker->send(op, 1, "At 22:00");
    broker->receipt(vanessa, 1, State::acknowledged);
    broker->receipt(marc, 1, State::displayed);
    broker->update(op, 2, 1, "At 23:00");
    restart();
    op = broker->join_operator();
    Tally expected;
    expected[State::acknowledged] = 1;
    expected[State::waiting] = 1;
    EXPECT_EQ(broker->tally_of(op, 1), expected);
    marc = broker->join("marc-1", {{message_id(1), 1, State::displayed, true}});
    EXPECT_EQ(broker->texts(marc), Texts{"At 23:00"});
    broker->receipt(marc, receipt(State::displayed, 2));
    restart();
    op = broker->join_operator();
    expected[State::waiting] = 0;
    expected[State::displayed] = 1;
    EXPECT_EQ(broker->tally_of(op, 1), expected);
    broker->update(op, 2, 1, "At 23:00");
    EXPECT_TRUE(broker->last<protocol::Accepted>(op)->already);
}

TEST_F(EngineChanges, AnUpdateOfAMessageOnItsWayComesAfterIt) {
    broker->hold_journal();
    broker->send(op, 1, "At 22:00");
    broker->update(op, 2, 1, "At 23:00");
    broker->release_journal();
    EXPECT_EQ(broker->texts(vanessa).back(), "At 23:00");
    EXPECT_EQ(broker->tally_of(op, 1).targeted(), 2u);
}

// ---- Recalls ------------------------------------------------------------------------------------

TEST_F(EngineChanges, ARecallTakesItOffEveryConnectedScreen) {
    broker->send(op, 1, "Salut");
    broker->receipt(vanessa, 1, State::displayed);
    broker->to_session(vanessa);
    broker->recall(op, 2, 1, true);
    const auto removed = broker->last<protocol::Remove>(vanessa);
    ASSERT_TRUE(removed);
    EXPECT_EQ(removed->id, message_id(1));
    EXPECT_EQ(removed->cause, protocol::RemovalCause::recalled);
    EXPECT_TRUE(broker->last<protocol::Remove>(marc)) << "it may be showing it this moment";
    Tally expected;
    expected[State::displayed] = 1;
    expected[State::recalled_unseen] = 1;
    EXPECT_EQ(broker->tally_of(op, 1), expected);
    ASSERT_FALSE(broker->bell().empty());
    EXPECT_EQ(broker->bell().back().body.cause, protocol::RemovalCause::recalled);
}

TEST_F(EngineChanges, WhoFollowsARecallHearsWhenTheLastScreenIsClear) {
    broker->send(op, 1, "Salut");
    broker->receipt(vanessa, 1, State::displayed);
    broker->receipt(marc, 1, State::displayed);
    broker->recall(op, 2, 1, true);
    EXPECT_FALSE(broker->last<protocol::TallyChanged>(op)->is_final);
    auto off = receipt(State::displayed, 1);
    off.removed = true;
    broker->receipt(vanessa, off);
    broker->advance(Milliseconds(200));
    auto tally = broker->last<protocol::TallyChanged>(op);
    ASSERT_TRUE(tally);
    EXPECT_EQ(tally->counts.removed, 1u);
    EXPECT_FALSE(tally->is_final);
    broker->receipt(marc, off);
    broker->advance(Milliseconds(200));
    tally = broker->last<protocol::TallyChanged>(op);
    ASSERT_TRUE(tally);
    EXPECT_EQ(tally->counts.removed, 2u);
    EXPECT_TRUE(tally->is_final);
}

TEST_F(EngineChanges, ASessionThatWasAwayNeverSeesWhatWasRecalled) {
    broker->close(vanessa);
    broker->send(op, 1, "Salut");
    broker->recall(op, 2, 1);
    EXPECT_EQ(broker->texts(broker->join("vanessa-1")), Texts{});
}

TEST_F(EngineChanges, ASessionThatWasAwayRemovesItFirstThingOnReturn) {
    broker->send(op, 1, "Salut");
    broker->receipt(vanessa, 1, State::displayed);
    broker->close(vanessa);
    broker->recall(op, 2, 1);
    vanessa = broker->join("vanessa-1", {{message_id(1), 1, State::displayed, true}});
    const auto removed = broker->last<protocol::Remove>(vanessa);
    ASSERT_TRUE(removed);
    EXPECT_EQ(removed->cause, protocol::RemovalCause::recalled);
}

TEST_F(EngineChanges, ARecallSurvivesACrash) {
    broker->send(op, 1, "Salut");
    broker->receipt(vanessa, 1, State::displayed);
    broker->recall(op, 2, 1);
    restart();
    op = broker->join_operator();
    vanessa = broker->join("vanessa-1", {{message_id(1), 1, State::displayed, true}});
    EXPECT_TRUE(broker->last<protocol::Remove>(vanessa));
    EXPECT_EQ(broker->texts(broker->join("marc-1")), Texts{});
    EXPECT_EQ(broker->tally_of(op, 1)[State::recalled_unseen], 1u);
}

TEST_F(EngineChanges, ASecondRecallIsASuccessThatSaysSo) {
    broker->send(op, 1, "Salut");
    broker->recall(op, 2, 1);
    broker->last<protocol::Accepted>(op);
    broker->recall(op, 3, 1);
    const auto accepted = broker->last<protocol::Accepted>(op);
    ASSERT_TRUE(accepted);
    EXPECT_TRUE(accepted->already);
    EXPECT_EQ(journal.read_message(message_id(1))->value().changes.size(), 1u);
    broker->update(op, 4, 1, "no more");
    EXPECT_EQ(refusal(), ErrorCode::message_over);
}

TEST_F(EngineChanges, WhatMemoryHasLetGoOfCanBeRecalled) {
    auto settings = insecure_settings();
    settings.remembered_cells_max = 0;
    MemoryJournal other;
    BrokerDriver small(other, settings);
    const PeerId from = small.join_operator();
    PeerId to = small.join("vanessa-1");
    small.send(from, 1, "Salut");
    small.receipt(to, 1, State::displayed);
    ASSERT_TRUE(other.recover()->open_messages.empty()) << "only history has it";
    small.to_session(to);
    small.update(from, 2, 1, "changed");
    EXPECT_EQ(small.last<protocol::Refused>(from)->code, ErrorCode::message_over);
    small.recall(from, 3, 1);
    EXPECT_TRUE(small.last<protocol::Accepted>(from));
    EXPECT_TRUE(small.last<protocol::Remove>(to));
    small.close(to);
    to = small.join("vanessa-1", {{message_id(1), 1, State::displayed, true}});
    EXPECT_TRUE(small.last<protocol::Remove>(to)) << "history tells";
}

TEST_F(EngineChanges, ASessionCannotChangeAnything) {
    broker->send(op, 1, "Salut");
    protocol::Recall recall{1, message_id(2), message_id(1), false};
    broker->receive_bytes(vanessa, protocol::encode(protocol::FromOperator{recall}));
    EXPECT_TRUE(broker->was_cut(vanessa));
    EXPECT_EQ(broker->tally_of(op, 1)[State::recalled_unseen], 0u);
}

TEST_F(EngineChanges, AFullDiskRefusesAChangeAndTheMessageStaysAsItIs) {
    broker->send(op, 1, "Salut");
    broker->texts(vanessa);
    journal.fill_disk(1);
    broker->recall(op, 2, 1);
    EXPECT_EQ(refusal(), ErrorCode::storage_failed);
    broker->recover_journal();
    EXPECT_EQ(broker->tally_of(op, 1)[State::waiting], 2u);
    broker->recall(op, 2, 1);
    EXPECT_EQ(broker->tally_of(op, 1)[State::recalled_unseen], 2u);
}

}  // namespace
}  // namespace crier::testing
