// Turns at coming in: one place may have all that nobody else wants, and keeps nobody else out.
// Method: made-up instants.

#include "broker/security/turns.hpp"

#include <gtest/gtest.h>

namespace crier::broker {
namespace {

const std::string flood = "192.0.2.66";
const std::string quiet = "192.0.2.1";

Instant at(std::int64_t ms) {
    return Instant{Milliseconds{1'000'000 + ms}};
}

class TurnsTest : public ::testing::Test {
protected:
    std::size_t taken_by(const std::string& place, std::size_t attempts, Instant now) {
        std::size_t taken = 0;
        for (std::size_t attempt = 0; attempt < attempts; ++attempt) {
            if (turns.take(place, now)) ++taken;
        }
        return taken;
    }

    Turns turns{{.burst = 400, .a_second = 100}};
};

TEST_F(TurnsTest, MayAllBeHadByOnePlaceWhenNobodyElseComes) {
    EXPECT_EQ(taken_by(flood, 1'000, at(0)), 400u);
    std::size_t taken = 0;
    for (std::int64_t ms = 10; ms <= 10'000; ms += 10) taken += taken_by(flood, 10, at(ms));
    EXPECT_EQ(taken, 1'000u);
}

TEST_F(TurnsTest, AreLeftForQuietPlacesThroughAFlood) {
    for (std::int64_t ms = 0; ms < 60'000; ms += 10) {
        taken_by(flood, 50, at(ms));
        if (ms % 100 == 0) {
            ASSERT_TRUE(turns.take(quiet, at(ms))) << ms;
        }
    }
}

TEST(Turns, AreLeftForQuietPlacesWhereThereAreHardlyAny) {
    Turns few{{.burst = 4, .a_second = 1}};
    while (few.take(flood, at(0))) {
    }
    EXPECT_TRUE(few.take(quiet, at(0)));
}

TEST_F(TurnsTest, AreNeverMoreThanTheLimitsAndAReserve) {
    std::size_t taken = 0;
    for (int place = 0; place < 1'000; ++place) {
        taken += taken_by("198.51.100." + std::to_string(place), 10, at(0));
    }
    EXPECT_EQ(taken, 500u);
}

TEST_F(TurnsTest, AreForgottenOncePlacesAreAsIfTheyHadNeverCome) {
    for (std::size_t place = 0; place < Turns::places_max + 10; ++place) {
        static_cast<void>(turns.take("place " + std::to_string(place), at(0)));
    }
    EXPECT_EQ(turns.places(), Turns::places_max);
    EXPECT_TRUE(turns.take(quiet, at(4'000)));
    EXPECT_EQ(turns.places(), 1u);
}

}  // namespace
}  // namespace crier::broker
