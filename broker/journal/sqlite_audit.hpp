/// \file
/// Reads the log of a journal's database for those who list or check it: chain values, heads, and
/// rows as they lie there.

#pragma once

#include <cstdint>
#include <optional>

#include "broker/journal/journal.hpp"
#include "broker/journal/sqlite_rows.hpp"
#include "broker/journal/sqlite_statement.hpp"

namespace crier::broker {

/// The auditing part of SqliteJournal; journal.hpp says what each function promises.
///
/// Ownership: `connection` must stay where it is and outlive it.
class SqliteAudit {
public:
    explicit SqliteAudit(Connection& connection) : connection_(connection) {}

    Result<std::optional<SignedHead>> newest_head();
    Result<EntriesFound> entries(const EntryQuery& query, std::size_t rows_max);
    Result<AuditPiece> piece(const JournalState& state, std::uint64_t after, std::size_t rows_max);

private:
    Result<EntriesFound> entries_about(const EntryQuery& query);
    /// Whether an entry below `before` was taken in at `since` or later.
    Result<bool> is_any_since(UtcTime since, std::uint64_t before);

    Connection& connection_;
    Statement newest_head_{connection_,
                           "SELECT seq, chain, time, key, signature, crc FROM heads "
                           "ORDER BY seq DESC LIMIT 1"};
    Statement heads_{connection_,
                     "SELECT seq, chain, time, key, signature, crc FROM heads "
                     "WHERE seq > ? AND seq <= ? ORDER BY seq"};
    Statement since_{connection_,
                     "SELECT 1 FROM entries INDEXED BY entries_by_time "
                     "WHERE at >= ? AND seq < ? ORDER BY at LIMIT 1"};
    Statement below_{connection_,
                     "SELECT seq, id, kind, about, at, principal, content_hash, body, chain, crc "
                     "FROM entries WHERE seq < ? ORDER BY seq DESC LIMIT ?"};
    Statement by_id_{connection_,
                     "SELECT seq, id, kind, about, at, principal, content_hash, body, chain, crc "
                     "FROM entries WHERE id = ?"};
    Statement about_{connection_,
                     "SELECT seq, id, kind, about, at, principal, content_hash, body, chain, crc "
                     "FROM entries INDEXED BY entries_about WHERE about = ? ORDER BY seq DESC"};
    Statement behind_{connection_,
                      "SELECT seq, id, kind, about, at, principal, content_hash, body, chain, crc "
                      "FROM entries WHERE seq > ? ORDER BY seq LIMIT ?"};
    Statement pruned_{connection_,
                      "SELECT first_seq, last_seq, before, chain, signature, crc FROM pruned "
                      "WHERE last_seq > ? AND first_seq <= ? ORDER BY first_seq"};
};

}  // namespace crier::broker
