/// \file
/// What whoever follows a cluster's log asks of the journal, and hears from its thread. Beside the
/// engine's events: the engine knows nothing of places.

#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "broker/journal/journal.hpp"
#include "crier/result.hpp"

namespace crier::broker {

/// Journal::read_places(). Commits wait meanwhile: a few hundred at a time.
struct ReadPlaces {
    std::uint64_t ticket = 0;
    std::optional<LogPosition> before;
    std::size_t count_max = 0;
};

/// Journal::read_log(), likewise.
struct ReadLog {
    std::uint64_t ticket = 0;
    std::uint64_t after = 0;
    std::size_t count_max = 0;
};

using LogRequest = std::variant<ReadPlaces, ReadLog>;

struct PlacesRead {
    std::uint64_t ticket = 0;
    Result<std::vector<Place>> places;
};

struct LogRead {
    std::uint64_t ticket = 0;
    Result<std::vector<PlacedEntry>> entries;
};

using LogReply = std::variant<PlacesRead, LogRead>;

}  // namespace crier::broker
