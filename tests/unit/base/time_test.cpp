#include "shared/base/time.hpp"

#include <gtest/gtest.h>

namespace crier {
namespace {

TEST(Time, IsShownInUtcWithMilliseconds) {
    EXPECT_EQ(to_string(utc_from_ms(0)), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(to_string(utc_from_ms(1'795'471'083'120)), "2026-11-23T21:58:03.120Z");
    EXPECT_EQ(to_string(utc_from_ms(951'782'400'007)), "2000-02-29T00:00:00.007Z");
    EXPECT_EQ(to_string(utc_from_ms(-1)), "1969-12-31T23:59:59.999Z");
}

TEST(Time, OfTheWholeProtocolsRangeCanBeShown) {
    EXPECT_FALSE(to_string(utc_from_ms(std::int64_t{1} << 53)).empty());
    EXPECT_FALSE(to_string(UtcTime::max()).empty());
}

TEST(Time, GoesToMillisecondsAndBack) {
    for (const std::int64_t ms :
         {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1}, std::int64_t{1} << 53}) {
        EXPECT_EQ(to_ms(utc_from_ms(ms)), ms);
    }
}

TEST(Time, IsReadWithItsZone) {
    const auto read = [](std::string_view text) {
        const auto time = parse_time(text);
        return time ? to_string(*time) : "none";
    };
    EXPECT_EQ(read("2026-11-23T21:58:03.120Z"), "2026-11-23T21:58:03.120Z");
    EXPECT_EQ(read("2026-11-23T21:58:03.1Z"), "2026-11-23T21:58:03.100Z");
    EXPECT_EQ(read("2026-11-23T21:58:03.12Z"), "2026-11-23T21:58:03.120Z");
    EXPECT_EQ(read("2026-11-23t21:58:03z"), "2026-11-23T21:58:03.000Z");
    EXPECT_EQ(read("2026-11-23 21:58Z"), "2026-11-23T21:58:00.000Z");
    EXPECT_EQ(read("2026-11-23T22:58:03+01:00"), "2026-11-23T21:58:03.000Z");
    EXPECT_EQ(read("2026-12-31T22:30-0330"), "2027-01-01T02:00:00.000Z");
    EXPECT_EQ(read("1969-12-31T23:59:59.999Z"), "1969-12-31T23:59:59.999Z");
    EXPECT_EQ(read("2028-02-29T00:00Z"), "2028-02-29T00:00:00.000Z");
    EXPECT_EQ(read("0000-01-01T00:00Z"), "0000-01-01T00:00:00.000Z");
    EXPECT_EQ(read("9999-12-31T23:59:59.999Z"), "9999-12-31T23:59:59.999Z");
}

TEST(Time, IsNoneInAnyOtherForm) {
    for (const std::string_view text : {"",
                                        "2026-11-23",
                                        "2026-11-23Z",
                                        "2026-11-23T",
                                        "21:58Z",
                                        "2026-11-23T21Z",
                                        "2026-11-23T21:58:Z",
                                        "2026-11-23T21:58:03.Z",
                                        "2026-11-23T21:58:03.1234Z",
                                        "2026-11-23T21:58:3Z",
                                        "2026-11-23T24:00Z",
                                        "2026-11-23T21:60Z",
                                        "2026-11-23T21:58:60Z",
                                        "2026-13-01T00:00Z",
                                        "2026-00-01T00:00Z",
                                        "2026-11-31T00:00Z",
                                        "2027-02-29T00:00Z",
                                        "26-11-23T21:58Z",
                                        "+026-11-23T21:58Z",
                                        "2026-11-23T-1:58Z",
                                        "2026-11-23T21:58Zx",
                                        "2026-11-23T21:58+1",
                                        "2026-11-23T21:58+24:00",
                                        "2026-11-23T21:58+01:60",
                                        "2026-11-23T21:58 Z",
                                        " 2026-11-23T21:58Z",
                                        "2026-11-23_21:58Z"}) {
        const auto time = parse_time(text);
        ASSERT_FALSE(time) << text;
        EXPECT_EQ(time.error(), TimeFault::no_time) << text;
    }
    for (const std::string_view text :
         {"2026-11-23T21:58", "2026-11-23 21:58:03", "2026-11-23T21:58:03.120"}) {
        const auto time = parse_time(text);
        ASSERT_FALSE(time) << text;
        EXPECT_EQ(time.error(), TimeFault::no_zone) << text;
    }
}

TEST(Time, OfTheSteadyClockNeverGoesBack) {
    Moment last = read_clocks();
    for (int round = 0; round < 1'000; ++round) {
        const Moment now = read_clocks();
        EXPECT_GE(now.steady, last.steady);
        last = now;
    }
    EXPECT_GT(last.utc, utc_from_ms(1'600'000'000'000)) << "this machine's clock is set";
}

}  // namespace
}  // namespace crier
