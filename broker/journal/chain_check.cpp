#include "broker/journal/chain_check.hpp"

#include <algorithm>
#include <utility>

#include "broker/journal/chain.hpp"

namespace crier::broker {
namespace {

const PrunedRange* range_with(const AuditPiece& piece, std::uint64_t seq) {
    const auto found = std::find_if(
        piece.pruned.begin(), piece.pruned.end(),
        [seq](const PrunedRange& range) { return range.first <= seq && seq <= range.last; });
    return found == piece.pruned.end() ? nullptr : &*found;
}

std::string from_to(std::uint64_t first, std::uint64_t last) {
    return first == last ? "entry " + std::to_string(first)
                         : "entries " + std::to_string(first) + " to " + std::to_string(last);
}

}  // namespace

ChainCheck::ChainCheck(std::optional<SignedHead> kept)
    : kept_(std::move(kept)), chain_(chain_start) {
    // Of the log before its first entry there is nothing that could differ.
    checked_.verdict.is_compared = !kept_ || kept_->seq == 0;
}

bool ChainCheck::take(const AuditPiece& piece) {
    own_key_ = piece.public_key;
    for (std::size_t index = 0; index < piece.rows.size(); ++index) {
        const AuditRow& row = piece.rows[index];
        if (!cross_gap(piece, row.entry.stored.seq)) return false;
        // What was changed in a row shows by the next one: it has to be in the same piece.
        const bool is_next_there = index + 1 < piece.rows.size() || piece.is_last;
        if (!is_next_there && index > 0) return true;
        if (!check_row(piece, index)) return false;
    }
    if (!piece.is_last) return true;
    finish(piece);
    return false;
}

bool ChainCheck::find(AuditFault fault, std::uint64_t first, std::uint64_t last, std::string detail,
                      const StoredEntry* entry) {
    AuditFinding& finding = checked_.verdict.finding.emplace();
    finding = {fault, std::min(first, last), last, {}, std::move(detail)};
    if (entry != nullptr) {
        finding.id = entry->entry.id;
        checked_.entry = *entry;
    }
    return false;
}

// ---- Rows ---------------------------------------------------------------------------------------

bool ChainCheck::check_row(const AuditPiece& piece, std::size_t index) {
    const AuditRow& row = piece.rows[index];
    const StoredEntry& stored = row.entry.stored;
    const std::uint64_t seq = stored.seq;
    if (seq > piece.last_seq) {
        return find(AuditFault::inserted, seq, seq,
                    "the log ends with entry " + std::to_string(piece.last_seq), &stored);
    }
    if (range_with(piece, seq) != nullptr) {
        return find(AuditFault::inserted, seq, seq, "the entry that was there has been pruned",
                    &stored);
    }
    const Bytes32 value = chain_value(chain_, seq, stored.entry);
    if (value != row.entry.chain) return find_edited(piece, index, value);
    if (!row.flaw.empty()) return find(AuditFault::edited, seq, seq, row.flaw, &stored);
    chain_ = value;
    next_ = seq + 1;
    ++checked_.verdict.entries;
    checked_.verdict.seq = seq;
    checked_.verdict.chain = value;
    return check_heads(piece, seq, value, nullptr);
}

/// The entry's fields and its chain value do not belong together; what follows tells which of them
/// is the old one.
bool ChainCheck::find_edited(const AuditPiece& piece, std::size_t index, const Bytes32& value) {
    const AuditRow& row = piece.rows[index];
    const StoredEntry& stored = row.entry.stored;
    const auto leads_on = [&](const Bytes32& chain) {
        if (index + 1 == piece.rows.size()) return chain == piece.last_chain;
        const ChainedEntry& next = piece.rows[index + 1].entry;
        return next.stored.seq == stored.seq + 1 &&
               chain_value(chain, next.stored.seq, next.stored.entry) == next.chain;
    };
    std::string detail = "its fields and its chain value do not belong together";
    if (leads_on(value)) {
        detail = "its chain value was changed";
    } else if (leads_on(row.entry.chain)) {
        detail = "its fields are not those that its chain value is over";
    }
    if (!row.flaw.empty()) detail += "; " + row.flaw;
    return find(AuditFault::edited, stored.seq, stored.seq, std::move(detail), &stored);
}

/// Everything before `until` that is not there has to be pruned.
bool ChainCheck::cross_gap(const AuditPiece& piece, std::uint64_t until) {
    while (next_ < until) {
        const PrunedRange* range = range_with(piece, next_);
        if (range == nullptr) {
            std::uint64_t last = until - 1;
            for (const PrunedRange& other : piece.pruned) {
                if (other.first > next_) last = std::min(last, other.first - 1);
            }
            return find(AuditFault::missing, next_, last, "no record of pruning covers this gap");
        }
        if (!is_signed(*range)) {
            return find(AuditFault::missing, next_, range->last,
                        "the record of pruning that covers this gap is not signed by this broker");
        }
        if (range->last >= until) {
            if (until <= piece.last_seq) break;  // check_row() says that no row can be there.
            return find(AuditFault::cut_off, until, range->last,
                        "a record of pruning was signed when they were there");
        }
        // Pruned meanwhile, with what was checked already: then it begins earlier.
        if (range->first == next_ && range->before != chain_) {
            return find(AuditFault::rewritten, proven_ + 1, next_ - 1,
                        "when " + from_to(range->first, range->last) +
                            " went by pruning, another chain value was signed");
        }
        if (!check_heads(piece, range->last, range->chain, range)) return false;
        checked_.verdict.pruned += range->last - next_ + 1;
        checked_.verdict.seq = range->last;
        checked_.verdict.chain = chain_ = range->chain;
        next_ = range->last + 1;
        proven_ = range->last;
    }
    return true;
}

void ChainCheck::finish(const AuditPiece& piece) {
    if (!cross_gap(piece, piece.last_seq + 1)) return;
    if (chain_ != piece.last_chain) {
        find(AuditFault::rewritten, proven_ + 1, piece.last_seq,
             "the chain does not end as the journal says");
        return;
    }
    // Before the heads in the journal, because whoever cut it may have cut them off as well.
    std::uint64_t highest = kept_ ? kept_->seq : 0;
    for (const SignedHead& head : piece.heads) {
        if (head.seq > piece.last_seq && !check_head(head, nullptr)) return;
        highest = std::max(highest, head.seq);
    }
    if (highest <= piece.last_seq) return;
    find(AuditFault::cut_off, piece.last_seq + 1, highest,
         "a head was signed when the log went on to entry " + std::to_string(highest));
}

// ---- Heads --------------------------------------------------------------------------------------

bool ChainCheck::is_trusted(const Bytes32& key) const {
    return key == own_key_ || (kept_ && key == kept_->key);
}

bool ChainCheck::is_signed(const PrunedRange& range) const {
    // A journal that never had a key signs nothing.
    if (!own_key_ && !kept_) return true;
    if (is_beginning(range)) return true;
    return (own_key_ && has_valid_signature(range, *own_key_)) ||
           (kept_ && has_valid_signature(range, kept_->key));
}

/// That its entries were never here.
bool ChainCheck::is_beginning(const PrunedRange& range) const {
    return (own_key_ && is_signed_beginning(range, *own_key_)) ||
           (kept_ && is_signed_beginning(range, kept_->key));
}

/// Those from next_ (of a row, which is in no gap: its own) to `last`, whose chain value is
/// `chain`.
bool ChainCheck::check_heads(const AuditPiece& piece, std::uint64_t last, const Bytes32& chain,
                             const PrunedRange* gap) {
    const std::uint64_t first = gap != nullptr ? next_ : last;
    // The heads of entries that were never here are where those are.
    const std::uint64_t due_from = gap != nullptr && is_beginning(*gap) ? last + 1 : first;
    std::uint64_t due = (due_from + head_interval - 1) / head_interval * head_interval;
    for (const SignedHead& head : piece.heads) {
        if (head.seq < first || head.seq > last) continue;
        if (due < head.seq) break;  // One is missing.
        if (!check_head(head, head.seq == last ? &chain : nullptr)) return false;
        if (head.seq == due) due += head_interval;
    }
    if (own_key_ && due <= last) {
        return find(AuditFault::head_wrong, due, due,
                    "the head that was signed with it is missing");
    }
    compare_kept(piece, last, chain);
    return !checked_.verdict.finding;
}

/// `chain`: of the head's entry; nullptr: it was pruned, only the signature can be checked.
bool ChainCheck::check_head(const SignedHead& head, const Bytes32* chain) {
    if (!is_trusted(head.key) && own_key_) {
        return find(AuditFault::head_wrong, head.seq, head.seq,
                    "its head is signed with another key than this broker's");
    }
    if (!has_valid_signature(head)) {
        return find(AuditFault::head_wrong, head.seq, head.seq, "its head has no valid signature");
    }
    if (chain != nullptr && *chain != head.chain) {
        return find(AuditFault::rewritten, proven_ + 1, head.seq,
                    "the head of entry " + std::to_string(head.seq) + " says another chain value");
    }
    ++checked_.verdict.heads;
    if (chain != nullptr) proven_ = head.seq;
    return true;
}

void ChainCheck::compare_kept(const AuditPiece& piece, std::uint64_t last, const Bytes32& chain) {
    const bool is_here = kept_ && kept_->seq <= last && !checked_.verdict.is_compared;
    if (!is_here) return;
    const Bytes32* compared = kept_->seq == last ? &chain : nullptr;
    for (const SignedHead& head : piece.heads) {
        // Of a pruned entry its own head is all there is, and as good.
        if (compared == nullptr && head.seq == kept_->seq) compared = &head.chain;
    }
    if (compared == nullptr) return;
    checked_.verdict.is_compared = true;
    if (*compared == kept_->chain) {
        proven_ = std::max(proven_, kept_->seq);
        return;
    }
    find(AuditFault::rewritten, proven_ + 1, kept_->seq,
         "the head that was kept says another chain value");
}

}  // namespace crier::broker
