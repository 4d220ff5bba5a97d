// A message as JSON: what each key means, and that every mistake is named and changes nothing.
// Method: options and JSON in, values out; no broker.

#include "publisher/cli/send_json.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "shared/base/json_reader.hpp"
#include "shared/base/time.hpp"

namespace crier::cli {
namespace {

constexpr UtcTime now = utc_from_ms(1'795'000'000'000);
const std::string id = "3c81a0d27f5e4b6690c1d2e3f4a5b6c7";
const std::string other_id = "3c81a0d27f5e4b6690c1d2e3f4a5b6c8";

tl::expected<CommandLine, NothingToRun> parse(std::vector<std::string> arguments,
                                              bool input_is_terminal = false) {
    arguments.insert(arguments.begin(), {"send", "--from-json"});
    return parse_command_line(std::move(arguments), input_is_terminal, now);
}

/// What is sent with these options and this JSON on standard input.
SendCommand sent(const std::string& json, std::vector<std::string> arguments = {"-"}) {
    auto line = parse(std::move(arguments));
    EXPECT_TRUE(line) << line.error().error.detail;
    if (!line) return {};
    SendCommand send = std::get<SendCommand>(line->command);
    std::istringstream input(json);
    const auto fault = complete(send, input, now);
    EXPECT_FALSE(fault) << fault->error.detail;
    EXPECT_FALSE(send.from_json) << "there is nothing to add any more";
    return send;
}

/// Why it is not sent.
Error mistake(const std::string& json, std::vector<std::string> arguments = {"-"}) {
    auto line = parse(std::move(arguments));
    EXPECT_TRUE(line) << line.error().error.detail;
    if (!line) return {};
    SendCommand send = std::get<SendCommand>(line->command);
    const SendCommand before = send;
    const auto fault = complete(send, json, now);
    EXPECT_TRUE(fault) << json << " was understood";
    EXPECT_EQ(send.text, before.text) << "half of " << json << " was taken";
    EXPECT_EQ(send.target, before.target) << "half of " << json << " was taken";
    EXPECT_EQ(send.title, before.title) << "half of " << json << " was taken";
    EXPECT_EQ(send.severity, before.severity) << "half of " << json << " was taken";
    return fault ? fault->error : Error{};
}

std::string usage_of(const std::string& json, std::vector<std::string> arguments = {"-"}) {
    const Error error = mistake(json, std::move(arguments));
    EXPECT_EQ(error.code, ErrorCode::usage_invalid) << error.detail;
    return error.detail;
}

TEST(SendJson, TakesEveryKey) {
    const SendCommand send =
        sent(R"({"text": "À 22h\nSalut", "title": "T", "severity": "critical", "style": "alert",
                 "expires": "2026-11-30T22:00:00+01:00", "to": {"where": "app=erp"},
                 "id": "3c81a0d27f5e4b6690c1d2e3f4a5b6c7"})");
    EXPECT_EQ(send.text, "À 22h\nSalut");
    EXPECT_EQ(send.title, "T");
    EXPECT_EQ(send.severity, Severity::critical);
    EXPECT_EQ(send.style, Style::alert);
    ASSERT_TRUE(send.expires);
    EXPECT_EQ(to_string(*send.expires), "2026-11-30T21:00:00.000Z");
    EXPECT_EQ(send.target, Target::matching("app=erp"));
    EXPECT_EQ(send.id, *parse_id<MessageId>(id));
}

TEST(SendJson, GoesToEveryoneUnlessItSaysToWhom) {
    EXPECT_EQ(sent(R"({"text": "a"})").target, Target::everyone());
    EXPECT_EQ(sent(R"({"text": "a", "to": "all"})").target, Target::everyone());
    const SendCommand send =
        sent(R"({"text": "a", "to": [")" + id + R"(", ")" + other_id + R"(", ")" + id + R"("]})");
    EXPECT_EQ(send.target, Target::of({*parse_id<SessionId>(id), *parse_id<SessionId>(other_id)}));
    EXPECT_EQ(sent(R"({"text": "a", "to": {"where": "user=A", "verified": true}})").target,
              Target::matching_verified("user=A"));
    EXPECT_EQ(sent(R"({"text": "a", "to": {"where": "user=A", "verified": false}})").target,
              Target::matching("user=A"));
}

TEST(SendJson, NeverTakesAnEmptyTargetForEveryone) {
    for (const char* to :
         {"null", "\"\"", "[]", "{}", "false", "0", "{\"where\": \"\"}", "{\"where\": \"  \"}",
          "{\"verified\": true}", "{\"where\": \"user=A\", \"verified\": 1}", "{\"where\": null}",
          "[\"\"]", "[null]", "\"ALL\"", "{\"where\": \"user=A\", \"all\": true}",
          "{\"all\": true}", "[[]]"}) {
        const std::string detail = usage_of(std::string(R"({"text": "a", "to": )") + to + "}");
        EXPECT_NE(detail.find("\"to\""), std::string::npos) << detail;
    }
}

TEST(SendJson, TakesTheRestFromOptions) {
    const SendCommand send = sent(R"({"text": "a"})", {"--where", "user=A", "--severity", "warning",
                                                       "--wait", "displayed", "--title", "T"});
    EXPECT_EQ(send.target, Target::matching("user=A"));
    EXPECT_EQ(send.severity, Severity::warning);
    EXPECT_EQ(send.title, "T");
    EXPECT_EQ(send.wait_for, State::displayed);
    EXPECT_EQ(sent(R"({"title": "T"})", {"-", "hello"}).text, "hello");
}

TEST(SendJson, NamesTheKeyThatAnOptionSaysToo) {
    const std::pair<const char*, std::vector<std::string>> twice[] = {
        {R"({"text": "a", "title": "T"})", {"--title", ""}},
        {R"({"text": "a", "severity": "info"})", {"--severity", "info"}},
        {R"({"text": "a", "style": "alert"})", {"--style", "alert"}},
        {R"({"text": "a", "expires": "5m"})", {"--expires", "5m"}},
        {R"({"text": "a", "id": "x"})", {"--id", id}},
        {R"({"text": "a", "to": "all"})", {"--all"}},
        {R"({"text": "a", "to": "all"})", {"--where", "user=A"}},
        {R"({"text": "a", "to": "all"})", {"-s", id}},
        {R"({"text": "a"})", {"-", "b"}},
    };
    for (const auto& [json, options] : twice) {
        const std::string detail = usage_of(json, options);
        EXPECT_NE(detail.find("say the same"), std::string::npos) << detail;
        EXPECT_NE(detail.find("the key \""), std::string::npos) << detail;
    }
}

TEST(SendJson, NamesWhatIsUnknownMissingOrOfAnotherType) {
    const std::pair<const char*, const char*> wrong[] = {
        {R"({"text": "a", "severtiy": "info"})", "\"severtiy\" is unknown"},
        {R"({"text": "a", "Title": "T"})", "\"Title\" is unknown"},
        {R"({"title": "T"})", "\"text\" is missing"},
        {R"({})", "\"text\" is missing"},
        {R"({"text": 7})", "\"text\" wants a string, not a number"},
        {R"({"text": null})", "\"text\" wants a string, not null"},
        {R"({"text": ["a"]})", "\"text\" wants a string, not a list"},
        {R"({"text": "a", "title": {}})", "\"title\" wants a string, not an object"},
        {R"({"text": "a", "severity": "high"})", "\"severity\": \"high\" is none of"},
        {R"({"text": "a", "severity": 2})", "\"severity\" wants a string"},
        {R"({"text": "a", "style": ""})", "\"style\""},
        {R"({"text": "a", "expires": "abc"})", "\"expires\": \"abc\" is no time"},
        {R"({"text": "a", "expires": 1795000000})", "\"expires\" wants a string"},
        {R"({"text": "a", "id": "abc"})", "\"id\""},
        {R"({"text": "a", "text": "b"})", "\"text\" is there twice"},
        {R"(["a"])", "not a list"},
        {R"("a")", "not a string"},
    };
    for (const auto& [json, words] : wrong) {
        const std::string detail = usage_of(json);
        EXPECT_NE(detail.find(words), std::string::npos) << json << ": " << detail;
    }
}

TEST(SendJson, RefusesWhatABrokerWould) {
    EXPECT_EQ(mistake(R"({"text": " \n "})").code, ErrorCode::text_invalid);
    EXPECT_EQ(mistake(R"({"text": "a", "expires": "2020-01-01T00:00:00Z"})").code,
              ErrorCode::time_invalid);
    EXPECT_EQ(mistake(R"({"text": "a", "to": {"where": "user=a of user=b"}})").code,
              ErrorCode::filter_invalid);
}

TEST(SendJson, PointsAtThePlaceInAFilter) {
    SendCommand send;
    const auto fault = complete(send, R"({"text": "a", "to": {"where": "user=a of user=b"}})", now);
    ASSERT_TRUE(fault);
    EXPECT_EQ(fault->position, 7u);
    EXPECT_NE(fault->error.detail.find('^'), std::string::npos);
}

TEST(SendJson, TakesAnExpiryOfNoneAsStatusPrintsIt) {
    EXPECT_EQ(sent(R"({"text": "a", "expires": null})").expires, std::nullopt);
}

TEST(SendJson, SaysWhereTheTextIsNoJson) {
    EXPECT_NE(usage_of("{\n  \"text\": \"a\",\n}").find("line 3, column 1"), std::string::npos);
    EXPECT_NE(usage_of(R"({"text": "a"} {"text": "b"})").find("no JSON"), std::string::npos);
    EXPECT_NE(usage_of("{\"text\": \"\xff\"}").find("no JSON"), std::string::npos);
    EXPECT_NE(usage_of("hello").find("no JSON"), std::string::npos);
    EXPECT_NE(usage_of(" \n").find("no JSON"), std::string::npos);
}

TEST(SendJson, ReadsAFileAndSaysWhenThereIsNone) {
    for (const auto& [file, words] :
         {std::pair{"/nowhere/message.json", "No such file"}, std::pair{"/", "a folder"},
          std::pair{"/dev/null", "no JSON"}}) {
        SendCommand send;
        send.from_json = JsonSource{file, {}};
        std::istringstream input(R"({"text": "not this"})");
        const auto fault = complete(send, input, now);
        ASSERT_TRUE(fault);
        EXPECT_EQ(fault->error.code, ErrorCode::usage_invalid);
        EXPECT_NE(fault->error.detail.find(words), std::string::npos) << fault->error.detail;
        EXPECT_FALSE(send.text);
    }
}

TEST(SendJson, RefusesMoreThanAnyMessageCanBe) {
    SendCommand send;
    send.from_json = JsonSource{"-", {}};
    std::istringstream input(R"({"text": ")" + std::string(300'000, 'a') + R"("})");
    const auto fault = complete(send, input, now);
    ASSERT_TRUE(fault);
    EXPECT_EQ(fault->error.code, ErrorCode::limit_exceeded);
}

TEST(SendJson, NeedsStandardInputForItselfAndNoTerminal) {
    for (const std::vector<std::string>& arguments :
         std::vector<std::vector<std::string>>{{"-", "-"}, {"--invitation", "-"}}) {
        const auto line = parse(arguments);
        ASSERT_FALSE(line);
        EXPECT_NE(line.error().error.detail.find("standard input"), std::string::npos);
    }
    const auto line = parse({}, true);
    ASSERT_FALSE(line);
    EXPECT_NE(line.error().error.detail.find("no JSON"), std::string::npos);
    EXPECT_TRUE(parse({"message.json", "--title", "T"}, true));
}

TEST(JsonReader, ReadsEveryKindOfValue) {
    const auto read = read_json(R"( {"a": [1, -2.50e3, true, null, "é"], "b": {"c": []}} )");
    ASSERT_TRUE(read) << read.error().detail;
    ASSERT_EQ(read->members.size(), 2u);
    const auto& list = read->members[0].second.elements;
    ASSERT_EQ(list.size(), 5u);
    EXPECT_EQ(list[0].text, "1");
    EXPECT_EQ(list[1].text, "-2.50e3");
    EXPECT_TRUE(list[2].boolean);
    EXPECT_EQ(list[3].kind, JsonValue::Kind::null);
    EXPECT_EQ(list[4].text, "é");
    ASSERT_EQ(read->members[1].second.members.size(), 1u);
    EXPECT_EQ(read->members[1].second.members[0].second.kind, JsonValue::Kind::array);
}

TEST(JsonReader, RefusesWhatIsTooDeep) {
    const auto nested = [](std::size_t levels) {
        return std::string(levels, '[') + std::string(levels, ']');
    };
    EXPECT_TRUE(read_json(nested(json_nesting_max)));
    EXPECT_FALSE(read_json(nested(json_nesting_max + 1)));
    EXPECT_FALSE(read_json(std::string(100'000, '[')));
}

TEST(JsonReader, QuotesOfALongNameNoHalfCharacter) {
    const std::string name = "\"" + std::string(63, 'a') + "é\"";
    const auto read = read_json("{" + name + ":1," + name + ":2}");
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().detail, "the key \"" + std::string(63, 'a') + "\" is there twice");
}

TEST(JsonReader, RefusesNumbersThatAreNone) {
    for (const char* text : {"1e999", "01", "NaN", "+1"}) EXPECT_FALSE(read_json(text)) << text;
}

}  // namespace
}  // namespace crier::cli
