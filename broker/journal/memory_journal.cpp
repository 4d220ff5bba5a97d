#include "broker/journal/memory_journal.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "shared/base/assert.hpp"

namespace crier::broker {

// ---- Writing ------------------------------------------------------------------------------------

Result<std::vector<EntryResult>> MemoryJournal::append(const Batch& batch) {
    if (is_broken_) return fail(ErrorCode::storage_failed, "the disk in memory is broken");
    if (full_for_ > 0) {
        --full_for_;
        return fail(ErrorCode::storage_failed, "the disk in memory is full");
    }
    std::vector<EntryResult> results;
    results.reserve(batch.entries.size());
    for (const Entry& entry : batch.entries) results.push_back(write_entry(entry));
    for (const SessionRecord& session : batch.sessions) {
        sessions_[session.number] = session;
        last_session_number_ = std::max(last_session_number_, session.number);
    }
    if (batch.forget_facts) facts_.clear();
    if (!batch.facts.empty()) facts_.push_back(batch.facts);
    for (const Outcome& outcome : batch.outcomes) write_outcome(outcome);
    for (const LateReceipt& late : batch.late_receipts) write_late_receipt(late);
    ++commits_;
    return results;
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
    messages_[stored.seq].stored.entry = stored;
    if (changed != nullptr) changed->stored.changes.push_back(stored);
    return {.stored = stored, .already = false};
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
    recovery.facts = facts_;
    recovery.last_seq = last_seq_;
    recovery.last_session_number = last_session_number_;
    return recovery;
}

Result<std::vector<StoredMessage>> MemoryJournal::read_messages(std::optional<std::uint64_t> before,
                                                                std::size_t count_max) {
    std::vector<StoredMessage> messages;
    auto next =
        std::make_reverse_iterator(before ? messages_.lower_bound(*before) : messages_.end());
    for (; next != messages_.rend() && messages.size() < count_max; ++next) {
        if (!next->second.is_change()) messages.push_back(next->second.stored);
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

// ---- Pruning ------------------------------------------------------------------------------------

Result<std::size_t> MemoryJournal::prune(UtcTime before, std::size_t count_max) {
    if (is_broken_) return fail(ErrorCode::storage_failed, "the disk in memory is broken");
    return prune_messages(before, count_max) + prune_sessions(before, count_max);
}

std::size_t MemoryJournal::prune_messages(UtcTime before, std::size_t count_max) {
    std::size_t went = 0;
    for (auto next = messages_.begin(); next != messages_.end() && went < count_max;) {
        const Message& message = next->second;
        if (message.is_closed && message.stored.entry.entry.at < before) {
            for (const StoredEntry& change : message.stored.changes) {
                seqs_.erase(change.entry.id);
                messages_.erase(change.seq);
            }
            seqs_.erase(message.stored.entry.entry.id);
            next = messages_.erase(next);
            ++went;
        } else {
            ++next;
        }
    }
    return went;
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

}  // namespace crier::broker
