/// \file
/// The journal in memory, for tests and the simulation; it needs no SQLite. It keeps the contract
/// of Journal, except that nothing reaches a disk: what a crash leaves is a copy of it.

#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "broker/journal/journal.hpp"

namespace crier::broker {

/// Thread-safety: as Journal. Copies are independent: a copy taken between two calls is what a
/// broker that crashed there would find.
class MemoryJournal final : public Journal {
public:
    Result<std::vector<EntryResult>> append(const Batch& batch) override;
    Result<Recovery> recover() override;
    Result<std::vector<StoredMessage>> read_messages(std::optional<std::uint64_t> before,
                                                     std::size_t count_max) override;
    Result<std::optional<StoredMessage>> read_message(const MessageId& id) override;
    Result<std::vector<SessionRecord>> read_sessions(
        const std::vector<std::uint32_t>& numbers) override;
    Result<std::vector<SightingsPiece>> read_sightings(std::uint64_t after,
                                                       std::size_t count_max) override;
    Result<std::vector<Place>> read_places(std::optional<LogPosition> before,
                                           std::size_t count_max) override;
    Result<std::vector<PlacedEntry>> read_placed(const LogPosition& after,
                                                 std::size_t count_max) override;
    Result<std::vector<PlacedEntry>> read_log(std::uint64_t after, std::size_t count_max) override;
    Result<std::size_t> prune(UtcTime before, std::size_t count_max) override;
    void sign_with(const SigningKey& key) override { key_ = key; }
    Result<std::optional<SignedHead>> newest_head() override;
    Result<SignedHead> sign_head(UtcTime now) override;
    Result<EntriesFound> read_entries(const EntryQuery& query, std::size_t rows_max) override;
    Result<AuditPiece> read_audit(std::uint64_t after, std::size_t rows_max) override;

    /// The next `appends` appends fail as on a full disk: nothing is written, and the one after
    /// them works again.
    void fill_disk(std::size_t appends) { full_for_ = appends; }

    /// The next append fails as after a failed fsync, and all later ones until repair().
    void break_disk() { is_broken_ = true; }

    /// As opening anew on a sound disk: both kinds of failure end.
    void repair();

    /// Transactions so far, empty ones included.
    [[nodiscard]] std::uint64_t commits() const { return commits_; }

private:
    struct Message {
        StoredMessage stored;
        Bytes32 chain{};
        std::optional<LogPosition> place;
        bool is_closed = false;
        [[nodiscard]] bool is_change() const { return stored.entry.entry.about.has_value(); }
    };

    void begin_behind(PrunedRange range);
    EntryResult write_entry(const Entry& entry);
    void write_places(const Batch& batch, const std::vector<EntryResult>& results);
    void take_place_from(std::uint64_t seq);
    void write_outcome(const Outcome& outcome);
    void write_late_receipt(const LateReceipt& late);
    void write_head(UtcTime now);
    std::size_t prune_messages(UtcTime before, std::size_t count_max);
    void prune_entry(std::uint64_t seq);
    [[nodiscard]] bool may_join(const PrunedRange& range) const;
    std::size_t prune_sessions(UtcTime before, std::size_t count_max);
    std::size_t prune_sightings(UtcTime before, std::size_t count_max);

    std::map<std::uint64_t, Message> messages_;  ///< By seq.
    std::unordered_map<MessageId, std::uint64_t> seqs_;
    std::map<LogPosition, std::uint64_t> places_;  ///< Seqs.
    std::optional<LogCursor> cursor_;
    std::vector<BrokerId> members_;
    std::map<std::uint32_t, SessionRecord> sessions_;  ///< By number.
    std::vector<Bytes> facts_;
    std::deque<SightingsPiece> sightings_;
    std::uint64_t last_sightings_ = 0;
    std::uint64_t last_seq_ = 0;
    Bytes32 last_chain_{};
    std::map<std::uint64_t, PrunedRange> pruned_;  ///< By first.
    std::map<std::uint64_t, SignedHead> heads_;    ///< By seq.
    std::optional<SigningKey> key_;
    std::uint32_t last_session_number_ = 0;
    std::uint64_t commits_ = 0;
    std::size_t full_for_ = 0;
    bool is_broken_ = false;
};

}  // namespace crier::broker
