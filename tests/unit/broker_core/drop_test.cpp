// Messages that end sessions, and admission: who is sent away, and who comes in.

#include <gtest/gtest.h>

#include "broker/journal/memory_journal.hpp"
#include "tests/support/broker_driver.hpp"

namespace crier::testing {
namespace {

using namespace std::chrono_literals;
using broker::MemoryJournal;
using broker::PeerId;
using Texts = std::vector<std::string>;

class EngineDrop : public ::testing::Test {
protected:
    protocol::Send drop_in(Milliseconds grace, Target target = Target::everyone()) {
        protocol::Send send;
        send.id = message_id(1);
        send.content.text = "Please leave";
        send.target = std::move(target);
        send.schedule.drop = broker->now().utc + grace;
        return send;
    }
    void restart_after(Milliseconds down) {
        Moment now = broker->now();
        now.steady += down;
        now.utc += down;
        broker.emplace(journal, patient_settings(), now);
        op = broker->join_operator();
    }
    std::optional<ErrorCode> refusal(PeerId peer) {
        const auto refused = broker->last<protocol::Refused>(peer);
        return refused ? std::optional(refused->code) : std::nullopt;
    }
    Counts counts() {
        protocol::AskOutcome ask;
        ask.id = message_id(1);
        broker->ask(op, ask);
        return broker->last<protocol::OutcomePage>(op)->message.counts;
    }
    void set_admission(std::uint8_t id, bool is_open, std::string text = {},
                       std::string except = {}) {
        protocol::SetAdmission set;
        set.id = message_id(id);
        set.is_open = is_open;
        set.message = std::move(text);
        set.except = std::move(except);
        broker->ask(op, set);
    }
    /// What the kernel knows of a peer, it knows of this one.
    PeerId join_verified(const std::string& name) {
        broker::PeerFacts facts;
        facts.address = "ipc";
        facts.system_user = name.substr(0, name.find('-'));
        const PeerId peer = broker->open(std::move(facts));
        broker->receive(peer, protocol::FromSession{hello_of(name)});
        return peer;
    }

