// JSON: what is written is valid, exact, and harmless on a terminal.
// Method: compare with known texts.

#include "shared/base/json.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

namespace crier {
namespace {

TEST(Json, WritesNestedValuesOnOneLine) {
    JsonWriter json;
    json.begin_object().member("id", "a").member("seq", std::uint64_t{7});
    json.key("list").begin_array().value(1).value(true).null().begin_object().end_object();
    json.end_array().key("empty").begin_array().end_array().member("last", -1).end_object();
    EXPECT_EQ(json.text(), R"({"id":"a","seq":7,"list":[1,true,null,{}],"empty":[],"last":-1})");
}

TEST(Json, WritesAnArrayOfObjects) {
    JsonWriter json;
    json.begin_array();
    json.begin_object().member("a", 1).end_object();
    json.begin_object().member("a", 2).end_object();
    json.end_array();
    EXPECT_EQ(json.text(), R"([{"a":1},{"a":2}])");
}

TEST(Json, WritesWholeNumbersExactly) {
    JsonWriter json;
    json.begin_array().value(std::numeric_limits<std::uint64_t>::max());
    json.value(std::numeric_limits<std::int64_t>::min()).end_array();
    EXPECT_EQ(json.text(), "[18446744073709551615,-9223372036854775808]");
}

TEST(Json, EscapesWhatTheFormatAsksFor) {
    EXPECT_EQ(json_string("a\"b\\c\nd\te\r"), R"("a\"b\\c\nd\te\r")");
    EXPECT_EQ(json_string(std::string("\0\x1f", 2)), R"("\u0000\u001f")");
}

TEST(Json, KeepsTextReadable) {
    EXPECT_EQ(json_string("Opération 日本 🚀"), "\"Opération 日本 🚀\"");
}

TEST(Json, EscapesMarksThatNoLanguageHas) {
    std::string marks;
    for (int i = 0; i < 8; ++i) marks += "\u0301";
    EXPECT_EQ(json_string("a" + marks + "\u0301\u0302b" + marks),
              "\"a" + marks + "\\u0301\\u0302b" + marks + "\"");
}

TEST(Json, EscapesWhatATerminalWouldActOn) {
    EXPECT_EQ(json_string("\x1b[2J\x7f\xc2\x9b"), R"("\u001b[2J\u007f\u009b")");
    EXPECT_EQ(json_string("\u202E\u2028"), R"("\u202e\u2028")");
    EXPECT_EQ(json_string("\U000E0041"), R"("\udb40\udc41")") << "a surrogate pair";
}

TEST(Json, ReplacesBytesThatAreNoUtf8) {
    EXPECT_EQ(json_string("a\xff"
                          "b"),
              R"("a\ufffdb")");
}

TEST(JsonDeathTest, StopsAtCallsOutOfOrder) {
    JsonWriter json;
    json.begin_object();
    EXPECT_DEATH(json.value(1), "each value has its key");
    EXPECT_DEATH(json.end_array(), "what begins last ends first");
}

}  // namespace
}  // namespace crier
