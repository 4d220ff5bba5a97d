/// \file
/// Writes rows of a journal's database, inside a transaction that its caller has begun, and keeps
/// count of them in the journal's state.

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "broker/journal/journal.hpp"
#include "broker/journal/sqlite_places.hpp"
#include "broker/journal/sqlite_reader.hpp"
#include "broker/journal/sqlite_rows.hpp"
#include "broker/journal/sqlite_sightings.hpp"
#include "broker/journal/sqlite_statement.hpp"

namespace crier::broker {

/// The writing half of SqliteJournal. `state` is changed as rows are written; the caller forgets
/// it when the transaction is rolled back.
///
/// Ownership: what it is given must stay where it is and outlive the writer.
class SqliteWriter {
public:
    SqliteWriter(Connection& connection, SqliteReader& reader, SqliteSightings& sightings,
                 SqlitePlaces& places)
        : connection_(connection), reader_(reader), sightings_(sightings), places_(places) {}

    Result<std::vector<EntryResult>> write(const Batch& batch, JournalState& state);

    /// Deletes at most `count_max` messages, and as many sessions and pieces of sightings; returns
    /// how many of all.
    Result<std::size_t> prune(UtcTime before, std::size_t count_max, JournalState& state);

    /// Signs heads and pruned ranges from now on.
    void sign_with(const SigningKey& key) { key_ = key; }

    /// Signs the newest entry's head and writes it. Only after sign_with().
    Result<SignedHead> write_head(UtcTime now, JournalState& state);

    /// The last thing of every transaction.
    Status write_state(JournalState& state);

private:
    Status begin_behind(PrunedRange range, JournalState& state);
    Result<EntryResult> write_entry(const Entry& entry, JournalState& state);
    Status write_session(const SessionRecord& session, JournalState& state);
    Status write_facts(const Batch& batch, JournalState& state);
    Status write_outcome(const Outcome& outcome, JournalState& state);
    Status write_late_receipt(const LateReceipt& late, JournalState& state);
    /// Adds those of the message's changes to `seqs`.
    Status add_changes(std::uint64_t seq, std::vector<std::uint64_t>& seqs);
    Status delete_entry(std::uint64_t seq, JournalState& state);
    Status prune_range(PrunedRange range, JournalState& state);
    Result<Bytes32> chain_of(std::uint64_t seq);
    /// What the chain was before an entry that is there no more.
    Result<Bytes32> chain_before(std::uint64_t first);
    [[nodiscard]] bool may_join(const PrunedRange& range) const;
    Status add_pruned(PrunedRange range);
    Status insert_pruned(const PrunedRange& range);
    Result<std::optional<PrunedRange>> pruned_range(Statement& statement);
    /// The first column of a row that may be missing.
    Result<std::optional<std::int64_t>> ask(Statement& statement);

    Connection& connection_;
    SqliteReader& reader_;
    SqliteSightings& sightings_;
    SqlitePlaces& places_;
    std::optional<SigningKey> key_;
    Statement insert_entry_{connection_,
                            "INSERT INTO entries "
                            "(seq, id, kind, about, at, principal, content_hash, body, chain, crc) "
                            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING"};
    Statement insert_head_{connection_,
                           "INSERT INTO heads (seq, chain, time, key, signature, crc) "
                           "VALUES (?, ?, ?, ?, ?, ?)"};
    Statement chain_of_{connection_, "SELECT chain FROM entries WHERE seq = ?"};
    Statement entry_exists_{connection_, "SELECT 1 FROM entries WHERE seq = ?"};
    Statement seq_of_{connection_, "SELECT seq FROM entries WHERE id = ?"};
    Statement changes_{connection_,
                       "SELECT changes.seq FROM entries AS message JOIN entries AS changes "
                       "ON changes.about = message.id WHERE message.seq = ?"};
    Statement delete_entry_{connection_, "DELETE FROM entries WHERE seq = ?"};
    Statement insert_open_{connection_,
                           "INSERT INTO open_entries (seq, has_outcome, crc) VALUES (?, ?, ?)"};
    Statement open_outcome_{connection_, "SELECT has_outcome FROM open_entries WHERE seq = ?"};
    Statement update_open_{connection_,
                           "UPDATE open_entries SET has_outcome = ?2, crc = ?3 WHERE seq = ?1"};
    Statement delete_open_{connection_, "DELETE FROM open_entries WHERE seq = ?"};
    Statement session_is_open_{connection_, "SELECT is_open FROM sessions WHERE number = ?"};
    Statement upsert_session_{connection_,
                              "INSERT INTO sessions (number, id, is_open, changed, body, crc) "
                              "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (number) DO UPDATE SET "
                              "id = excluded.id, is_open = excluded.is_open, "
                              "changed = excluded.changed, body = excluded.body, "
                              "crc = excluded.crc"};
    Statement delete_facts_{connection_, "DELETE FROM facts"};
    Statement insert_facts_{connection_, "INSERT INTO facts (piece, facts, crc) VALUES (?, ?, ?)"};
    Statement upsert_outcome_{connection_,
                              "INSERT INTO outcomes (seq, closes, cells, crc) "
                              "VALUES (?, ?, ?, ?) ON CONFLICT (seq) DO UPDATE SET "
                              "closes = excluded.closes, cells = excluded.cells, "
                              "crc = excluded.crc"};
    Statement delete_outcome_{connection_, "DELETE FROM outcomes WHERE seq = ?"};
    Statement last_late_{connection_, "SELECT max(number) FROM late_receipts WHERE seq = ?"};
    Statement insert_late_{connection_,
                           "INSERT INTO late_receipts (seq, number, receipt, crc) "
                           "VALUES (?, ?, ?, ?)"};
    Statement delete_late_{connection_, "DELETE FROM late_receipts WHERE seq = ?"};
    Statement update_state_{
        connection_,
        "UPDATE state SET commits = ?, last_seq = ?, last_session_number = ?, "
        "first_piece = ?, last_piece = ?, first_sightings = ?, "
        "last_sightings = ?, sightings_bytes = ?, entries = ?, "
        "open_entries = ?, sessions = ?, open_sessions = ?, late_receipts = ?, heads = ?, "
        "chain = ?, crc = ? WHERE one = 1"};
    Statement closed_before_{
        connection_,
        "SELECT seq FROM entries INDEXED BY entries_by_time WHERE at < ? "
        "AND about IS NULL AND seq NOT IN (SELECT seq FROM open_entries) ORDER BY at LIMIT ?"};
    Statement delete_sessions_{connection_,
                               "DELETE FROM sessions WHERE number IN (SELECT number FROM sessions "
                               "INDEXED BY sessions_closed WHERE is_open = 0 AND changed < ? "
                               "ORDER BY changed LIMIT ?)"};
    Statement pruned_below_{connection_,
                            "SELECT first_seq, last_seq, before, chain, signature, crc "
                            "FROM pruned WHERE first_seq < ? ORDER BY first_seq DESC LIMIT 1"};
    Statement pruned_from_{connection_,
                           "SELECT first_seq, last_seq, before, chain, signature, crc "
                           "FROM pruned WHERE first_seq = ?"};
    Statement delete_pruned_{connection_, "DELETE FROM pruned WHERE first_seq = ?"};
    Statement insert_pruned_{connection_,
                             "INSERT INTO pruned "
                             "(first_seq, last_seq, before, chain, signature, crc) "
                             "VALUES (?, ?, ?, ?, ?, ?)"};
};

}  // namespace crier::broker
