#include <gtest/gtest.h>

#include "crier/message.hpp"
#include "crier/session.hpp"

namespace crier {
namespace {

/// 1 waiting, 2 delivered, 4 suppressed, …: any sum tells which states are in it.
Tally powers_of_two() {
    Tally tally;
    for (std::size_t state = 0; state < state_count; ++state) tally.counts[state] = 1u << state;
    return tally;
}

TEST(Tally, SumsUpToTheTargeted) {
    EXPECT_EQ(Tally{}.targeted(), 0u);
    EXPECT_EQ(powers_of_two().targeted(), 1023u);
}

TEST(Tally, CountsAStateAndThoseFurtherOnTheWay) {
    const Tally tally = powers_of_two();
    EXPECT_EQ(tally.reached(State::waiting), 1u + 2 + 4 + 8 + 16 + 32);
    EXPECT_EQ(tally.reached(State::delivered), 2u + 4 + 8 + 16 + 32);
    EXPECT_EQ(tally.reached(State::displayed), 8u + 16 + 32);
    EXPECT_EQ(tally.reached(State::acknowledged), 16u + 32);
    EXPECT_EQ(tally.reached(State::answered), 32u);
}

TEST(Tally, CountsAsLostWhatCannotComeToBeDisplayed) {
    EXPECT_EQ(powers_of_two().lost(), 64u + 128 + 256 + 512);
    Tally tally;
    tally[State::suppressed] = 5;
    EXPECT_EQ(tally.lost(), 0u);
}

TEST(Tally, IsWrittenAndReadByState) {
    Tally tally;
    tally[State::displayed] = 3;
    EXPECT_EQ(tally.counts[3], 3u);
    const Tally& read = tally;
    EXPECT_EQ(read[State::displayed], 3u);
}

TEST(Words, OfStatesSeveritiesAndStylesAreReadBack) {
    for (std::size_t number = 0; number < state_count; ++number) {
        const auto state = static_cast<State>(number);
        EXPECT_EQ(state_from(name_of(state)), state);
    }
    for (const Severity severity : {Severity::info, Severity::warning, Severity::critical}) {
        EXPECT_EQ(severity_from(name_of(severity)), severity);
    }
    EXPECT_EQ(style_from("alert"), Style::alert);
    EXPECT_EQ(style_from("notification"), Style::notification);
    EXPECT_EQ(name_of(Presence::locked), "locked");
}

TEST(Words, ThatAreUnknownAreNone) {
    EXPECT_EQ(state_from("Displayed"), std::nullopt);
    EXPECT_EQ(severity_from(""), std::nullopt);
    EXPECT_EQ(style_from("popup"), std::nullopt);
    EXPECT_EQ(name_of(static_cast<State>(10)), "");
    EXPECT_EQ(name_of(static_cast<Severity>(3)), "");
    EXPECT_EQ(name_of(static_cast<Presence>(255)), "");
}

}  // namespace
}  // namespace crier
