// BrokerClock: small drift is caught up with, a jump must last a minute.
// Method: made-up readings of the two clocks.

#include "broker/clock.hpp"

#include <gtest/gtest.h>

namespace crier::broker {
namespace {

using Kind = BrokerClock::Alarm::Kind;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr UtcTime noon = utc_from_ms(1'800'000'000'000);

/// The machine: `passed` since the start, its wall clock `ahead` of where it should be.
Moment machine(Milliseconds passed, Milliseconds ahead = {}) {
    return {Instant(passed), noon + passed + ahead};
}

Milliseconds error_of(BrokerClock& clock, Milliseconds passed, Milliseconds ahead) {
    return clock.now(machine(passed, ahead)).utc - (noon + passed);
}

TEST(BrokerClock, TellsTheMachinesTimeWhileThatIsSteady) {
    BrokerClock clock(machine({}));
    for (const Milliseconds passed :
         {Milliseconds{1}, Milliseconds{1'000}, Milliseconds(hours(30))}) {
        EXPECT_EQ(error_of(clock, passed, {}), Milliseconds{0});
        EXPECT_EQ(clock.alarm(), std::nullopt);
    }
}

TEST(BrokerClock, CatchesUpWithSmallDriftSlowly) {
    BrokerClock clock(machine({}));
    EXPECT_EQ(error_of(clock, Milliseconds{1'000}, Milliseconds{500}), Milliseconds{50});
    EXPECT_EQ(error_of(clock, Milliseconds{2'000}, Milliseconds{500}), Milliseconds{100});
    EXPECT_EQ(error_of(clock, minutes(1), Milliseconds{500}), Milliseconds{500});
    EXPECT_EQ(clock.alarm(), std::nullopt);
}

TEST(BrokerClock, CatchesUpHoweverOftenItIsAsked) {
    BrokerClock clock(machine({}));
    for (int ms = 1; ms <= 10'000; ++ms) {
        error_of(clock, Milliseconds{ms}, Milliseconds{500});
    }
    EXPECT_EQ(error_of(clock, Milliseconds{10'001}, Milliseconds{500}), Milliseconds{500});
}

TEST(BrokerClock, NeverGoesBackwardsWhileCatchingUp) {
    BrokerClock clock(machine({}));
    UtcTime last = noon;
    for (int ms = 1; ms <= 20'000; ms += 7) {
        const UtcTime now = clock.now(machine(Milliseconds{ms}, -seconds(30))).utc;
        EXPECT_GE(now, last);
        last = now;
    }
}

TEST(BrokerClock, DoesNotTakeAJumpThatGoesAgain) {
    BrokerClock clock(machine({}));
    EXPECT_EQ(error_of(clock, seconds(1), hours(24 * 365)), Milliseconds{0});
    EXPECT_EQ(clock.alarm(), (BrokerClock::Alarm{Kind::jump_seen, hours(24 * 365)}));
    EXPECT_EQ(error_of(clock, seconds(30), hours(24 * 365)), Milliseconds{0});
    EXPECT_EQ(clock.alarm(), std::nullopt);
    EXPECT_EQ(error_of(clock, seconds(40), {}), Milliseconds{0});
    EXPECT_EQ(clock.alarm(), (BrokerClock::Alarm{Kind::jump_gone, hours(24 * 365)}));
    EXPECT_EQ(error_of(clock, minutes(5), {}), Milliseconds{0});
}

TEST(BrokerClock, TakesAJumpThatHasLastedAMinuteAndSaysSo) {
    for (const Milliseconds jump : {Milliseconds(hours(-2)), Milliseconds(seconds(61))}) {
        BrokerClock clock(machine({}));
        EXPECT_EQ(error_of(clock, seconds(1), jump), Milliseconds{0});
        EXPECT_EQ(error_of(clock, Milliseconds{60'999}, jump), Milliseconds{0});
        EXPECT_EQ(clock.alarm(), std::nullopt);
        EXPECT_EQ(error_of(clock, Milliseconds{61'000}, jump), jump);
        EXPECT_EQ(clock.alarm(), (BrokerClock::Alarm{Kind::jump_taken, jump}));
        EXPECT_EQ(error_of(clock, seconds(62), jump), jump);
        EXPECT_EQ(clock.alarm(), std::nullopt);
    }
}

TEST(BrokerClock, BeginsTheMinuteAnewWhenTheClockJumpsOn) {
    BrokerClock clock(machine({}));
    error_of(clock, seconds(1), hours(1));
    EXPECT_EQ(error_of(clock, seconds(50), hours(2)), Milliseconds{0});
    EXPECT_EQ(clock.alarm(), (BrokerClock::Alarm{Kind::jump_seen, hours(2)}));
    EXPECT_EQ(error_of(clock, seconds(70), hours(2)), Milliseconds{0});
    EXPECT_EQ(error_of(clock, seconds(110), hours(2)), Milliseconds(hours(2)));
}

}  // namespace
}  // namespace crier::broker
