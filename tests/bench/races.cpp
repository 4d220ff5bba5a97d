#include "tests/bench/races.hpp"

#include <cstdio>
#include <fstream>

#include "tests/bench/crier_contestant.hpp"
#include "tests/bench/measure.hpp"

namespace crier::bench {
namespace {

using Goal = Row::Goal;
constexpr Goal half_of_forwarder{Goal::Of::ratio, Goal::Bound::at_least, 0.5};
constexpr Goal not_much_later{Goal::Of::ratio, Goal::Bound::at_most, 1.5};
constexpr Goal small_sessions{Goal::Of::value, Goal::Bound::at_most, 34};

/// Starts contestants in an empty folder of their own, one at a time.
class Starter {
public:
    Starter(const RaceOptions& options, Security security) {
        start_.programs = options.programs;
        start_.folder = options.folder;
        start_.security = security;
        start_.io_threads = options.forwarder_threads;
    }
    ~Starter() { std::filesystem::remove_all(start_.folder); }
    Starter(const Starter&) = delete;
    Starter& operator=(const Starter&) = delete;

    std::unique_ptr<Contestant> forwarder() {
        clear();
        return start_forwarder(start_);
    }

    std::unique_ptr<CrierContestant> crier() {
        clear();
        return std::make_unique<CrierContestant>(start_);
    }

private:
    void clear() {
        std::filesystem::remove_all(start_.folder);
        std::filesystem::create_directories(start_.folder);
    }

