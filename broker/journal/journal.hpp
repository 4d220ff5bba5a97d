/// \file
/// The journal: the ordered, durable log of entries, and beside it what this broker knows of them
/// (sessions, receipts, outcomes). JOURNAL.md describes how SqliteJournal keeps it on disk.
///
/// Three kinds of things are stored, each opaque here except for what the journal sorts by:
///   entry    what an operator did. Ordered by `seq`, which the journal gives; unique by `id`.
///   facts    receipts, as the core packs them, appended in the order they came.
///   sightings  what was heard of screens, likewise; nothing replaces them, they are pruned.
///   outcome  the state of one message on all its sessions, packed by the core. Replaces the facts
///            that came before it.

#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "crier/audit.hpp"
#include "crier/id.hpp"
#include "crier/result.hpp"
#include "shared/base/crypto.hpp"
#include "shared/base/time.hpp"

namespace crier::broker {

using Bytes = std::vector<std::uint8_t>;

/// What an operator did, or what sessions answered. Those with `about` are of an earlier message.
enum class EntryKind : std::uint8_t {
    message = 1,
    update = 2,
    recall = 3,
    close = 4,      ///< Of a question; by an operator, or by the broker when its quorum is reached.
    answers = 5,    ///< To a question.
    admission = 6,  ///< No message: whether new sessions are let in,
    keys = 7,       ///< or who may come in by key.
};

struct Entry {
    MessageId id;
    EntryKind kind = EntryKind::message;
    std::optional<MessageId> about;  ///< Of a change: the message that it changes.
    UtcTime at{};                    ///< When the broker took it in.
    std::string principal;           ///< Who asked.
    Bytes32 content_hash{};  ///< Of what was asked, so that a repeated request is known from a
                             ///< reused id.
    Bytes body;              ///< The request, as PROTOCOL.md spells it.

    bool operator==(const Entry&) const = default;
};

struct StoredEntry {
    std::uint64_t seq = 0;
    Entry entry;

    bool operator==(const StoredEntry&) const = default;
};

/// Where an entry stands in the log that the brokers of a cluster share (broker/cluster): in which
/// life of the stream, and its number there. Generations begin with 1; neither is above
/// position_max, because SQLite's integers are signed.
struct LogPosition {
    std::uint64_t generation = 0;
    std::uint64_t number = 0;

    auto operator<=>(const LogPosition&) const = default;
};
inline constexpr std::uint64_t position_max = (std::uint64_t{1} << 63) - 1;

/// How far a journal has followed that log: the last message that it took in, whatever it was.
struct LogCursor {
    LogPosition at;
    MessageId message;

    bool operator==(const LogCursor&) const = default;
};

/// One stay of one session, from its opening to its closing. Numbers are this broker's own, rise,
/// and are never used again; outcomes and facts name sessions by them.
struct SessionRecord {
    std::uint32_t number = 0;
    SessionId id;
    bool is_open = true;
    UtcTime changed{};  ///< When it opened or closed.
    Bytes body;         ///< MessagePack, core/session_record.hpp.

    bool operator==(const SessionRecord&) const = default;
};

struct Outcome {
    std::uint64_t seq = 0;
    Bytes cells;          ///< core/outcome.hpp.
    bool closes = false;  ///< The core forgets the message; only history reads it from now on.

    bool operator==(const Outcome&) const = default;
};

/// A receipt for a message that the core has forgotten; read together with its outcome.
struct LateReceipt {
    MessageId message;
    Bytes receipt;  ///< core/outcome.hpp.

    bool operator==(const LateReceipt&) const = default;
};

// ---- The chain (chain.hpp)
// ----------------------------------------------------------------------

struct ChainedEntry {
    StoredEntry stored;
    Bytes32 chain{};  ///< Over this entry and all before it.

    bool operator==(const ChainedEntry&) const = default;
};

using SignedHead = AuditHead;

/// Entries first..last were pruned.
struct PrunedRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    Bytes32 before{};  ///< The chain value of entry first - 1.
    Bytes32 chain{};   ///< Of entry last, so that the chain goes on behind the gap.
    Signature signature{};

    bool operator==(const PrunedRange&) const = default;
};

/// An entry that has a place in a cluster's log.
struct Place {
    LogPosition at;
    std::uint64_t seq = 0;
    MessageId id;

    bool operator==(const Place&) const = default;
};

struct PlacedEntry {
    ChainedEntry entry;
    std::optional<LogPosition> place;  ///< nullopt: it has none.

    bool operator==(const PlacedEntry&) const = default;
};

/// Entries that somebody asks for; what is not given is not asked about.
struct EntryQuery {
    std::optional<UtcTime> since{};  ///< Taken in then or later.
    std::string principal{};         ///< Empty: anybody's.
    std::optional<EntryKind> kind{};
    std::optional<MessageId> about{};       ///< This message, and its changes.
    std::optional<std::uint64_t> before{};  ///< With a seq below this one.
    std::size_t count_max = 0;

