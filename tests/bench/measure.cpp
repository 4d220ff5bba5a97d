#include "tests/bench/measure.hpp"

#include <algorithm>

namespace crier::bench {
namespace {

using Clock = std::chrono::steady_clock;

/// Lets the contestant work until it has completed more, and notices when it never will.
class Watchdog {
public:
    explicit Watchdog(Contestant& contestant) : contestant_(&contestant) {}

    void turn() {
        constexpr auto patience = std::chrono::seconds(20);
        contestant_->turn(100);
        const std::uint64_t deliveries = contestant_->arrivals().deliveries();
        const auto now = Clock::now();
        if (deliveries != last_deliveries_) {
            last_deliveries_ = deliveries;
            last_progress_ = now;
        } else if (now - last_progress_ > patience) {
            const Arrivals& arrivals = contestant_->arrivals();
            give_up("nothing arrives any more; " + std::to_string(arrivals.completed()) + " of " +
                    std::to_string(arrivals.published()) + " publications are complete");
        }
    }

private:
    Contestant* contestant_;
    std::uint64_t last_deliveries_ = 0;
    Clock::time_point last_progress_ = Clock::now();
};

std::uint32_t under_way(const Contestant& contestant) {
    return contestant.arrivals().published() - contestant.arrivals().completed();
}

void finish(Contestant& contestant) {
    Watchdog watchdog(contestant);
    while (under_way(contestant) > 0) watchdog.turn();
    contestant.verify();
}

double mib(std::size_t bytes) {
    return static_cast<double>(bytes) / (1024 * 1024);
}

double kib_each(std::size_t before, std::size_t after, std::size_t receivers) {
    const double grown = static_cast<double>(after) - static_cast<double>(before);
    return grown / 1024 / static_cast<double>(receivers);
}

struct Reading {
    Clock::time_point time;
    std::uint64_t deliveries;
    std::chrono::nanoseconds broker;
    std::chrono::nanoseconds generator;
};

Reading read_counters(const Contestant& contestant) {
    return {Clock::now(), contestant.arrivals().deliveries(), contestant.cpu_time(),
            own_cpu_time()};
}

double microseconds_each(std::chrono::nanoseconds time, double count) {
    return static_cast<double>(time.count()) / 1000 / count;
}

}  // namespace

BroadcastResult measure_broadcast(Contestant& contestant, const BroadcastLoad& load) {
    contestant.connect_receivers(load.receivers);
    Watchdog watchdog(contestant);
    const auto run_until = [&](Clock::time_point end) {
        while (Clock::now() < end) {
            while (under_way(contestant) < load.in_flight) contestant.publish();
            watchdog.turn();
        }
    };
    run_until(Clock::now() + load.warm_up);
    const Reading begin = read_counters(contestant);
    run_until(begin.time + load.measured);
    const Reading end = read_counters(contestant);
    finish(contestant);

    const auto count = static_cast<double>(end.deliveries - begin.deliveries);
    const std::chrono::duration<double> seconds = end.time - begin.time;
    return {count / seconds.count(), microseconds_each(end.broker - begin.broker, count),
            microseconds_each(end.generator - begin.generator, count)};
}

std::vector<double> measure_one_message(Contestant& contestant, std::size_t receivers, int shots) {
    contestant.connect_receivers(receivers);
    std::vector<double> times;
    for (int i = 0; i < shots; ++i) {
        idle(contestant, std::chrono::milliseconds(300));
        Watchdog watchdog(contestant);
        const auto begin = Clock::now();
        contestant.publish();
        while (under_way(contestant) > 0) watchdog.turn();
        times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
    }
    finish(contestant);
    return times;
}

RecallResult measure_recall(CrierContestant& contestant, std::size_t receivers, int shots) {
    constexpr auto patience = std::chrono::seconds(20);
    contestant.connect_receivers(receivers);
    RecallResult result;
    const auto since = [](Clock::time_point begin) {
        return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
    };
    for (int i = 0; i < shots; ++i) {
        idle(contestant, std::chrono::milliseconds(300));
        Watchdog watchdog(contestant);
        const auto shown = Clock::now();
        contestant.publish();
        while (under_way(contestant) > 0) watchdog.turn();
        result.shown.push_back(since(shown));
        contestant.verify();
        idle(contestant, std::chrono::milliseconds(300));
        const auto recalled = Clock::now();
        contestant.recall();
        while (contestant.removals() < receivers) {
            contestant.turn(100);
            if (Clock::now() - recalled > patience) give_up("a recall does not come everywhere");
        }
        result.removed.push_back(since(recalled));
        contestant.verify_recall();
    }
    return result;
}

MemoryResult measure_memory(Contestant& contestant, std::size_t receivers,
                            std::uint32_t broadcasts) {
    constexpr std::size_t first = 1'000;
    constexpr auto settling = std::chrono::seconds(1);
    const auto resident_when = [&](std::size_t count) {
        contestant.connect_receivers(count);
        idle(contestant, settling);
        return contestant.process().resident_bytes();
    };
    const auto resident_after = [&](std::uint32_t count) {
        publish_all(contestant, count, 16);
        contestant.verify();
        return contestant.process().resident_bytes();
    };
    MemoryResult result;
    idle(contestant, settling);
    const std::size_t empty = contestant.process().resident_bytes();
    const std::size_t some = resident_when(std::min(first, receivers));
    const std::size_t all = resident_when(receivers);
    result.empty_mib = mib(empty);
    result.idle_kib_each_first = kib_each(empty, some, std::min(first, receivers));
    result.idle_kib_each = kib_each(empty, all, receivers);
    result.busy_mib = mib(resident_after(broadcasts));
    result.busy_again_mib = mib(resident_after(broadcasts));
    return result;
}

void publish_all(Contestant& contestant, std::uint32_t count, std::uint32_t in_flight) {
    Watchdog watchdog(contestant);
    const std::uint32_t last = contestant.arrivals().published() + count;
    while (contestant.arrivals().completed() < last) {
        while (contestant.arrivals().published() < last && under_way(contestant) < in_flight) {
            contestant.publish();
        }
        watchdog.turn();
    }
}

void idle(Contestant& contestant, std::chrono::milliseconds time) {
    const auto end = Clock::now() + time;
    while (Clock::now() < end) contestant.turn(10);
}

double percentile(std::vector<double> values, double share) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    const auto rank = static_cast<std::size_t>(share * static_cast<double>(values.size()));
    return values[std::min(rank, values.size() - 1)];
}

}  // namespace crier::bench
