// Connector: which endpoint when, and when a connection counts as lost.
// Method: made-up instants; it never sees a real clock.

#include "publisher/core/connector.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace crier::publisher {
namespace {

const Error refused{ErrorCode::broker_unreachable, "refused"};
const Error wrong_key{ErrorCode::server_key_wrong, "wrong key"};

Instant at(std::int64_t ms) {
    return Instant(Milliseconds(ms));
}

Connector make(std::vector<std::string> endpoints = {"tcp://one:1"}) {
    return Connector({.endpoints = std::move(endpoints),
                      .seed = 1,
                      .delay_min = Milliseconds(200),
                      .delay_max = Milliseconds(10'000)});
}

protocol::OperatorWelcome welcome(Milliseconds heartbeat) {
    protocol::OperatorWelcome frame;
    frame.heartbeat = heartbeat;
    return frame;
}

protocol::OperatorWelcome welcome_naming(std::vector<std::string> others) {
    protocol::OperatorWelcome frame = welcome(Milliseconds(5'000));
    for (std::string& other : others) frame.others.push_back({{std::move(other)}, 1});
    return frame;
}

void be_welcomed(Connector& connector, const protocol::OperatorWelcome& frame) {
    static_cast<void>(connector.open());
    connector.on_link_up(at(0));
    connector.on_welcome(frame, at(0));
}

/// The delay until the next attempt after `connector` failed at `now`.
Milliseconds delay_of(const Connector& connector, Instant now) {
    EXPECT_FALSE(connector.wants_to_open(now));
    const auto due = connector.next_deadline();
    EXPECT_TRUE(due && connector.wants_to_open(*due));
    return due.value_or(now) - now;
}

TEST(Connector, BeginsAtOnce) {
    Connector connector = make();
    EXPECT_TRUE(connector.wants_to_open(at(0)));
    EXPECT_EQ(connector.open(), "tcp://one:1");
    EXPECT_FALSE(connector.wants_to_open(at(1'000'000))) << "the link ends the attempt";
}

TEST(Connector, TriesTheEndpointsInOrderWithoutDelay) {
    Connector connector = make({"tcp://one:1", "tcp://two:2"});
    EXPECT_EQ(connector.open(), "tcp://one:1");
    EXPECT_FALSE(connector.on_link_down(refused, at(10))) << "one is left in this round";
    EXPECT_TRUE(connector.wants_to_open(at(10)));
    EXPECT_EQ(connector.open(), "tcp://two:2");
    EXPECT_TRUE(connector.on_link_down(refused, at(20)));
    EXPECT_FALSE(connector.wants_to_open(at(20)));
}

TEST(Connector, WaitsLongerAfterEachFailedRoundUpToTheCap) {
    Connector connector = make();
    Instant now = at(0);
    std::int64_t full = 200;
    for (int round = 0; round < 12; ++round) {
        static_cast<void>(connector.open());
        ASSERT_TRUE(connector.on_link_down(refused, now));
        const Milliseconds delay = delay_of(connector, now);
        EXPECT_GE(delay.count(), full / 2) << round;
        EXPECT_LE(delay.count(), full) << round;
        full = std::min<std::int64_t>(full * 2, 10'000);
        now += delay;
    }
}

TEST(Connector, DelaysDifferBetweenSeeds) {
    std::set<std::int64_t> delays;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        Connector connector({.endpoints = {"tcp://one:1"}, .seed = seed});
        static_cast<void>(connector.open());
        static_cast<void>(connector.on_link_down(refused, at(0)));
        delays.insert(delay_of(connector, at(0)).count());
    }
    EXPECT_GT(delays.size(), 10u);
}

TEST(Connector, StartsWithShortDelaysAgainAfterAWelcome) {
    Connector connector = make();
    for (int round = 0; round < 8; ++round) {
        static_cast<void>(connector.open());
        static_cast<void>(connector.on_link_down(refused, at(0)));
    }
    static_cast<void>(connector.open());
    connector.on_link_up(at(0));
    connector.on_welcome(welcome(Milliseconds(5'000)), at(0));
    EXPECT_FALSE(connector.on_link_down(refused, at(0))) << "a lost connection is no failed round";
    EXPECT_LE(delay_of(connector, at(0)).count(), 200);
}

TEST(Connector, TellsTheMostTellingErrorOfARound) {
    Connector connector = make({"tcp://one:1", "tcp://two:2"});
    static_cast<void>(connector.open());
    static_cast<void>(connector.on_link_down(wrong_key, at(0)));
    static_cast<void>(connector.open());
    ASSERT_TRUE(connector.on_link_down(refused, at(0)));
    EXPECT_EQ(connector.round_error(), wrong_key);
}

TEST(Connector, GivesUpAConnectionThatBringsNoWelcome) {
    Connector connector = make();
    static_cast<void>(connector.open());
    connector.on_link_up(at(100));
    EXPECT_FALSE(connector.is_overdue(at(5'099)));
    EXPECT_EQ(connector.next_deadline(), at(5'100));
    EXPECT_TRUE(connector.is_overdue(at(5'100)));
}

TEST(Connector, SendsASignOfLifeEachIntervalAndMissesTwoOfTheBrokers) {
    Connector connector = make();
    static_cast<void>(connector.open());
    connector.on_link_up(at(0));
    connector.on_welcome(welcome(Milliseconds(1'000)), at(0));
    EXPECT_FALSE(connector.take_heartbeat(at(999)));
    EXPECT_TRUE(connector.take_heartbeat(at(1'000)));
    EXPECT_FALSE(connector.take_heartbeat(at(1'000)));
    EXPECT_FALSE(connector.is_overdue(at(2'499)));
    EXPECT_TRUE(connector.is_overdue(at(2'500)));
    connector.on_frame(at(2'499));
    EXPECT_FALSE(connector.is_overdue(at(2'500)));
}

TEST(Connector, ComesBackWhenAStoppingBrokerSaid) {
    Connector connector = make();
    static_cast<void>(connector.open());
    connector.on_link_up(at(0));
    connector.on_welcome(welcome(Milliseconds(1'000)), at(0));
    connector.on_goodbye(Milliseconds(3'000), at(100));
    EXPECT_EQ(delay_of(connector, at(100)).count(), 3'000);
}

TEST(Connector, StaysAwayAfterAPlainGoodbyeUntilSomebodyWantsIt) {
    Connector connector = make();
    static_cast<void>(connector.open());
    connector.on_link_up(at(0));
    connector.on_goodbye(Milliseconds::zero(), at(100));
    EXPECT_EQ(connector.next_deadline(), std::nullopt);
    EXPECT_FALSE(connector.wants_to_open(at(1'000'000)));
    connector.want(at(1'000'000));
    EXPECT_TRUE(connector.wants_to_open(at(1'000'000)));
}

TEST(Connector, GoesToTheOthersThatTheBrokerNamedWhenItsConnectionIsLost) {
    Connector connector = make();
    be_welcomed(connector, welcome_naming({"tcp://two:2", "tcp://three:3"}));
    EXPECT_FALSE(connector.on_link_down(refused, at(0)));
    const Instant due = at(0) + delay_of(connector, at(0));
    EXPECT_EQ(connector.open(), "tcp://two:2");
    EXPECT_FALSE(connector.on_link_down(refused, due));
    EXPECT_EQ(connector.open(), "tcp://three:3");
    EXPECT_FALSE(connector.on_link_down(refused, due));
    EXPECT_EQ(connector.open(), "tcp://one:1") << "where it came from, last";
    EXPECT_TRUE(connector.on_link_down(refused, due)) << "now all have failed";
}

TEST(Connector, KeepsTheOthersWhenABrokerNamesNone) {
    Connector connector = make();
    be_welcomed(connector, welcome_naming({"tcp://two:2"}));
    static_cast<void>(connector.on_link_down(refused, at(0)));
    be_welcomed(connector, welcome_naming({}));
    EXPECT_TRUE(connector.knows_elsewhere());
}

TEST(Connector, TriesAnEndpointThatIsNamedTwiceOnce) {
    Connector connector = make();
    be_welcomed(connector, welcome_naming({"tcp://one:1"}));
    EXPECT_FALSE(connector.knows_elsewhere());
}

TEST(Connector, BlamesTheInvitationForNoEndpointThatAnotherBrokerNamed) {
    Connector connector = make();
    be_welcomed(connector, welcome_naming({"tcp://two:2"}));
    static_cast<void>(connector.on_link_down(refused, at(0)));
    EXPECT_EQ(connector.open(), "tcp://two:2");
    static_cast<void>(connector.on_link_down(wrong_key, at(0)));
    static_cast<void>(connector.open());
    ASSERT_TRUE(connector.on_link_down(refused, at(0)));
    EXPECT_EQ(connector.round_error()->code, ErrorCode::broker_unreachable);
}

TEST(Connector, LeavesABrokerForTheNextAtOnceAndWaitsWhenAllHaveRefused) {
    Connector connector = make({"tcp://one:1", "tcp://two:2"});
    std::int64_t full = 200;
    for (int round = 0; round < 5; ++round) {
        be_welcomed(connector, welcome_naming({}));
        connector.leave(at(0));
        EXPECT_TRUE(connector.wants_to_open(at(0))) << round;
        EXPECT_EQ(connector.endpoint(), "tcp://two:2");
        be_welcomed(connector, welcome_naming({}));
        connector.leave(at(0));
        const Milliseconds delay = delay_of(connector, at(0));
        EXPECT_GE(delay.count(), full / 2) << round;
        EXPECT_LE(delay.count(), full) << round;
        full = std::min<std::int64_t>(full * 2, 1'000);
    }
    connector.on_taken();
    EXPECT_LE(connector.delay_after_refusal().count(), 200) << "as if nothing had been refused";
}

TEST(Connector, DoesNotWaitForABrokerThatStopsWhileItKnowsAnother) {
    Connector connector = make();
    be_welcomed(connector, welcome_naming({"tcp://two:2"}));
    connector.on_goodbye(Milliseconds(3'000), at(100));
    EXPECT_TRUE(connector.wants_to_open(at(100)));
    EXPECT_EQ(connector.open(), "tcp://two:2");
}

}  // namespace
}  // namespace crier::publisher
