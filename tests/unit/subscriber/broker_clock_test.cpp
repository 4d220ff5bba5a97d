// BrokerClock: set, slewed, and believed over a machine's own.
// Method: made-up clocks.

#include "subscriber/core/broker_clock.hpp"

#include <gtest/gtest.h>

namespace crier::subscriber {
namespace {

constexpr UtcTime machine = utc_from_ms(1'800'000'000'000);
constexpr Milliseconds hour{3'600'000};

Moment after(Milliseconds passed) {
    return {Instant{} + passed, machine + passed};
}

TEST(BrokerClock, IsTheMachinesClockUntilAWelcome) {
    BrokerClock clock;
    clock.on_turn(after(Milliseconds{5}));
    EXPECT_EQ(clock.at(after(Milliseconds{5})), machine + Milliseconds{5});
    EXPECT_EQ(clock.when(machine + hour), Instant{} + hour);
}

TEST(BrokerClock, StartsFromWhatAnEarlierRunKnew) {
    BrokerClock clock;
    clock.assume(hour, after(Milliseconds{0}));
    EXPECT_EQ(clock.at(after(Milliseconds{5})), machine + hour + Milliseconds{5});
    EXPECT_EQ(clock.when(machine + hour), Instant{});
    EXPECT_EQ(clock.broker_ahead(after(Milliseconds{5})), hour);
}

TEST(BrokerClock, IsSetByTheWelcomeAndRunsOnTheSteadyClock) {
    BrokerClock clock;
    clock.on_welcome(machine + hour, after(Milliseconds{0}));
    EXPECT_EQ(clock.at(after(Milliseconds{250})), machine + hour + Milliseconds{250});
    EXPECT_EQ(clock.when(machine + hour + Milliseconds{250}), Instant{} + Milliseconds{250});
}

TEST(BrokerClock, MovesGentlyTowardsAHeartbeat) {
    BrokerClock clock;
    clock.on_welcome(machine, after(Milliseconds{0}));
    clock.on_heartbeat(machine + Milliseconds{1'000}, after(Milliseconds{0}));
    EXPECT_EQ(clock.at(after(Milliseconds{0})), machine + BrokerClock::slew_max);
    clock.on_heartbeat(machine, after(Milliseconds{0}));
    EXPECT_EQ(clock.at(after(Milliseconds{0})), machine + 2 * BrokerClock::slew_max)
        << "this one has waited";
}

/// As those of a program that was stopped for 12 s.
TEST(BrokerClock, IsNotMisledByHeartbeatsThatHaveWaited) {
    BrokerClock clock;
    clock.on_welcome(machine, after(Milliseconds{0}));
    for (const int sent : {5, 10}) {
        const Milliseconds passed = std::chrono::seconds(sent);
        clock.on_heartbeat(machine + passed, after(passed));
    }
    const Moment woken = after(std::chrono::seconds(27));
    for (const int sent : {15, 20, 25}) {
        clock.on_heartbeat(machine + std::chrono::seconds(sent), woken);
        EXPECT_EQ(clock.at(woken), machine + std::chrono::seconds(27));
    }
}

TEST(BrokerClock, GoesBackWithTheBrokerWhenAllSayTheSame) {
    BrokerClock clock;
    clock.on_welcome(machine, after(Milliseconds{0}));
    for (int second = 5; second <= 40; second += 5) {
        const Milliseconds passed = std::chrono::seconds(second);
        clock.on_heartbeat(machine - hour + passed, after(passed));
    }
    const Milliseconds passed = std::chrono::seconds(40);
    EXPECT_EQ(clock.at(after(passed)), machine - hour + passed);
}

TEST(BrokerClock, StepsWhenItIsFarOff) {
    BrokerClock clock;
    clock.on_welcome(machine, after(Milliseconds{0}));
    clock.on_heartbeat(machine + hour, after(Milliseconds{0}));
    EXPECT_EQ(clock.at(after(Milliseconds{0})), machine + hour);
}

TEST(BrokerClock, DoesNotFollowAJumpOfTheMachinesClockAtOnce) {
    BrokerClock clock;
    clock.on_welcome(machine, after(Milliseconds{0}));
    const Moment jumped{Instant{} + Milliseconds{1'000}, machine + hour};
    clock.on_turn(jumped);
    EXPECT_EQ(clock.at(jumped), machine + Milliseconds{1'000});
}

TEST(BrokerClock, FollowsAJumpThatLastsWithoutAWordFromTheBroker) {
    BrokerClock clock;
    clock.on_welcome(machine, after(Milliseconds{0}));
    const auto slept = [](Milliseconds passed) {
        return Moment{Instant{} + passed, machine + hour + passed};
    };
    clock.on_turn(slept(Milliseconds{1'000}));
    clock.on_turn(slept(Milliseconds{61'000}));
    EXPECT_EQ(clock.at(slept(Milliseconds{61'000})), machine + hour + Milliseconds{61'000});
}

TEST(BrokerClock, BelievesTheBrokerOverAJump) {
    BrokerClock clock;
    clock.on_welcome(machine, after(Milliseconds{0}));
    for (int second = 1; second < 200; ++second) {
        const Milliseconds passed = std::chrono::seconds(second);
        const Moment jumped{Instant{} + passed, machine + hour + passed};
        clock.on_turn(jumped);
        if (second % 5 == 0) clock.on_heartbeat(machine + passed, jumped);
        EXPECT_EQ(clock.at(jumped), machine + passed);
    }
}

}  // namespace
}  // namespace crier::subscriber
