// BackOff: which endpoint, and after what pause.
// Method: ask it, with several seeds.

#include "subscriber/core/back_off.hpp"

#include <gtest/gtest.h>

#include <set>

#include "subscriber/core/session_core.hpp"

namespace crier::subscriber {
namespace {

TEST(BackOff, GoesRoundTheEndpointsInOrder) {
    BackOff back_off(3, 1);
    std::vector<std::size_t> tried;
    for (int attempt = 0; attempt < 5; ++attempt) {
        tried.push_back(back_off.endpoint());
        static_cast<void>(back_off.after_failure());
    }
    EXPECT_EQ(tried, (std::vector<std::size_t>{0, 1, 2, 0, 1}));
}

TEST(BackOff, StartsFromThePreferredEndpointAfterAConnectionThatLasted) {
    BackOff back_off(3, 1);
    static_cast<void>(back_off.after_failure());
    ASSERT_EQ(back_off.endpoint(), 1u);
    EXPECT_LE(back_off.after_loss(), core_limits::pause_min);
    EXPECT_EQ(back_off.endpoint(), 0u);
}

TEST(BackOff, NeverPausesLongerThanTheLongest) {
    BackOff back_off(1, 42);
    for (int attempt = 0; attempt < 1'000; ++attempt) {
        const Milliseconds pause = back_off.after_failure();
        EXPECT_LE(pause, core_limits::pause_max);
        EXPECT_GE(pause, core_limits::pause_min / 2);
    }
}

TEST(BackOff, SpreadsSessionsThatLoseTheirBrokerAtOnce) {
    std::set<Milliseconds> pauses;
    for (std::uint64_t seed = 0; seed < 200; ++seed) pauses.insert(BackOff(1, seed).after_loss());
    EXPECT_GT(pauses.size(), 100u);
}

TEST(BackOff, NeverComesBackBeforeTheTimeThatTheBrokerNamed) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        const Milliseconds pause = BackOff(1, seed).after_goodbye(Milliseconds{5'000});
        EXPECT_GE(pause, Milliseconds{5'000});
        EXPECT_LE(pause, Milliseconds{5'000} + core_limits::pause_min);
    }
}

}  // namespace
}  // namespace crier::subscriber