    [[nodiscard]] bool matches(const StoredEntry& stored) const {
        const Entry& entry = stored.entry;
        return (!before || stored.seq < *before) && (!since || entry.at >= *since) &&
               (principal.empty() || entry.principal == principal) &&
               (!kind || entry.kind == *kind) &&
               (!about || entry.id == *about || entry.about == *about);
    }
};

struct EntriesFound {
    std::vector<ChainedEntry> entries;  ///< Newest first.
    /// Everything from here on was looked at; 0: there is nothing more to look at.
    std::uint64_t searched_to = 0;
};

/// A row of the log as it lies there, whatever was done to it.
struct AuditRow {
    ChainedEntry entry;
    std::string flaw;  ///< What no journal writes: "its id has 3 bytes". Empty: none.
};

/// A part of the log, for whoever checks it.
struct AuditPiece {
    std::vector<AuditRow> rows;       ///< By seq.
    std::vector<PrunedRange> pruned;  ///< Those that touch the part, by seq.
    std::vector<SignedHead> heads;    ///< Of entries in the part, and of those pruned there.
    std::uint64_t last_seq = 0;       ///< What the journal says of itself.
    Bytes32 last_chain{};
    bool is_last = false;               ///< There are no rows behind it.
    std::optional<Bytes32> public_key;  ///< Of sign_with().
};

/// What one transaction writes: all of it or nothing.
struct Batch {
    /// In a cluster, for a journal that never had an entry: the log goes on behind this range,
    /// which others have pruned; the journal signs it anew. Written before everything else.
    std::optional<PrunedRange> begins_behind;
    std::vector<Entry> entries;
    /// In a cluster: where each of `entries` stands, LogPosition{} for one that is given no place;
    /// empty: none is. An entry that exists already moves to its new place. Who has stood there
    /// until then, before the stream was rolled back, has no place any more.
    std::vector<LogPosition> places;
    std::optional<LogCursor> cursor;  ///< In a cluster: replaces the one there was.
    /// In a cluster: which brokers belong to it; replaces those there were.
    std::optional<std::vector<BrokerId>> members;
    std::vector<SessionRecord> sessions;  ///< Inserted, or replaced by number.
    Bytes facts;  ///< Appended to the fact log as one piece; empty: none. Pieces may be joined.
    /// Inserted, or replaced by seq. One that closes does so for ever. Of a message that was pruned
    /// nothing is written; nor of a late receipt.
    std::vector<Outcome> outcomes;
    std::vector<LateReceipt> late_receipts;
    Bytes sightings;    ///< Appended to their log as one piece; empty: none. Pieces may be joined.
    UtcTime sighted{};  ///< When the last of them was heard.
    bool forget_facts = false;  ///< Before `facts` is appended, drops every earlier piece: the
                                ///< outcomes in this batch say the same.

    [[nodiscard]] bool empty() const {
        return !begins_behind && entries.empty() && !cursor && !members && sessions.empty() &&
               facts.empty() && sightings.empty() && outcomes.empty() && late_receipts.empty() &&
               !forget_facts;
    }
};

/// What became of one entry of a batch.
struct EntryResult {
    StoredEntry stored;  ///< With `already`, the earlier entry that has the same id.
    bool already = false;
    /// A change of a message that is not there (it was pruned): it was not written and has no seq.
    bool is_orphan = false;

    bool operator==(const EntryResult&) const = default;
};

/// A message as history has it.
struct StoredMessage {
    StoredEntry entry;
    std::vector<StoredEntry> changes;  ///< Of it, by seq.
    Bytes cells;                       ///< Empty if no outcome was written yet.
    std::vector<Bytes> late_receipts;
};

/// A part of what was heard of screens; core/sightings.hpp.
struct SightingsPiece {
    std::uint64_t piece = 0;  ///< They are numbered without a hole.
    UtcTime at{};             ///< When the last of them was heard.
    Bytes sightings;

    bool operator==(const SightingsPiece&) const = default;
};

/// What a core starts from.
struct Recovery {
    std::vector<SessionRecord> open_sessions;  ///< By number.
    std::vector<StoredMessage> open_messages;  ///< Not closed by an outcome; by seq.
    std::vector<Bytes> facts;                  ///< In the order written.
    std::uint64_t last_seq = 0;
    std::uint32_t last_session_number = 0;
    std::optional<LogCursor> cursor;  ///< nullopt: it never followed a cluster's log.
    std::size_t unplaced = 0;         ///< How many entries have no place in one.
    std::vector<BrokerId> members;    ///< Of the cluster; empty: it has none, or is alone.
    UtcTime newest{};                 ///< Of all times that it has of entries, sessions, sightings.
};

