// What stands on the desktop, and what is said of it: by a notification server that answers,
// does not answer, holds back, closes, ends. Method: a played server, in virtual time.

#include "subscriber/screens/desktop_screen.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/screens/played_notification_server.hpp"
#include "tests/unit/screens/sample_messages.hpp"

namespace crier::screens {
namespace {

using namespace testing;
using Events = std::vector<ScreenEvent>;
using Ids = std::vector<std::uint32_t>;

constexpr Milliseconds answer_within = DesktopScreen::answer_within;
constexpr Milliseconds settles_after = DesktopScreen::settles_after;
constexpr Milliseconds moment{1};

IncomingMessage revised(IncomingMessage message, std::string text) {
    message.revision += 1;
    message.content.text = std::move(text);
    return message;
}

std::vector<IncomingMessage> messages_of(std::uint8_t first, std::uint8_t last) {
    std::vector<IncomingMessage> messages;
    for (std::uint8_t number = first; number <= last; ++number) {
        messages.push_back(message_of(number, "Text " + std::to_string(number)));
    }
    return messages;
}

class DesktopScreenTest : public ::testing::Test {
protected:
    static void SetUpTestSuite() { use_utc(); }

    DesktopScreenTest() {
        server->comes();
        screen.tick(now);
        static_cast<void>(screen.take_events());
    }

    /// Lets the screen hear what the server has said.
    Events heard() {
        screen.serve({}, now);
        return screen.take_events();
    }
    Events after(Milliseconds time) {
        now += time;
        screen.tick(now);
        return screen.take_events();
    }
    Events taken(NoteTicket ticket, std::uint32_t id,
                 std::optional<std::string> held_back = std::nullopt) {
        server->takes(ticket, id, std::move(held_back));
        return heard();
    }
    Events closed(std::uint32_t id, NoteEnd end) {
        server->says(NoteClosed{id, end});
        return heard();
    }
    Events invoked(std::uint32_t id, std::string action) {
        server->says(NoteInvoked{id, std::move(action)});
        return heard();
    }
    /// On the desktop, by the next ticket, and told.
    void display(const IncomingMessage& message, std::uint32_t id) {
        screen.show(message, now);
        static_cast<void>(taken(server->notes.size(), id));
        ASSERT_EQ(after(settles_after), Events{came(message)});
    }
    static Came came(const IncomingMessage& message, Outcome outcome = {}) {
        return {message.id, message.revision, std::move(outcome)};
    }
    static Came failed(const IncomingMessage& message, std::string cause) {
        return came(message, {State::failed, std::move(cause)});
    }

