// Times as people type them, in zones whose clocks jump.
// Method: a fixed now, and the process's zone set for each test.

#include "publisher/cli/times.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "shared/base/time.hpp"

namespace crier::cli {
namespace {

class Times : public ::testing::Test {
protected:
    ~Times() override { set_zone("UTC"); }

    static void set_zone(const char* zone) {
        setenv("TZ", zone, 1);
        tzset();
    }

    /// "2026-11-23T20:00:00Z" as a time; only for this test.
    static UtcTime utc(const std::string& text) { return *parse_expiry(text, UtcTime{}); }

    static std::string expiry(std::string_view text, const std::string& now) {
        const Result<UtcTime> time = parse_expiry(text, utc(now));
        return time ? to_string(*time) : std::string(name_of(time.error().code));
    }

    static std::string since(std::string_view text, const std::string& now) {
        const Result<UtcTime> time = parse_since(text, utc(now));
        return time ? to_string(*time) : std::string(name_of(time.error().code));
    }

    // Berlin's rules, without the tz database: +1, from the last Sunday in March to October's +2.
    static constexpr const char* berlin = "CET-1CEST,M3.5.0,M10.5.0/3";
};

TEST_F(Times, TakesAClockTimeInTheZoneOfTheSender) {
    set_zone(berlin);
    EXPECT_EQ(expiry("22:00", "2026-11-23T20:00:00Z"), "2026-11-23T21:00:00.000Z");
    EXPECT_EQ(expiry("22:00", "2026-07-01T08:00:00Z"), "2026-07-01T20:00:00.000Z");
    set_zone("UTC");
    EXPECT_EQ(expiry("22:00", "2026-11-23T20:00:00Z"), "2026-11-23T22:00:00.000Z");
    EXPECT_EQ(expiry("6:05", "2026-11-23T00:00:00Z"), "2026-11-23T06:05:00.000Z");
}

TEST_F(Times, TakesTomorrowsWhenTodaysHasPassed) {
    set_zone(berlin);
    EXPECT_EQ(expiry("21:00", "2026-11-23T20:00:00Z"), "2026-11-24T20:00:00.000Z");
    EXPECT_EQ(expiry("06:00", "2026-12-31T22:59:00Z"), "2027-01-01T05:00:00.000Z");
}

TEST_F(Times, RefusesATimeThatTheClocksSkip) {
    set_zone(berlin);  // On 2027-03-28, 02:00 is followed by 03:00.
    EXPECT_EQ(expiry("02:30", "2027-03-28T00:00:00Z"), "time_invalid");
    EXPECT_EQ(expiry("02:30", "2027-03-27T20:00:00Z"), "time_invalid") << "tomorrow's is skipped";
    EXPECT_EQ(expiry("02:30", "2027-03-28T04:00:00Z"), "2027-03-29T00:30:00.000Z");
    EXPECT_EQ(expiry("03:00", "2027-03-28T00:00:00Z"), "2027-03-28T01:00:00.000Z");
}

TEST_F(Times, TakesTheNextOfTwoWhenTheClocksGoBack) {
    set_zone(berlin);  // On 2026-10-25, 03:00 is followed by 02:00.
    EXPECT_EQ(expiry("02:30", "2026-10-25T00:00:00Z"), "2026-10-25T00:30:00.000Z");
    EXPECT_EQ(expiry("02:30", "2026-10-25T00:45:00Z"), "2026-10-25T01:30:00.000Z");
    EXPECT_EQ(expiry("02:30", "2026-10-25T02:00:00Z"), "2026-10-26T01:30:00.000Z");
}

TEST_F(Times, CountsDurationsFromNow) {
    EXPECT_EQ(expiry("15m", "2026-11-23T20:00:00Z"), "2026-11-23T20:15:00.000Z");
    EXPECT_EQ(expiry("+1h30m", "2026-11-23T20:00:00Z"), "2026-11-23T21:30:00.000Z");
    EXPECT_EQ(expiry("+90", "2026-11-23T20:00:00Z"), "2026-11-23T20:01:30.000Z");
    EXPECT_EQ(expiry("367d", "2026-11-23T20:00:00Z"), "time_invalid");
    EXPECT_EQ(expiry("22", "2026-11-23T20:00:00Z"), "usage_invalid") << "an hour, or seconds?";
}

TEST_F(Times, TakesDatesWithTheirZone) {
    const std::string now = "2026-11-23T20:00:00Z";
    EXPECT_EQ(expiry("2026-11-23T22:00:00+01:00", now), "2026-11-23T21:00:00.000Z");
    EXPECT_EQ(expiry("2026-11-23T22:00Z", now), "2026-11-23T22:00:00.000Z");
    EXPECT_EQ(expiry("2026-11-23 18:00-03:30", now), "2026-11-23T21:30:00.000Z");
    EXPECT_EQ(expiry("2028-02-29T00:00Z", now), "2028-02-29T00:00:00.000Z");
}

TEST_F(Times, TakesADateWithoutAZoneOnTheClockOfTheSender) {
    set_zone(berlin);
    const std::string now = "2026-10-24T20:00:00Z";
    EXPECT_EQ(expiry("2026-11-23T22:00:05.5", now), "2026-11-23T21:00:05.500Z");
    EXPECT_EQ(expiry("2027-07-01 22:00", now), "2027-07-01T20:00:00.000Z");
    EXPECT_EQ(expiry("2026-10-24T21:59", now), "time_invalid") << "it has passed";
    EXPECT_EQ(expiry("2026-10-25T02:30", now), "2026-10-25T00:30:00.000Z") << "the first of two";
    EXPECT_EQ(expiry("2026-10-25T02:30", "2026-10-25T00:45:00Z"), "2026-10-25T01:30:00.000Z");
    EXPECT_EQ(expiry("2027-03-28T02:30", now), "time_invalid") << "the clocks skip it";
    EXPECT_EQ(expiry("2027-03-28T03:00", now), "2027-03-28T01:00:00.000Z");
}

TEST_F(Times, AZoneThatThisMachineDoesNotKnowIsNotTakenForUtc) {
    set_zone("Mars/Olympus");
    const std::string now = "2026-11-23T20:00:00Z";
    EXPECT_EQ(expiry("22:00", now), "time_invalid");
    EXPECT_EQ(expiry("2026-11-23T22:00", now), "time_invalid");
    EXPECT_EQ(since("09:00", now), "time_invalid");
    EXPECT_EQ(expiry("15m", now), "2026-11-23T20:15:00.000Z");
    EXPECT_EQ(expiry("2026-11-23T22:00+01:00", now), "2026-11-23T21:00:00.000Z");
    const Result<UtcTime> wrong = parse_expiry("2026-11-23T22:00 Mars/Olympus", utc(now));
    ASSERT_FALSE(wrong);
    EXPECT_NE(wrong.error().detail.find("no such zone"), std::string::npos) << wrong.error().detail;
}

TEST_F(Times, RefusesDatesThatAreNone) {
    const std::string now = "2026-11-23T20:00:00Z";
    for (const char* text : {"2026-02-29T00:00Z", "2026-13-01T00:00Z", "2026-11-23T24:00Z",
                             "2026-11-23T22:60Z", "2026-11-23", "2026-11-23T22:00Zx",
                             "2026-11-23T22:00+1", "2026-11-23T-1:00Z", "2026-11-23T22:00:0Z"}) {
        EXPECT_EQ(expiry(text, now), "usage_invalid") << text;
    }
    EXPECT_EQ(expiry("2026-11-23T20:00:00Z", now), "time_invalid") << "now has passed";
}

TEST_F(Times, RefusesWhatIsNoTime) {
    const std::string now = "2026-11-23T20:00:00Z";
    for (const char* text : {"", "24:00", "12:60", "1:2", "12:000", "-1:00", ":30", "noon", "15x",
                             "+", "12:30pm", "123:00"}) {
        EXPECT_EQ(expiry(text, now), "usage_invalid") << text;
    }
}

TEST_F(Times, TakesTheLastTimeOnTheClockForSince) {
    set_zone(berlin);
    EXPECT_EQ(since("09:00", "2026-11-23T20:00:00Z"), "2026-11-23T08:00:00.000Z");
    EXPECT_EQ(since("9:00", "2026-07-01T20:00:00Z"), "2026-07-01T07:00:00.000Z");
    EXPECT_EQ(since("22:00", "2026-11-23T20:00:00Z"), "2026-11-22T21:00:00.000Z") << "yesterday's";
    EXPECT_EQ(since("21:00", "2026-11-23T20:00:00Z"), "2026-11-23T20:00:00.000Z") << "now";
    EXPECT_EQ(since("21:01", "2026-11-23T20:00:59Z"), "2026-11-22T20:01:00.000Z");
    EXPECT_EQ(since("23:00", "2026-12-31T23:30:00Z"), "2026-12-31T22:00:00.000Z");
}

TEST_F(Times, TakesTheLastOfTwoForSinceAndNoneThatWasSkipped) {
    set_zone(berlin);  // On 2026-10-25, 03:00 is followed by 02:00; on 2027-03-28, 02:00 by 03:00.
    EXPECT_EQ(since("02:30", "2026-10-25T12:00:00Z"), "2026-10-25T01:30:00.000Z");
    EXPECT_EQ(since("02:30", "2026-10-25T01:00:00Z"), "2026-10-25T00:30:00.000Z");
    EXPECT_EQ(since("02:30", "2026-10-25T00:00:00Z"), "2026-10-24T00:30:00.000Z");
    EXPECT_EQ(since("02:30", "2027-03-28T12:00:00Z"), "time_invalid");
    EXPECT_EQ(since("02:30", "2027-03-29T00:00:00Z"), "time_invalid") << "yesterday's was skipped";
    EXPECT_EQ(since("02:30", "2027-03-28T00:50:00Z"), "2027-03-27T01:30:00.000Z");
    EXPECT_EQ(since("02:30", "2027-03-29T01:00:00Z"), "2027-03-29T00:30:00.000Z");
}

TEST_F(Times, TakesAnyDateWithItsZoneForSince) {
    const std::string now = "2026-11-23T20:00:00Z";
    EXPECT_EQ(since("2026-11-23T09:00:00+01:00", now), "2026-11-23T08:00:00.000Z");
    EXPECT_EQ(since("2026-11-23 09:00:00.5Z", now), "2026-11-23T09:00:00.500Z");
    EXPECT_EQ(since("2027-11-23T09:00Z", now), "2027-11-23T09:00:00.000Z") << "for who comes then";
    for (const char* text : {"", "9", "2h", "-2h", "24:00", "12:60", "09:00:00", "09:00Z", "now",
                             "2026-11-23", "2026-11-23T09:00", "09:*"}) {
        EXPECT_EQ(since(text, now), "usage_invalid") << text;
    }
}

TEST_F(Times, ReadsDurations) {
    const auto ms = [](std::string_view text) {
        const auto duration = parse_duration(text);
        return duration ? duration->count() : -1;
    };
    EXPECT_EQ(ms("500ms"), 500);
    EXPECT_EQ(ms("30"), 30'000);
    EXPECT_EQ(ms("30s"), 30'000);
    EXPECT_EQ(ms("2h"), 7'200'000);
    EXPECT_EQ(ms("1d12h"), 36 * 3'600'000);
    EXPECT_EQ(ms("366d"), 366LL * 24 * 3'600'000);
    for (const char* text : {"", "0", "0s", "-1s", "m", "1m30", "1.5h", "367d", "9999999999s",
                             "999999999d", "1 m", "1M"}) {
        EXPECT_EQ(ms(text), -1) << text;
    }
}

TEST_F(Times, PrintsTimesInTheZoneOfTheReader) {
    set_zone(berlin);
    const UtcTime time = utc("2026-11-23T21:58:03Z");
    EXPECT_EQ(local_time(time), "2026-11-23 22:58:03");
    EXPECT_EQ(local_clock(time), "22:58:03");
    EXPECT_EQ(local_short(time, utc("2026-11-23T10:00:00Z")), "22:58");
    EXPECT_EQ(local_short(time, utc("2026-11-22T10:00:00Z")), "2026-11-23 22:58");
}

}  // namespace
}  // namespace crier::cli
