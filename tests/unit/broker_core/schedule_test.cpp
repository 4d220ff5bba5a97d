// Messages that go out later, or again and again: by the clock, over crashes, late.

#include <gtest/gtest.h>

#include "broker/core/timetable.hpp"
#include "broker/journal/memory_journal.hpp"
#include "tests/support/broker_driver.hpp"

namespace crier::testing {
namespace {

using namespace std::chrono_literals;
using broker::MemoryJournal;
using broker::PeerId;
using Texts = std::vector<std::string>;

const UtcTime start = utc_from_ms(1'700'000'000'000);

class EngineSchedule : public ::testing::Test {
protected:
    protocol::Send at(Milliseconds from_now) {
        protocol::Send send;
        send.id = message_id(1);
        send.content.text = "Maintenance";
        send.schedule.due = broker->now().utc + from_now;
        return send;
    }
    protocol::Send reminders() {
        protocol::Send send = at(10s);
        send.schedule.every = 60s;
        send.schedule.until = *send.schedule.due + 150s;
        return send;
    }
    void restart_after(Milliseconds down) {
        Moment now = broker->now();
        now.steady += down;
        now.utc += down;
        broker.emplace(journal, patient_settings(), now);
        op = broker->join_operator();
    }
    std::vector<protocol::MessageSummary> scheduled() {
        protocol::ListMessages list;
        list.scheduled = true;
        broker->ask(op, list);
        const auto page = broker->last<protocol::MessagePage>(op);
        return page ? page->messages : std::vector<protocol::MessageSummary>{};
    }
    std::optional<ErrorCode> refusal() {
        const auto refused = broker->last<protocol::Refused>(op);
        return refused ? std::optional(refused->code) : std::nullopt;
    }

