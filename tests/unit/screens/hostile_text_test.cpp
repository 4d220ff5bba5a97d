// What a message can do to a terminal: nothing but be read. Method: a corpus of payloads of the
// class of CVE-2024-28085, put into every text that comes from outside, on every screen; and a
// reading of each output that knows nothing of how it was made.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "shared/base/text.hpp"
#include "subscriber/screens/board.hpp"
#include "subscriber/screens/json_lines.hpp"
#include "tests/unit/screens/sample_messages.hpp"

namespace crier::screens {
namespace {

using namespace testing;
using namespace std::string_literals;

std::vector<std::string> hostile_payloads() {
    std::vector<std::string> payloads{
        "\x1b[2J\x1b[H",                                  // erase all
        "\x1b[8m hidden \x1b[0m",                         // conceal, our own reset
        "\x1b]0;title\x07",                               // window title
        "\x1b]52;c;Y3VybCBldmlsIHwgc2g=\x07",             // clipboard
        "\x1b]8;;http://evil.example\x1b\\here\x1b]8;;",  // link
        "\x1bP$q\"p\x1b\\",                               // device control
        "\x1b[6n\x1b[c\x1b[?1049h",                       // reports, other screen
        "\x1b"
        "c",
        "\x1b",  // reset; alone
        "\xc2\x9b"
        "31m",
        "\xc2\x9d"
        "0;x\xc2\x9c",  // C1 as UTF-8
        "\x9b"
        "31m",
        "\x9d"
        "0;x\x9c",
        "\x90q\x9c",  // C1 raw
        "\a\a\a",
        "a\b\b\bb",
        "\x7f\x7f",
        "a\rb",
        "a\r\nb",
        "\v\f\x0e\x0f",
        "a\tb",
        "\x00"s,
        "a\x00\x1b[2Jb"s,
        "\xe2\x80\xae"
        "gnp.exe",  // U+202E
        "\xe2\x81\xa6\xe2\x81\xa9\xe2\x80\x8e\xe2\x80\x8f\xd8\x9c",
        "\xe2\x80\xa8next\xe2\x80\xa9",  // line and paragraph separators
        "a\xe2\x80\x8b\xef\xbb\xbf\xc2\xad"
        "b",                 // invisible
        "\xf3\xa0\x81\x81",  // tag
        "\xc0\x9b[2J",
        "\xe0\x80\x9b[2J",
        "\xed\xa0\x80",
        "\xf5\x80\x80\x80",
        "\xff\xfe",
        "\xe2\x80",
        "\xf0\x9f",
        "\x80\x80",                                      // ends in the middle, begins there
        "└──────┘\n20:40 Connected. This is session 0",  // pretends to be ours
        "\r\x1b[K1 alert open. Enter: acknowledge [1]",
    };
    for (int byte = 0; byte < 256; ++byte) payloads.push_back({'<', static_cast<char>(byte), '>'});
    for (int byte = 0; byte < 256; ++byte) payloads.push_back({'\x1b', static_cast<char>(byte)});
    return payloads;
}

/// Everything that a sender or a broker can put into a message.
IncomingMessage poisoned(const std::string& payload) {
    IncomingMessage message = message_of(1, payload);
    message.content.title = payload;
    message.from = payload;
    message.topic = "session/" + payload;
    message.off_screen_at = evening + std::chrono::hours(1);
    message.content.style = Style::alert;
    return message;
}

bool is_forbidden(char32_t point) {
    return (point < 0x20 && point != '\n') || (point >= 0x7f && point <= 0x9f) || point == 0x61c ||
           (point >= 0x200b && point <= 0x200f && point != 0x200c && point != 0x200d) ||
           (point >= 0x2028 && point <= 0x202e) || (point >= 0x2060 && point <= 0x206f) ||
           point == 0xfeff || point == 0xad || (point >= 0xe0000 && point <= 0xe0fff);
}

/// What must not stand in `text`, described; empty when all is well.
std::string trouble_in(std::string_view text) {
    if (!is_utf8(text)) return "bytes that are no UTF-8";
    while (!text.empty()) {
        const char32_t point = take_code_point(text);
        if (is_forbidden(point)) return "code point " + std::to_string(point);
    }
    return {};
}

void strike_out(std::string& text, std::string_view sequence) {
    for (std::size_t at = text.find(sequence); at != text.npos; at = text.find(sequence, at)) {
        text.erase(at, sequence.size());
    }
}

/// The same as a question: answered, counted down, escalated, closed.
std::string life_of_question(Board& board, IncomingMessage message) {
    message.id = id_of(2);
    message.content.choices = {message.content.text, "No"};
    message.content.countdown_to = evening + std::chrono::hours(1);
    message.content.escalation = {{Milliseconds(1), Urgency::alert}};
    message.text_parts = {message.content.text, message.content.text};
    std::string text = board.show(message, evening);
    text += board.escalate({message.id, 1, Urgency::sound}, evening);
    text += board.restored(evening);
    if (const auto reply = board.choose('1')) {
        text += board.answered(std::get<Answer>(*reply), false, evening);
    }
    text += board.show_open_ones(evening);
    return text + board.remove({message.id, MessageRemovalCause::closed}, evening);
}

/// All that a board says about a message in its life.
std::string life_on(const Look& look, const IncomingMessage& message) {
    Board board(look);
    std::string text = board.show(message, evening);
    text += board.change(message, evening);
    text += board.show_open_ones(evening);
    if (const auto reply = acknowledgement_by(board, 'a')) {
        text += board.acknowledged(*reply, false, evening);
    }
    text += board.remove({message.id, MessageRemovalCause::recalled}, evening);
    text += board.note(message.content.text, evening);
    return text + life_of_question(board, message) +
           board.show_digest({{message, message}}, evening);
}

class HostileText : public ::testing::Test {
protected:
    void SetUp() override { use_utc(); }
};

TEST_F(HostileText, LeavesNothingButLineEndsAndPrintableCharactersInPlainLines) {
    for (const bool is_listener : {false, true}) {
        Look look = plain_look();
        look.is_listener = is_listener;
        for (const std::string& payload : hostile_payloads()) {
            const std::string text = life_on(look, poisoned(payload));
            EXPECT_EQ(trouble_in(text), "") << ::testing::PrintToString(payload);
        }
    }
}

TEST_F(HostileText, AddsNothingToTheSequencesOfABox) {
    for (const std::size_t columns : {16U, 20U, 80U}) {
        Look look = box_look(columns);
        const std::string harmless = life_on(look, poisoned("harmless"));
        for (const std::string& payload : hostile_payloads()) {
            std::string text = life_on(look, poisoned(payload));
            // Ours: an erased status line before each of the pages, and the bells.
            EXPECT_EQ(std::count(text.begin(), text.end(), '\x1b'),
                      std::count(harmless.begin(), harmless.end(), '\x1b'));
            EXPECT_EQ(std::count(text.begin(), text.end(), '\a'),
                      std::count(harmless.begin(), harmless.end(), '\a'));
            strike_out(text, "\r\x1b[K");
            strike_out(text, "\a");
            EXPECT_EQ(trouble_in(text), "") << ::testing::PrintToString(payload);
        }
    }
}

TEST_F(HostileText, CannotAddColoursToOurs) {
    Look plain = box_look(60);
    Look coloured = plain;
    coloured.is_coloured = true;
    for (const std::string& payload : hostile_payloads()) {
        std::string text = life_on(coloured, poisoned(payload));
        for (const char* ours : {"\x1b[36m", "\x1b[0m", "\x1b[1m", "\x1b[2m"}) {
            strike_out(text, ours);
        }
        EXPECT_EQ(text, life_on(plain, poisoned(payload))) << ::testing::PrintToString(payload);
    }
}

TEST_F(HostileText, StaysInsideItsBox) {
    for (const std::string& payload : hostile_payloads()) {
        std::string text = render_notice(poisoned(payload), {}, box_look(60), evening);
        while (!text.empty()) {
            const std::string line = text.substr(0, text.find('\n'));
            text.erase(0, line.size() + 1);
            const bool is_framed = line.starts_with("│ ") && line.ends_with(" │");
            EXPECT_TRUE(is_framed || line.starts_with("┌─ INFO ─") || line.starts_with("└──"))
                << line;
        }
    }
}

TEST_F(HostileText, IsIndentedWhereThereIsNoBox) {
    IncomingMessage message = poisoned(
        "a\n2026-11-23 20:40:00 Connected\r\nb\xe2\x80\xa8"
        "c");
    std::string text = render_notice(message, {}, plain_look(), evening);
    text.erase(0, text.find('\n') + 1);
    while (!text.empty()) {
        EXPECT_TRUE(text.starts_with("    ")) << text;
        text.erase(0, text.find('\n') + 1);
    }
}

TEST_F(HostileText, IsEscapedInJson) {
    for (const std::string& payload : hostile_payloads()) {
        IncomingMessage message = poisoned(payload);
        message.content.choices = {payload, "No"};
        const std::string line = message_line("message", message, evening);
        EXPECT_EQ(trouble_in(line), "") << ::testing::PrintToString(payload);
        EXPECT_EQ(line.find('\n'), line.npos) << ::testing::PrintToString(payload);
    }
}

}  // namespace
}  // namespace crier::screens
