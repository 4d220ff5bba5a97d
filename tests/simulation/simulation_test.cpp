// The whole system under faults, in virtual time: nothing accepted is lost, nothing shows twice in
// one run, nobody sees another's message, and every tally is true; nothing goes out before it is
// due or after its end, who was dropped stays out, and each newest answer counts.
// Method: 1,000 seeds, a hundred to a test so that they run side by side; and of a cluster twenty
// with a backbone that holds, twenty with one that fails, and forty whose brokers crash as well. To
// see one again:
//     CRIER_SEED=123 build/dev/tests/simulation/simulation_test --gtest_filter='SimulationReplay*'
// Of a cluster, with how much may go wrong, as Severity counts it:
//     CRIER_SEED=123 CRIER_SEVERITY=2 ... --gtest_filter='ClusterSimulationReplay*'
// Many at once, on all cores, best in a release build:
//     CRIER_SEEDS=1-1000 CRIER_SEVERITY=2 ... --gtest_filter='ClusterSimulationSweep*'

#include "tests/simulation/simulation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "shared/base/limits.hpp"

/// To note for each piece of memory where it came from, frame by frame, is an eighth of the run; to
/// fill it, and to keep much of what was freed from being used again, a fifth. ASAN_OPTIONS gives a
/// replay more. Without the address sanitizer nobody calls this.
// NOLINTNEXTLINE(bugprone-reserved-identifier): the sanitizer has chosen the name.
extern "C" const char* __asan_default_options() {
    return "malloc_context_size=2:max_malloc_fill_size=0:quarantine_size_mb=16";
}

