/// \file
/// Reads a journal's database, and believes nothing: every row is checked, and what must be there
/// is missed when it is not.

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "broker/journal/journal.hpp"
#include "broker/journal/sqlite_rows.hpp"
#include "broker/journal/sqlite_statement.hpp"

namespace crier::broker {

/// The reading half of SqliteJournal; journal.hpp says what each function promises. `state` is
/// always the journal's state as it was last committed.
///
/// Ownership: `connection` must stay where it is and outlive the reader.
class SqliteReader {
public:
    explicit SqliteReader(Connection& connection) : connection_(connection) {}

    /// Its work is in proportion to what is open, however long the history.
    Result<Recovery> recover(const JournalState& state);

    Result<std::vector<StoredMessage>> messages(const JournalState& state,
                                                std::optional<std::uint64_t> before,
                                                std::size_t count_max);
    Result<std::optional<StoredMessage>> message(const MessageId& id);
    Result<std::vector<SessionRecord>> sessions(const std::vector<std::uint32_t>& numbers);

    /// nullopt: there is no such entry.
    Result<std::optional<StoredEntry>> entry(const MessageId& id);

    /// Fails unless the entries first..last were pruned.
    Status expect_pruned(std::uint64_t first, std::uint64_t last);

private:
    Result<std::vector<SessionRecord>> open_sessions(const JournalState& state);
    Result<std::vector<StoredMessage>> open_messages(const JournalState& state);
    Result<std::vector<Bytes>> facts(const JournalState& state);
    Result<std::optional<StoredEntry>> entry_at(std::uint64_t seq);
    Result<std::optional<OpenEntry>> open_entry_at(std::uint64_t seq);
    /// What is stored beside an entry. `open`: its row there, nullopt if the message is closed.
    Result<StoredMessage> complete(StoredEntry entry, const std::optional<OpenEntry>& open);
    Result<Bytes> cells_of(std::uint64_t seq, const std::optional<OpenEntry>& open);
    Result<std::vector<Bytes>> late_receipts_of(std::uint64_t seq);

    Connection& connection_;
    Statement open_sessions_{connection_,
                             "SELECT number, id, is_open, changed, body, crc FROM sessions "
                             "INDEXED BY sessions_open WHERE is_open = 1 ORDER BY number"};
    Statement session_{connection_,
                       "SELECT number, id, is_open, changed, body, crc FROM sessions "
                       "WHERE number = ?"};
    Statement open_entries_{connection_,
                            "SELECT seq, has_outcome, crc FROM open_entries ORDER BY seq"};
    Statement open_entry_{connection_,
                          "SELECT seq, has_outcome, crc FROM open_entries WHERE seq = ?"};
    Statement facts_{connection_, "SELECT piece, facts, crc FROM facts ORDER BY piece"};
    Statement entries_{
        connection_,
        "SELECT seq, id, kind, about, at, principal, content_hash, body, chain, crc FROM entries "
        "WHERE seq <= ? ORDER BY seq DESC LIMIT ?"};
    Statement entry_at_{
        connection_,
        "SELECT seq, id, kind, about, at, principal, content_hash, body, chain, crc "
        "FROM entries WHERE seq = ?"};
    Statement entry_by_id_{
        connection_,
        "SELECT seq, id, kind, about, at, principal, content_hash, body, chain, crc "
        "FROM entries WHERE id = ?"};
    Statement changes_{connection_,
                       "SELECT seq, id, kind, about, at, principal, content_hash, body, chain, crc "
                       "FROM entries INDEXED BY entries_about WHERE about = ? ORDER BY seq"};
    Statement outcome_{connection_, "SELECT seq, closes, cells, crc FROM outcomes WHERE seq = ?"};
    Statement late_receipts_{connection_,
                             "SELECT seq, number, receipt, crc FROM late_receipts "
                             "WHERE seq = ? ORDER BY number"};
    Statement pruned_{connection_,
                      "SELECT first_seq, last_seq, before, chain, signature, crc FROM pruned "
                      "WHERE first_seq <= ? ORDER BY first_seq DESC LIMIT 1"};
};

enum class Depth : std::uint8_t {
    quick,  ///< Pages, trees and the types of columns; a third of a second for 100 MiB in memory.
    whole,  ///< And that each index has the rows of its table; three times as long.
};

/// Asks SQLite whether the file is as it writes one. Errors: journal_damaged; storage_failed.
Status verify_structure(Connection& connection, Depth depth);

/// Reads all there is, history too: every row, every count, every gap, and SQLite's own structure.
/// `version`: of the database's schema.
/// Errors: journal_damaged names the first record that is not right; storage_failed.
Status verify_all(Connection& connection, std::int64_t version);

}  // namespace crier::broker
