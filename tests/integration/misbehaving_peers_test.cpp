// Peers that break the protocol, each against a real crierd with a hundred sessions that keep to
// it: whoever misbehaves is cut within 100 ms, hears nothing that is not for it, and is kept out;
// the security log says why; nobody else notices.
// Method: peers byte by byte, each from an address and with a key of its own; the times are theirs.

#include <gtest/gtest.h>

#include <memory>

#include "tests/integration/misbehaviours.hpp"

namespace crier::testing {
namespace {

using Fate = Misbehaviour::Fate;

constexpr Limit cut_limit{100};
constexpr Limit patience{2'000};

class MisbehavingPeers : public ::testing::Test {
protected:
    void expect_each_to_get_what_it_must(const std::vector<Misbehaviour>& all) {
        for (const Misbehaviour& one : all) {
            SCOPED_TRACE(one.name);
            expect_it_to_get_what_it_must(one);
            ASSERT_TRUE(stage.crierd().is_running()) << stage.crierd().log();
        }
        stage.expect_unharmed();
    }

    void expect_it_to_get_what_it_must(const Misbehaviour& what) {
        const std::size_t before = stage.crierd().end_of_log();
        Hostile hostile(stage, next_address(), CurveKeyPair::generate());
        ASSERT_TRUE(what.act(hostile));
        if (what.fate == Fate::ignored) {
            EXPECT_TRUE(hostile.is_served());
            EXPECT_EQ(hostile.heard.foreign(), 0u);
            return;
        }
        hostile.listen_to_the_end(patience);
        EXPECT_TRUE(hostile.closed_after);
        EXPECT_LE(hostile.closed_after.value_or(patience), cut_limit);
        EXPECT_EQ(hostile.heard.foreign(), 0u);
        const auto refused = hostile.heard.refused();
        EXPECT_EQ(refused ? refused->code : ErrorCode{},
                  what.fate == Fate::refused ? what.code : ErrorCode{});
        if (what.logged == "handshake_failed") {
            expect_a_line_of_the_handshake(hostile.address, before, what);
        } else {
            expect_a_line(hostile.address, what.logged);
        }
        if (what.is_key_refused) expect_it_to_stay_out(hostile, what);
    }

    void expect_it_to_stay_out(const Hostile& hostile, const Misbehaviour& what) {
        Hostile again(stage, hostile.address, hostile.keys);
        ASSERT_TRUE(again.come_in());
        again.say(again.hello());
        again.listen_to_the_end(patience);
        EXPECT_LE(again.closed_after.value_or(patience), cut_limit);
        EXPECT_FALSE(again.heard.is_welcomed());
        EXPECT_EQ(again.heard.foreign(), 0u);
        const auto refused = again.heard.refused();
        ASSERT_TRUE(refused);
        EXPECT_EQ(refused->code, ErrorCode::misbehaved);
        EXPECT_NE(refused->detail.find(name_of(what.code)), std::string::npos) << refused->detail;
        expect_a_line(hostile.address, name_of(ErrorCode::misbehaved));
    }

    void expect_a_line(const std::string& address, std::string_view reason) {
        if (reason.empty()) return;
        const std::vector<std::string> words{std::string(reason), "security=true", "=" + address};
        EXPECT_TRUE(stage.crierd().has_logged(words)) << reason << " of " << address << "\n"
                                                      << stage.crierd().log();
    }

    /// Where a connection came from that was over at once nobody may know, and of all of these
    /// there is one line a minute: then it is tried again, from elsewhere.
    void expect_a_line_of_the_handshake(std::string address, std::size_t begin,
                                        const Misbehaviour& what) {
        const std::string said = "event=handshake_failed reason=\"broken off\" ";
        constexpr int tries_max = 5;
        for (int tries = 1;; ++tries) {
            CrierdProcess& crierd = stage.crierd();
            if (crierd.has_logged({said + "address=" + address + " security=true"}, patience,
                                  begin) ||
                crierd.has_logged({said + "security=true"}, Limit{0}, begin)) {
                return;
            }
            ASSERT_LT(tries, tries_max) << address << "\n" << crierd.log();
            address = next_address();
            begin = crierd.end_of_log();
            Hostile again(stage, address, CurveKeyPair::generate());
            ASSERT_TRUE(what.act(again));
            again.listen_to_the_end(patience);
        }
    }

    [[nodiscard]] std::string next_address() { return "127.0.0." + std::to_string(++address_); }

    PeersStage stage;

private:
    int address_ = 10;
};

TEST_F(MisbehavingPeers, InTheHandshakeAreDroppedWithoutAWord) {
    expect_each_to_get_what_it_must(misbehaviours_in_the_handshake());
}

TEST_F(MisbehavingPeers, BeforeTheirHelloAreToldWhyAndCut) {
    expect_each_to_get_what_it_must(misbehaviours_before_the_hello());
}

TEST_F(MisbehavingPeers, AfterTheirWelcomeAreToldWhyAndCut) {
    expect_each_to_get_what_it_must(misbehaviours_after_the_welcome());
    const auto secret = stage.ops().outcome(stage.secret());
    ASSERT_TRUE(secret);
    EXPECT_EQ(secret->message.tally[State::displayed], 1u);
}

TEST_F(MisbehavingPeers, WithANewerConnectionOfTheSameKeyAreReplacedCleanly) {
    const CurveKeyPair own = CurveKeyPair::generate();
    Hostile older(stage, next_address(), own);
    ASSERT_TRUE(older.join());
    ASSERT_TRUE(older.is_served());
    Hostile newer(stage, next_address(), own);
    ASSERT_TRUE(newer.join());
    older.listen_to_the_end(patience);
    ASSERT_TRUE(older.heard.refused());
    EXPECT_EQ(older.heard.refused()->code, ErrorCode::replaced);
    EXPECT_TRUE(newer.is_served());
    EXPECT_EQ(older.heard.foreign() + newer.heard.foreign(), 0u);
    stage.expect_unharmed();
}

/// What a peer may claim to be called: of the length that the broker draws, of the form that ZeroMQ
/// draws, of any other.
std::string claimed_id(std::uint32_t number) {
    std::string id(1 + number % 255, static_cast<char>(number));
    if (number % 3 == 0) id.resize(16, 'x');
    if (number % 3 == 1) {
        id = {'\0', static_cast<char>(number >> 24), static_cast<char>(number >> 16),
              static_cast<char>(number >> 8), static_cast<char>(number)};
    }
    return id;
}

TEST_F(MisbehavingPeers, WhoClaimTenThousandRoutingIdsAreNobodyElse) {
    constexpr std::size_t at_once = 250;
    constexpr std::size_t crowds = 40;
    std::vector<CurveKeyPair> keys(at_once);
    for (CurveKeyPair& pair : keys) pair = CurveKeyPair::generate();
    for (std::size_t number = 0; number < crowds; ++number) {
        Crowd crowd;
        for (std::size_t index = 0; index < at_once; ++index) {
            const std::string address = "127.0.1." + std::to_string(1 + index);
            crowd.push_back(std::make_unique<Hostile>(stage, address, keys[index]));
        }
        const auto claims = [number](std::size_t index) -> RawCurve::Properties {
            const auto id = static_cast<std::uint32_t>(number * at_once + index);
            return {{"Socket-Type", "DEALER"}, {"Identity", claimed_id(id)}};
        };
        ASSERT_EQ(come_in_at_once(crowd, claims), at_once);
        // Now and then one of them goes on, as who it is.
        if (number % 8 == 0) {
            crowd[number]->say(crowd[number]->hello());
            ASSERT_TRUE(crowd[number]->is_served());
        }
        for (const auto& one : crowd) ASSERT_EQ(one->heard.foreign(), 0u);
    }
    stage.expect_unharmed();
}

}  // namespace
}  // namespace crier::testing
