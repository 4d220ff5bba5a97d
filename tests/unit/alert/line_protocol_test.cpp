// What the agent may write to the alert window, and what the window says in return.
// Method: lines in, values or a complaint out, and back; no pipe and no window.

#include "subscriber/alert/line_protocol.hpp"

#include <gtest/gtest.h>

#include <string>

namespace crier::alert {
namespace {

const std::string least = R"("id":"a1","revision":1,"severity":"info","text":"Hello")";

std::string show_line(const std::string& members) {
    return "{\"show\":{" + members + "}}";
}

ShownMessage shown(const std::string& members) {
    const auto instruction = parse_line(show_line(members));
    EXPECT_TRUE(instruction) << instruction.error().detail;
    if (!instruction || !std::holds_alternative<Show>(*instruction)) return {};
    return std::get<Show>(*instruction).message;
}

std::string complaint(const std::string& line) {
    const auto instruction = parse_line(line);
    if (instruction) return "understood";
    EXPECT_EQ(instruction.error().code, ErrorCode::usage_invalid);
    return instruction.error().detail;
}

TEST(AlertLines, AMessageHasAllThatTheAgentSays) {
    const ShownMessage message = shown(R"(
        "id":"a1", "revision":3, "severity":"critical", "header":"CRITICAL, reminder",
        "title":"Restart", "parts":["In "," it ends."], "countdown_ms":90500,
        "facts":["from ops","to all"], "choices":["now","no"], "answer":1,
        "acknowledge":"I have read this", "hide":"Away", "note":"Answered: no.", "urgent":true)");
    EXPECT_EQ(message, (ShownMessage{.id = "a1",
                                     .revision = 3,
                                     .severity = Severity::critical,
                                     .header = "CRITICAL, reminder",
                                     .title = "Restart",
                                     .parts = {"In ", " it ends."},
                                     .countdown = std::chrono::milliseconds{90'500},
                                     .facts = {"from ops", "to all"},
                                     .choices = {"now", "no"},
                                     .answer = 1,
                                     .acknowledge = "I have read this",
                                     .hide = "Away",
                                     .note = "Answered: no.",
                                     .urgent = true}));
}

TEST(AlertLines, WhatIsNotThereOrNullIsNone) {
    const ShownMessage message =
        shown(least + R"(,"answer":null,"acknowledge":null,"countdown_ms":null,"later":[{}])");
    EXPECT_EQ(message, (ShownMessage{.id = "a1", .revision = 1, .parts = {"Hello"}}));
    EXPECT_EQ(message.hide, "Hide");
}

TEST(AlertLines, ACountdownIsKeptWithinWhatCanBeCounted) {
    EXPECT_EQ(shown(least + R"(,"countdown_ms":-5)").countdown, std::chrono::milliseconds{0});
    EXPECT_LT(shown(least + R"(,"countdown_ms":9223372036854775807)").countdown,
              std::chrono::hours{24 * 401});
    EXPECT_NE(complaint(show_line(least + R"(,"countdown_ms":1e300)")).find("countdown_ms"),
              std::string::npos);
}

TEST(AlertLines, TheOtherInstructions) {
    EXPECT_EQ(std::get<Remove>(*parse_line(R"({"remove":"a1"})")).id, "a1");
    EXPECT_EQ(std::get<Ring>(*parse_line(R"( {"ring" : "a1"} )")).id, "a1");
    const auto words = std::get<WindowWords>(
        *parse_line(R"({"window":{"title":"Messages","rtl":true,"heading":"{count} messages"}})"));
    EXPECT_EQ(words.title, "Messages");
    EXPECT_EQ(words.is_right_to_left, true);
    EXPECT_EQ(words.heading, "{count} messages");
    EXPECT_EQ(std::get<WindowWords>(*parse_line(R"({"window":{}})")).title, std::nullopt);
}

TEST(AlertLines, WhatIsMissingOrOfTheWrongKindIsNamed) {
    const std::pair<std::string, std::string> wrong[] = {
        {R"("revision":1,"severity":"info","text":"x")", "\"id\""},
        {R"("id":"","revision":1,"severity":"info","text":"x")", "\"id\""},
        {R"("id":7,"revision":1,"severity":"info","text":"x")", "\"id\" wants a string"},
        {R"("id":"a","severity":"info","text":"x")", "\"revision\""},
        {R"("id":"a","revision":-1,"severity":"info","text":"x")", "\"revision\""},
        {R"("id":"a","revision":1.5,"severity":"info","text":"x")", "\"revision\""},
        {R"("id":"a","revision":1,"text":"x")", "\"severity\""},
        {R"("id":"a","revision":1,"severity":"loud","text":"x")", "\"severity\""},
        {R"("id":"a","revision":1,"severity":"info")", "\"text\""},
        {R"("id":"a","revision":1,"severity":"info","parts":[])", "\"text\""},
        {R"("id":"a","revision":1,"severity":"info","parts":["x",1])", "\"parts\""},
        {R"("id":"a","revision":1,"severity":"info","parts":["x","y"])", "\"parts\""},
        {least + R"(,"parts":["x"])", "\"text\""},
        {least + R"(,"facts":"x")", "\"facts\" wants a list"},
        {least + R"(,"choices":[null])", "\"choices\""},
        {least + R"(,"choices":["x"],"answer":1)", "\"answer\""},
        {least + R"(,"choices":["x"],"answer":-1)", "\"answer\""},
        {least + R"(,"answer":0)", "\"answer\""},
        {least + R"(,"urgent":"yes")", "\"urgent\" wants true or false"},
        {least + R"(,"acknowledge":true)", "\"acknowledge\""},
    };
    for (const auto& [members, named] : wrong) {
        const std::string said = complaint(show_line(members));
        EXPECT_NE(said.find(named), std::string::npos) << members << "\n" << said;
    }
    std::string many = "\"x\"";
    for (std::size_t choice = 0; choice < choices_max; ++choice) many += ",\"x\"";
    EXPECT_NE(complaint(show_line(least + ",\"choices\":[" + many + "]")).find("\"choices\""),
              std::string::npos);
}

TEST(AlertLines, WhatIsNoInstructionIsRefused) {
    for (const char* line :
         {"", "show", "null", "[]", "{}", R"("show")", R"({"show":{}})", R"({"show":[]})",
          R"({"show":"a"})", R"({"remove":1})", R"({"ring":null})", R"({"window":"x"})",
          R"({"window":{"rtl":1}})", R"({"quit":"now"})", R"({"remove":"a","ring":"a"})",
          R"({"remove":"a"} x)", "{\"remove\":\"\xff\"}", R"({"remove":"a","remove":"b"})"}) {
        EXPECT_NE(complaint(line), "understood") << line;
    }
    EXPECT_NE(complaint(std::string(line_bytes_max, '[')), "understood");
    EXPECT_NE(complaint("{\"" + std::string(100'000, 'x') + "\":1}"), "understood");
}

TEST(AlertLines, TextsHaveTheirLengths) {
    const std::string start = R"("id":"a","revision":1,"severity":"info",)";
    const auto with_text = [&](std::size_t bytes) {
        return start + "\"text\":\"" + std::string(bytes, 'x') + '"';
    };
    EXPECT_EQ(shown(with_text(text_bytes_max)).parts.front().size(), text_bytes_max);
    EXPECT_NE(complaint(show_line(with_text(text_bytes_max + 1))).find("\"text\""),
              std::string::npos);
    const std::string half(text_bytes_max / 2 + 1, 'x');
    const std::string parts =
        start + R"("countdown_ms":1,"parts":[")" + half + R"(",")" + half + R"("])";
    EXPECT_NE(complaint(show_line(parts)).find("\"text\" has more"), std::string::npos);

    const std::string words(words_bytes_max, 'x');
    EXPECT_EQ(shown(least + R"(,"title":")" + words + '"').title, words);
    for (const char* name : {"title", "header", "note", "hide", "acknowledge"}) {
        EXPECT_NE(complaint(show_line(least + ",\"" + name + "\":\"" + words + "x\"")).find(name),
                  std::string::npos);
    }
    EXPECT_NE(complaint(show_line(least + R"(,"facts":[")" + words + "x\"]")).find("\"facts\""),
              std::string::npos);
}

TEST(AlertLines, TheHeadingHasTheNumberWhereItsWordsWantIt) {
    EXPECT_EQ(heading_of("{count} messages", 3), "3 messages");
    EXPECT_EQ(heading_of("Messages : {count}", 12), "Messages : 12");
    EXPECT_EQ(heading_of("Messages", 3), "Messages");
}

TEST(AlertLines, WhatTheWindowSays) {
    EXPECT_EQ(ready_line("xcb", true), R"({"ready":{"platform":"xcb","kept_on_top":true}})");
    EXPECT_EQ(deed_line(Deed::taken, "a1", 2), R"({"taken":"a1","revision":2})");
    EXPECT_EQ(deed_line(Deed::displayed, "a1", 2), R"({"displayed":"a1","revision":2})");
    EXPECT_EQ(deed_line(Deed::acknowledged, "a1", 2), R"({"acknowledged":"a1","revision":2})");
    EXPECT_EQ(deed_line(Deed::dismissed, "a1", 2), R"({"dismissed":"a1","revision":2})");
    EXPECT_EQ(answered_line("a1", 2, 0), R"({"answered":"a1","revision":2,"choice":0})");
    EXPECT_EQ(error_line("say \"this\"\n"), R"({"error":"say \"this\"\n"})");
}

}  // namespace
}  // namespace crier::alert
