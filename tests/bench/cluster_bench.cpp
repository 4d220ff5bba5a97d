/// \file
/// Brokers that share a log, and one broker alone beside them: the same receivers, in turns.
///
///     cluster_bench [--quick] [--only acceptance,broadcast,entry,death]

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <optional>

#include "tests/bench/measure.hpp"
#include "tests/bench/nats_cluster.hpp"

namespace {

using namespace crier::bench;
using Clock = std::chrono::steady_clock;

struct Options {
    Start start;
    int acceptances = 1'000;
    int rounds = 3;
    int seconds = 3;
    std::size_t receivers = 300;
    std::size_t homeless = 5'000;
    int entries = 3'000;
};

/// `brokers` 0: one alone, without NATS.
class Played {
public:
    Played(const Options& options, std::size_t brokers) : start_(options.start) {
        std::filesystem::remove_all(start_.folder);
        std::filesystem::create_directories(start_.folder);
        start_.brokers = std::max<std::size_t>(brokers, 1);
        if (brokers > 0) {
            nats_.emplace(start_.folder);
            start_.nats_urls = nats_->urls();
        }
        crier_ = std::make_unique<CrierContestant>(start_);
    }
    ~Played() {
        crier_.reset();
        nats_.reset();
        std::filesystem::remove_all(start_.folder);
    }
    Played(const Played&) = delete;
    Played& operator=(const Played&) = delete;

