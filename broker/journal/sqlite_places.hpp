/// \file
/// What a broker keeps because it is one of a cluster: where entries stand in the log that the
/// brokers share, how far that was followed, and which brokers there are.

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "broker/journal/journal.hpp"
#include "broker/journal/sqlite_reader.hpp"
#include "broker/journal/sqlite_rows.hpp"
#include "broker/journal/sqlite_statement.hpp"

namespace crier::broker {

/// The part of SqliteJournal that a broker alone never writes to; journal.hpp says what each
/// function promises.
///
/// Ownership: what it is given must stay where it is and outlive this.
class SqlitePlaces {
public:
    SqlitePlaces(Connection& connection, SqliteReader& reader)
        : connection_(connection), reader_(reader) {}

    // Inside a transaction of the caller's, which also writes `state`.

    /// `results` are those of the batch's entries.
    Status write(const Batch& batch, const std::vector<EntryResult>& results, JournalState& state);
    /// Of an entry that goes; write_row() is to follow the last one.
    Status forget(std::uint64_t seq, JournalState& state);
    Status write_row(const JournalState& state);

    Result<std::vector<Place>> places(std::optional<LogPosition> before, std::size_t count_max);
    Result<std::vector<PlacedEntry>> placed(const LogPosition& after, std::size_t count_max);
    Result<std::vector<PlacedEntry>> log(const JournalState& state, std::uint64_t after,
                                         std::size_t count_max);

    /// Reads all places, each with its entry.
    Status verify(const JournalState& state);

private:
    Status put(std::uint64_t seq, const LogPosition& at, JournalState& state);
    /// Of the row that a statement stepped to; the entry's columns come first.
    Result<Place> place_in(const Statement& row);
    Result<PlacedEntry> entry_in(const Statement& row);

    Connection& connection_;
    SqliteReader& reader_;
    Statement make_room_{connection_,
                         "DELETE FROM places WHERE seq = ?1 OR (generation = ?2 AND number = ?3)"};
    Statement insert_{connection_,
                      "INSERT INTO places (seq, generation, number, crc) VALUES (?, ?, ?, ?)"};
    Statement delete_{connection_, "DELETE FROM places WHERE seq = ?"};
    Statement update_row_{connection_,
                          "UPDATE cluster SET placed = ?, generation = ?, number = ?, "
                          "message = ?, members = ?, crc = ? WHERE one = 1"};
    Statement below_{
        connection_,
        "SELECT entries.seq, id, kind, about, at, principal, content_hash, body, chain, "
        "entries.crc, places.seq, generation, number, places.crc "
        "FROM places INDEXED BY places_by_position LEFT JOIN entries ON entries.seq = places.seq "
        "WHERE (generation, number) < (?, ?) ORDER BY generation DESC, number DESC LIMIT ?"};
    Statement above_{
        connection_,
        "SELECT entries.seq, id, kind, about, at, principal, content_hash, body, chain, "
        "entries.crc, places.seq, generation, number, places.crc "
        "FROM places INDEXED BY places_by_position LEFT JOIN entries ON entries.seq = places.seq "
        "WHERE (generation, number) > (?, ?) ORDER BY generation, number LIMIT ?"};
    Statement behind_{
        connection_,
        "SELECT entries.seq, id, kind, about, at, principal, content_hash, body, chain, "
        "entries.crc, places.seq, generation, number, places.crc "
        "FROM entries LEFT JOIN places ON places.seq = entries.seq "
        "WHERE entries.seq > ? ORDER BY entries.seq LIMIT ?"};
};

}  // namespace crier::broker