    MemoryJournal journal;
    std::optional<BrokerDriver> broker{std::in_place, journal, patient_settings()};
    PeerId op = broker->join_operator();
    PeerId vanessa = broker->join("vanessa-1");
    PeerId marc = broker->join("marc-1");
};

TEST_F(EngineDrop, TheMessageIsShownThenTheSessionEnds) {
    broker->ask(op, drop_in(60s, Target::of({id_of("vanessa-1")})));
    EXPECT_EQ(broker->texts(vanessa), Texts{"Please leave"});
    broker->receipt(vanessa, 1, State::displayed);
    broker->advance(59s);
    EXPECT_FALSE(broker->was_cut(vanessa));
    broker->advance(1s);
    EXPECT_TRUE(broker->was_cut(vanessa));
    EXPECT_EQ(refusal(vanessa), ErrorCode::dropped);
    EXPECT_FALSE(broker->was_cut(marc));
    EXPECT_EQ(counts().dropped, 1u);
    EXPECT_EQ(broker->tally_of(op, 1)[State::displayed], 1u) << "what it saw is still known";
}

TEST_F(EngineDrop, AtOnceIsExplainedWhereItEnds) {
    broker->ask(op, drop_in(0s, Target::of({id_of("vanessa-1")})));
    const auto refused = broker->last<protocol::Refused>(vanessa);
    ASSERT_TRUE(refused);
    EXPECT_NE(refused->detail.find(": Please leave"), std::string::npos) << refused->detail;
}

TEST_F(EngineDrop, ItsKeyIsRefusedForADayAlsoAfterARestart) {
    broker->ask(op, drop_in(0ms, Target::of({id_of("vanessa-1")})));
    EXPECT_TRUE(broker->was_cut(vanessa));
    EXPECT_EQ(refusal(broker->join("vanessa-1")), ErrorCode::dropped);
    restart_after(1s);
    const PeerId again = broker->join("vanessa-1");
    EXPECT_EQ(refusal(again), ErrorCode::dropped);
    EXPECT_TRUE(broker->was_cut(again));
    EXPECT_TRUE(broker->last<protocol::SessionWelcome>(broker->join("marc-1")));
    restart_after(24h);
    EXPECT_TRUE(broker->last<protocol::SessionWelcome>(broker->join("vanessa-1")));
}

TEST_F(EngineDrop, NobodyIsToldBeforeTheDiskHasIt) {
    broker->ask(op, drop_in(10s));
    broker->advance(9s);
    broker->hold_journal();
    broker->advance(1s);
    EXPECT_FALSE(refusal(vanessa)) << "a crash now would bring the session back";
    EXPECT_FALSE(broker->was_cut(vanessa));
    broker->receipt(vanessa, 1, State::displayed);  // It does not know yet that it is over.
    broker->close(marc);
    const PeerId again = broker->join("vanessa-1");
    EXPECT_FALSE(refusal(again));
    EXPECT_TRUE(broker->was_cut(vanessa)) << "the newer connection is told";
    broker->release_journal();
    vanessa = again;
    EXPECT_EQ(refusal(vanessa), ErrorCode::dropped);
    EXPECT_TRUE(broker->was_cut(vanessa));
    EXPECT_FALSE(broker->was_cut(marc)) << "it has gone by itself";
    EXPECT_EQ(counts().dropped, 2u);
}

TEST_F(EngineDrop, WhoIsAwayIsDroppedToo) {
    broker->close(vanessa);
    broker->ask(op, drop_in(10s));
    broker->advance(10s);
    EXPECT_EQ(refusal(broker->join("vanessa-1")), ErrorCode::dropped);
    EXPECT_EQ(counts().dropped, 2u);
}

TEST_F(EngineDrop, ARecallInTimeDropsNobody) {
    broker->ask(op, drop_in(10s));
    broker->recall(op, 2, 1);
    broker->advance(60s);
    EXPECT_FALSE(broker->was_cut(vanessa));
    restart_after(1s);
    EXPECT_TRUE(broker->last<protocol::SessionWelcome>(broker->join("vanessa-1")));
}

TEST_F(EngineDrop, ARecallThatTheDiskKeepsWaitingIsInTimeToo) {
    broker->ask(op, drop_in(10s));
    broker->advance(9s);
    broker->hold_journal();
    broker->recall(op, 2, 1);
    broker->advance(10s);
    EXPECT_FALSE(broker->was_cut(vanessa)) << "the recall came before";
    broker->release_journal();
    broker->advance(10s);
    EXPECT_FALSE(broker->was_cut(vanessa));
    EXPECT_EQ(counts().dropped, 0u);
}

TEST_F(EngineDrop, IfTheDiskIsFullForTheRecallItIsDone) {
    broker->ask(op, drop_in(10s));
    broker->advance(9s);
    journal.fill_disk(1);
    broker->hold_journal();
    broker->recall(op, 2, 1);
    broker->advance(10s);
    broker->release_journal();
    EXPECT_EQ(refusal(op), ErrorCode::storage_failed);
    EXPECT_TRUE(broker->was_cut(vanessa));
    broker->recover_journal();
    EXPECT_EQ(counts().dropped, 2u);
}

TEST_F(EngineDrop, AnUpdateOfTheMessageForgetsNobodyWhomItHasDropped) {
    broker->ask(op, drop_in(10s));
    broker->receipt(vanessa, 1, State::displayed);
    broker->advance(10s);
    broker->update(op, 2, 1, "They have left");
    EXPECT_EQ(counts().dropped, 2u);
    EXPECT_EQ(broker->tally_of(op, 1)[State::displayed], 1u);
    restart_after(1s);
    EXPECT_EQ(counts().dropped, 2u);
}

TEST_F(EngineDrop, ARestartNeitherForgetsItNorDoesItTwice) {
    broker->ask(op, drop_in(10s));
    restart_after(60s);
    EXPECT_EQ(refusal(broker->join("marc-1")), ErrorCode::dropped);
    const PeerId luc = broker->join("luc-1");
    restart_after(60s);
    EXPECT_TRUE(broker->last<protocol::SessionWelcome>(broker->join("luc-1")))
        << "who came afterwards is not meant";
    EXPECT_EQ(counts().dropped, 2u);
    static_cast<void>(luc);
}

TEST_F(EngineDrop, ARecallStopsOneThatHasExpiredBefore) {
    protocol::Send send = drop_in(60s);
    send.expires = broker->now().utc + 10s;
    broker->ask(op, send);
    broker->advance(20s);
    broker->recall(op, 2, 1);
    broker->advance(60s);
    EXPECT_FALSE(broker->was_cut(vanessa));
}

TEST_F(EngineDrop, AShiftGivesMoreTime) {
    broker->ask(op, drop_in(10s));
    protocol::Update update;
    update.id = message_id(2);
    update.message = message_id(1);
    update.shift = 60s;
    broker->update(op, update);
    broker->advance(69s);
    EXPECT_FALSE(broker->was_cut(vanessa));
    broker->advance(1s);
    EXPECT_TRUE(broker->was_cut(vanessa));
}

TEST_F(EngineDrop, TwoThatComeTogetherAreOneTooManyToo) {
    broker->hold_journal();
    broker->ask(op, drop_in(60s));
    protocol::Send other = drop_in(90s);
    other.id = message_id(2);
    broker->ask(op, other);
    broker->release_journal();
    EXPECT_EQ(refusal(op), ErrorCode::drain_overlaps);
}

TEST_F(EngineDrop, TwoThatEndTheSameSessionsAreOneTooMany) {
    broker->ask(op, drop_in(60s));
    protocol::Send other = drop_in(90s);
    other.id = message_id(2);
    broker->ask(op, other);
    EXPECT_EQ(refusal(op), ErrorCode::drain_overlaps);
}

TEST_F(EngineDrop, APlanClosesAdmissionUntilItIsOpened) {
    protocol::Send drain = drop_in(60s);
    drain.schedule.close_admission = broker->now().utc + 30s;
    broker->ask(op, drain);
    broker->advance(29s);
    EXPECT_TRUE(broker->last<protocol::SessionWelcome>(broker->join("luc-1")));
    broker->advance(1s);
    const PeerId eve = broker->join("eve-1");
    const auto refused = broker->last<protocol::Refused>(eve);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, ErrorCode::admission_closed);
    EXPECT_EQ(refused->detail, "Please leave");
    broker->advance(30s);  // All are gone, and the message is over.
    restart_after(10min);
    EXPECT_EQ(refusal(broker->join("eve-1")), ErrorCode::admission_closed);
    set_admission(9, true);
    EXPECT_TRUE(broker->last<protocol::Admission>(op)->is_open);
    EXPECT_TRUE(broker->last<protocol::SessionWelcome>(broker->join("eve-1")));
}

TEST_F(EngineDrop, ARecalledPlanOpensAdmissionAgain) {
    protocol::Send drain = drop_in(60s);
    drain.schedule.close_admission = broker->now().utc + 1s;
    broker->ask(op, drain);
    broker->advance(2s);
    EXPECT_EQ(refusal(broker->join("eve-1")), ErrorCode::admission_closed);
    broker->recall(op, 2, 1);
    EXPECT_TRUE(broker->last<protocol::SessionWelcome>(broker->join("eve-1")));
}

TEST_F(EngineDrop, AClosedAdmissionRefusesNewSessionsOnly) {
    set_admission(9, false, "Closed until 23:00");
    const auto answer = broker->last<protocol::Admission>(op);
    ASSERT_TRUE(answer);
    EXPECT_FALSE(answer->is_open);
    EXPECT_EQ(answer->by, "operators");
    const auto refused = broker->last<protocol::Refused>(broker->join("eve-1"));
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, ErrorCode::admission_closed);
    EXPECT_EQ(refused->detail, "Closed until 23:00");
    broker->close(vanessa);
    EXPECT_TRUE(broker->last<protocol::SessionWelcome>(broker->join("vanessa-1")));
    restart_after(1h);
    EXPECT_EQ(refusal(broker->join("eve-1")), ErrorCode::admission_closed);
    set_admission(10, true);
    EXPECT_TRUE(broker->last<protocol::SessionWelcome>(broker->join("eve-1")));
}

