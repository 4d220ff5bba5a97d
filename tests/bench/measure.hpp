/// \file
/// The questions that are put to a contestant. Each leaves it quiet: what was published is complete
/// and verified.

#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "tests/bench/crier_contestant.hpp"

namespace crier::bench {

struct BroadcastResult {
    double deliveries_per_second = 0;
    double broker_microseconds = 0;     ///< CPU time of the broker's process per delivery.
    double generator_microseconds = 0;  ///< And of the load generator's.
};

struct BroadcastLoad {
    std::size_t receivers = 100;
    std::uint32_t in_flight = 16;
    std::chrono::milliseconds warm_up{500};
    std::chrono::milliseconds measured{5'000};
};

/// Keeps `in_flight` publications under way, and counts deliveries in a window in the middle.
[[nodiscard]] BroadcastResult measure_broadcast(Contestant& contestant, const BroadcastLoad& load);

/// Publishes one message `shots` times, each when all is quiet; milliseconds from the publication
/// until the last of `receivers` has it.
[[nodiscard]] std::vector<double> measure_one_message(Contestant& contestant, std::size_t receivers,
                                                      int shots);

struct RecallResult {
    std::vector<double> shown;    ///< As of measure_one_message().
    std::vector<double> removed;  ///< From the recall until the last session was told.
};

/// One message, and its recall once all receipts are on the disk: `shots` times, each when all is
/// quiet; milliseconds.
[[nodiscard]] RecallResult measure_recall(CrierContestant& contestant, std::size_t receivers,
                                          int shots);

struct MemoryResult {
    double empty_mib = 0;            ///< Resident, before anyone is connected.
    double idle_kib_each_first = 0;  ///< Per receiver, of the first 1,000.
    double idle_kib_each = 0;        ///< Per receiver, of all.
    double busy_mib = 0;             ///< Resident after `broadcasts`.
    double busy_again_mib = 0;       ///< And after as many again.
};

[[nodiscard]] MemoryResult measure_memory(Contestant& contestant, std::size_t receivers,
                                          std::uint32_t broadcasts);

/// Publishes `count` messages, `in_flight` under way, and returns when all are complete.
void publish_all(Contestant& contestant, std::uint32_t count, std::uint32_t in_flight);

/// Lets time pass for the connections: heartbeats, answers, memory that settles.
void idle(Contestant& contestant, std::chrono::milliseconds time);

/// `share` between 0 and 1 of the sorted values; 0.5 is the median.
[[nodiscard]] double percentile(std::vector<double> values, double share);

}  // namespace crier::bench