/// Thread-safety: one thread at a time: it is opened and recovered at start-up and then handed to
/// the journal thread.
/// Blocking: yes, on disk. Never called from the event-loop thread; see journal_thread.hpp.
/// Contract: tests/contract/journal_contract.hpp, run on every implementation.
class Journal {
public:
    virtual ~Journal() = default;

    /// Writes the batch in one transaction and returns when it has reached the disk (fsync): after
    /// a crash either all of it or nothing is there. An entry whose id exists already is not
    /// written again; the rest of the batch is. Results are in the order of `batch.entries`; new
    /// entries get consecutive seqs, also across restarts and pruning. An empty batch is written
    /// too: it tells whether appends work.
    ///
    /// Errors: storage_failed (page_human). The journal then refuses every later append until it
    ///   is opened anew, except after a full disk (the transaction was rolled back whole): then the
    ///   next append tries again. It never retries a failed fsync, because the kernel may have
    ///   dropped the dirty pages.
    ///   Of `begins_behind` (fix_request; nothing was written, the next append works):
    ///   malformed_frame (it is no beginning of a log), file_unusable (the journal has, or had,
    ///   entries).
    virtual Result<std::vector<EntryResult>> append(const Batch& batch) = 0;

    /// Reads what is open; history is not touched. Errors: journal_damaged names the record.
    virtual Result<Recovery> recover() = 0;

    /// Messages with seq below `before` (nullopt: all), newest first, at most `count_max`.
    /// Errors: journal_damaged, storage_failed.
    virtual Result<std::vector<StoredMessage>> read_messages(std::optional<std::uint64_t> before,
                                                             std::size_t count_max) = 0;

    /// By the id of a message or of a change; a change comes alone. nullopt: no such entry. Errors:
    /// journal_damaged, storage_failed.
    virtual Result<std::optional<StoredMessage>> read_message(const MessageId& id) = 0;

    /// The records of these sessions, by number; those pruned are missing.
    virtual Result<std::vector<SessionRecord>> read_sessions(
        const std::vector<std::uint32_t>& numbers) = 0;

    /// Up to `count_max` pieces of sightings behind number `after`, in order.
    /// Errors: journal_damaged, storage_failed.
    virtual Result<std::vector<SightingsPiece>> read_sightings(std::uint64_t after,
                                                               std::size_t count_max) = 0;

    /// Up to `count_max` places, the newest first, below `before` (nullopt: all).
    /// Errors: journal_damaged, storage_failed.
    virtual Result<std::vector<Place>> read_places(std::optional<LogPosition> before,
                                                   std::size_t count_max) = 0;

    /// Up to `count_max` entries that stand behind `after`, in the order of their places. Fewer
    /// than that: there are no more. Errors: journal_damaged, storage_failed.
    virtual Result<std::vector<PlacedEntry>> read_placed(const LogPosition& after,
                                                         std::size_t count_max) = 0;

    /// Up to `count_max` entries behind seq `after`, in their order, with their places; those that
    /// were pruned are missing. Fewer than that: there are no more.
    /// Errors: journal_damaged (an entry that was not pruned is missing, too), storage_failed.
    virtual Result<std::vector<PlacedEntry>> read_log(std::uint64_t after,
                                                      std::size_t count_max) = 0;

    /// Drops closed messages accepted before `before`, with their changes, places, outcomes and
    /// late receipts, closed sessions that changed before it, and sightings of before it. Bounded
    /// work: at most `count_max` of each. Returns how many of all went; 0: none is left. What was
    /// pruned is unknown from then on: its id may come again as a new entry, its seq does not.
    /// Errors: storage_failed.
    virtual Result<std::size_t> prune(UtcTime before, std::size_t count_max) = 0;

    /// From now on heads are signed, and what pruning takes away. Before the first append; without
    /// it the chain is kept, and nothing is signed.
    virtual void sign_with(const SigningKey& key) = 0;

    /// The newest head there is; nullopt: none was signed. Errors: journal_damaged, storage_failed.
    virtual Result<std::optional<SignedHead>> newest_head() = 0;

    /// The head of the newest entry: signed now, and written, unless there is one already. Of an
    /// empty log one is signed that is not written. Only after sign_with().
    /// Errors: as append().
    virtual Result<SignedHead> sign_head(UtcTime now) = 0;

    /// Looks at up to `rows_max` entries, and stops earlier when count_max of them match.
    /// Errors: journal_damaged, storage_failed.
    virtual Result<EntriesFound> read_entries(const EntryQuery& query, std::size_t rows_max) = 0;

    /// Up to `rows_max` rows behind seq `after`, unchecked. Errors: journal_damaged (SQLite itself
    /// cannot read on), storage_failed.
    virtual Result<AuditPiece> read_audit(std::uint64_t after, std::size_t rows_max) = 0;

    /// Work that may wait, for between two batches: whoever appends calls it after each answer is
    /// out. Blocking: on disk. A failure shows at the next append.
    virtual void tidy() {}
};

}  // namespace crier::broker
