// Settings: what the table lets in, from which source, and what is said about what it keeps out.
// Method: a small table of one row per type, read from text as a file has it.

#include "shared/config/settings.hpp"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "shared/config/typed_table.hpp"

namespace crier::config {
namespace {

std::optional<std::string> no_zebra(std::string_view text) {
    if (text != "zebra") return std::nullopt;
    return "must be no zebra";
}

constexpr std::array<std::string_view, 2> default_tags{"red", "green"};
constexpr std::array<std::string_view, 3> colours{"red", "green", "blue"};

struct Sample {
    std::int64_t sessions{};
    bool loud{};
    std::string colour;
    std::string animal;
    std::vector<std::string> tags;
};
constexpr std::array fields{
    Field<Sample>{{"limits.sessions", Integer{10, 1, 1'000, "sessions"}, "How many.\nReally."},
                  &Sample::sessions},
    Field<Sample>{{"limits.loud", Switch{false}, "Noise."}, &Sample::loud},
    Field<Sample>{{"look.colour", Text{"red", colours, nullptr}, "A colour."}, &Sample::colour},
    Field<Sample>{{"look.animal", Text{"", {}, no_zebra}, "An animal."}, &Sample::animal},
    Field<Sample>{{"look.tags", TextList{default_tags, 3, no_zebra}, "Tags."}, &Sample::tags},
};
static_assert(is_sound(fields));
constexpr auto table = table_of(fields);

std::string complaint_about(std::string_view toml) {
    Settings settings(table);
    const Status read = settings.read_toml(toml, "crierd.toml");
    if (read) return "nothing";
    EXPECT_EQ(read.error().code, ErrorCode::configuration_invalid);
    return read.error().detail;
}

std::string complaint_about_variable(const char* variable) {
    Settings settings(table);
    const std::array environment{variable, static_cast<const char*>(nullptr)};
    const Status read = settings.read_environment(environment.data());
    return read ? "nothing" : read.error().detail;
}

Sample read(std::string_view toml) {
    Settings settings(table);
    const Status status = settings.read_toml(toml, "crierd.toml");
    EXPECT_TRUE(status) << status.error().detail;
    return filled_from(settings, fields);
}

TEST(Settings, HaveTheTablesFallbacksWhenNothingIsGiven) {
    const Sample sample = read("");
    EXPECT_EQ(sample.sessions, 10);
    EXPECT_FALSE(sample.loud);
    EXPECT_EQ(sample.colour, "red");
    EXPECT_EQ(sample.animal, "");
    EXPECT_EQ(sample.tags, (std::vector<std::string>{"red", "green"}));
}

TEST(Settings, ReadEveryTypeFromAFile) {
    const Sample sample = read(
        "[limits]\nsessions = 1_000\nloud = true\n"
        "[look]\ncolour = \"blue\"\nanimal = \"caf\\u00e9\"\ntags = []\n");
    EXPECT_EQ(sample.sessions, 1'000);
    EXPECT_TRUE(sample.loud);
    EXPECT_EQ(sample.colour, "blue");
    EXPECT_EQ(sample.animal, "café");
    EXPECT_TRUE(sample.tags.empty());
}

TEST(Settings, SayFileLineAndBoundsOfANumberOutOfRange) {
    EXPECT_EQ(complaint_about("[limits]\n\nsessions = 0\n"),
              "limits.sessions = 0: must be 1 to 1000 sessions (crierd.toml:3)");
    EXPECT_EQ(complaint_about("limits.sessions = 1001\n"),
              "limits.sessions = 1001: must be 1 to 1000 sessions (crierd.toml:1)");
}

TEST(Settings, SayWhatTypeIsWanted) {
    EXPECT_EQ(complaint_about("limits.sessions = \"many\""),
              "limits.sessions = \"many\": must be a whole number, 1 to 1000 sessions "
              "(crierd.toml:1)");
    EXPECT_EQ(complaint_about("limits.sessions = 1.5"),
              "limits.sessions = 1.5: must be a whole number, 1 to 1000 sessions (crierd.toml:1)");
    EXPECT_EQ(complaint_about("limits.loud = 1"),
              "limits.loud = 1: must be true or false (crierd.toml:1)");
    EXPECT_EQ(complaint_about("look.animal = 1979-05-27"),
              "look.animal = 1979-05-27: must be a text in quotes (crierd.toml:1)");
    EXPECT_EQ(complaint_about("look.tags = [1]"),
              "look.tags = [ 1 ]: must be a list of texts, [\"one\", \"two\"] (crierd.toml:1)");
}

TEST(Settings, SayWhichWordsAreAllowed) {
    EXPECT_EQ(complaint_about("look.colour = \"pink\""),
              "look.colour = \"pink\": must be red, green or blue (crierd.toml:1)");
}

TEST(Settings, AskTheRowsOwnRule) {
    EXPECT_EQ(complaint_about("look.animal = \"zebra\""),
              "look.animal = \"zebra\": must be no zebra (crierd.toml:1)");
    EXPECT_EQ(complaint_about("look.tags = [\"a\", \"zebra\"]"),
              "look.tags = [\"a\", \"zebra\"]: \"zebra\" must be no zebra (crierd.toml:1)");
    EXPECT_EQ(complaint_about("look.tags = [\"a\", \"b\", \"c\", \"d\"]"),
              "look.tags = [\"a\", \"b\", \"c\", \"d\"]: must have at most 3 elements "
              "(crierd.toml:1)");
}

TEST(Settings, LetNoControlCharacterIn) {
    EXPECT_NE(complaint_about("look.animal = \"a\\u001bb\"").find("without control characters"),
              std::string::npos);
}

TEST(Settings, NameTheNearestSettingForAnUnknownOne) {
    EXPECT_EQ(complaint_about("[limits]\nsesions = 3"),
              "limits.sesions: no such setting; the nearest is limits.sessions (crierd.toml:2)");
    EXPECT_EQ(complaint_about("look.loud = true"),
              "look.loud: no such setting; the nearest is limits.loud (crierd.toml:1)");
    EXPECT_EQ(complaint_about("colour = \"red\""),
              "colour: no such setting; the nearest is look.colour (crierd.toml:1)");
    EXPECT_EQ(complaint_about("[limit]\n"),
              "limit: no such setting; the nearest is limits.loud (crierd.toml:1)");
}

TEST(Settings, ReportEverythingThatIsWrongAndTakeNothing) {
    Settings settings(table);
    const Status read = settings.read_toml(
        "[limits]\nsessions = 0\nloud = true\n[look]\ncolour = \"pink\"\n", "x.toml");
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().detail,
              "limits.sessions = 0: must be 1 to 1000 sessions (x.toml:2)\n"
              "look.colour = \"pink\": must be red, green or blue (x.toml:5)");
    EXPECT_FALSE(settings.is_given("limits.loud"));
}

TEST(Settings, SayTheLineWhereAFileIsNoToml) {
    const std::string complaint = complaint_about("[limits]\nsessions = 1\nloud = \n");
    EXPECT_NE(complaint.find("(crierd.toml:3)"), std::string::npos) << complaint;
    EXPECT_EQ(complaint.find('\n'), std::string::npos) << complaint;
}

TEST(Settings, QuoteTheLineOfANumberThatIsTooLong) {
    const std::string complaint = complaint_about("[limits]\nsessions = 99999999999999999999\n");
    EXPECT_TRUE(complaint.starts_with("sessions = 99999999999999999999: ")) << complaint;
    EXPECT_NE(complaint.find("(crierd.toml:2)"), std::string::npos) << complaint;
}

TEST(Settings, RefuseASettingGivenTwice) {
    EXPECT_NE(complaint_about("[limits]\nsessions = 1\nsessions = 2\n").find("(crierd.toml:3)"),
              std::string::npos);
}

TEST(Settings, SayWhyAFileCannotBeRead) {
    Settings settings(table);
    const Status missing = settings.read_file("/nonexistent/crierd.toml");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code, ErrorCode::file_unusable);
    EXPECT_NE(missing.error().detail.find("No such file"), std::string::npos);

    const Status folder = settings.read_file("/");
    ASSERT_FALSE(folder);
    EXPECT_EQ(folder.error().code, ErrorCode::file_unusable);
    EXPECT_NE(folder.error().detail.find("Is a directory"), std::string::npos)
        << folder.error().detail;
}

TEST(Settings, AreOverriddenByTheEnvironment) {
    Settings settings(table);
    ASSERT_TRUE(settings.read_toml("limits.sessions = 3", "x.toml"));
    const std::array environment{"PATH=/bin",
                                 "CRIER_LIMITS_SESSIONS=4",
                                 "CRIER_LIMITS_LOUD=true",
                                 "CRIER_LOOK_TAGS=a, b,c",
                                 "CRIER_INVITATION=crier1.",
                                 static_cast<const char*>(nullptr)};
    const Status read = settings.read_environment(environment.data());
    ASSERT_TRUE(read) << read.error().detail;
    const Sample sample = filled_from(settings, fields);
    EXPECT_EQ(sample.sessions, 4);
    EXPECT_TRUE(sample.loud);
    EXPECT_EQ(sample.tags, (std::vector<std::string>{"a", "b", "c"}));
    EXPECT_EQ(settings.quote("limits.sessions"), "limits.sessions = 4 (CRIER_LIMITS_SESSIONS)");
}

TEST(Settings, SayWhichVariableIsWrong) {
    EXPECT_EQ(complaint_about_variable("CRIER_LIMITS_SESSIONS=0"),
              "CRIER_LIMITS_SESSIONS = \"0\": must be 1 to 1000 sessions (environment)");
    EXPECT_EQ(complaint_about_variable("CRIER_LIMITS_SESSIONS=4x"),
              "CRIER_LIMITS_SESSIONS = \"4x\": must be a whole number, 1 to 1000 sessions "
              "(environment)");
    EXPECT_EQ(complaint_about_variable("CRIER_LIMITS_SESIONS=4"),
              "CRIER_LIMITS_SESIONS: no such setting; the nearest is CRIER_LIMITS_SESSIONS "
              "(environment)");
    EXPECT_EQ(complaint_about_variable("CRIER_LIMIT_SESSIONS=4"),
              "CRIER_LIMIT_SESSIONS: no such setting; the nearest is CRIER_LIMITS_SESSIONS "
              "(environment)")
        << "a section that is not quite ours";
    EXPECT_EQ(complaint_about_variable("CRIER_LIMITS_SESSIONS="),
              "CRIER_LIMITS_SESSIONS = \"\": must be a whole number, 1 to 1000 sessions "
              "(environment)");
    EXPECT_EQ(complaint_about_variable("CRIER_INVITATION=x"), "nothing");
}

TEST(Settings, AreOverriddenByTheCommandLineLast) {
    Settings settings(table);
    ASSERT_TRUE(settings.read_toml("limits.sessions = 3", "x.toml"));
    ASSERT_TRUE(settings.set("limits.sessions", std::int64_t{7}, "--sessions"));
    EXPECT_EQ(filled_from(settings, fields).sessions, 7);
    const Status wrong = settings.set("limits.sessions", std::int64_t{-7}, "--sessions");
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().detail,
              "limits.sessions = -7: must be 1 to 1000 sessions (--sessions)");
}

TEST(Settings, PrintedReadBackToTheSameValues) {
    Settings settings(table);
    ASSERT_TRUE(
        settings.read_toml("limits.sessions = 3\nlimits.loud = true\n"
                           "look.animal = \"a \\\"b\\\" \\\\c é\"\nlook.tags = [\"x\"]\n",
                           "x.toml"));
    Settings again(table);
    const Status read = again.read_toml(settings.to_toml(), "printed");
    ASSERT_TRUE(read) << read.error().detail << "\n" << settings.to_toml();
    EXPECT_EQ(again.to_toml(), settings.to_toml());
    EXPECT_EQ(filled_from(again, fields).animal, "a \"b\" \\c é");
}

TEST(Settings, PrintedExplainThemselves) {
    const std::string printed = Settings(table).to_toml();
    EXPECT_TRUE(
        printed.starts_with("[limits]\n"
                            "# How many.\n"
                            "# Really.\n"
                            "# 1 to 1000 sessions; default 10.\n"
                            "sessions = 10\n"
                            "\n"
                            "# Noise.\n"
                            "# Default: false.\n"
                            "loud = false\n"
                            "\n"
                            "[look]\n"))
        << printed;
}

}  // namespace
}  // namespace crier::config