    Start start_;
};

double median(const std::vector<double>& values) {
    return percentile(values, 0.5);
}

/// Medians over rounds of the two contestants in turns.
struct Medians {
    std::vector<double> forwarder;
    std::vector<double> crier;
};

Row row_of(std::string name, const Medians& results, std::optional<Goal> goal, int decimals) {
    return {std::move(name), median(results.forwarder), median(results.crier), goal, decimals};
}

void broadcast_rows(const RaceOptions& options, Security security, std::size_t receivers,
                    std::optional<Goal> goal, std::vector<Row>& rows) {
    Starter starter(options, security);
    BroadcastLoad load;
    load.receivers = receivers;
    load.measured = std::chrono::seconds(options.seconds);
    Medians rates;
    Medians broker;
    Medians generator;
    for (int round = 0; round < options.rounds; ++round) {
        const BroadcastResult bare = measure_broadcast(*starter.forwarder(), load);
        const BroadcastResult crier = measure_broadcast(*starter.crier(), load);
        rates.forwarder.push_back(bare.deliveries_per_second);
        rates.crier.push_back(crier.deliveries_per_second);
        broker.forwarder.push_back(bare.broker_microseconds);
        broker.crier.push_back(crier.broker_microseconds);
        generator.forwarder.push_back(bare.generator_microseconds);
        generator.crier.push_back(crier.generator_microseconds);
        std::printf("broadcast to %zu, round %d: forwarder %.0f/s, crier %.0f/s\n", receivers,
                    round + 1, bare.deliveries_per_second, crier.deliveries_per_second);
        std::fflush(stdout);
    }
    const std::string to = std::to_string(receivers) +
                           (security == Security::curve ? " sessions over CURVE" : " sessions");
    rows.push_back(row_of("broadcast to " + to + ", deliveries/s", rates, goal, 0));
    rows.push_back(row_of("  the broker's CPU time per delivery, us", broker, {}, 2));
    rows.push_back(row_of("  the load generator's, us", generator, {}, 2));
}

}  // namespace

void RaceOptions::make_quick() {
    rounds = 1;
    seconds = 2;
    many = 2'000;
    memory_sessions = 1'000;
    memory_broadcasts = 50;
    acceptances = 200;
    shots = 5;
}

void race_broadcast(const RaceOptions& options, std::vector<Row>& rows) {
    for (const std::size_t receivers : options.sessions) {
        broadcast_rows(options, Security::plain, receivers, half_of_forwarder, rows);
    }
}

void race_broadcast_curve(const RaceOptions& options, std::vector<Row>& rows) {
    broadcast_rows(options, Security::curve, options.sessions.front(), {}, rows);
}

void race_one_message(const RaceOptions& options, std::vector<Row>& rows) {
    Starter starter(options, Security::plain);
    Medians times;
    Medians slowest;
    for (int round = 0; round < options.rounds; ++round) {
        const auto bare = measure_one_message(*starter.forwarder(), options.many, options.shots);
        const auto crier = measure_one_message(*starter.crier(), options.many, options.shots);
        times.forwarder.push_back(median(bare));
        times.crier.push_back(median(crier));
        slowest.forwarder.push_back(percentile(bare, 1));
        slowest.crier.push_back(percentile(crier, 1));
        std::printf("one message to %zu, round %d: forwarder %.1f ms, crier %.1f ms\n",
                    options.many, round + 1, median(bare), median(crier));
        std::fflush(stdout);
    }
    const std::string name = "one message to " + std::to_string(options.many);
    rows.push_back(row_of(name + ", ms to the last screen", times, not_much_later, 1));
    rows.push_back(row_of("  the slowest of " + std::to_string(options.shots), slowest, {}, 1));
}

void measure_recalls(const RaceOptions& options, std::vector<Row>& rows) {
    Starter starter(options, Security::plain);
    std::vector<double> shown;
    std::vector<double> removed;
    std::vector<double> slowest;
    for (int round = 0; round < options.rounds; ++round) {
        const RecallResult one = measure_recall(*starter.crier(), options.many, options.shots);
        shown.push_back(median(one.shown));
        removed.push_back(median(one.removed));
        slowest.push_back(percentile(one.removed, 1));
        std::printf("one message to %zu and its recall, round %d: %.1f ms, %.1f ms\n", options.many,
                    round + 1, shown.back(), removed.back());
        std::fflush(stdout);
    }
    const std::string from = std::to_string(options.many);
    rows.push_back({"recall from " + from + ", ms to the last screen", {}, median(removed), {}, 1});
    rows.push_back(
        {"  the slowest of " + std::to_string(options.shots), {}, median(slowest), {}, 1});
    rows.push_back({"  the message itself, in the same run", {}, median(shown), {}, 1});
}

void race_memory(const RaceOptions& options, std::vector<Row>& rows) {
    Starter starter(options, Security::plain);
    const std::size_t count = options.memory_sessions;
    const MemoryResult bare =
        measure_memory(*starter.forwarder(), count, options.memory_broadcasts);
    const MemoryResult crier = measure_memory(*starter.crier(), count, options.memory_broadcasts);
    const std::string sessions = std::to_string(count);
    const std::string broadcasts = std::to_string(options.memory_broadcasts);
    rows.push_back({"memory per idle session, KiB, of " + sessions, bare.idle_kib_each,
                    crier.idle_kib_each, small_sessions, 1});
    rows.push_back({"  of the first 1000", bare.idle_kib_each_first, crier.idle_kib_each_first,
                    small_sessions, 1});
    rows.push_back({"  without sessions, MiB", bare.empty_mib, crier.empty_mib, {}, 1});
    rows.push_back({"  after " + broadcasts + " broadcasts to all of them, MiB",
                    bare.busy_mib,
                    crier.busy_mib,
                    {},
                    1});
    rows.push_back(
        {"  after " + broadcasts + " more, MiB", bare.busy_again_mib, crier.busy_again_mib, {}, 1});
}

void measure_acceptance(const RaceOptions& options, std::vector<Row>& rows) {
    using Clock = std::chrono::steady_clock;
    Starter starter(options, Security::plain);
    const auto crier = starter.crier();
    crier->connect_receivers(options.sessions.front());
    std::vector<double> times;
    for (int i = 0; i < options.acceptances; ++i) {
        const std::uint32_t before = crier->accepted();
        const auto begin = Clock::now();
        crier->publish();
        while (crier->accepted() == before) crier->turn(1'000);
        times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
        while (crier->arrivals().completed() < crier->arrivals().published()) crier->turn(1'000);
    }
    crier->verify();
    const std::string name =
        "accepted, one at a time, ms, " + std::to_string(options.sessions.front()) + " sessions";
    rows.push_back({name + ", p50", {}, percentile(times, 0.5), {}, 2});
    rows.push_back({"  p99", {}, percentile(times, 0.99), {}, 2});
    rows.push_back(
        {"  slowest of " + std::to_string(options.acceptances), {}, percentile(times, 1), {}, 2});
}

}  // namespace crier::bench
