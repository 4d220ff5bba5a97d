/// \file
/// One run of the whole system in virtual time: one broker or a cluster of them, 60 sessions,
/// three publishers, bad weather for a while, then calm; and what of it was wrong.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace crier::simulation {

struct Report {
    std::vector<std::string> violations;
    std::uint64_t trace_hash = 0;
    std::size_t accepted = 0;
    std::size_t showings = 0;
    int broker_crashes = 0;
    int session_crashes = 0;
    int full_pipes = 0;
    std::size_t most_in_flight = 0;  ///< Messages unconfirmed at one session.
    std::size_t largest_bundle = 0;  ///< Messages in one frame.
    int backbone_cuts = 0;
    int rollbacks = 0;                        ///< Of the stream.
    std::size_t entries_ahead = 0;            ///< Commits of entries before older other effects.
    std::map<std::string, std::size_t> seen;  ///< How often what is to be tried was tried.
};

/// Less than a broker has, so that bursts reach it: messages unconfirmed at one session.
inline constexpr std::size_t unconfirmed_max = 32;

/// `is_loud` prints what happens, a line each with its virtual time in milliseconds.
[[nodiscard]] Report simulate(std::uint64_t seed, bool is_loud = false);

/// What may go wrong around a cluster; each with all that is before it.
enum class Severity : std::uint8_t {
    backbone_holds,  ///< Connections of clients end, and clocks are apart.
    brokers_live,    ///< The backbone is cut off, without a leader, or goes back to an older copy;
                     ///< sessions crash, pipes and disks fill up.
    everything_fails,  ///< Brokers crash at any effect.
};

/// The same of three brokers that share a log.
[[nodiscard]] Report simulate_cluster(std::uint64_t seed, Severity severity, bool is_loud = false);

}  // namespace crier::simulation
