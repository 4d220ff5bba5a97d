// Those who never get as far as a hello, by the thousand and from one address, against a real
// crierd: it keeps its memory and its descriptors, lets honest newcomers in within a second, and
// whoever is in notices nothing.
// Method: connections byte by byte from one address, honest ones from another.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <functional>
#include <iostream>
#include <memory>

#include "tests/integration/misbehaviours.hpp"

namespace crier::testing {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t newcomers_max = 500;
constexpr std::size_t sessions = 20;
constexpr Limit connect_limit{1'000};
/// That any of it may cost.
#ifdef __SANITIZE_ADDRESS__
constexpr std::size_t memory_kib_max = 512 * 1'024;  // It keeps 256 MiB of what was freed.
#else
constexpr std::size_t memory_kib_max = 64 * 1'024;
#endif

class Strangers : public ::testing::Test {
protected:
    /// What strangers do, all of a crowd at once.
    using Act = std::function<void(const Crowd&)>;
    static Act each(const std::function<void(Hostile&)>& act) {
        return [act](const Crowd& crowd) {
            for (const auto& one : crowd) act(*one);
        };
    }

    /// So many connections from one address, of which the newest stay open, more than may be, with
    /// an honest session that comes in between now and then. Some may be cut before they came as
    /// far as they would.
    void come(std::size_t count, const Act& act) {
        constexpr std::size_t at_once = 50;
        constexpr std::size_t kept = 3 * newcomers_max;
        const std::size_t memory_before = stage.crierd().memory_kib();
        const std::size_t descriptors_before = stage.crierd().descriptors();
        const CurveKeyPair key = CurveKeyPair::generate();
        std::deque<Crowd> open;
        std::size_t most_descriptors = 0;
        for (std::size_t number = 0; number < count / at_once; ++number) {
            Crowd& crowd = open.emplace_back();
            for (std::size_t index = 0; index < at_once; ++index) {
                crowd.push_back(std::make_unique<Hostile>(stage, "127.0.0.66", key));
            }
            act(crowd);
            if (open.size() * at_once > kept) open.pop_front();
            if (number % 5 != 4) continue;
            expect_an_honest_one_to_come_in();
            most_descriptors = std::max(most_descriptors, stage.crierd().descriptors());
        }
        // Beside those who wait there are some that are cut and not yet closed.
        EXPECT_LE(most_descriptors, descriptors_before + newcomers_max + 300);
        EXPECT_LE(stage.crierd().memory_kib(), memory_before + memory_kib_max);
        stage.expect_unharmed();
    }

    void expect_an_honest_one_to_come_in() {
        Hostile honest(stage, "127.0.0.77", CurveKeyPair::generate());
        const auto began = Clock::now();
        ASSERT_TRUE(honest.join());
        EXPECT_LE(Clock::now() - began, connect_limit);
    }

    PeersStage stage{{{"CRIER_LIMITS_NEWCOMERS", std::to_string(newcomers_max)}}, sessions};
};

TEST_F(Strangers, WhoSayNothingTakeNobodysPlace) {
    come(3'000, each([](Hostile& one) { static_cast<void>(one.connect()); }));
    EXPECT_TRUE(
        stage.crierd().has_logged({"too many newcomers", "address=127.0.0.66", "security=true"}));
}

TEST_F(Strangers, WhoStopAfterTheirHelloTakeNobodysPlace) {
    come(2'000, each([](Hostile& one) {
             if (!one.connect()) return;
             one.peer.wire().send_raw(RawZmtp::greeting_of("CURVE"));
             one.peer.wire().send_command(one.peer.hello());
         }));
}

TEST_F(Strangers, WhoSendNoiseTakeNobodysPlace) {
    come(3'000, each([](Hostile& one) {
             if (one.connect()) one.peer.wire().send_raw(RawCurve::Bytes(300, 0x55));
         }));
}

TEST_F(Strangers, WhoAreLetInAndSayNothingTakeNobodysPlace) {
    come(1'000, [](const Crowd& crowd) { static_cast<void>(come_in_at_once(crowd)); });
}

/// Of a frame that is never whole nothing is kept for it before it comes.
TEST_F(Strangers, WhoBeginGiantFramesCostNothing) {
    come(300, [](const Crowd& crowd) {
        static_cast<void>(come_in_at_once(crowd));
        constexpr std::array<std::uint64_t, 3> sizes{UINT64_MAX >> 1, 1ULL << 40, 65'536 + 34};
        for (std::size_t index = 0; index < crowd.size(); ++index) {
            crowd[index]->peer.wire().send_head(sizes[index % sizes.size()]);
        }
    });
}

/// Of a message of many parts everything is kept until it is whole.
TEST_F(Strangers, WhoNeverEndTheirMessageAreCutBeforeItCostsMuch) {
    const RawCurve::Bytes part(60'000, 'x');
    constexpr std::size_t parts_max = 20'000;  // More than a gigabyte.
    for (const bool is_joined : {false, true}) {
        Hostile hostile(stage, "127.0.0.66", CurveKeyPair::generate());
        ASSERT_TRUE(is_joined ? hostile.join() : hostile.come_in());
        hostile.peer.wire().limit_sends(Limit(500));
        const std::size_t memory_before = stage.crierd().memory_kib();
        std::size_t memory_most = memory_before;
        std::size_t number = 0;
        for (; number < parts_max && hostile.peer.send(part, true); ++number) {
            if (number % 16 == 0) {
                memory_most = std::max(memory_most, stage.crierd().memory_kib());
            }
        }
        EXPECT_LT(number, parts_max) << "it was let go on";
        EXPECT_TRUE(hostile.peer.wire().is_closed_within());
        std::cout << (is_joined ? "after" : "before") << " its hello it cost "
                  << (memory_most - memory_before) / 1'024 << " MiB\n";
        // Before its hello it is looked at more often than once a second.
        if (!is_joined) {
            EXPECT_LE(memory_most, memory_before + memory_kib_max);
        }
        EXPECT_TRUE(stage.crierd().has_logged({"too many bytes", "address=127.0.0.66"}));
    }
    stage.expect_unharmed();
}

/// Byte by byte, so that there is always something to wait for.
TEST_F(Strangers, WhoAreSlowAreCutWhenTheHandshakeHasHadItsTime) {
    constexpr Limit handshake_limit{3'000};
    constexpr Limit margin{1'000};
    constexpr Limit between{50};
    Hostile slow(stage, "127.0.0.66", CurveKeyPair::generate());
    ASSERT_TRUE(slow.connect());
    RawCurve::Bytes bytes = RawZmtp::greeting_of("CURVE");
    bytes.resize(1'000, 0x01);
    const auto began = Clock::now();
    for (const std::uint8_t byte : bytes) {
        if (!slow.peer.wire().send_raw({&byte, 1}) || slow.peer.wire().is_closed_within(between)) {
            break;
        }
    }
    EXPECT_LE(Clock::now() - began, handshake_limit + margin);
    EXPECT_GE(Clock::now() - began, margin);
    stage.expect_unharmed();
}

}  // namespace
}  // namespace crier::testing
