/// \file
/// The log of what was heard of screens: pieces that are appended, read in their order, and go by
/// age, or when there are too many.

#pragma once

#include <cstdint>
#include <vector>

#include "broker/journal/journal.hpp"
#include "broker/journal/sqlite_rows.hpp"
#include "broker/journal/sqlite_statement.hpp"

namespace crier::broker {

/// What a piece takes on the disk beside its sightings.
inline constexpr std::uint64_t sightings_row_bytes = 48;

/// Ownership: `connection` must stay where it is and outlive this.
class SqliteSightings {
public:
    explicit SqliteSightings(Connection& connection) : connection_(connection) {}

    void keep_at_most(std::uint64_t bytes) { bytes_max_ = bytes; }

    /// Both inside a transaction of the caller's, which also writes `state`.
    Status write(const Batch& batch, JournalState& state);
    /// At most `count_max` of the pieces whose last sighting is of before `before`.
    Result<std::size_t> prune(UtcTime before, std::size_t count_max, JournalState& state);

    Result<std::vector<SightingsPiece>> read(const JournalState& state, std::uint64_t after,
                                             std::size_t count_max);

private:
    Status delete_oldest(std::uint64_t bytes, JournalState& state);

    Connection& connection_;
    std::uint64_t bytes_max_ = ~std::uint64_t{0};
    Statement insert_{connection_,
                      "INSERT INTO sightings (piece, at, sightings, crc) VALUES (?, ?, ?, ?)"};
    Statement size_{connection_, "SELECT at, length(sightings) FROM sightings WHERE piece = ?"};
    Statement delete_{connection_, "DELETE FROM sightings WHERE piece = ?"};
    Statement select_{connection_,
                      "SELECT piece, at, sightings, crc FROM sightings WHERE piece > ? "
                      "ORDER BY piece LIMIT ?"};
};

}  // namespace crier::broker
