#include "broker/journal/memory_journal.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "broker/journal/chain.hpp"
#include "shared/base/assert.hpp"

namespace crier::broker {

// ---- Writing ------------------------------------------------------------------------------------

Result<std::vector<EntryResult>> MemoryJournal::append(const Batch& batch) {
    if (is_broken_) return fail(ErrorCode::storage_failed, "the disk in memory is broken");
    if (full_for_ > 0) {
        --full_for_;
        return fail(ErrorCode::storage_failed, "the disk in memory is full");
    }
    if (batch.begins_behind) {
        const Status fits = check_beginning(*batch.begins_behind, last_seq_);
        if (!fits) return fail(fits.error());
        begin_behind(*batch.begins_behind);
    }
    std::vector<EntryResult> results;
    results.reserve(batch.entries.size());
    for (const Entry& entry : batch.entries) results.push_back(write_entry(entry));
    write_places(batch, results);
    for (const SessionRecord& session : batch.sessions) {
        sessions_[session.number] = session;
        last_session_number_ = std::max(last_session_number_, session.number);
    }
    if (batch.forget_facts) facts_.clear();
    if (!batch.facts.empty()) facts_.push_back(batch.facts);
    if (!batch.sightings.empty()) {
        sightings_.push_back({++last_sightings_, batch.sighted, batch.sightings});
    }
    for (const Outcome& outcome : batch.outcomes) write_outcome(outcome);
    for (const LateReceipt& late : batch.late_receipts) write_late_receipt(late);
    ++commits_;
    return results;
}

void MemoryJournal::begin_behind(PrunedRange range) {
    last_seq_ = range.last;
    last_chain_ = range.chain;
    range.signature = sign_beginning(range, key_ ? &*key_ : nullptr);
    pruned_.emplace(range.first, range);
}

EntryResult MemoryJournal::write_entry(const Entry& entry) {
    if (const auto earlier = seqs_.find(entry.id); earlier != seqs_.end()) {
        return {.stored = messages_.at(earlier->second).stored.entry, .already = true};
    }
    Message* changed = nullptr;
    if (entry.about) {
        const auto about = seqs_.find(*entry.about);
        if (about == seqs_.end())
            return {.stored = {0, entry}, .already = false, .is_orphan = true};
        changed = &messages_.at(about->second);
    }
    const StoredEntry stored{.seq = ++last_seq_, .entry = entry};
    seqs_.emplace(entry.id, stored.seq);
    last_chain_ = chain_value(last_chain_, stored.seq, entry);
    Message& message = messages_[stored.seq];
    message.stored.entry = stored;
    message.chain = last_chain_;
    if (key_ && stored.seq % head_interval == 0) write_head(entry.at);
    if (changed != nullptr) changed->stored.changes.push_back(stored);
    return {.stored = stored, .already = false};
}

void MemoryJournal::write_places(const Batch& batch, const std::vector<EntryResult>& results) {
    CRIER_ASSERT(batch.places.empty() || batch.places.size() == batch.entries.size(),
                 "a batch has a place for each of its entries, or none at all");
    for (std::size_t i = 0; i < batch.places.size(); ++i) {
        const LogPosition& at = batch.places[i];
        if (results[i].is_orphan || at == LogPosition{}) continue;
        if (const auto earlier = places_.find(at); earlier != places_.end()) {
            take_place_from(earlier->second);
        }
        const std::uint64_t seq = results[i].stored.seq;
        take_place_from(seq);
        places_.emplace(at, seq);
        messages_.at(seq).place = at;
    }
    if (batch.cursor) cursor_ = batch.cursor;
    if (batch.members) members_ = *batch.members;
}

void MemoryJournal::take_place_from(std::uint64_t seq) {
    std::optional<LogPosition>& place = messages_.at(seq).place;
    if (place) places_.erase(*place);
    place.reset();
}

void MemoryJournal::write_outcome(const Outcome& outcome) {
    CRIER_ASSERT(outcome.seq >= 1 && outcome.seq <= last_seq_,
                 "an outcome is that of an entry, whose seq the journal gave");
    const auto found = messages_.find(outcome.seq);
    if (found == messages_.end()) return;  // Pruned since.
    found->second.stored.cells = outcome.cells;
    if (outcome.closes) found->second.is_closed = true;
}

void MemoryJournal::write_late_receipt(const LateReceipt& late) {
    const auto found = seqs_.find(late.message);
    if (found == seqs_.end()) return;  // Pruned since.
    messages_.at(found->second).stored.late_receipts.push_back(late.receipt);
}

void MemoryJournal::repair() {
    is_broken_ = false;
    full_for_ = 0;
}

// ---- Reading ------------------------------------------------------------------------------------

Result<Recovery> MemoryJournal::recover() {
    Recovery recovery;
    for (const auto& [number, session] : sessions_) {
        if (session.is_open) recovery.open_sessions.push_back(session);
    }
    for (const auto& [seq, message] : messages_) {
        if (!message.is_closed && !message.is_change())
            recovery.open_messages.push_back(message.stored);
    }
    for (const auto& [number, session] : sessions_) {
        recovery.newest = std::max(recovery.newest, session.changed);
    }
    for (const auto& [seq, message] : messages_) {
        recovery.newest = std::max(recovery.newest, message.stored.entry.entry.at);
    }
    for (const SightingsPiece& piece : sightings_) {
        recovery.newest = std::max(recovery.newest, piece.at);
    }
    recovery.facts = facts_;
    recovery.last_seq = last_seq_;
    recovery.last_session_number = last_session_number_;
    recovery.cursor = cursor_;
    recovery.members = members_;
    recovery.unplaced = messages_.size() - places_.size();
    return recovery;
}

Result<std::vector<StoredMessage>> MemoryJournal::read_messages(std::optional<std::uint64_t> before,
                                                                std::size_t count_max) {
    std::vector<StoredMessage> messages;
    auto next =
        std::make_reverse_iterator(before ? messages_.lower_bound(*before) : messages_.end());
    for (; next != messages_.rend() && messages.size() < count_max; ++next) {
        const StoredMessage& stored = next->second.stored;
        if (stored.entry.entry.kind == EntryKind::message) messages.push_back(stored);
    }
    return messages;
}

Result<std::optional<StoredMessage>> MemoryJournal::read_message(const MessageId& id) {
    const auto found = seqs_.find(id);
    if (found == seqs_.end()) return std::optional<StoredMessage>{};
    return std::optional<StoredMessage>(messages_.at(found->second).stored);
}

Result<std::vector<SessionRecord>> MemoryJournal::read_sessions(
    const std::vector<std::uint32_t>& numbers) {
    std::map<std::uint32_t, SessionRecord> wanted;
    for (const std::uint32_t number : numbers) {
        const auto found = sessions_.find(number);
        if (found != sessions_.end()) wanted.insert(*found);
    }
    std::vector<SessionRecord> sessions;
    sessions.reserve(wanted.size());
    for (auto& [number, session] : wanted) sessions.push_back(std::move(session));
    return sessions;
}

Result<std::vector<SightingsPiece>> MemoryJournal::read_sightings(std::uint64_t after,
                                                                  std::size_t count_max) {
    if (sightings_.empty()) return std::vector<SightingsPiece>{};
    const std::uint64_t first = sightings_.front().piece;
    const std::size_t skipped =
        std::min<std::size_t>(after < first ? 0 : after + 1 - first, sightings_.size());
    const auto begin = sightings_.begin() + static_cast<std::ptrdiff_t>(skipped);
    const std::size_t count = std::min(count_max, sightings_.size() - skipped);
    return std::vector<SightingsPiece>(begin, begin + static_cast<std::ptrdiff_t>(count));
}

Result<std::vector<Place>> MemoryJournal::read_places(std::optional<LogPosition> before,
                                                      std::size_t count_max) {
    std::vector<Place> places;
    auto next = std::make_reverse_iterator(before ? places_.lower_bound(*before) : places_.end());
    for (; next != places_.rend() && places.size() < count_max; ++next) {
        const auto& [at, seq] = *next;
        places.push_back({at, seq, messages_.at(seq).stored.entry.entry.id});
    }
    return places;
}

Result<std::vector<PlacedEntry>> MemoryJournal::read_placed(const LogPosition& after,
                                                            std::size_t count_max) {
    std::vector<PlacedEntry> entries;
    auto next = places_.upper_bound(after);
    for (; next != places_.end() && entries.size() < count_max; ++next) {
        const Message& message = messages_.at(next->second);
        entries.push_back({{message.stored.entry, message.chain}, next->first});
    }
    return entries;
}

Result<std::vector<PlacedEntry>> MemoryJournal::read_log(std::uint64_t after,
                                                         std::size_t count_max) {
    std::vector<PlacedEntry> entries;
    auto next = messages_.upper_bound(after);
    for (; next != messages_.end() && entries.size() < count_max; ++next) {
        const Message& message = next->second;
        entries.push_back({{message.stored.entry, message.chain}, message.place});
    }
    return entries;
}

// ---- Pruning ------------------------------------------------------------------------------------

Result<std::size_t> MemoryJournal::prune(UtcTime before, std::size_t count_max) {
    if (is_broken_) return fail(ErrorCode::storage_failed, "the disk in memory is broken");
    return prune_messages(before, count_max) + prune_sessions(before, count_max) +
           prune_sightings(before, count_max);
}

std::size_t MemoryJournal::prune_messages(UtcTime before, std::size_t count_max) {
    std::vector<std::uint64_t> seqs;
    std::size_t went = 0;
    for (const auto& [seq, message] : messages_) {
        if (went == count_max) break;
        if (!message.is_closed || message.stored.entry.entry.at >= before) continue;
        seqs.push_back(seq);
        for (const StoredEntry& change : message.stored.changes) seqs.push_back(change.seq);
        ++went;
    }
    for (const std::uint64_t seq : seqs) prune_entry(seq);
    return went;
}

void MemoryJournal::prune_entry(std::uint64_t seq) {
    const auto found = messages_.find(seq);
    PrunedRange range{.first = seq, .last = seq, .chain = found->second.chain};
    auto above = pruned_.lower_bound(seq);
    auto below = above == pruned_.begin() ? pruned_.end() : std::prev(above);
    if (below != pruned_.end() && below->second.last + 1 != seq) below = pruned_.end();
    if (below != pruned_.end()) {
        range.before = below->second.chain;
    } else if (seq > 1) {
        range.before = messages_.at(seq - 1).chain;
    }
    if (below != pruned_.end() && may_join(below->second)) {
        range.first = below->second.first;
        range.before = below->second.before;
        pruned_.erase(below);
    }
    if (above != pruned_.end() && above->second.first == seq + 1 && may_join(above->second)) {
        range.last = above->second.last;
        range.chain = above->second.chain;
        pruned_.erase(above);
    }
    range.signature = sign_pruned(range, key_ ? &*key_ : nullptr);
    pruned_.emplace(range.first, range);
    take_place_from(seq);
    seqs_.erase(found->second.stored.entry.entry.id);
    messages_.erase(found);
}

bool MemoryJournal::may_join(const PrunedRange& range) const {
    return key_ ? has_valid_signature(range, key_->public_key()) : range.signature == Signature{};
}

std::size_t MemoryJournal::prune_sessions(UtcTime before, std::size_t count_max) {
    std::size_t went = 0;
    for (auto next = sessions_.begin(); next != sessions_.end() && went < count_max;) {
        if (!next->second.is_open && next->second.changed < before) {
            next = sessions_.erase(next);
            ++went;
        } else {
            ++next;
        }
    }
    return went;
}

std::size_t MemoryJournal::prune_sightings(UtcTime before, std::size_t count_max) {
    std::size_t went = 0;
    for (; went < count_max && !sightings_.empty() && sightings_.front().at < before; ++went) {
        sightings_.pop_front();
    }
    return went;
}

// ---- Auditing -----------------------------------------------------------------------------------

void MemoryJournal::write_head(UtcTime now) {
    heads_.emplace(last_seq_, broker::sign_head(last_seq_, last_chain_, now, *key_));
}

Result<std::optional<SignedHead>> MemoryJournal::newest_head() {
    if (heads_.empty()) return std::optional<SignedHead>{};
    return std::optional<SignedHead>(heads_.rbegin()->second);
}

Result<SignedHead> MemoryJournal::sign_head(UtcTime now) {
    CRIER_ASSERT(key_, "heads are asked for after sign_with()");
    if (last_seq_ == 0) return broker::sign_head(0, last_chain_, now, *key_);
    if (heads_.contains(last_seq_)) return heads_.at(last_seq_);
    const Result<std::vector<EntryResult>> works = append({});
    if (!works) return fail(works.error());
    write_head(now);
    return heads_.at(last_seq_);
}

Result<EntriesFound> MemoryJournal::read_entries(const EntryQuery& query, std::size_t rows_max) {
    EntriesFound found;
    std::size_t rows = 0;
    auto next = std::make_reverse_iterator(query.before ? messages_.lower_bound(*query.before)
                                                        : messages_.end());
    for (; next != messages_.rend(); ++next) {
        if (rows == rows_max || found.entries.size() == query.count_max) return found;
        ++rows;
        const StoredEntry& stored = next->second.stored.entry;
        found.searched_to = stored.seq;
        if (query.matches(stored)) found.entries.push_back({stored, next->second.chain});
    }
    found.searched_to = 0;
    return found;
}

Result<AuditPiece> MemoryJournal::read_audit(std::uint64_t after, std::size_t rows_max) {
    AuditPiece piece;
    piece.last_seq = last_seq_;
    piece.last_chain = last_chain_;
    if (key_) piece.public_key = key_->public_key();
    auto next = messages_.upper_bound(after);
    for (; next != messages_.end() && piece.rows.size() < rows_max; ++next) {
        piece.rows.push_back({{next->second.stored.entry, next->second.chain}, {}});
    }
    piece.is_last = piece.rows.size() < rows_max;
    const std::uint64_t end =
        piece.is_last ? ~std::uint64_t{0} : piece.rows.back().entry.stored.seq;
    for (const auto& [first, range] : pruned_) {
        if (range.last > after && first <= end) piece.pruned.push_back(range);
    }
    for (const auto& [seq, head] : heads_) {
        if (seq > after && seq <= end) piece.heads.push_back(head);
    }
    return piece;
}

}  // namespace crier::broker