    UtcTime now = evening;
    PlayedNotificationServer* server = new PlayedNotificationServer;
    DesktopScreen screen{Look{}, [this]() -> Result<std::unique_ptr<NotificationServer>> {
                             return std::unique_ptr<NotificationServer>(server);
                         }};
    const IncomingMessage hello = message_of(1, "Hello");
    const IncomingMessage alert = alert_of(2, "Log off");
    const IncomingMessage question = question_of(3, "Now?");
};

// ---- Displayed, or not
// ---------------------------------------------------------------------------

TEST_F(DesktopScreenTest, SaysDisplayedOnceItIsTakenAndHasSettledAndNotBefore) {
    screen.show(hello, now);
    EXPECT_EQ(after(settles_after), Events{}) << "the server has not answered";
    EXPECT_EQ(taken(1, 7), Events{});
    EXPECT_EQ(after(settles_after - moment), Events{});
    EXPECT_EQ(screen.next_tick(now), now + moment);
    EXPECT_EQ(after(moment), Events{came(hello)});
    EXPECT_EQ(after(answer_within), Events{}) << "once";
    EXPECT_EQ(server->notes.size(), 1U);
    EXPECT_EQ(server->closed, Ids{});
}

TEST_F(DesktopScreenTest, IsSuppressedWhileTheServerHoldsBackAndDisplayedWhenItNoLongerDoes) {
    screen.show(hello, now);
    EXPECT_EQ(taken(1, 7, "dunst is paused"),
              Events{came(hello, {State::suppressed, "dunst is paused"})});
    EXPECT_EQ(after(settles_after), Events{});
    server->says(HeldBack{"dunst is paused", false});
    EXPECT_EQ(heard(), Events{});
    EXPECT_EQ(after(settles_after), Events{});
    server->says(HeldBack{});
    EXPECT_EQ(heard(), Events{});
    EXPECT_EQ(taken(2, 7), Events{});
    EXPECT_EQ(after(settles_after), Events{came(hello)});
}

TEST_F(DesktopScreenTest, AsksAServerAgainThatHoldsBackInCaseItDoesNotTell) {
    screen.show(hello, now);
    static_cast<void>(taken(1, 7, "do not disturb is on"));
    const int before = server->questions;
    const std::optional<UtcTime> next = screen.next_tick(now);
    ASSERT_TRUE(next);
    EXPECT_LE(*next - now, Milliseconds(10'000));
    static_cast<void>(after(*next - now));
    EXPECT_EQ(server->questions, before + 1);
}

TEST_F(DesktopScreenTest, DisplaysACriticalOneWhereTheServerShowsThoseAllTheSame) {
    IncomingMessage critical = message_of(4, "Fire");
    critical.content.severity = Severity::critical;
    screen.show(critical, now);
    screen.show(hello, now);
    server->takes(1, 7, "do not disturb is on", true);
    server->takes(2, 8, "do not disturb is on", true);
    EXPECT_EQ(heard(), Events{came(hello, {State::suppressed, "do not disturb is on"})});
    EXPECT_EQ(after(settles_after), Events{came(critical)});
    server->says(HeldBack{"do not disturb is on", true});
    EXPECT_EQ(heard(), Events{});
    EXPECT_EQ(server->notes.size(), 2U);
}

TEST_F(DesktopScreenTest, HasFailedWithoutAnAnswerInTimeAndALateAnswerIsClosed) {
    screen.show(hello, now);
    EXPECT_EQ(after(answer_within - moment), Events{});
    EXPECT_EQ(after(moment),
              Events{failed(hello, "the notification server did not answer within 5 s")});
    EXPECT_EQ(server->closed, Ids{});
    EXPECT_EQ(taken(1, 7), Events{});
    EXPECT_EQ(server->closed, Ids{7});
    EXPECT_EQ(after(settles_after), Events{});
}

TEST_F(DesktopScreenTest, DoesNotCloseWhatALateAnswerNamesIfItIsAnotherMessageMeanwhile) {
    screen.show(hello, now);
    static_cast<void>(after(answer_within));
    screen.show(alert, now);
    static_cast<void>(taken(2, 7));
    EXPECT_EQ(taken(1, 7), Events{});
    EXPECT_EQ(server->closed, Ids{});
    EXPECT_EQ(after(settles_after), Events{came(alert)});
}

TEST_F(DesktopScreenTest, HasFailedIfItIsClosedAtOnce) {
    screen.show(hello, now);
    static_cast<void>(taken(1, 7));
    EXPECT_EQ(closed(7, NoteEnd::expired),
              Events{failed(hello, "closed at once: the notification server let it expire")});
    EXPECT_EQ(after(answer_within), Events{});
}

TEST_F(DesktopScreenTest, HasFailedIfTheServerRefusesIt) {
    screen.show(hello, now);
    server->says(NotNotified{1, "the notification server: too many"});
    EXPECT_EQ(heard(), Events{failed(hello, "the notification server: too many")});
    EXPECT_EQ(after(answer_within), Events{});
    EXPECT_EQ(server->closed, Ids{});
}

TEST_F(DesktopScreenTest, SaysWhoClosedALaterOne) {
    const std::vector<std::pair<NoteEnd, std::string>> ends{
        {NoteEnd::expired, "the notification server let it expire"},
        {NoteEnd::dismissed, "dismissed by the person"},
        {NoteEnd::closed, "closed by another program"},
        {NoteEnd::undefined, "closed by the notification server, which does not say why"}};
    std::uint32_t id = 10;
    for (const auto& [end, cause] : ends) {
        display(hello, ++id);
        EXPECT_EQ(closed(id, end), (Events{Dismissal{hello.id, 1, cause}}));
    }
    EXPECT_EQ(closed(id, NoteEnd::dismissed), Events{}) << "of what is gone there is no news";
}

TEST_F(DesktopScreenTest, TakesOffWhatIsRemovedOrWithdrawnAndSaysNothingOfIt) {
    display(hello, 7);
    screen.remove({hello.id, MessageRemovalCause::recalled}, now);
    EXPECT_EQ(server->take_closed(), Ids{7});
    EXPECT_EQ(closed(7, NoteEnd::closed), Events{}) << "that was this screen";
    screen.show(alert, now);
    screen.withdraw(alert.id, now);
    EXPECT_EQ(taken(2, 8), Events{});
    EXPECT_EQ(server->take_closed(), Ids{8}) << "taken by the server when nobody wanted it";
}

TEST_F(DesktopScreenTest, ClosesAllAtTheEnd) {
    display(hello, 7);
    display(alert, 8);
    screen.ended(std::nullopt, now);
    EXPECT_EQ(server->closed, (Ids{7, 8}));
    EXPECT_EQ(screen.take_events(), Events{});
}

TEST_F(DesktopScreenTest, HasFailedIfItIsClosedBeforeTheServerSaysThatItHasTakenIt) {
    screen.show(hello, now);
    EXPECT_EQ(closed(7, NoteEnd::dismissed), Events{});
    EXPECT_EQ(taken(1, 7), Events{failed(hello, "closed at once: dismissed by the person")});
    EXPECT_EQ(after(settles_after), Events{});
    display(alert, 8);
}

TEST_F(DesktopScreenTest, TheIdThatThereIsNotIsNotOneThatIsNotKnownYet) {
    screen.show(hello, now);
    EXPECT_EQ(closed(0, NoteEnd::dismissed), Events{});
    static_cast<void>(taken(1, 7));
    EXPECT_EQ(after(settles_after), Events{came(hello)});
}

TEST_F(DesktopScreenTest, HasFailedIfItIsClosedWhileItIsHeldBack) {
    screen.show(hello, now);
    static_cast<void>(taken(1, 7, "dunst is paused"));
    EXPECT_EQ(closed(7, NoteEnd::closed),
              Events{failed(hello, "closed while it was held back: closed by another program")});
}

TEST_F(DesktopScreenTest, PostsAgainWhatWasHeldBackForSomeServersNeverShowIt) {
    screen.show(hello, now);
    static_cast<void>(taken(1, 7, "do not disturb is on"));
    server->says(HeldBack{});
    EXPECT_EQ(heard(), Events{});
    ASSERT_EQ(server->notes.size(), 2U);
    EXPECT_EQ(server->notes[1].replaces, 7U);
    EXPECT_EQ(after(settles_after), Events{}) << "it was not on the screen";
    static_cast<void>(taken(2, 7));
    EXPECT_EQ(after(settles_after), Events{came(hello)});
}

TEST_F(DesktopScreenTest, AsksAServerThatHoldsBackAlsoWhileOtherThingsHappen) {
    screen.show(hello, now);
    static_cast<void>(taken(1, 7, "do not disturb is on"));
    const int before = server->questions;
    for (int second = 0; second < 10; ++second) static_cast<void>(after(Milliseconds(1'000)));
    EXPECT_EQ(server->questions, before + 2);
    const std::optional<UtcTime> next = screen.next_tick(now);
    ASSERT_TRUE(next);
    EXPECT_EQ(screen.next_tick(now + Milliseconds(1'000)), next);
}

TEST_F(DesktopScreenTest, OneWhoseIdTheServerGivesToAnotherIsGone) {
    display(hello, 7);
    screen.show(alert, now);
    EXPECT_EQ(taken(2, 7),
              (Events{Dismissal{hello.id, 1,
                                "the notification server gave its place to another message"}}));
    EXPECT_EQ(after(settles_after), Events{came(alert)});
    screen.remove({hello.id, MessageRemovalCause::recalled}, now);
    EXPECT_EQ(server->closed, Ids{}) << "the other one stays";
}

// ---- Replies
// -------------------------------------------------------------------------------------

TEST_F(DesktopScreenTest, AButtonAcknowledgesAndTheNotificationGoes) {
    display(alert, 7);
    const Acknowledgement reply{alert.id, 1};
    EXPECT_EQ(invoked(7, "acknowledge"), Events{reply});
    screen.acknowledged(reply, {}, now);
    EXPECT_EQ(server->closed, Ids{7});
    EXPECT_EQ(closed(7, NoteEnd::closed), Events{});
}

TEST_F(DesktopScreenTest, IsShownAgainIfTheAcknowledgementFails) {
    display(alert, 7);
    static_cast<void>(invoked(7, "acknowledge"));
    screen.acknowledged({alert.id, 1}, fail(ErrorCode::overloaded, "full"), now);
    ASSERT_EQ(server->notes.size(), 2U);
    EXPECT_EQ(server->notes[1].replaces, 7U);
}

TEST_F(DesktopScreenTest, AButtonAnswersAndTheServerMayCloseItThen) {
    display(question, 7);
    EXPECT_EQ(invoked(7, "choice-1"), (Events{Answer{question.id, 1, 1}}));
    EXPECT_EQ(closed(7, NoteEnd::dismissed),
              (Events{Dismissal{question.id, 1, "closed after the answer"}}));
}

TEST_F(DesktopScreenTest, IgnoresActionsThatMeanNothing) {
    display(alert, 7);
    display(question, 8);
    for (const char* action : {"", "default", "choice-", "choice-0x", "choice--1", "choice-0",
                               "choice-99999999999999999999", "Acknowledge"}) {
        EXPECT_EQ(invoked(7, action), Events{}) << action;
    }
    EXPECT_EQ(invoked(8, "choice-2"), Events{}) << "there are two";
    EXPECT_EQ(invoked(8, "acknowledge"), Events{}) << "a question is no alert";
    EXPECT_EQ(invoked(99, "acknowledge"), Events{}) << "another program's";
    EXPECT_EQ(invoked(0, "acknowledge"), Events{});
}

TEST_F(DesktopScreenTest, IgnoresActionsThatWereNotOffered) {
    server->goes("it ended");
    server->comes("bus :1.2", {"without buttons", false, false});
    static_cast<void>(heard());
    display(alert, 7);
    EXPECT_EQ(invoked(7, "acknowledge"), Events{});
    display(question, 8);
    EXPECT_EQ(invoked(8, "choice-0"), Events{});
}

TEST_F(DesktopScreenTest, WhoChoosesHasSeenItThoughItHasNotSettled) {
    screen.show(question, now);
    static_cast<void>(taken(1, 7));
    EXPECT_EQ(invoked(7, "choice-0"), (Events{came(question), Answer{question.id, 1, 0}}));
    EXPECT_EQ(closed(7, NoteEnd::dismissed),
              (Events{Dismissal{question.id, 1, "closed after the answer"}}));
}

TEST_F(DesktopScreenTest, NobodyHasRepliedToARevisionThatWasNotThereYet) {
    display(question, 7);
    const IncomingMessage newer = revised(question, "Now, really?");
    screen.change(newer, now);
    EXPECT_EQ(invoked(7, "choice-0"), Events{});
    static_cast<void>(taken(2, 7));
    EXPECT_EQ(after(settles_after), Events{came(newer)});
    EXPECT_EQ(invoked(7, "choice-0"), (Events{Answer{question.id, 2, 0}}));
}

TEST_F(DesktopScreenTest, GoesWhereItWasAcknowledgedElsewhere) {
    display(alert, 7);
    screen.acknowledged({alert.id, 1}, {}, now);
    EXPECT_EQ(server->closed, Ids{7});
}

// ---- Changes
// -------------------------------------------------------------------------------------

TEST_F(DesktopScreenTest, AChangeReplacesTheNotification) {
    display(hello, 7);
    const IncomingMessage newer = revised(hello, "Hello again");
    screen.change(newer, now);
    ASSERT_EQ(server->notes.size(), 2U);
    EXPECT_EQ(server->notes[1].replaces, 7U);
    EXPECT_EQ(server->notes[1].body.substr(0, 11), "Hello again");
    EXPECT_EQ(taken(2, 7), Events{});
    EXPECT_EQ(after(settles_after), Events{came(newer)});
    EXPECT_EQ(server->closed, Ids{});
}

TEST_F(DesktopScreenTest, ClosesTheEarlierOneIfAServerDoesNotReplace) {
    display(hello, 7);
    const IncomingMessage newer = revised(hello, "Hello again");
    screen.change(newer, now);
    static_cast<void>(taken(2, 9));
    EXPECT_EQ(server->take_closed(), Ids{7});
    EXPECT_EQ(closed(7, NoteEnd::closed), Events{});
    EXPECT_EQ(after(settles_after), Events{came(newer)});
    EXPECT_EQ(closed(9, NoteEnd::dismissed),
              (Events{Dismissal{newer.id, 2, "dismissed by the person"}}));
}

TEST_F(DesktopScreenTest, AChangeBeforeTheAnswerLeavesOneNotification) {
    screen.show(hello, now);
    const IncomingMessage newer = revised(hello, "Hello again");
    screen.change(newer, now);
    EXPECT_EQ(server->notes.size(), 1U) << "what could it replace?";
    EXPECT_EQ(taken(1, 7), Events{});
    ASSERT_EQ(server->notes.size(), 2U);
    EXPECT_EQ(server->notes[1].replaces, 7U);
    EXPECT_EQ(after(settles_after), Events{}) << "the newer one is not there yet";
    static_cast<void>(taken(2, 7));
    EXPECT_EQ(after(settles_after), Events{came(newer)});
    EXPECT_EQ(server->closed, Ids{});
}

TEST_F(DesktopScreenTest, AChangeOfWhatIsNotThereIsShown) {
    const IncomingMessage newer = revised(hello, "Hello again");
    screen.change(newer, now);
    EXPECT_EQ(server->notes.at(0).replaces, 0U);
    static_cast<void>(taken(1, 7));
    EXPECT_EQ(after(settles_after), Events{came(newer)});
}

TEST_F(DesktopScreenTest, AnEscalationMakesItAnAlertWithSoundAndIsNoNews) {
    display(hello, 7);
    screen.escalate({hello.id, 1, Urgency::sound}, now);
    ASSERT_EQ(server->notes.size(), 2U);
    const Note& note = server->notes[1];
    EXPECT_EQ(note.replaces, 7U);
    EXPECT_TRUE(note.has_sound);
    EXPECT_EQ(note.urgency, NoteUrgency::critical);
    EXPECT_EQ(note.actions.size(), 1U);
    static_cast<void>(taken(2, 7));
    EXPECT_EQ(after(settles_after), Events{});
    EXPECT_EQ(invoked(7, "acknowledge"), (Events{Acknowledgement{hello.id, 1}}));
}

TEST_F(DesktopScreenTest, ACountdownIsWrittenAnewEachMinuteAndIsNoNews) {
    IncomingMessage counting = message_of(4, "Restart in 5:00.");
    counting.content.countdown_to = now + std::chrono::minutes(5);
    counting.text_parts = {"Restart in ", "."};
    display(counting, 7);
    const std::optional<UtcTime> next = screen.next_tick(now);
    ASSERT_TRUE(next);
    EXPECT_EQ(after(*next - now - moment), Events{});
    EXPECT_EQ(server->notes.size(), 1U);
    EXPECT_EQ(after(moment), Events{});
    ASSERT_EQ(server->notes.size(), 2U);
    EXPECT_EQ(server->notes[0].body.substr(0, 16), "Restart in 5:00.");
    EXPECT_EQ(server->notes[1].body.substr(0, 16), "Restart in 4:00.");
    EXPECT_EQ(server->notes[1].replaces, 7U);
    static_cast<void>(taken(2, 7));
    EXPECT_EQ(after(settles_after), Events{});
}

TEST_F(DesktopScreenTest, ACountdownIsNotSaidToGoOnWhenItIsOver) {
    IncomingMessage counting = message_of(4, "Restart in 0:40.");
    counting.content.countdown_to = now + std::chrono::seconds(40);
    counting.text_parts = {"Restart in ", "."};
    display(counting, 7);
    static_cast<void>(after(std::chrono::seconds(40) - settles_after));
    ASSERT_EQ(server->notes.size(), 2U);
    EXPECT_EQ(server->notes[1].body.substr(0, 16), "Restart in 0:00.");
    static_cast<void>(taken(2, 7));
    static_cast<void>(after(settles_after));
    EXPECT_EQ(screen.next_tick(now), std::nullopt);
}

TEST_F(DesktopScreenTest, WhatIsDisplayedIsNotHeldBackBecauseItIsWrittenAnew) {
    display(hello, 7);
    screen.escalate({hello.id, 1, Urgency::alert}, now);
    EXPECT_EQ(taken(2, 7, "dunst is paused"), Events{}) << "its person has seen it";
    EXPECT_EQ(closed(7, NoteEnd::dismissed),
              (Events{Dismissal{hello.id, 1, "dismissed by the person"}}));
}

TEST_F(DesktopScreenTest, WhatIsClosedWhileItIsWrittenAnewWasDisplayedAllTheSame) {
    display(hello, 7);
    screen.escalate({hello.id, 1, Urgency::alert}, now);
    EXPECT_EQ(closed(7, NoteEnd::dismissed),
              (Events{Dismissal{hello.id, 1, "dismissed by the person"}}));
    EXPECT_EQ(taken(2, 8), Events{});
    EXPECT_EQ(server->closed, Ids{8}) << "and it does not come back";
}

TEST_F(DesktopScreenTest, SeveralCountdownsMayBeRefusedAtOnce) {
    std::vector<IncomingMessage> counting;
    Events all_failed;
    for (std::uint8_t number = 20; number < 24; ++number) {
        counting.push_back(message_of(number, "Restart soon."));
        counting.back().content.countdown_to = now + std::chrono::minutes(5);
        all_failed.emplace_back(failed(counting.back(), "the session bus is gone"));
    }
    for (const IncomingMessage& message : counting) screen.show(message, now);
    for (std::uint32_t ticket = 1; ticket <= 4; ++ticket) server->takes(ticket, ticket + 10);
    static_cast<void>(heard());
    EXPECT_EQ(after(settles_after).size(), 4U);
    server->refuses = "the session bus is gone";
    EXPECT_EQ(after(std::chrono::minutes(1)), all_failed);
}

// ---- Digests
// -------------------------------------------------------------------------------------

TEST_F(DesktopScreenTest, SeveralAreOneNotificationAndEachIsDisplayedInADigest) {
    const std::vector<IncomingMessage> messages = messages_of(11, 13);
    screen.show_digest(messages, now);
    EXPECT_EQ(server->notes.size(), 1U);
    static_cast<void>(taken(1, 7));
    const Outcome in_digest{State::displayed, {}, true};
    EXPECT_EQ(after(settles_after),
              (Events{came(messages[0], in_digest), came(messages[1], in_digest),
                      came(messages[2], in_digest)}));
    EXPECT_EQ(invoked(7, "acknowledge"), Events{});
    EXPECT_EQ(closed(7, NoteEnd::dismissed).size(), 3U) << "all of them are gone";
}

TEST_F(DesktopScreenTest, ADigestGrowsAndOnlyTheNewOnesAreNews) {
    screen.show_digest(messages_of(11, 13), now);
    static_cast<void>(taken(1, 7));
    static_cast<void>(after(settles_after));
    const std::vector<IncomingMessage> more = messages_of(14, 15);
    screen.show_digest(more, now);
    ASSERT_EQ(server->notes.size(), 2U);
    EXPECT_EQ(server->notes[1].replaces, 7U);
    EXPECT_EQ(server->notes[1].summary, "5 messages, newest first");
    static_cast<void>(taken(2, 7));
    const Outcome in_digest{State::displayed, {}, true};
    EXPECT_EQ(after(settles_after), (Events{came(more[0], in_digest), came(more[1], in_digest)}));
}

TEST_F(DesktopScreenTest, TheRestOfABurstJoinsTheDigestUnlessItIsUrgent) {
    screen.show_digest(messages_of(11, 16), now);
    static_cast<void>(taken(1, 7));
    static_cast<void>(after(settles_after));
    screen.show(hello, now);
    screen.show(alert, now);
    ASSERT_EQ(server->notes.size(), 3U);
    EXPECT_EQ(server->notes[1].replaces, 7U);
    EXPECT_EQ(server->notes[1].summary, "7 messages, newest first");
    EXPECT_EQ(server->notes[2].replaces, 0U);
    static_cast<void>(taken(2, 7));
    EXPECT_EQ(after(settles_after), Events{came(hello, {State::displayed, {}, true})});
    now += std::chrono::seconds(1);
    screen.show(message_of(17, "Later"), now);
    EXPECT_EQ(server->notes.back().replaces, 0U) << "a new one is seen by itself";
}

TEST_F(DesktopScreenTest, ADigestThatGrowsFasterThanTheServerAnswersIsPostedOnceMore) {
    screen.show_digest(messages_of(11, 16), now);
    for (std::uint8_t number = 20; number < 30; ++number) {
        screen.show(message_of(number, "More"), now);
    }
    EXPECT_EQ(server->notes.size(), 1U);
    EXPECT_EQ(taken(1, 7), Events{});
    ASSERT_EQ(server->notes.size(), 2U);
    EXPECT_EQ(server->notes[1].summary, "16 messages, newest first");
    static_cast<void>(taken(2, 7));
    EXPECT_EQ(after(settles_after).size(), 16U);
}

TEST_F(DesktopScreenTest, OneThatIsRemovedLeavesADigestAndTheLastOneTakesItAlong) {
    screen.show_digest(messages_of(11, 12), now);
    static_cast<void>(taken(1, 7));
    static_cast<void>(after(settles_after));
    screen.remove({id_of(11), MessageRemovalCause::expired}, now);
    ASSERT_EQ(server->notes.size(), 2U);
    EXPECT_EQ(server->notes[1].replaces, 7U);
    EXPECT_EQ(server->notes[1].body.find("Text 11"), std::string::npos);
    EXPECT_NE(server->notes[1].body.find("Text 12"), std::string::npos);
    static_cast<void>(taken(2, 7));
    EXPECT_EQ(after(settles_after), Events{});
    EXPECT_EQ(server->closed, Ids{});
    screen.remove({id_of(12), MessageRemovalCause::expired}, now);
    EXPECT_EQ(server->closed, Ids{7});
}

TEST_F(DesktopScreenTest, OneThatIsChangedStandsByItself) {
    const std::vector<IncomingMessage> messages = messages_of(11, 12);
    screen.show_digest(messages, now);
    static_cast<void>(taken(1, 7));
    static_cast<void>(after(settles_after));
    const IncomingMessage newer = revised(messages[0], "News");
    screen.change(newer, now);
    ASSERT_EQ(server->notes.size(), 3U);
    EXPECT_EQ(server->notes[1].replaces, 7U);
    EXPECT_EQ(server->notes[2].replaces, 0U);
    EXPECT_EQ(server->notes[2].summary, "INFO, changed");
    static_cast<void>(taken(2, 7));
    static_cast<void>(taken(3, 8));
    EXPECT_EQ(after(settles_after), Events{came(newer)});
}

TEST_F(DesktopScreenTest, OfADigestThatIsClosedWhileItGrowsTheNewOnesHaveFailed) {
    const std::vector<IncomingMessage> messages = messages_of(11, 12);
    screen.show_digest(messages, now);
    static_cast<void>(taken(1, 7));
    static_cast<void>(after(settles_after));
    const IncomingMessage more = message_of(13, "More");
    screen.show_digest({&more, 1}, now);
    EXPECT_EQ(closed(7, NoteEnd::dismissed),
              (Events{Dismissal{messages[0].id, 1, "dismissed by the person"},
                      Dismissal{messages[1].id, 1, "dismissed by the person"},
                      failed(more, "closed at once: dismissed by the person")}));
}

// ---- The server comes and goes
// -------------------------------------------------------------------

TEST_F(DesktopScreenTest, FailsAllThatStandsOrWaitsWhenTheServerEnds) {
    display(hello, 7);
    screen.show(alert, now);
    server->goes("the notification server ended");
    EXPECT_EQ(heard(), (Events{failed(hello, "the notification server ended"),
                               failed(alert, "the notification server ended")}));
    EXPECT_EQ(after(answer_within), Events{});
}

TEST_F(DesktopScreenTest, WakesAServerAndPostsWhatWaitsForIt) {
    server->goes("the notification server ended");
    static_cast<void>(heard());
    screen.show(hello, now);
    EXPECT_EQ(server->wakings, 1);
    EXPECT_EQ(server->notes.size(), 0U);
    server->comes("bus :1.2");
    EXPECT_EQ(heard(), (Events{Usable{}}));
    ASSERT_EQ(server->notes.size(), 1U);
    static_cast<void>(taken(1, 7));
    EXPECT_EQ(after(settles_after), Events{came(hello)});
}

TEST_F(DesktopScreenTest, HasFailedWhenNoServerCanBeStarted) {
    server->goes("the notification server ended");
    static_cast<void>(heard());
    screen.show(hello, now);
    server->goes("there is no notification server");
    EXPECT_EQ(heard(), Events{failed(hello, "there is no notification server")});
}

TEST_F(DesktopScreenTest, OpensAnotherBusWhenItsOwnIsLost) {
    display(hello, 7);
    PlayedNotificationServer* const next = new PlayedNotificationServer;
    server->is_gone = true;
    server->goes("the session bus is gone");
    server = next;
    EXPECT_EQ(heard(), Events{failed(hello, "the session bus is gone")});
    screen.show(alert, now);
    EXPECT_EQ(next->wakings, 1);
    next->comes();
    EXPECT_EQ(heard(), (Events{Usable{}}));
    EXPECT_EQ(next->notes.size(), 1U);
}

TEST_F(DesktopScreenTest, ForgetsTheIdsOfAServerThatEnded) {
    display(hello, 7);
    server->goes("it ended");
    static_cast<void>(heard());
    server->comes("bus :1.2");
    static_cast<void>(heard());
    EXPECT_EQ(closed(7, NoteEnd::dismissed), Events{});
    screen.remove({hello.id, MessageRemovalCause::recalled}, now);
    EXPECT_EQ(server->closed, Ids{});
}

// ---- What an earlier run left
// --------------------------------------------------------------------

class Leftovers : public ::testing::Test {
protected:
    Leftovers() {
        const std::filesystem::path base = std::filesystem::temp_directory_path();
        file = base / ("crier-noted-" + std::to_string(getpid()));
        std::filesystem::remove(file);
    }
    ~Leftovers() override { std::filesystem::remove(file); }

    struct Run {
        explicit Run(const std::filesystem::path& file) { screen.keep_ids_in(file); }
        void turn() { screen.serve({}, evening); }

        PlayedNotificationServer* server = new PlayedNotificationServer;
        DesktopScreen screen{Look{}, [this]() -> Result<std::unique_ptr<NotificationServer>> {
                                 return std::unique_ptr<NotificationServer>(server);
                             }};
    };
    void leave_one_and_crash() {
        Run run(file);
        run.server->comes("bus :1.1");
        run.turn();
        run.screen.show(message_of(1, "Hello"), evening);
        run.server->takes(1, 7);
        run.turn();
    }

    std::filesystem::path file;
};

TEST_F(Leftovers, AreTakenOffTheDesktopOfTheSameServerOnce) {
    leave_one_and_crash();
    Run next(file);
    next.server->comes("bus :1.1");
    next.turn();
    EXPECT_EQ(next.server->take_closed(), Ids{7});
    next.server->goes("it ended");
    next.server->comes("bus :1.1");
    next.turn();
    EXPECT_EQ(next.server->take_closed(), Ids{});
}

TEST_F(Leftovers, OfAnotherServerAreNoneOfOurs) {
    leave_one_and_crash();
    Run next(file);
    next.server->comes("bus :1.2");
    next.turn();
    EXPECT_EQ(next.server->closed, Ids{});
}

TEST_F(Leftovers, AreNoneAfterAnOrderlyEnd) {
    {
        Run run(file);
        run.server->comes("bus :1.1");
        run.turn();
        run.screen.show(message_of(1, "Hello"), evening);
        run.server->takes(1, 7);
        run.turn();
        run.screen.ended(std::nullopt, evening);
    }
    Run next(file);
    next.server->comes("bus :1.1");
    next.turn();
    EXPECT_EQ(next.server->closed, Ids{});
}

TEST_F(Leftovers, AreNoneInAFileThatIsDamaged) {
    std::ofstream(file) << "bus :1.1\n12\nrubbish\n13\n";
    NotedIds ids(file);
    EXPECT_EQ(ids.take_left("bus :1.1"), Ids{12}) << "as far as it can be read";
    EXPECT_EQ(ids.take_left("bus :1.1"), Ids{}) << "once";
    for (const char* damage :
         {"", "\n", "bus :1.1", "bus :1.1\n-1x\n", "bus :1.1\n99999999999\n"}) {
        std::ofstream(file, std::ios::trunc) << damage;
        EXPECT_EQ(NotedIds(file).take_left("bus :1.1"), Ids{}) << damage;
    }
    EXPECT_EQ(NotedIds(file / "missing").take_left("bus :1.1"), Ids{});
    NotedIds(file / "missing").write("bus :1.1", {1});  // It cannot, and that is all.
}

// ---- No bus
// --------------------------------------------------------------------------------------

TEST(DesktopScreenWithoutABus, HasFailedWithTheWordsOfWhatIsMissing) {
    DesktopScreen screen(Look{}, []() -> Result<std::unique_ptr<NotificationServer>> {
        return fail(ErrorCode::file_unusable, "there is no session bus: refused");
    });
    screen.show(message_of(1, "Hello"), evening);
    const Outcome outcome{State::failed, "there is no session bus: refused"};
    EXPECT_EQ(screen.take_events(), (Events{Came{id_of(1), 1, outcome}}));
    screen.show_digest(messages_of(2, 3), evening);
    EXPECT_EQ(screen.take_events(),
              (Events{Came{id_of(2), 1, outcome}, Came{id_of(3), 1, outcome}}));
    screen.tick(evening);
    std::vector<pollfd> waits;
    screen.add_waits(waits);
    EXPECT_EQ(waits.size(), 1U) << "always as many";
}

TEST(DesktopScreenWithoutABus, OpensItForTheNextMessage) {
    PlayedNotificationServer* server = nullptr;
    bool is_there = false;
    DesktopScreen screen(Look{}, [&]() -> Result<std::unique_ptr<NotificationServer>> {
        if (!is_there) return fail(ErrorCode::file_unusable, "there is no session bus");
        server = new PlayedNotificationServer;
        server->comes();
        return std::unique_ptr<NotificationServer>(server);
    });
    is_there = true;
    screen.show(message_of(1, "Hello"), evening);
    ASSERT_NE(server, nullptr);
    EXPECT_EQ(server->notes.size(), 1U);
}

TEST(DesktopScreenWithoutABus, LooksForOneFromTimeToTimeForWhatWaits) {
    int attempts = 0;
    bool is_there = false;
    DesktopScreen screen(Look{}, [&]() -> Result<std::unique_ptr<NotificationServer>> {
        attempts += 1;
        if (!is_there) return fail(ErrorCode::file_unusable, "there is no session bus");
        auto server = std::make_unique<PlayedNotificationServer>();
        server->comes();
        return server;
    });
    UtcTime now = evening;
    for (int turn = 0; turn < 3; ++turn) {
        const std::optional<UtcTime> next = screen.next_tick(now);
        ASSERT_TRUE(next);
        EXPECT_LE(*next - now, std::chrono::minutes(1));
        now = std::max(now, *next);
        screen.tick(now);
    }
    EXPECT_EQ(attempts, 4);
    EXPECT_GE(now - evening, std::chrono::seconds(10)) << "not again and again";
    is_there = true;
    now = screen.next_tick(now).value_or(now);
    screen.tick(now);
    EXPECT_EQ(screen.take_events(), (Events{Usable{}}));
}

}  // namespace
}  // namespace crier::screens
