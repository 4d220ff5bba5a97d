// What a message can do to the screens that are no terminal: nothing but be read. Method: the
// corpus of hostile texts in every text of a message; markup is undone by a reader of its own, and
// programs are scripts for /bin/sh, which note what they are given.

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "shared/base/display.hpp"
#include "shared/base/json_reader.hpp"
#include "subscriber/screens/command_screen.hpp"
#include "subscriber/screens/desktop_note.hpp"
#include "subscriber/screens/log_screen.hpp"
#include "subscriber/screens/tmux.hpp"
#include "subscriber/screens/window_screen.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/unit/screens/hostile_messages.hpp"
#include "tests/unit/screens/turning.hpp"

namespace crier::screens {
namespace {

using namespace testing;
using crier::testing::hostile_texts;
using crier::testing::Payload;

/// With choices too, as only questions have.
IncomingMessage poisoned_question(const std::string& payload) {
    IncomingMessage message = poisoned(payload);
    message.content.choices = {payload, "No"};
    return message;
}

/// What a server that reads markup shows of it; nullopt: a tag, or an entity that is none of ours.
std::optional<std::string> shown_by_markup(std::string_view markup) {
    std::string text;
    while (!markup.empty()) {
        if (markup.front() == '<' || markup.front() == '>') return std::nullopt;
        std::string_view letter = markup.substr(0, 1);
        std::size_t used = 1;
        if (letter == "&") {
            for (const auto& [entity, meant] :
                 {std::pair<std::string_view, std::string_view>{"&amp;", "&"},
                  {"&lt;", "<"},
                  {"&gt;", ">"}}) {
                if (!markup.starts_with(entity)) continue;
                letter = meant;
                used = entity.size();
            }
            if (used == 1) return std::nullopt;
        }
        text += letter;
        markup.remove_prefix(used);
    }
    return text;
}

std::string whole(const std::filesystem::path& file) {
    std::ifstream stream(file);
    return {std::istreambuf_iterator<char>(stream), {}};
}

class HostileScreens : public ::testing::Test {
protected:
    void SetUp() override { use_utc(); }
    crier::testing::TemporaryDirectory folder;
};

TEST_F(HostileScreens, ANotificationShowsTheTextAndNoMarkup) {
    const ServerFacts with_markup{"server 1", true, true};
    const ServerFacts without{"server 1", true, false};
    for (const auto& [name, payload] : hostile_texts()) {
        const IncomingMessage message = poisoned_question(payload);
        const Note plain = note_of(message, {}, without, {}, evening);
        const Note marked = note_of(message, {}, with_markup, {}, evening);
        EXPECT_EQ(shown_by_markup(marked.body), plain.body) << name;
        EXPECT_EQ(plain.summary, marked.summary) << name;
        EXPECT_EQ(plain.summary.find('\n'), std::string::npos) << name;
        const std::vector<IncomingMessage> both{message, message};
        const Note digest = digest_note_of(both, with_markup, {}, evening);
        EXPECT_TRUE(shown_by_markup(digest.body)) << name;
        for (const std::string& text : {plain.summary, plain.body, digest.summary, digest.body}) {
            EXPECT_EQ(trouble_in(text), "") << name;
        }
        for (const auto& [action, label] : plain.actions) {
            EXPECT_EQ(trouble_in(action + label), "") << name;
            EXPECT_EQ(label.find('\n'), std::string::npos) << name;
        }
    }
}

TEST_F(HostileScreens, AnEntryOfTheLogBeginsWithItsTimeAndNothingElseDoes) {
    const std::filesystem::path file = folder.path() / "messages.log";
    LogScreen screen(file);
    for (const auto& [name, payload] : hostile_texts()) {
        std::ofstream(file, std::ios::trunc).flush();
        screen.show(poisoned_question(payload), evening);
        screen.problem({ErrorCode::text_invalid, payload}, evening);
        const std::string text = whole(file);
        EXPECT_EQ(trouble_in(text), "") << name;
        std::istringstream lines(text);
        int entries = 0;
        for (std::string line; std::getline(lines, line);) {
            if (!line.starts_with("    ")) ++entries;
            EXPECT_TRUE(line.starts_with("    ") || line.starts_with("2026-11-23T20:40:00.000Z "))
                << name << ": " << line;
        }
        EXPECT_EQ(entries, 2) << name;
    }
}

TEST_F(HostileScreens, TmuxShowsItAsItStands) {
    for (const auto& [name, payload] : hostile_texts()) {
        std::string text = as_tmux_text(payload);
        EXPECT_EQ(trouble_in(text), "") << name;
        std::string shown;
        while (!text.empty()) {
            const bool is_special = text.front() == '#' || text.front() == '%';
            EXPECT_TRUE(!is_special || text[0] == text.c_str()[1]) << name;
            shown += text.front();
            text.erase(0, is_special ? 2 : 1);
        }
        EXPECT_EQ(shown, clean_line(payload)) << name;
    }
}

/// A program is asked once for all of them: each start takes time.
std::vector<IncomingMessage> one_of_each() {
    std::vector<IncomingMessage> messages;
    std::uint8_t number = 0;
    for (const Payload& text : hostile_texts()) {
        if (text.name.starts_with("byte ") || text.name.starts_with("escape ")) continue;
        messages.push_back(poisoned_question(text.bytes));
        messages.back().id = id_of(++number);
    }
    return messages;
}

TEST_F(HostileScreens, TheWindowGetsALineOfJsonForEach) {
    const std::string script =
        "cd \"$(dirname \"$0\")\"\n"
        "echo '{\"ready\":{\"platform\":\"xcb\",\"kept_on_top\":true}}'\n"
        "while read -r line; do printf '%s\\n' \"$line\" >> lines; done\n: > ended\n";
    const std::vector<IncomingMessage> messages = one_of_each();
    {
        WindowScreen screen(box_look(80), {script_in(folder.path(), "window", script), true});
        for (const IncomingMessage& message : messages) screen.show(message, evening);
        const Instant end = read_clocks().steady + std::chrono::seconds(60);
        const auto count = [&] {
            const std::string text = whole(folder.path() / "lines");
            return std::count(text.begin(), text.end(), '\n');
        };
        while (count() < static_cast<std::ptrdiff_t>(messages.size()) + 1 &&
               read_clocks().steady < end) {
            std::vector<pollfd> waits;
            screen.add_waits(waits);
            poll(waits.data(), waits.size(), 10);
            screen.serve(waits, evening);
        }
    }
    std::istringstream lines(whole(folder.path() / "lines"));
    std::size_t seen = 0;
    for (std::string line; std::getline(lines, line); ++seen) {
        EXPECT_EQ(trouble_in(line), "") << line;
        EXPECT_TRUE(read_json(line)) << line;
    }
    EXPECT_EQ(seen, messages.size() + 1);
}

TEST_F(HostileScreens, AProgramGetsALineOfJsonAndCleanVariables) {
    const std::string script =
        "cd \"$(dirname \"$0\")\"\ncat > \"input-$CRIER_ID\"\n"
        "printf '%s\\n' \"$CRIER_TITLE\" \"$CRIER_TEXT\" \"$CRIER_FROM\" \"$CRIER_CHOICES\" "
        "> \"variables-$CRIER_ID\"\n";
    CommandScreen screen({.program = script_in(folder.path(), "show", script)});
    for (const IncomingMessage& message : one_of_each()) {
        screen.show(message, evening);
        ASSERT_EQ(events_of(screen, 1).size(), 1U);
        const std::string input = whole(folder.path() / ("input-" + to_string(message.id)));
        EXPECT_EQ(input.find('\n'), input.size() - 1) << input;
        EXPECT_EQ(trouble_in(input), "") << input;
        EXPECT_TRUE(read_json(input)) << input;
        const std::string variables = whole(folder.path() / ("variables-" + to_string(message.id)));
        EXPECT_EQ(trouble_in(variables), "") << input;
    }
}

}  // namespace
}  // namespace crier::screens