    CrierContestant& crier() { return *crier_; }
    [[nodiscard]] std::chrono::nanoseconds nats_time() const {
        return nats_ ? nats_->cpu_time() : std::chrono::nanoseconds{};
    }

private:
    Start start_;
    std::optional<NatsCluster> nats_;
    std::unique_ptr<CrierContestant> crier_;
};

double ms_since(Clock::time_point begin) {
    return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

double us(std::chrono::nanoseconds time) {
    return static_cast<double>(time.count()) / 1000;
}

const char* name_of(std::size_t brokers) {
    constexpr const char* names[] = {"alone, without NATS", "1 broker, 3 NATS servers",
                                     "2 brokers, 3 NATS servers", "3 brokers, 3 NATS servers"};
    return names[brokers];
}

/// One broadcast at a time, from the sending until its sender is told that it is accepted.
void measure_acceptance(const Options& options) {
    for (const std::size_t brokers : {0, 3}) {
        Played played(options, brokers);
        CrierContestant& crier = played.crier();
        crier.connect_receivers(99);
        std::vector<double> times;
        for (int i = 0; i < options.acceptances; ++i) {
            const std::uint32_t before = crier.accepted();
            const auto begin = Clock::now();
            crier.publish();
            while (crier.accepted() == before) crier.turn(1'000);
            times.push_back(ms_since(begin));
            const Arrivals& arrivals = crier.arrivals();
            while (arrivals.completed() < arrivals.published()) crier.turn(1'000);
        }
        crier.verify();
        std::printf("accepted, ms, 99 sessions, %s: p50 %.2f, p99 %.2f, slowest of %d %.2f\n",
                    name_of(brokers), percentile(times, 0.5), percentile(times, 0.99),
                    options.acceptances, percentile(times, 1));
        std::fflush(stdout);
    }
}

void measure_fan_out(const Options& options) {
    BroadcastLoad load;
    load.receivers = options.receivers;
    load.measured = std::chrono::seconds(options.seconds);
    std::vector<double> rates[4];
    std::vector<double> costs[4];
    std::vector<double> nats_costs[4];
    for (int round = 0; round < options.rounds; ++round) {
        for (std::size_t brokers = 0; brokers < 4; ++brokers) {
            Played played(options, brokers);
            played.crier().connect_receivers(load.receivers);
            const auto nats_before = played.nats_time();
            const BroadcastResult result = measure_broadcast(played.crier(), load);
            const double all = static_cast<double>(played.crier().arrivals().deliveries());
            rates[brokers].push_back(result.deliveries_per_second);
            costs[brokers].push_back(result.broker_microseconds);
            nats_costs[brokers].push_back(us(played.nats_time() - nats_before) / all);
        }
    }
    for (std::size_t brokers = 0; brokers < 4; ++brokers) {
        std::printf(
            "broadcast to %zu, %s: %.0f deliveries/s, CPU us each: brokers %.2f, NATS %.2f\n",
            load.receivers, name_of(brokers), percentile(rates[brokers], 0.5),
            percentile(costs[brokers], 0.5), percentile(nats_costs[brokers], 0.5));
    }
    std::fflush(stdout);
}

/// Two brokers, of which one has the session that each message is for, and the other 1,000 idle
/// ones. The same time without messages is taken off.
void measure_entry(const Options& options) {
    Played played(options, 2);
    CrierContestant& crier = played.crier();
    crier.connect_receivers_at(0, 1);
    crier.connect_receivers_at(1, 1'000);
    idle(crier, std::chrono::seconds(2));
    const auto idle_begin = crier.cpu_time_of(1);
    idle(crier, std::chrono::seconds(5));
    const double idle_per_ms = us(crier.cpu_time_of(1) - idle_begin) / 5'000;

    const auto begin = Clock::now();
    const auto before = crier.cpu_time_of(1);
    const Arrivals& arrivals = crier.arrivals();
    for (int i = 0; i < options.entries; ++i) {
        while (arrivals.published() - arrivals.completed() >= 16) crier.turn(100);
        crier.publish_to_one();
    }
    while (arrivals.completed() < arrivals.published()) crier.turn(100);
    const double took = ms_since(begin);
    const double cost = us(crier.cpu_time_of(1) - before) - idle_per_ms * took;
    std::printf("an entry that concerns none of a broker's 1000 sessions, CPU us: %.0f (%.0f/s)\n",
                cost / options.entries, options.entries / took * 1000);
    std::fflush(stdout);
}

/// Three brokers, of which one dies with its sessions. They come as fast as they can.
void measure_death(const Options& options) {
    Played played(options, 3);
    CrierContestant& crier = played.crier();
    crier.connect_receivers_at(0, 100);
    crier.connect_receivers_at(1, 100);
    crier.connect_receivers_at(2, options.homeless);
    idle(crier, std::chrono::seconds(2));
    const auto cpu = crier.cpu_time_of(0) + crier.cpu_time_of(1);
    const auto begin = Clock::now();
    crier.kill_broker(2);
    double first = 0;
    while (crier.moved() < options.homeless) {
        crier.turn(100);
        if (first == 0 && crier.moved() > 0) first = ms_since(begin);
        if (ms_since(begin) > 120'000) give_up("they do not come back");
    }
    const double last = ms_since(begin);
    const double cost = us(crier.cpu_time_of(0) + crier.cpu_time_of(1) - cpu);
    const auto sent = Clock::now();
    crier.publish();
    const Arrivals& arrivals = crier.arrivals();
    while (arrivals.completed() < arrivals.published()) crier.turn(100);
    std::printf(
        "%zu sessions of a killed broker, ms: first welcomed %.0f, last %.0f, then a new message "
        "on all of %zu screens %.0f; CPU us for each that came: %.0f\n",
        options.homeless, first, last, options.homeless + 200, ms_since(sent),
        cost / static_cast<double>(options.homeless));
    std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    options.start.programs = std::filesystem::canonical("/proc/self/exe").parent_path();
    options.start.folder = options.start.programs.parent_path() / "cluster-bench-data";
    std::vector<std::string> only;
    bool is_quick = false;
    CLI::App app{"Measures brokers that share a log by NATS, and one broker alone beside them."};
    app.add_flag("--quick", is_quick, "Few and short rounds: to see that it works");
    app.add_option("--only", only, "What to measure: acceptance, broadcast, entry, death")
        ->delimiter(',');
    app.add_option("--rounds", options.rounds, "Rounds of broadcast; medians are shown");
    app.add_option("--seconds", options.seconds, "Measured seconds of a broadcast round");
    app.add_option("--sessions", options.receivers, "Sessions in the broadcast rows");
    app.add_option("--homeless", options.homeless, "Sessions of the broker that is killed");
    app.add_option("--folder", options.start.folder, "Where data directories go: on a disk");
    CLI11_PARSE(app, argc, argv);
    if (is_quick) {
        options.acceptances = 100;
        options.rounds = options.seconds = 1;
        options.homeless = 500;
        options.entries = 300;
    }
    raise_descriptor_limit(options.homeless * 2 + 3'000);
    const auto wants = [&](const char* name) {
        return only.empty() || std::find(only.begin(), only.end(), name) != only.end();
    };
    if (wants("acceptance")) measure_acceptance(options);
    if (wants("broadcast")) measure_fan_out(options);
    if (wants("entry")) measure_entry(options);
    if (wants("death")) measure_death(options);
    return 0;
}