    MemoryJournal journal;
    std::optional<BrokerDriver> broker{std::in_place, journal, patient_settings()};
    PeerId op = broker->join_operator();
    PeerId vanessa = broker->join("vanessa-1");
};

TEST_F(EngineSchedule, AMessageGoesOutWhenItIsDueAndNotBefore) {
    broker->ask(op, at(10s));
    const auto accepted = broker->last<protocol::Accepted>(op);
    ASSERT_TRUE(accepted);
    EXPECT_EQ(accepted->due, start + 10s);
    EXPECT_EQ(accepted->tally.targeted(), 0u);
    broker->advance(9'999ms);
    EXPECT_EQ(broker->texts(vanessa), Texts{});
    broker->advance(1ms);
    const auto show = broker->last<protocol::Show>(vanessa);
    ASSERT_TRUE(show);
    EXPECT_EQ(show->content.text, "Maintenance");
    EXPECT_EQ(show->late, std::nullopt);
    EXPECT_FALSE(show->is_reminder);
    EXPECT_EQ(broker->tally_of(op, 1)[State::waiting], 1u);
}

TEST_F(EngineSchedule, ItIsForThoseWhoAreThereWhenItIsDue) {
    broker->ask(op, at(10s));
    const PeerId marc = broker->join("marc-1");
    broker->receive(vanessa, protocol::FromSession{protocol::Goodbye{}});
    broker->advance(10s);
    EXPECT_EQ(broker->texts(marc), Texts{"Maintenance"});
    EXPECT_EQ(broker->tally_of(op, 1).targeted(), 1u);
    broker->advance(1ms);
    const PeerId late = broker->join("luc-1");
    EXPECT_EQ(broker->texts(late), Texts{}) << "it has no expiry to stand until";
}

TEST_F(EngineSchedule, ItSurvivesARestartBeforeItIsDue) {
    broker->ask(op, at(10s));
    restart_after(5s);
    ASSERT_EQ(scheduled().size(), 1u);
    vanessa = broker->join("vanessa-1");
    broker->advance(4s);
    EXPECT_EQ(broker->texts(vanessa), Texts{});
    broker->advance(1s);
    EXPECT_EQ(broker->texts(vanessa), Texts{"Maintenance"});
}

TEST_F(EngineSchedule, DueWhileTheBrokerWasDownItGoesOutLateAndSaysSo) {
    broker->ask(op, at(10s));
    restart_after(1h);
    vanessa = broker->join("vanessa-1");
    const auto show = broker->last<protocol::Show>(vanessa);
    ASSERT_TRUE(show);
    EXPECT_EQ(show->late, start + 10s);
    // Another start knows it as well, and does not send it once more.
    broker->receipt(vanessa, 1, State::displayed);
    restart_after(1s);
    EXPECT_EQ(broker->tally_of(op, 1)[State::displayed], 1u);
    protocol::AskOutcome ask;
    ask.id = message_id(1);
    broker->ask(op, ask);
    EXPECT_EQ(broker->last<protocol::OutcomePage>(op)->message.late, start + 10s);
}

TEST_F(EngineSchedule, WhatHasExpiredMeanwhileIsNotSent) {
    protocol::Send send = at(10s);
    send.expires = start + 60s;
    broker->ask(op, send);
    restart_after(2min);
    vanessa = broker->join("vanessa-1");
    EXPECT_EQ(broker->texts(vanessa), Texts{});
    EXPECT_EQ(broker->tally_of(op, 1).targeted(), 0u);
    EXPECT_TRUE(scheduled().empty());
}

TEST_F(EngineSchedule, ARecallCancelsIt) {
    broker->ask(op, at(10s));
    broker->recall(op, 2, 1);
    broker->advance(1min);
    EXPECT_EQ(broker->texts(vanessa), Texts{});
    EXPECT_TRUE(scheduled().empty());
    restart_after(1s);
    vanessa = broker->join("vanessa-1");
    EXPECT_EQ(broker->texts(vanessa), Texts{});
}

TEST_F(EngineSchedule, AnUpdateChangesWhatWillGoOutAndWhen) {
    broker->ask(op, at(10s));
    protocol::Update update;
    update.id = message_id(2);
    update.message = message_id(1);
    update.text = "Moved";
    update.due = start + 30s;
    broker->update(op, update);
    ASSERT_TRUE(broker->last<protocol::Accepted>(op));
    broker->advance(29s);
    EXPECT_EQ(broker->texts(vanessa), Texts{});
    broker->advance(1s);
    const auto show = broker->last<protocol::Show>(vanessa);
    ASSERT_TRUE(show);
    EXPECT_EQ(show->content.text, "Moved");
    EXPECT_EQ(show->revision, 2u);
    // Once it has gone out there is nothing left to move.
    update.id = message_id(3);
    broker->update(op, update);
    EXPECT_EQ(refusal(), ErrorCode::time_invalid);
}

TEST_F(EngineSchedule, NoTimeCountsAfterARecallThoughThereIsASecondOne) {
    broker->ask(op, reminders());
    broker->advance(11s);
    broker->hold_journal();
    broker->recall(op, 2, 1);
    broker->leap(60s);  // In which its second time would have come.
    broker->recall(op, 3, 1);
    broker->release_journal();
    restart_after(1s);
    protocol::AskOutcome ask;
    ask.id = message_id(1);
    broker->ask(op, ask);
    EXPECT_EQ(broker->last<protocol::OutcomePage>(op)->message.revision, 1u);
}

TEST_F(EngineSchedule, AnUpdateLeavesASeriesASeries) {
    broker->ask(op, reminders());
    protocol::Update update;
    update.id = message_id(2);
    update.message = message_id(1);
    update.due = start + 101s;
    broker->update(op, update);
    EXPECT_EQ(refusal(), ErrorCode::time_invalid) << "until 160 s it would be said once";
    update.due = start + 100s;
    broker->update(op, update);
    EXPECT_TRUE(broker->last<protocol::Accepted>(op)) << "twice";
}

TEST_F(EngineSchedule, WhatIsPutOffInTimeDoesNotGoOutWhileTheDiskIsSlow) {
    broker->ask(op, at(10s));
    broker->advance(9s);
    broker->hold_journal();
    protocol::Update update;
    update.id = message_id(2);
    update.message = message_id(1);
    update.shift = 60s;
    broker->update(op, update);
    broker->advance(10s);
    EXPECT_EQ(broker->texts(vanessa), Texts{});
    broker->release_journal();
    EXPECT_EQ(broker->texts(vanessa), Texts{});
    broker->advance(51s);
    EXPECT_EQ(broker->texts(vanessa), Texts{"Maintenance"});
}

/// An update keeps it waiting, and a recall that was asked for after its time comes behind that.
TEST_F(EngineSchedule, WhatWasDueBeforeItsRecallHasItsAudienceThoughItNeverWentOut) {
    broker->ask(op, at(10s));
    broker->advance(9s);
    broker->hold_journal();
    broker->update(op, 2, 1, "Maintenance at 22:00");
    broker->advance(2s);
    broker->recall(op, 3, 1);
    broker->release_journal();
    EXPECT_EQ(broker->texts(vanessa), Texts{});
    EXPECT_EQ(broker->tally_of(op, 1)[State::recalled_unseen], 1u);
    restart_after(1s);
    EXPECT_EQ(broker->tally_of(op, 1)[State::recalled_unseen], 1u);
}

TEST_F(EngineSchedule, WhatIsDueComesBeforeWhatIsAskedInTheSameMoment) {
    broker->ask(op, at(10s));
    broker->advance(9s);
    broker->leap(1s);
    broker->recall(op, 2, 1);
    EXPECT_EQ(broker->texts(vanessa), Texts{"Maintenance"});
    EXPECT_EQ(broker->tally_of(op, 1)[State::recalled_unseen], 1u);
}

/// The recall was asked for before that time, and came to the disk after it.
TEST_F(EngineSchedule, AStartCountsNoReminderAfterTheRecall) {
    broker->ask(op, reminders());
    broker->advance(69s);  // The first time was at 10 s, the next is at 70 s.
    broker->hold_journal();
    broker->update(op, 2, 1, "Maintenance at 22:00");
    broker->recall(op, 3, 1);
    broker->advance(2s);
    broker->release_journal();
    const auto revision = [this] {
        protocol::AskOutcome ask;
        ask.id = message_id(1);
        broker->ask(op, ask);
        return broker->last<protocol::OutcomePage>(op)->message.revision;
    };
    EXPECT_EQ(revision(), 2u);
    restart_after(1s);
    EXPECT_EQ(revision(), 2u);
}

TEST_F(EngineSchedule, RemindersAreOneMessageAndAlertWhoHasNotAcknowledged) {
    const PeerId marc = broker->join("marc-1");
    broker->ask(op, reminders());
    broker->advance(10s);
    broker->receipt(vanessa, 1, State::acknowledged);
    broker->receipt(marc, 1, State::displayed);
    EXPECT_EQ(broker->texts(marc).size(), 1u);
    broker->texts(vanessa);
    broker->advance(60s);
    const auto show = broker->last<protocol::Show>(marc);
    ASSERT_TRUE(show);
    EXPECT_EQ(show->revision, 2u);
    EXPECT_TRUE(show->is_reminder);
    EXPECT_EQ(broker->texts(vanessa), Texts{});
    // Who comes between two of them is reminded too.
    broker->advance(1ms);
    const PeerId luc = broker->join("luc-1");
    EXPECT_EQ(broker->texts(luc), Texts{});
    broker->advance(59'999ms);
    EXPECT_EQ(broker->texts(luc), Texts{"Maintenance"});
    EXPECT_EQ(broker->texts(marc), Texts{"Maintenance"});
    EXPECT_TRUE(scheduled().empty()) << "there are three in 150 s";
    broker->advance(60s);
    EXPECT_EQ(broker->texts(marc), Texts{});
}

TEST_F(EngineSchedule, RemindersThatWereMissedComeAsOne) {
    broker->ask(op, reminders());
    broker->advance(10s);
    broker->receipt(vanessa, 1, State::displayed);
    restart_after(130s);
    vanessa = broker->join("vanessa-1", {{message_id(1), 1, State::displayed, true}});
    const auto show = broker->last<protocol::Show>(vanessa);
    ASSERT_TRUE(show);
    EXPECT_EQ(show->revision, 3u);
    EXPECT_TRUE(show->is_reminder);
    EXPECT_EQ(show->late, start + 130s);
    EXPECT_EQ(broker->tally_of(op, 1).targeted(), 1u);
}

TEST_F(EngineSchedule, RemindersThatExpiredMeanwhileLeaveTheOutcomeAsItWas) {
    protocol::Send send = reminders();
    send.schedule.due.reset();
    send.expires = start + 2min;
    broker->ask(op, send);
    broker->receipt(vanessa, 1, State::displayed);
    restart_after(1h);
    EXPECT_EQ(broker->tally_of(op, 1)[State::displayed], 1u);
}

TEST_F(EngineSchedule, AShiftMovesWhatHasNotGoneOutWithItsExpiry) {
    protocol::Send send = at(10s);
    send.expires = start + 30s;
    broker->ask(op, send);
    protocol::Update update;
    update.id = message_id(2);
    update.message = message_id(1);
    update.shift = 1h;
    broker->update(op, update);
    EXPECT_TRUE(broker->last<protocol::Accepted>(op));
    ASSERT_EQ(scheduled().size(), 1u);
    EXPECT_EQ(scheduled()[0].next, start + 10s + 1h);
    EXPECT_EQ(scheduled()[0].expires, start + 30s + 1h);
}

TEST_F(EngineSchedule, AnnouncementsComeAtTheirTimesAndAShiftMovesThoseToCome) {
    protocol::Send send = at(10s);
    send.schedule.due.reset();
    send.schedule.announcements = {start + 10s, start + 20s, start + 30s};
    send.content.countdown_to = start + 40s;
    broker->ask(op, send);
    broker->advance(10s);
    EXPECT_EQ(broker->texts(vanessa).size(), 1u);
    protocol::Update update;
    update.id = message_id(2);
    update.message = message_id(1);
    update.shift = 60s;
    broker->update(op, update);
    const auto changed = broker->last<protocol::Show>(vanessa);
    ASSERT_TRUE(changed) << "the screen counts down to another time now";
    EXPECT_EQ(changed->content.countdown_to, start + 100s);
    broker->advance(69s);
    EXPECT_EQ(broker->texts(vanessa), Texts{});
    broker->advance(1s);
    EXPECT_EQ(broker->texts(vanessa).size(), 1u);
    restart_after(1s);
    ASSERT_EQ(scheduled().size(), 1u);
    EXPECT_EQ(scheduled()[0].next, start + 90s);
    EXPECT_EQ(scheduled()[0].revision, 3u);
}

TEST_F(EngineSchedule, TimesThatCannotBeAreRefused) {
    broker->ask(op, at(-1s));
    EXPECT_EQ(refusal(), ErrorCode::time_invalid);
    broker->ask(op, at(367 * 24h));
    EXPECT_EQ(refusal(), ErrorCode::time_invalid);
    protocol::Send send = at(10s);
    send.expires = start + 5s;
    broker->ask(op, send);
    EXPECT_EQ(refusal(), ErrorCode::time_invalid);
    protocol::Send endless = reminders();
    endless.schedule.every = 1s;
    endless.schedule.until = start + 24h;
    broker->ask(op, endless);
    EXPECT_EQ(refusal(), ErrorCode::time_invalid) << "more than ten thousand times";
    protocol::Send once = reminders();
    once.schedule.due = start + 10s;
    once.schedule.until = start + 10s + once.schedule.every - 1ms;
    broker->ask(op, once);
    EXPECT_EQ(refusal(), ErrorCode::time_invalid) << "it would not be repeated";
    EXPECT_TRUE(scheduled().empty());
}

TEST_F(EngineSchedule, TheSameRequestAtAnotherTimeIsTheSame) {
    broker->ask(op, at(10s));
    broker->advance(1s);
    broker->ask(op, at(10s));  // "In ten seconds", said again.
    const auto accepted = broker->last<protocol::Accepted>(op);
    ASSERT_TRUE(accepted);
    EXPECT_TRUE(accepted->already);
    EXPECT_EQ(accepted->due, start + 10s);
}

TEST(Timetable, ReckonsTimesFromASchedule) {
    using broker::time_number;
    using broker::times_by;
    Schedule once;
    EXPECT_EQ(time_number(once, start, 0), start);
    EXPECT_EQ(time_number(once, start, 1), std::nullopt);
    EXPECT_EQ(times_by(once, start, start - 1h), 1u) << "at once, whatever a clock says";
    Schedule every;
    every.due = start;
    every.every = 10s;
    every.until = start + 25s;
    EXPECT_EQ(times_by(every, start, start - 1ms), 0u);
    for (std::uint32_t n = 0; n < 3; ++n) {
        EXPECT_EQ(time_number(every, start, n), start + n * 10s);
        EXPECT_EQ(times_by(every, start, start + n * 10s), n + 1);
        EXPECT_EQ(times_by(every, start, start + n * 10s + 9'999ms), n + 1);
    }
    EXPECT_EQ(time_number(every, start, 3), std::nullopt);
    EXPECT_EQ(times_by(every, start, start + 1h), 3u);
}

}  // namespace
}  // namespace crier::testing