TEST_F(EngineDrop, AnExemptionIsForVerifiedUsersOnly) {
    set_admission(9, false, "Closed", "system_user=eve");
    EXPECT_EQ(refusal(broker->join("eve-1")), ErrorCode::admission_closed);
    EXPECT_TRUE(broker->last<protocol::SessionWelcome>(join_verified("eve-2")));
    EXPECT_EQ(refusal(join_verified("luc-1")), ErrorCode::admission_closed);
}

TEST_F(EngineDrop, TheSameRequestIsAnsweredTheSame) {
    set_admission(9, false, "Closed");
    broker->last<protocol::Admission>(op);
    set_admission(9, false, "Closed");
    const auto answer = broker->last<protocol::Admission>(op);
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->already);
    set_admission(10, true);
    broker->last<protocol::Admission>(op);
    set_admission(9, false, "Closed");
    const auto late = broker->last<protocol::Admission>(op);
    ASSERT_TRUE(late);
    EXPECT_TRUE(late->already && late->is_open) << "it was done, and is over";
    set_admission(9, false, "Another text");
    EXPECT_EQ(refusal(op), ErrorCode::request_id_reused);
}

TEST_F(EngineDrop, ToCloseAdmissionIsNoMessageThatCouldBeRecalled) {
    set_admission(9, false, "Closed");
    broker->recall(op, 2, 9);
    EXPECT_EQ(refusal(op), ErrorCode::message_unknown);
    broker->update(op, 3, 9, "Open");
    EXPECT_EQ(refusal(op), ErrorCode::message_unknown);
    EXPECT_FALSE(*journal.read_message(message_id(2))) << "nothing is in the log of it";
    EXPECT_EQ(refusal(broker->join("eve-1")), ErrorCode::admission_closed);
}

TEST_F(EngineDrop, AClosedAdmissionNeedsAReasonToShow) {
    set_admission(9, false, " ");
    EXPECT_EQ(refusal(op), ErrorCode::text_invalid);
    set_admission(9, false, "Closed", "user=");
    EXPECT_EQ(refusal(op), ErrorCode::filter_invalid);
    EXPECT_TRUE(broker->last<protocol::SessionWelcome>(broker->join("eve-1")));
}

}  // namespace
}  // namespace crier::testing
