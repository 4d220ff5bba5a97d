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
