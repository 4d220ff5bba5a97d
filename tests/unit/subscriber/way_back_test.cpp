// WayBack: where to connect next, and after what pause.
// Method: ask it, with several seeds.

#include "subscriber/core/way_back.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "subscriber/core/session_core.hpp"

namespace crier::subscriber {
namespace {

using Endpoints = std::vector<std::string>;

/// The endpoints of the next attempts, each of which fails.
Endpoints tried(WayBack& way_back, std::size_t attempts) {
    Endpoints endpoints;
    while (endpoints.size() < attempts) {
        endpoints.push_back(way_back.endpoint());
        static_cast<void>(way_back.after_failure());
    }
    return endpoints;
}

Endpoints sorted(Endpoints endpoints) {
    std::sort(endpoints.begin(), endpoints.end());
    return endpoints;
}

/// One that is connected to the first endpoint of its invitation, which names these others.
WayBack connected(Endpoints invited, const std::vector<protocol::OtherPlace>& others,
                  std::uint64_t seed = 1) {
    WayBack way_back(std::move(invited), seed);
    way_back.on_welcome(others);
    return way_back;
}

// ---- Alone --------------------------------------------------------------------------------------

TEST(WayBack, GoesRoundTheEndpointsInOrder) {
    WayBack way_back({"a", "b", "c"}, 1);
    EXPECT_EQ(tried(way_back, 5), (Endpoints{"a", "b", "c", "a", "b"}));
}

TEST(WayBack, StartsFromThePreferredEndpointAfterAConnectionThatLasted) {
    WayBack way_back({"a", "b", "c"}, 1);
    static_cast<void>(way_back.after_failure());
    ASSERT_EQ(way_back.endpoint(), "b");
    way_back.on_welcome({});
    EXPECT_LE(way_back.after_loss(), core_limits::pause_min);
    EXPECT_EQ(way_back.endpoint(), "a");
}

TEST(WayBack, NeverPausesLongerThanTheLongest) {
    WayBack way_back({"a"}, 42);
    for (int attempt = 0; attempt < 1'000; ++attempt) {
        const Milliseconds pause = way_back.after_failure();
        EXPECT_LE(pause, core_limits::pause_max);
        EXPECT_GE(pause, core_limits::pause_min / 2);
    }
}

TEST(WayBack, SpreadsSessionsThatLoseTheirBrokerAtOnce) {
    std::set<Milliseconds> pauses;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        pauses.insert(WayBack({"a"}, seed).after_loss());
    }
    EXPECT_GT(pauses.size(), 100u);
}

TEST(WayBack, NeverComesBackBeforeTheTimeThatABrokerWithoutOthersNamed) {
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        WayBack way_back({"a", "b"}, seed);
        static_cast<void>(way_back.after_failure());
        way_back.on_welcome({});
        const Milliseconds pause = way_back.after_goodbye(Milliseconds{5'000});
        EXPECT_GE(pause, Milliseconds{5'000});
        EXPECT_LE(pause, Milliseconds{5'000} + core_limits::pause_min);
        EXPECT_EQ(way_back.endpoint(), "b");
    }
}

// ---- In a cluster -------------------------------------------------------------------------------

TEST(WayBack, GoesToTheOthersThenToTheRestAndLastToWhereItCameFrom) {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        WayBack way_back = connected({"a", "old"}, {{{"b"}, 1}, {{"c"}, 1}}, seed);
        static_cast<void>(way_back.after_loss());
        const Endpoints round = tried(way_back, 4);
        EXPECT_EQ(sorted({round[0], round[1]}), (Endpoints{"b", "c"}));
        EXPECT_EQ(round[2], "old");
        EXPECT_EQ(round[3], "a");
    }
}

TEST(WayBack, PausesForLongOnlyWhenAllWereTried) {
    WayBack way_back = connected({"a", "old"}, {{{"b"}, 1}, {{"c"}, 1}});
    EXPECT_LE(way_back.after_loss(), core_limits::pause_min);
    for (int attempt = 0; attempt < 3; ++attempt) {
        EXPECT_LE(way_back.after_failure(), Milliseconds{100});
    }
    EXPECT_GE(way_back.after_failure(), core_limits::pause_min / 2);
    EXPECT_TRUE(way_back.endpoint() == "b" || way_back.endpoint() == "c");
}

TEST(WayBack, SpreadsSessionsOverTheOthersByTheirWeight) {
    std::map<std::string, int> chosen;
    for (std::uint64_t seed = 0; seed < 3'000; ++seed) {
        WayBack way_back = connected({"a"}, {{{"b"}, 200}, {{"c"}, 100}}, seed);
        static_cast<void>(way_back.after_loss());
        chosen[way_back.endpoint()] += 1;
    }
    EXPECT_NEAR(chosen["b"], 2'000, 150);
    EXPECT_NEAR(chosen["c"], 1'000, 150);
}

TEST(WayBack, ChoosesAlikeFromTheSameSeed) {
    const std::vector<protocol::OtherPlace> others{{{"b"}, 1}, {{"c"}, 1}, {{"d"}, 1}};
    WayBack one = connected({"a"}, others, 7);
    WayBack same = connected({"a"}, others, 7);
    EXPECT_EQ(one.after_loss(), same.after_loss());
    EXPECT_EQ(tried(one, 8), tried(same, 8));
}

TEST(WayBack, TriesEveryEndpointOfAnotherBroker) {
    WayBack way_back = connected({"a"}, {{{"b1", "b2"}, 5}});
    static_cast<void>(way_back.after_loss());
    EXPECT_EQ(tried(way_back, 4), (Endpoints{"b1", "b2", "a", "b1"}));
}

TEST(WayBack, TriesAnEndpointOnceThoughSeveralNameIt) {
    WayBack way_back = connected({"a", "b", "a"}, {{{"b"}, 1}, {{"b", "a"}, 1}});
    static_cast<void>(way_back.after_loss());
    EXPECT_EQ(tried(way_back, 3), (Endpoints{"b", "a", "b"}));
}

TEST(WayBack, LeavesAStoppingBrokerForTheOthersWithinTheTimeItNamed) {
    std::set<Milliseconds> pauses;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        WayBack way_back = connected({"a"}, {{{"b"}, 1}}, seed);
        pauses.insert(way_back.after_goodbye(Milliseconds{1'000}));
        EXPECT_EQ(way_back.endpoint(), "b");
    }
    EXPECT_LE(*pauses.rbegin(), Milliseconds{1'000});
    EXPECT_LT(*pauses.begin(), Milliseconds{100});
    EXPECT_GT(*pauses.rbegin(), Milliseconds{900});
}

TEST(WayBack, ComesToTheOthersAlsoFromAConnectionThatHadHardlyBegun) {
    WayBack way_back = connected({"a", "old"}, {{{"b"}, 1}});
    EXPECT_LE(way_back.after_failure(), Milliseconds{100});
    EXPECT_EQ(tried(way_back, 2), (Endpoints{"b", "old"}));
}

TEST(WayBack, PausesLongerAndLongerWhenEveryBrokerEndsItsConnectionsAtOnce) {
    WayBack way_back({"a", "b"}, 1);
    std::vector<Milliseconds> pauses;
    for (int round = 0; round < 10; ++round) {
        way_back.on_welcome({{{way_back.endpoint() == "a" ? "b" : "a"}, 1}});
        static_cast<void>(way_back.after_failure());
        way_back.on_welcome({{{way_back.endpoint() == "a" ? "b" : "a"}, 1}});
        pauses.push_back(way_back.after_failure());
    }
    EXPECT_GE(pauses.back(), core_limits::pause_max / 2);
}

TEST(WayBack, TakesTheListOfTheNewestWelcome) {
    WayBack way_back = connected({"a"}, {{{"b"}, 1}});
    static_cast<void>(way_back.after_loss());
    ASSERT_EQ(way_back.endpoint(), "b");
    way_back.on_welcome({{{"c"}, 1}});
    static_cast<void>(way_back.after_loss());
    EXPECT_EQ(tried(way_back, 3), (Endpoints{"c", "a", "b"}));
}

TEST(WayBack, TriesThoseOfAnEarlierWelcomeLastWhenTheBrokerHasComeToBeAlone) {
    WayBack way_back = connected({"a"}, {{{"b"}, 1}});
    static_cast<void>(way_back.after_failure());
    ASSERT_EQ(way_back.endpoint(), "b");
    static_cast<void>(way_back.after_failure());
    ASSERT_EQ(way_back.endpoint(), "b");  // The next round.
    static_cast<void>(way_back.after_failure());
    ASSERT_EQ(way_back.endpoint(), "a");
    way_back.on_welcome({});
    static_cast<void>(way_back.after_loss());
    EXPECT_EQ(tried(way_back, 3), (Endpoints{"a", "b", "a"}));
}

TEST(WayBack, ComesBackToABrokerOfNoInvitationThatIsAlone) {
    WayBack way_back = connected({"a"}, {{{"b"}, 1}});
    static_cast<void>(way_back.after_loss());
    ASSERT_EQ(way_back.endpoint(), "b");
    way_back.on_welcome({});
    static_cast<void>(way_back.after_loss());
    EXPECT_EQ(tried(way_back, 2), (Endpoints{"a", "b"}));
}

TEST(WayBack, BeginsARunWithTheInvitationAndGoesOnToWhomAnEarlierRunKnew) {
    WayBack way_back({"a", "b"}, 1);
    way_back.recall({{{"c"}, 1}, {{"b"}, 1}});
    EXPECT_EQ(tried(way_back, 4), (Endpoints{"a", "b", "c", "a"}));
}

}  // namespace
}  // namespace crier::subscriber