namespace crier::simulation {
namespace {

std::string lines(const std::vector<std::string>& sentences) {
    constexpr std::size_t enough = 10;
    std::string all;
    for (std::size_t index = 0; index < std::min(enough, sentences.size()); ++index) {
        all += "\n  " + sentences[index];
    }
    return all + (sentences.size() > enough ? "\n  and so on" : "");
}

/// Names the seed also where an assertion ends the program.
thread_local std::uint64_t running_seed = 0;

void name_seed(int) {
    std::fprintf(stderr, "CRIER_SEED=%llu replays it\n",
                 static_cast<unsigned long long>(running_seed));
}

Severity wanted_severity() {
    const char* severity = std::getenv("CRIER_SEVERITY");
    return static_cast<Severity>(severity ? std::strtoul(severity, nullptr, 10) : 0);
}

/// Runs CRIER_SEEDS, "1-1000", or the first one alone, and says what was wrong of each and how long
/// all of them took.
void sweep(const std::function<Report(std::uint64_t seed)>& simulate_one) {
    unsigned long long first = 1;
    unsigned long long last = 1;
    if (const char* seeds = std::getenv("CRIER_SEEDS")) {
        ASSERT_EQ(std::sscanf(seeds, "%llu-%llu", &first, &last), 2) << "CRIER_SEEDS=1-1000";
        ASSERT_LE(first, last);
    }
    std::signal(SIGABRT, name_seed);
    const auto start = std::chrono::steady_clock::now();
    std::atomic<std::uint64_t> next = first;
    std::mutex mutex;
    std::map<std::uint64_t, std::vector<std::string>> wrong;
    const auto work = [&] {
        for (std::uint64_t seed = next++; seed <= last; seed = next++) {
            running_seed = seed;
            const Report report = simulate_one(seed);
            if (report.violations.empty()) continue;
            const std::lock_guard lock(mutex);
            wrong.emplace(seed, report.violations);
        }
    };
    std::vector<std::thread> workers;
    for (unsigned core = 0; core < std::thread::hardware_concurrency(); ++core) {
        workers.emplace_back(work);
    }
    for (std::thread& worker : workers) worker.join();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    for (const auto& [seed, violations] : wrong) {
        ADD_FAILURE() << "CRIER_SEED=" << seed << " replays it" << lines(violations);
    }
    std::printf("%llu seeds, %zu failed, in %.1f s on %zu cores\n", last - first + 1, wrong.size(),
                took.count(), workers.size());
}

class Simulation : public ::testing::TestWithParam<int> {};

TEST_P(Simulation, KeepsItsPromisesUnderFaults) {
    constexpr std::uint64_t seeds_per_test = 100;
    const auto first = static_cast<std::uint64_t>(GetParam()) * seeds_per_test + 1;
    Report sum;
    std::signal(SIGABRT, name_seed);
    for (std::uint64_t seed = first; seed < first + seeds_per_test; ++seed) {
        running_seed = seed;
        const Report report = simulate(seed);
        EXPECT_TRUE(report.violations.empty())
            << "CRIER_SEED=" << seed << " replays it" << lines(report.violations);
        sum.accepted += report.accepted;
        sum.showings += report.showings;
        sum.broker_crashes += report.broker_crashes;
        sum.session_crashes += report.session_crashes;
        sum.full_pipes += report.full_pipes;
        sum.most_in_flight = std::max(sum.most_in_flight, report.most_in_flight);
        sum.largest_bundle = std::max(sum.largest_bundle, report.largest_bundle);
        sum.entries_ahead += report.entries_ahead;
        for (const auto& [what, count] : report.seen) sum.seen[what] += count;
    }
    // A simulation in which nothing happens proves nothing.
    EXPECT_GT(sum.accepted, 100 * 12u);
    EXPECT_GT(sum.showings, 100 * 200u);
    EXPECT_GT(sum.broker_crashes, 50);
    EXPECT_GT(sum.session_crashes, 100);
    EXPECT_GT(sum.full_pipes, 10);
    EXPECT_EQ(sum.most_in_flight, unconfirmed_max);
    EXPECT_GT(sum.largest_bundle, 5u);
    EXPECT_GT(sum.entries_ahead, 100u);
    for (const char* what :
         {"reminders", "late ones", "closed questions told", "dropped", "refused keys", "shut out",
          "cleared for a person", "certain of a screen", "uncertain of one"}) {
        EXPECT_GT(sum.seen[what], 10u) << what;
    }
}

/// The seed and how much may go wrong.
class ClusterSimulation : public ::testing::TestWithParam<std::tuple<Severity, int>> {};

TEST_P(ClusterSimulation, KeepsItsPromisesUnderFaults) {
    const auto [severity, part] = GetParam();
    constexpr std::uint64_t seeds_per_test = 20;  // In ten the stream may never be rolled back.
    const auto first = static_cast<std::uint64_t>(part) * seeds_per_test + 1;
    Report sum;
    std::signal(SIGABRT, name_seed);
    for (std::uint64_t seed = first; seed < first + seeds_per_test; ++seed) {
        running_seed = seed;
        const Report report = simulate_cluster(seed, severity);
        EXPECT_TRUE(report.violations.empty())
            << "CRIER_SEED=" << seed << " CRIER_SEVERITY=" << static_cast<int>(severity)
            << " replays it" << lines(report.violations);
        sum.accepted += report.accepted;
        sum.showings += report.showings;
        sum.broker_crashes += report.broker_crashes;
        sum.backbone_cuts += report.backbone_cuts;
        sum.rollbacks += report.rollbacks;
        for (const auto& [what, count] : report.seen) sum.seen[what] += count;
    }
    EXPECT_GT(sum.accepted, seeds_per_test * 12);
    EXPECT_GT(sum.showings, seeds_per_test * 200);
    EXPECT_TRUE(severity < Severity::everything_fails || sum.broker_crashes > 20);
    if (severity == Severity::backbone_holds) return;
    EXPECT_GT(sum.backbone_cuts, 10);
    EXPECT_GT(sum.rollbacks, 0);
    EXPECT_GT(sum.seen["refilled"], 0u);
}

INSTANTIATE_TEST_SUITE_P(ClusterSeeds, ClusterSimulation,
                         ::testing::Combine(::testing::Values(Severity::backbone_holds),
                                            ::testing::Range(0, 1)));
INSTANTIATE_TEST_SUITE_P(ClusterSeedsWhoseBackboneFails, ClusterSimulation,
                         ::testing::Combine(::testing::Values(Severity::brokers_live),
                                            ::testing::Range(0, 1)));

INSTANTIATE_TEST_SUITE_P(ClusterSeedsWhoseBrokersCrash, ClusterSimulation,
                         ::testing::Combine(::testing::Values(Severity::everything_fails),
                                            ::testing::Range(0, 2)));

TEST(ClusterSimulationTrace, IsTheSameForTheSameSeed) {
    const auto hash_of = [](std::uint64_t seed) {
        return simulate_cluster(seed, Severity::everything_fails).trace_hash;
    };
    EXPECT_EQ(hash_of(1), hash_of(1));
    EXPECT_NE(hash_of(1), hash_of(2));
}

TEST(ClusterSimulationReplay, ShowsOneSeed) {
    const char* seed = std::getenv("CRIER_SEED");
    const Report report = simulate_cluster(seed ? std::strtoull(seed, nullptr, 10) : 1,
                                           wanted_severity(), seed != nullptr);
    EXPECT_TRUE(report.violations.empty()) << lines(report.violations);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Simulation, ::testing::Range(0, 10));

TEST(SimulationTrace, IsTheSameForTheSameSeed) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        EXPECT_EQ(simulate(seed).trace_hash, simulate(seed).trace_hash) << "seed " << seed;
    }
    EXPECT_NE(simulate(1).trace_hash, simulate(2).trace_hash);
}

TEST(SimulationReplay, ShowsOneSeed) {
    const char* seed = std::getenv("CRIER_SEED");
    const Report report = simulate(seed ? std::strtoull(seed, nullptr, 10) : 1, seed != nullptr);
    EXPECT_TRUE(report.violations.empty()) << lines(report.violations);
}

TEST(SimulationSweep, FindsNothing) {
    sweep([](std::uint64_t seed) { return simulate(seed); });
}

TEST(ClusterSimulationSweep, FindsNothing) {
    sweep([](std::uint64_t seed) { return simulate_cluster(seed, wanted_severity()); });
}

}  // namespace
}  // namespace crier::simulation
