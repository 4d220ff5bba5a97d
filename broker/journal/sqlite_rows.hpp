/// \file
/// The journal's tables and the rows in them: what is written, and how a row is known to be what
/// was written. JOURNAL.md describes the same for people.
///
/// Each row carries the CRC-32C of its table's name and all its other columns, so that neither
/// changed bytes nor a row that strayed to another key or table passes for a good one.

#pragma once

#include <cstdint>
#include <span>

#include "broker/journal/journal.hpp"
#include "broker/journal/sqlite_statement.hpp"
#include "crier/result.hpp"

namespace crier::broker {

/// What a journal knows about itself. The only row of table `state`, rewritten by each transaction,
/// so its counts are those of the very rows beside it; and that of table `cluster`, rewritten by
/// each one that changes it.
struct JournalState {
    std::uint64_t commits = 0;  ///< Transactions, ever.
    std::uint64_t last_seq = 0;
    std::uint32_t last_session_number = 0;
    std::uint64_t first_piece = 1;  ///< Pieces of facts: those from first to last are there.
    std::uint64_t last_piece = 0;
    std::uint64_t first_sightings = 1;  ///< Pieces of sightings, likewise.
    std::uint64_t last_sightings = 0;
    std::uint64_t sightings_bytes = 0;  ///< In all of those.
    std::uint64_t entries = 0;
    std::uint64_t open_entries = 0;
    std::uint64_t sessions = 0;
    std::uint64_t open_sessions = 0;
    std::uint64_t late_receipts = 0;
    std::uint64_t heads = 0;
    Bytes32 chain{};  ///< Of the newest entry, pruned or not.

    // Table `cluster`.
    std::uint64_t placed = 0;  ///< Entries that have a place.
    std::optional<LogCursor> cursor{};
    std::vector<BrokerId> members{};

    bool operator==(const JournalState&) const = default;
};

/// An entry that no outcome has closed.
struct OpenEntry {
    std::uint64_t seq = 0;
    bool has_outcome = false;
};

struct FactsPiece {
    std::uint64_t piece = 0;
    Bytes facts;
};

struct LateReceiptRow {
    std::uint64_t seq = 0;
    std::uint64_t number = 0;  ///< From 1 for each message, without a hole.
    Bytes receipt;
};

struct PlaceRow {
    std::uint64_t seq = 0;
    LogPosition at;
};

[[nodiscard]] std::uint32_t checksum(const JournalState& state);  ///< Of its row of `state`.
[[nodiscard]] std::uint32_t checksum_cluster(const JournalState& state);
/// One behind the other, as column `members` has them.
[[nodiscard]] Bytes bytes_of(const std::vector<BrokerId>& members);
[[nodiscard]] std::uint32_t checksum_place(std::uint64_t seq, const LogPosition& at);
[[nodiscard]] std::uint32_t checksum(const ChainedEntry& entry);
[[nodiscard]] std::uint32_t checksum(const OpenEntry& open);
[[nodiscard]] std::uint32_t checksum(const PrunedRange& range);
[[nodiscard]] std::uint32_t checksum(const SignedHead& head);
[[nodiscard]] std::uint32_t checksum(const SessionRecord& session);
[[nodiscard]] std::uint32_t checksum_facts(std::uint64_t piece, const Bytes& facts);
[[nodiscard]] std::uint32_t checksum(const SightingsPiece& piece);
[[nodiscard]] std::uint32_t checksum(std::uint64_t seq, bool closes, const Bytes& cells);
[[nodiscard]] std::uint32_t checksum_late(std::uint64_t seq, std::uint64_t number,
                                          const Bytes& receipt);

// Read the row that `row` stepped to, whose columns are the table's, in its order, crc last.
// Errors: journal_damaged names the table and the record.
Result<JournalState> state_from(const Statement& row, const Connection& connection);
Result<StoredEntry> entry_from(const Statement& row, const Connection& connection);
Result<ChainedEntry> chained_entry_from(const Statement& row, const Connection& connection);
Result<OpenEntry> open_entry_from(const Statement& row, const Connection& connection);
Result<PrunedRange> pruned_from(const Statement& row, const Connection& connection);
Result<SignedHead> head_from(const Statement& row, const Connection& connection);
Result<SessionRecord> session_from(const Statement& row, const Connection& connection);
Result<FactsPiece> facts_from(const Statement& row, const Connection& connection);
Result<SightingsPiece> sightings_from(const Statement& row, const Connection& connection);
Result<Outcome> outcome_from(const Statement& row, const Connection& connection);
Result<LateReceiptRow> late_receipt_from(const Statement& row, const Connection& connection);

/// The columns of table `places` from `column` on, in a row that has others before them.
Result<PlaceRow> place_from(const Statement& row, int column, const Connection& connection);

/// Reads a row of table `entries` as it lies there: what is wrong with it is said beside it.
[[nodiscard]] AuditRow audit_row_from(const Statement& row);

/// Reads the row of table `state`. Errors: journal_damaged, storage_failed.
Result<JournalState> read_state(Connection& connection);

/// Adds that of table `cluster`. Errors: as above.
Status read_cluster(Connection& connection, JournalState& state);

/// Any array or vector of bytes, for binding and summing; nothing is copied.
template <class Array>
[[nodiscard]] std::span<const std::uint8_t> view(const Array& bytes) {
    return {bytes.data(), bytes.size()};
}

}  // namespace crier::broker
