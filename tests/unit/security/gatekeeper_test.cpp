// Who may come in through which door. Method: requests by hand, made-up instants.

#include <gtest/gtest.h>

#include <set>

#include "broker/security/zap.hpp"
#include "shared/transport/keys.hpp"

namespace crier::broker {
namespace {

using transport::Mechanism;
using transport::ZapReply;
using transport::ZapRequest;
using Verdict = transport::ZapReply::Verdict;

constexpr Instant start{Milliseconds(1'000)};
const Bytes32 stranger{1};
const Bytes32 sender{2};
const Bytes32 watcher{3};
const Bytes32 listener{4};

Principals principals() {
    Principals known;
    known.add(sender, {"olga", {Right::send}});
    known.add(watcher, {"walter", {Right::watch}});
    known.add(listener, {"lisa", {Right::listen}});
    return known;
}

ZapRequest request(std::string_view door, const Bytes32& key,
                   Mechanism mechanism = Mechanism::curve) {
    ZapRequest asked;
    asked.domain = door;
    asked.mechanism = mechanism;
    asked.public_key = key;
    return asked;
}

Verdict verdict(std::string_view door, const Bytes32& key, Mechanism mechanism = Mechanism::curve) {
    Gatekeeper gatekeeper(std::make_shared<const Principals>(principals()), {});
    return gatekeeper.decide(request(door, key, mechanism), 0, start).verdict;
}

std::string property_of(const ZapReply& reply, std::string_view name) {
    for (const auto& [known, value] : reply.metadata) {
        if (known == name) return value;
    }
    return "";
}

TEST(Gatekeeper, LetsAnyKeyInAtTheSessionsDoor) {
    for (const Bytes32& key : {stranger, sender, watcher, listener}) {
        EXPECT_EQ(verdict(domain::sessions, key), Verdict::admitted);
    }
}

TEST(Gatekeeper, LetsOnlyOperatorsInAtTheirDoor) {
    EXPECT_EQ(verdict(domain::operators, sender), Verdict::admitted);
    EXPECT_EQ(verdict(domain::operators, watcher), Verdict::admitted);
    EXPECT_EQ(verdict(domain::operators, listener), Verdict::refused);
    EXPECT_EQ(verdict(domain::operators, stranger), Verdict::refused);
}

TEST(Gatekeeper, LetsOnlyListenersInAtTheBell) {
    EXPECT_EQ(verdict(domain::listeners, listener), Verdict::admitted);
    EXPECT_EQ(verdict(domain::listeners, sender), Verdict::refused);
    EXPECT_EQ(verdict(domain::listeners, stranger), Verdict::refused);
}

TEST(Gatekeeper, LetsNobodyInAtADoorThatDoesNotExist) {
    for (const char* door : {"", "session", "sessions ", "Sessions", "global"}) {
        EXPECT_EQ(verdict(door, sender), Verdict::refused) << door;
    }
}

TEST(Gatekeeper, RefusesEveryOtherMechanismThanCurve) {
    for (const std::string_view door : {domain::sessions, domain::operators, domain::listeners}) {
        for (const Mechanism mechanism : {Mechanism::null, Mechanism::plain, Mechanism::other}) {
            EXPECT_EQ(verdict(door, sender, mechanism), Verdict::refused);
        }
    }
}

TEST(Gatekeeper, TakesOnlyPlaintextWhenTheBrokerRunsWithoutKeys) {
    ZapSettings settings;
    settings.is_secure = false;
    Gatekeeper gatekeeper({}, settings);
    for (const std::string_view door : {domain::sessions, domain::operators, domain::listeners}) {
        const auto decide = [&](Mechanism mechanism) {
            return gatekeeper.decide(request(door, stranger, mechanism), 0, start).verdict;
        };
        EXPECT_EQ(decide(Mechanism::null), Verdict::admitted);
        EXPECT_EQ(decide(Mechanism::curve), Verdict::refused);
        EXPECT_EQ(decide(Mechanism::plain), Verdict::refused);
    }
    EXPECT_EQ(gatekeeper.decide(request("other", stranger, Mechanism::null), 0, start).verdict,
              Verdict::refused);
}

TEST(Gatekeeper, PinsAnIdOfItsOwnToEachConnection) {
    Gatekeeper gatekeeper(std::make_shared<const Principals>(principals()), {});
    std::set<std::string> ids;
    for (int number = 0; number < 500; ++number) {
        const ZapReply reply = gatekeeper.decide(request(domain::sessions, stranger), 0, start);
        const std::string id = property_of(reply, "Identity");
        EXPECT_EQ(id.size(), transport::RoutingId::size);
        EXPECT_EQ(id.find('\0'), std::string::npos);
        ids.insert(id);
    }
    EXPECT_EQ(ids.size(), 500u);
}

TEST(Gatekeeper, SaysWhoseKeyItWas) {
    Gatekeeper gatekeeper(std::make_shared<const Principals>(principals()), {});
    const ZapReply reply = gatekeeper.decide(request(domain::operators, sender), 0, start);
    EXPECT_EQ(property_of(reply, property::session_id), to_string(session_id_of(sender)));
    EXPECT_EQ(property_of(reply, property::key), detail::to_hex(sender));
    EXPECT_EQ(reply.user_id, "olga");
}

TEST(Gatekeeper, SaysNothingOfWhomItRefuses) {
    Gatekeeper gatekeeper(std::make_shared<const Principals>(principals()), {});
    const ZapReply reply = gatekeeper.decide(request(domain::operators, listener), 0, start);
    EXPECT_TRUE(reply.metadata.empty());
    EXPECT_EQ(reply.user_id, "");
}

TEST(Gatekeeper, LetsSessionsInAtALimitedRate) {
    ZapSettings settings;
    settings.admissions_per_second = 10;
    settings.admissions_burst = 3;
    Gatekeeper gatekeeper(std::make_shared<const Principals>(principals()), settings);
    const auto admitted_of = [&](int attempts, Instant now) {
        int admitted = 0;
        for (int number = 0; number < attempts; ++number) {
            const auto reply = gatekeeper.decide(request(domain::sessions, stranger), 0, now);
            if (reply.verdict == Verdict::admitted) ++admitted;
            if (reply.verdict == Verdict::refused) ADD_FAILURE() << "told not to come back";
        }
        return admitted;
    };
    EXPECT_EQ(admitted_of(10, start), 3);
    EXPECT_EQ(admitted_of(10, start + Milliseconds(99)), 0);
    EXPECT_EQ(admitted_of(10, start + Milliseconds(100)), 1);
    EXPECT_EQ(admitted_of(10, start + Milliseconds(300)), 2);
    EXPECT_EQ(admitted_of(10, start + Milliseconds(60'000)), 3);
}

TEST(Gatekeeper, LetsOperatorsInHoweverManySessionsCome) {
    ZapSettings settings;
    settings.admissions_burst = 1;
    settings.admissions_per_second = 0.001;
    settings.connections_max = 10;
    Gatekeeper gatekeeper(std::make_shared<const Principals>(principals()), settings);
    const auto decide = [&](std::string_view door, const Bytes32& key, std::size_t connections) {
        return gatekeeper.decide(request(door, key), connections, start).verdict;
    };
    EXPECT_EQ(decide(domain::sessions, stranger, 10), Verdict::try_later);
    EXPECT_EQ(decide(domain::sessions, stranger, 9), Verdict::admitted);
    EXPECT_EQ(decide(domain::sessions, stranger, 9), Verdict::try_later);
    EXPECT_EQ(decide(domain::operators, sender, 11), Verdict::admitted);
    EXPECT_EQ(decide(domain::operators, stranger, 11), Verdict::refused);
}

}  // namespace
}  // namespace crier::broker
