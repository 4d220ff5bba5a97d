// What a message can do to a terminal: nothing but be read. Method: a corpus of payloads of the
// class of CVE-2024-28085 (tests/support/hostile_texts.txt), put into every text that comes from
// outside, on every screen; and a reading of each output that knows nothing of how it was made.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "subscriber/screens/board.hpp"
#include "subscriber/screens/json_lines.hpp"
#include "tests/unit/screens/hostile_messages.hpp"

namespace crier::screens {
namespace {

using namespace testing;
using crier::testing::hostile_texts;

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
        for (const auto& [name, payload] : hostile_texts()) {
            const std::string text = life_on(look, poisoned(payload));
            EXPECT_EQ(trouble_in(text), "") << name;
        }
    }
}

TEST_F(HostileText, AddsNothingToTheSequencesOfABox) {
    for (const std::size_t columns : {16U, 20U, 80U}) {
        Look look = box_look(columns);
        const std::string harmless = life_on(look, poisoned("harmless"));
        for (const auto& [name, payload] : hostile_texts()) {
            std::string text = life_on(look, poisoned(payload));
            // Ours: an erased status line before each of the pages, and the bells.
            EXPECT_EQ(std::count(text.begin(), text.end(), '\x1b'),
                      std::count(harmless.begin(), harmless.end(), '\x1b'));
            EXPECT_EQ(std::count(text.begin(), text.end(), '\a'),
                      std::count(harmless.begin(), harmless.end(), '\a'));
            strike_out(text, "\r\x1b[K");
            strike_out(text, "\a");
            EXPECT_EQ(trouble_in(text), "") << name;
        }
    }
}

TEST_F(HostileText, CannotAddColoursToOurs) {
    Look plain = box_look(60);
    Look coloured = plain;
    coloured.is_coloured = true;
    for (const auto& [name, payload] : hostile_texts()) {
        std::string text = life_on(coloured, poisoned(payload));
        for (const char* ours : {"\x1b[36m", "\x1b[0m", "\x1b[1m", "\x1b[2m"}) {
            strike_out(text, ours);
        }
        EXPECT_EQ(text, life_on(plain, poisoned(payload))) << name;
    }
}

TEST_F(HostileText, StaysInsideItsBox) {
    for (const auto& [name, payload] : hostile_texts()) {
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
    for (const auto& [name, payload] : hostile_texts()) {
        IncomingMessage message = poisoned(payload);
        message.content.choices = {payload, "No"};
        const std::string line = message_line("message", message, evening);
        EXPECT_EQ(trouble_in(line), "") << name;
        EXPECT_EQ(line.find('\n'), line.npos) << name;
    }
}

}  // namespace
}  // namespace crier::screens
