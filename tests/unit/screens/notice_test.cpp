// How one message looks on a terminal: golden texts at several widths, and what holds at all of
// them. Method: render and compare; the renderer is pure.

#include "subscriber/screens/notice.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "shared/base/display.hpp"
#include "tests/unit/screens/sample_messages.hpp"

namespace crier::screens {
namespace {

using namespace testing;

class Notice : public ::testing::Test {
protected:
    void SetUp() override { use_utc(); }

    static std::string box(const IncomingMessage& message, std::size_t columns,
                           const NoticeExtras& extras = {}) {
        return render_notice(message, extras, box_look(columns), evening);
    }
};

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::size_t begin = 0;
    while (begin < text.size()) {
        const std::size_t end = text.find('\n', begin);
        lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

IncomingMessage maintenance() {
    IncomingMessage message = message_of(1,
                                         "Une opération de maintenance est prévue à 22h.\n"
                                         "Le serveur sera redémarré.\n\n"
                                         "  Veuillez vous déconnecter avant 22h.");
    message.content.title = "Maintenance";
    message.content.severity = Severity::warning;
    message.off_screen_at = evening + std::chrono::minutes(80);
    return message;
}

TEST_F(Notice, ShowsTitleTextSenderAndExpiryInABox) {
    EXPECT_EQ(box(maintenance(), 60),
              "┌─ WARNING ────────────────────────────────────────────────┐\n"
              "│ Maintenance                                              │\n"
              "│                                                          │\n"
              "│ Une opération de maintenance est prévue à 22h.           │\n"
              "│ Le serveur sera redémarré.                               │\n"
              "│                                                          │\n"
              "│   Veuillez vous déconnecter avant 22h.                   │\n"
              "│                                                          │\n"
              "│ from ops, 20:40 · to all · expires in 1 h 20 min (22:00) │\n"
              "└──────────────────────────────────────────────────────────┘\n");
}

TEST_F(Notice, WrapsAtTwentyColumns) {
    EXPECT_EQ(box(maintenance(), 20, {.hint = "[1] Press Enter"}),
              "┌─ WARNING ────────┐\n"
              "│ Maintenance      │\n"
              "│                  │\n"
              "│ Une opération de │\n"
              "│ maintenance est  │\n"
              "│ prévue à 22h.    │\n"
              "│ Le serveur sera  │\n"
              "│ redémarré.       │\n"
              "│                  │\n"
              "│   Veuillez vous  │\n"
              "│ déconnecter      │\n"
              "│ avant 22h.       │\n"
              "│                  │\n"
              "│ from ops, 20:40  │\n"
              "│ to all           │\n"
              "│ expires in 1 h   │\n"
              "│ 20 min (22:00)   │\n"
              "│ [1] Press Enter  │\n"
              "└──────────────────┘\n");
}

TEST_F(Notice, IsNoWiderThanItsText) {
    EXPECT_EQ(box(message_of(1, "Hello"), 200),
              "┌─ INFO ───────────────────┐\n"
              "│ Hello                    │\n"
              "│                          │\n"
              "│ from ops, 20:40 · to all │\n"
              "└──────────────────────────┘\n");
}

TEST_F(Notice, CountsWideCharactersCombiningMarksAndEmojiAsTheTerminalDoes) {
    IncomingMessage message = message_of(1, "日本語のテキスト\ne\u0301te\u0301 🔥🔥\nשלום עולם");
    EXPECT_EQ(box(message, 40),
              "┌─ INFO ───────────────────┐\n"
              "│ 日本語のテキスト         │\n"
              "│ e\u0301te\u0301 🔥🔥                 │\n"
              "│ שלום עולם                │\n"
              "│                          │\n"
              "│ from ops, 20:40 · to all │\n"
              "└──────────────────────────┘\n");
}

TEST_F(Notice, DrawsCriticalOnesDifferentlyEvenWithoutColours) {
    IncomingMessage message = message_of(1, "Fire");
    message.content.severity = Severity::critical;
    EXPECT_EQ(box(message, 40),
              "╔═ CRITICAL ═══════════════╗\n"
              "║ Fire                     ║\n"
              "║                          ║\n"
              "║ from ops, 20:40 · to all ║\n"
              "╚══════════════════════════╝\n");
}

TEST_F(Notice, ColoursOnlyTheFrameAndWhatIsNotTheSendersText) {
    Look look = box_look(40);
    look.is_coloured = true;
    IncomingMessage message = message_of(1, "Hello");
    message.content.severity = Severity::warning;
    EXPECT_EQ(render_notice(message, {}, look, evening),
              "\x1b[33m┌─ WARNING ────────────────┐\x1b[0m\n"
              "\x1b[33m│\x1b[0m Hello                    \x1b[33m│\x1b[0m\n"
              "\x1b[33m│\x1b[0m                          \x1b[33m│\x1b[0m\n"
              "\x1b[33m│\x1b[0m \x1b[2mfrom ops, 20:40 · to all\x1b[0m \x1b[33m│\x1b[0m\n"
              "\x1b[33m└──────────────────────────┘\x1b[0m\n");
}

TEST_F(Notice, SaysWhetherItIsChangedRepeatedOrOnlyForThisSession) {
    IncomingMessage message = message_of(1, "Hello");
    message.topic = "session/00112233445566778899aabbccddeeff";
    message.again = true;
    EXPECT_EQ(box(message, 60, {.is_changed = true, .hint = {}}),
              "┌─ INFO, changed ───────────────────────────────────────┐\n"
              "│ Hello                                                 │\n"
              "│                                                       │\n"
              "│ from ops, 20:40 · to you · may have been shown before │\n"
              "└───────────────────────────────────────────────────────┘\n");
}

TEST_F(Notice, SaysThatItIsAReminderAndLateAndNotThatItIsChanged) {
    IncomingMessage message = message_of(1, "Hello");
    message.is_reminder = true;
    message.late = evening - std::chrono::minutes(15);
    EXPECT_EQ(box(message, 60, {.is_changed = true}),
              "┌─ INFO, reminder ───────────────────────────────┐\n"
              "│ Hello                                          │\n"
              "│                                                │\n"
              "│ from ops, 20:40 · to all · late: was due 20:25 │\n"
              "└────────────────────────────────────────────────┘\n");
    Look french = box_look(60, Language::french);
    const std::string text = render_notice(message, {.is_changed = true}, french, evening);
    EXPECT_NE(text.find("INFO, rappel"), std::string::npos);
    EXPECT_NE(text.find("en retard : prévu pour 20:25"), std::string::npos);
}

TEST_F(Notice, NamesTheSessionForOneWhoOnlyListens) {
    IncomingMessage message = message_of(1, "Hello");
    message.topic = "session/00112233445566778899aabbccddeeff";
    Look look = box_look(60);
    look.is_listener = true;
    EXPECT_NE(render_notice(message, {}, look, evening).find("to session 00112233 "),
              std::string::npos);
}

TEST_F(Notice, GivesTheDateOfWhatWasSentOnAnotherDay) {
    IncomingMessage message = message_of(1, "Hello");
    message.sent = evening - std::chrono::hours(24);
    EXPECT_NE(box(message, 60).find("from ops, 2026-11-22 20:40 "), std::string::npos);
}

TEST_F(Notice, IsPlainLinesWhereThereIsNoTerminal) {
    EXPECT_EQ(render_notice(maintenance(), {.hint = "Cannot"}, plain_look(), evening),
              "2026-11-23 20:40:00 WARNING from ops, 20:40, to all, expires in 1 h 20 min (22:00)\n"
              "    Maintenance\n"
              "    Une opération de maintenance est prévue à 22h.\n"
              "    Le serveur sera redémarré.\n"
              "    \n"
              "      Veuillez vous déconnecter avant 22h.\n"
              "    Cannot\n");
}

TEST_F(Notice, SpeaksFrench) {
    EXPECT_EQ(render_notice(maintenance(), {}, box_look(70, Language::french), evening),
              "┌─ AVERTISSEMENT ─────────────────────────────────────────┐\n"
              "│ Maintenance                                             │\n"
              "│                                                         │\n"
              "│ Une opération de maintenance est prévue à 22h.          │\n"
              "│ Le serveur sera redémarré.                              │\n"
              "│                                                         │\n"
              "│   Veuillez vous déconnecter avant 22h.                  │\n"
              "│                                                         │\n"
              "│ de ops, 20:40 · à tous · expire dans 1 h 20 min (22:00) │\n"
              "└─────────────────────────────────────────────────────────┘\n");
}

TEST_F(Notice, FitsEveryWidthWithARightEdgeInOneColumn) {
    IncomingMessage message = maintenance();
    message.content.title = std::string(200, 'W');
    message.content.text = std::string(500, 'x') +
                           " 日本語のテキスト日本語のテキスト 🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥🔥\n" +
                           std::string(3'000, '-') + "\n\n\n e\u0301e\u0301e\u0301";
    message.from = std::string(64, 'm');
    for (std::size_t columns = 5; columns <= 130; ++columns) {
        const std::vector<std::string> lines = lines_of(box(message, columns));
        const std::size_t width = display_width(lines.front());
        for (const std::string& line : lines) {
            ASSERT_LE(display_width(line), columns) << line;
            if (columns < box_columns_min) continue;
            ASSERT_EQ(display_width(line), width) << columns << " columns: " << line;
        }
    }
}

TEST_F(Notice, KeepsEveryLineOfTheLongestText) {
    std::string text;
    while (text.size() < 16'000) text += "line " + std::to_string(text.size()) + "\n";
    const std::string shown = box(message_of(1, text), 40);
    for (const std::string& line : lines_of(text)) {
        ASSERT_NE(shown.find("│ " + line + " "), std::string::npos) << line;
    }
}

TEST_F(Notice, LosesNoLetterOfAWordThatIsLongerThanTheTerminal) {
    std::string word;
    for (int index = 0; word.size() < 16'384; ++index) {
        word += static_cast<char>('a' + index % 26);
    }
    std::string shown;
    for (const std::string& line : lines_of(box(message_of(1, word), 50))) {
        for (const char letter : line) {
            if (letter >= 'a' && letter <= 'z') shown += letter;
        }
    }
    EXPECT_EQ(shown, word + "fromopstoall");
}

TEST_F(Notice, RecognisesAMessageByItsTitleOrItsFirstLine) {
    EXPECT_EQ(excerpt_of(message_of(1, "\n\n  First\nSecond"), 60), "First");
    IncomingMessage titled = message_of(1, "First");
    titled.content.title = "Title";
    EXPECT_EQ(excerpt_of(titled, 60), "Title");
    EXPECT_EQ(excerpt_of(message_of(1, "A text that goes on"), 8), "A text …");
    EXPECT_EQ(excerpt_of(message_of(1, "\n\n"), 8), "");
}

}  // namespace
}  // namespace crier::screens
