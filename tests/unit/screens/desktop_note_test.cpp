// Messages as desktop notifications, in two languages and for servers that can more or less; and
// which servers say that they hold back. Method: whole notes compared.

#include "subscriber/screens/desktop_note.hpp"

#include <gtest/gtest.h>

#include "subscriber/screens/do_not_disturb.hpp"
#include "tests/unit/screens/sample_messages.hpp"

namespace crier::screens {
namespace {

using namespace testing;
using Actions = std::vector<std::pair<std::string, std::string>>;

const ServerFacts able{"able 1", true, true};
const ServerFacts plain{"plain 1", false, false};

class DesktopNote : public ::testing::Test {
protected:
    static void SetUpTestSuite() { use_utc(); }
    static Note note(const IncomingMessage& message, const ServerFacts& facts = able,
                     const NoticeExtras& extras = {}, const Look& look = {}) {
        return note_of(message, extras, facts, look, evening);
    }
};

TEST_F(DesktopNote, ANotificationHasItsTextAndWhereItComesFrom) {
    const Note expected{.summary = "Message",
                        .body = "Hello\nfrom ops, 20:40 · to all",
                        .urgency = NoteUrgency::normal,
                        .icon = "dialog-information",
                        .category = "im.received"};
    EXPECT_EQ(note(message_of(1, "Hello\n\n")), expected);
}

TEST_F(DesktopNote, TheSummaryIsTheTitleAndWhatIsUrgentOfIt) {
    IncomingMessage message = message_of(1, "Hello");
    message.content.title = "Tonight";
    EXPECT_EQ(note(message).summary, "Tonight");
    message.content.severity = Severity::warning;
    EXPECT_EQ(note(message).summary, "WARNING: Tonight");
    EXPECT_EQ(note(message, able, {.is_changed = true}).summary, "WARNING, changed: Tonight");
    message.is_reminder = true;
    EXPECT_EQ(note(message).summary, "WARNING, reminder: Tonight");
    message.content.title.clear();
    EXPECT_EQ(note(message, able, {.is_escalated = true}).summary,
              "WARNING, still not acknowledged");
}

TEST_F(DesktopNote, TheSummaryIsOneLineAndNotTooLong) {
    IncomingMessage message = message_of(1, "Hello");
    message.content.title = "Two\nlines\x1b[31m " + std::string(300, 'x');
    const std::string summary = note(message).summary;
    EXPECT_EQ(summary.find_first_of("\n\x1b"), std::string::npos);
    EXPECT_LT(summary.size(), 120U);
    EXPECT_EQ(summary.substr(0, 3), "Two");
}

TEST_F(DesktopNote, WhatMustNotHideIsCritical) {
    IncomingMessage critical = message_of(1, "Fire");
    critical.content.severity = Severity::critical;
    EXPECT_EQ(note(critical).urgency, NoteUrgency::critical);
    EXPECT_EQ(note(critical).icon, "dialog-error");
    EXPECT_EQ(note(alert_of(2, "Log off")).urgency, NoteUrgency::critical);
    EXPECT_EQ(note(alert_of(2, "Log off")).icon, "dialog-warning");
    EXPECT_EQ(note(question_of(3, "Now?")).urgency, NoteUrgency::critical);
}

TEST_F(DesktopNote, MarkupIsTextForAServerThatReadsMarkupAndOtherwiseLeftAlone) {
    IncomingMessage message = message_of(1, "<b>5 > 3</b> &amp; <img src='x'>");
    message.content.title = "<i>R&D</i>";
    EXPECT_EQ(note(message).body.substr(0, 66),
              "&lt;b&gt;5 &gt; 3&lt;/b&gt; &amp;amp; &lt;img src='x'&gt;\nfrom ops");
    EXPECT_EQ(note(message, plain).body.substr(0, 41),
              "<b>5 > 3</b> &amp; <img src='x'>\nfrom ops");
    EXPECT_EQ(note(message).summary, "<i>R&D</i>") << "no summary is markup";
}

TEST_F(DesktopNote, AnAlertHasAButtonAndAQuestionOneAChoice) {
    EXPECT_EQ(note(alert_of(1, "Log off")).actions, (Actions{{"acknowledge", "I have read this"}}));
    EXPECT_EQ(note(question_of(2, "Now?", {"Yes", "No", "Ask <later>"})).actions,
              (Actions{{"choice-0", "Yes"}, {"choice-1", "No"}, {"choice-2", "Ask <later>"}}));
    EXPECT_EQ(note(message_of(3, "Hello")).actions, Actions{});
}

TEST_F(DesktopNote, NoButtonsForAServerWithoutOrForAListener) {
    EXPECT_EQ(note(alert_of(1, "Log off"), plain).actions, Actions{});
    EXPECT_EQ(note(question_of(2, "Now?"), plain).actions, Actions{});
    EXPECT_EQ(note(alert_of(1, "Log off"), able, {}, {.is_listener = true}).actions, Actions{});
}

TEST_F(DesktopNote, SpeaksFrench) {
    const Look french{.language = Language::french};
    const Note alert = note(alert_of(1, "Sauvegarde"), able, {}, french);
    EXPECT_EQ(alert.summary, "AVERTISSEMENT : Sauvegarde");
    EXPECT_EQ(alert.actions.at(0).second, "J'ai lu ce message");
    EXPECT_EQ(note(message_of(2, "Bonjour"), able, {}, french).body,
              "Bonjour\nde ops, 20:40 · à tous");
    const std::vector<IncomingMessage> two{message_of(1, "Un"), message_of(2, "Deux")};
    EXPECT_EQ(digest_note_of(two, able, french, evening).summary,
              "2 messages, le plus récent en premier");
}

TEST_F(DesktopNote, ADigestListsTheNewestAndCountsTheRest) {
    std::vector<IncomingMessage> messages;
    for (std::uint8_t number = 1; number <= 13; ++number) {
        messages.push_back(message_of(number, "Text " + std::to_string(number) + " <b>"));
    }
    messages[4].content.severity = Severity::warning;
    const Note note = digest_note_of(messages, able, {}, evening);
    EXPECT_EQ(note.summary, "13 messages, newest first");
    EXPECT_TRUE(note.body.starts_with("20:40, ops: Text 13 &lt;b&gt;\n20:40, ")) << note.body;
    EXPECT_EQ(note.body.find("Text 3 "), std::string::npos);
    EXPECT_NE(note.body.find("Text 4 "), std::string::npos);
    EXPECT_TRUE(note.body.ends_with("and 3 more")) << note.body;
    EXPECT_EQ(note.urgency, NoteUrgency::normal);
    EXPECT_EQ(note.icon, "dialog-warning") << "as the most severe of them";
    EXPECT_EQ(note.actions, Actions{});
}

TEST_F(DesktopNote, ActionsAreReadAsTheyWereWritten) {
    EXPECT_EQ(choice_of_action("choice-0"), 0U);
    EXPECT_EQ(choice_of_action("choice-12"), 12U);
    for (const char* other : {"", "choice-", "choice--1", "choice-1 ", "choice-0x1", "acknowledge",
                              "choice-4294967296", "xchoice-1"}) {
        EXPECT_EQ(choice_of_action(other), std::nullopt) << other;
    }
}

TEST(DoNotDisturbFlags, AreFoundByTheNameThatAServerGivesItself) {
    EXPECT_EQ(do_not_disturb_of("dunst 1.9.0").member, "paused");
    EXPECT_EQ(do_not_disturb_of("Xfce Notify Daemon 0.7.3").kind, DoNotDisturb::Kind::xfconf);
    EXPECT_EQ(do_not_disturb_of("SwayNotificationCenter 0.7.3").member, "GetDnd");
    for (const char* other : {"Plasma 5.27", "gnome-shell 43.9", "", "a dunst"}) {
        EXPECT_EQ(do_not_disturb_of(other).member, "Inhibited") << other;
    }
}

}  // namespace
}  // namespace crier::screens
