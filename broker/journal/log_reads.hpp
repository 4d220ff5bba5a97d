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

/// An entry by its own id.
struct ReadEntry {
    std::uint64_t ticket = 0;
    MessageId id;
};

/// Journal::read_placed(), likewise, for a broker that copies the log.
struct ReadPlaced {
    std::uint64_t ticket = 0;
    LogPosition after;
    std::size_t count_max = 0;
};

/// What was pruned before the first entry that is there.
struct ReadBeginning {
    std::uint64_t ticket = 0;
};

using LogRequest = std::variant<ReadPlaces, ReadLog, ReadEntry, ReadPlaced, ReadBeginning>;

struct PlacesRead {
    std::uint64_t ticket = 0;
    Result<std::vector<Place>> places;
};

struct LogRead {
    std::uint64_t ticket = 0;
    Result<std::vector<PlacedEntry>> entries;
};

struct EntryRead {
    std::uint64_t ticket = 0;
    Result<std::optional<Entry>> entry;  ///< nullopt: there is none, or it was pruned.
};

struct PlacedRead {
    std::uint64_t ticket = 0;
    Result<std::vector<PlacedEntry>> entries;
};

struct BeginningRead {
    std::uint64_t ticket = 0;
    Result<std::optional<PrunedRange>> pruned;  ///< nullopt: nothing was.
};

/// The first `stores` batches of the log's are on the disk, but for those that a StoreFailed took.
struct Stored {
    std::uint64_t stores = 0;
};
/// No batch of the log's is on the disk that Stored has not covered, nor will be; nor any later one
/// until StoreRecovered.
struct StoreFailed {
    Error error;
};
struct StoreRecovered {};

using LogReply = std::variant<PlacesRead, LogRead, EntryRead, PlacedRead, BeginningRead, Stored,
                              StoreFailed, StoreRecovered>;

}  // namespace crier::broker
