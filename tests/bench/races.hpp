/// \file
/// The races, one for each block of the table: who runs, in which turns, and what is shown.

#pragma once

#include <filesystem>
#include <vector>

#include "tests/bench/contestant.hpp"
#include "tests/bench/report.hpp"

namespace crier::bench {

struct RaceOptions {
    std::filesystem::path programs;  ///< Where the executables are.
    std::filesystem::path folder;    ///< For data directories; removed when all went well.
    int rounds = 5;
    int seconds = 5;                                ///< Of a broadcast round.
    std::vector<std::size_t> sessions{100, 1'000};  ///< Of the broadcast rows.
    std::size_t many = 10'000;                      ///< Of the one-message row.
    std::size_t memory_sessions = 5'000;
    std::uint32_t memory_broadcasts = 200;
    int acceptances = 2'000;
    int shots = 15;  ///< Of the one-message row, in a round.
    int forwarder_threads = 1;

    void make_quick();
};

/// Deliveries per second with 16 broadcasts in flight, in plain text.
void race_broadcast(const RaceOptions& options, std::vector<Row>& rows);
/// The same over CURVE, to the first number of sessions.
void race_broadcast_curve(const RaceOptions& options, std::vector<Row>& rows);
/// One message to all of many.
void race_one_message(const RaceOptions& options, std::vector<Row>& rows);
/// The same message and its recall. Crier alone: a forwarder takes nothing back.
void measure_recalls(const RaceOptions& options, std::vector<Row>& rows);
/// Resident memory per idle receiver, and after traffic.
void race_memory(const RaceOptions& options, std::vector<Row>& rows);
/// How long an operator waits for `accepted`, one broadcast at a time. Crier alone.
void measure_acceptance(const RaceOptions& options, std::vector<Row>& rows);

}  // namespace crier::bench
