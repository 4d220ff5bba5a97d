// Log: one event a line, in three forms; nothing from outside breaks the line.

#include "broker/log.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <thread>

namespace crier::broker {
namespace {

std::string written(LogFormat format, Level level, const LogFields& fields) {
    std::ostringstream out;
    Log log(out, Level::debug, format);
    log.write(level, "session_opened", fields);
    return out.str();
}

TEST(Log, WritesAnEventWithItsFieldsOnOneLine) {
    const std::string line =
        written(LogFormat::text, Level::info, LogFields().add("session", "3c81").add("peer", 17));
    EXPECT_EQ(line.substr(24), " info event=session_opened session=3c81 peer=17\n");
    EXPECT_EQ(line[10], 'T');
    EXPECT_EQ(line[23], 'Z');
}

TEST(Log, GivesSystemdItsPriorities) {
    EXPECT_EQ(written(LogFormat::journal, Level::debug, {}), "<7>event=session_opened\n");
    EXPECT_EQ(written(LogFormat::journal, Level::info, {}), "<6>event=session_opened\n");
    EXPECT_EQ(written(LogFormat::journal, Level::warning, {}), "<4>event=session_opened\n");
    EXPECT_EQ(written(LogFormat::journal, Level::error, {}), "<3>event=session_opened\n");
}

TEST(Log, WritesJsonForScripts) {
    const std::string line =
        written(LogFormat::json, Level::warning, LogFields().add("user", "a \"b\""));
    EXPECT_EQ(line.find("{\"time\":\"20"), 0u) << line;
    EXPECT_NE(
        line.find("\"level\":\"warning\",\"event\":\"session_opened\",\"user\":\"a \\\"b\\\"\"}"),
        std::string::npos)
        << line;
}

TEST(Log, QuotesWhatCouldBreakTheLineOrTheScreen) {
    const std::string line = written(LogFormat::journal, Level::info,
                                     LogFields()
                                         .add("user", "x\nevent=forged")
                                         .add("b", "\x1b[31m")
                                         .add("c", "a=b")
                                         .add("d", ""));
    EXPECT_EQ(
        line,
        "<6>event=session_opened user=\"x\\nevent=forged\" b=\"\\u001b[31m\" c=\"a=b\" d=\"\"\n");
}

TEST(Log, NamesAnErrorByNumberAndName) {
    const std::string line =
        written(LogFormat::journal, Level::error,
                LogFields().add(Error{ErrorCode::storage_failed, "disk is full"}));
    EXPECT_EQ(line,
              "<3>event=session_opened code=5070 name=storage_failed detail=\"disk is full\"\n");
}

TEST(Log, LeavesOutWhatIsBelowItsLevel) {
    std::ostringstream out;
    Log log(out, Level::warning, LogFormat::text);
    EXPECT_FALSE(log.takes(Level::info));
    log.write(Level::info, "one");
    EXPECT_EQ(out.str(), "");
    log.write(Level::warning, "two");
    EXPECT_NE(out.str(), "");
    std::ostringstream nothing;
    Log off(nothing, Level::off, LogFormat::text);
    off.write(Level::error, "three");
    EXPECT_EQ(nothing.str(), "");
}

TEST(Log, KeepsLinesWholeWhenManyThreadsWrite) {
    std::ostringstream out;
    {
        Log log(out, Level::info, LogFormat::journal);
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&log] {
                for (int j = 0; j < 250; ++j) log.write(Level::info, "x");
            });
        }
        for (std::thread& thread : threads) thread.join();
    }
    std::istringstream lines(out.str());
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line); ++count) ASSERT_EQ(line, "<6>event=x");
    EXPECT_EQ(count, 1'000u);
}

}  // namespace
}  // namespace crier::broker
