#include "broker/journal/sqlite_writer.hpp"

#include <algorithm>
#include <utility>

#include "broker/journal/chain.hpp"
#include "shared/base/assert.hpp"

namespace crier::broker {

Result<std::vector<EntryResult>> SqliteWriter::write(const Batch& batch, JournalState& state) {
    if (batch.begins_behind) {
        if (Status begun = begin_behind(*batch.begins_behind, state); !begun) {
            return fail(begun.error());
        }
    }
    std::vector<EntryResult> results;
    results.reserve(batch.entries.size());
    for (const Entry& entry : batch.entries) {
        Result<EntryResult> written = write_entry(entry, state);
        if (!written) return fail(std::move(written.error()));
        results.push_back(std::move(*written));
    }
    if (Status placed = places_.write(batch, results, state); !placed) return fail(placed.error());
    for (const SessionRecord& session : batch.sessions) {
        if (Status written = write_session(session, state); !written) return fail(written.error());
    }
    if (Status written = write_facts(batch, state); !written) return fail(written.error());
    if (Status written = sightings_.write(batch, state); !written) return fail(written.error());
    for (const Outcome& outcome : batch.outcomes) {
        if (Status written = write_outcome(outcome, state); !written) return fail(written.error());
    }
    for (const LateReceipt& late : batch.late_receipts) {
        if (Status written = write_late_receipt(late, state); !written) {
            return fail(written.error());
        }
    }
    if (Status written = write_state(state); !written) return fail(written.error());
    return results;
}

Status SqliteWriter::begin_behind(PrunedRange range, JournalState& state) {
    state.last_seq = range.last;
    state.chain = range.chain;
    range.signature = sign_beginning(range, key_ ? &*key_ : nullptr);
    return insert_pruned(range);
}

Result<EntryResult> SqliteWriter::write_entry(const Entry& entry, JournalState& state) {
    const std::uint64_t seq = state.last_seq + 1;
    if (entry.about) {
        const Result<std::optional<std::int64_t>> about =
            ask(seq_of_.with(view(entry.about->bytes)));
        if (!about) return fail(about.error());
        if (!*about) return EntryResult{{0, entry}, false, true};
    }
    const ChainedEntry chained{{seq, entry}, chain_value(state.chain, seq, entry)};
    const Status inserted =
        insert_entry_
            .with(seq, view(entry.id.bytes), static_cast<std::uint8_t>(entry.kind),
                  entry.about ? std::optional(view(entry.about->bytes)) : std::nullopt,
                  to_ms(entry.at), std::string_view(entry.principal), view(entry.content_hash),
                  view(entry.body), view(chained.chain), checksum(chained))
            .run();
    if (!inserted) return fail(inserted.error());
    if (connection_.changes() == 0) {
        Result<std::optional<StoredEntry>> earlier = reader_.entry(entry.id);
        if (!earlier) return fail(std::move(earlier.error()));
        if (!*earlier) {
            return fail(connection_.damage("table entries: its index names id " +
                                           to_string(entry.id) + ", which is not there"));
        }
        return EntryResult{.stored = std::move(**earlier), .already = true};
    }
    state.last_seq = seq;
    state.chain = chained.chain;
    ++state.entries;
    if (key_ && seq % head_interval == 0) {
        if (const auto head = write_head(entry.at, state); !head) return fail(head.error());
    }
    EntryResult result{.stored = {.seq = seq, .entry = entry}};
    if (entry.about) return result;  // It is open as long as its message is.
    const OpenEntry open{.seq = seq, .has_outcome = false};
    if (Status opened = insert_open_.with(seq, open.has_outcome, checksum(open)).run(); !opened) {
        return fail(opened.error());
    }
    ++state.open_entries;
    return result;
}

Result<SignedHead> SqliteWriter::write_head(UtcTime now, JournalState& state) {
    CRIER_ASSERT(key_, "heads are asked for after sign_with()");
    SignedHead head = sign_head(state.last_seq, state.chain, now, *key_);
    const Status inserted = insert_head_
                                .with(head.seq, view(head.chain), to_ms(head.time), view(head.key),
                                      view(head.signature), checksum(head))
                                .run();
    if (!inserted) return fail(inserted.error());
    ++state.heads;
    return head;
}

Status SqliteWriter::write_session(const SessionRecord& session, JournalState& state) {
    const Result<std::optional<std::int64_t>> was_open = ask(session_is_open_.with(session.number));
    if (!was_open) return fail(was_open.error());
    if (!*was_open) ++state.sessions;
    if (was_open->value_or(0) != 0) --state.open_sessions;
    if (session.is_open) ++state.open_sessions;
    state.last_session_number = std::max(state.last_session_number, session.number);
    return upsert_session_
        .with(session.number, view(session.id.bytes), session.is_open, to_ms(session.changed),
              view(session.body), checksum(session))
        .run();
}

Status SqliteWriter::write_facts(const Batch& batch, JournalState& state) {
    if (batch.forget_facts) {
        if (Status deleted = delete_facts_.with().run(); !deleted) return deleted;
        state.first_piece = state.last_piece + 1;
    }
    if (batch.facts.empty()) return {};
    const std::uint64_t piece = ++state.last_piece;
    return insert_facts_.with(piece, view(batch.facts), checksum_facts(piece, batch.facts)).run();
}

Status SqliteWriter::write_outcome(const Outcome& outcome, JournalState& state) {
    CRIER_ASSERT(outcome.seq >= 1 && outcome.seq <= state.last_seq,
                 "an outcome is that of an entry, whose seq the journal gave");
    const Result<std::optional<std::int64_t>> open = ask(open_outcome_.with(outcome.seq));
    if (!open) return fail(open.error());
    bool closes = outcome.closes;
    if (!*open) {
        const Result<std::optional<std::int64_t>> exists = ask(entry_exists_.with(outcome.seq));
        if (!exists) return fail(exists.error());
        if (!*exists) return {};  // Pruned since.
        closes = true;            // Closed before, and that is for ever.
    } else if (closes) {
        if (Status deleted = delete_open_.with(outcome.seq).run(); !deleted) return deleted;
        --state.open_entries;
    } else if (**open == 0) {
        const OpenEntry now{.seq = outcome.seq, .has_outcome = true};
        const Status updated = update_open_.with(now.seq, now.has_outcome, checksum(now)).run();
        if (!updated) return updated;
    }
    const std::uint32_t sum = checksum(outcome.seq, closes, outcome.cells);
    return upsert_outcome_.with(outcome.seq, closes, view(outcome.cells), sum).run();
}

Status SqliteWriter::write_late_receipt(const LateReceipt& late, JournalState& state) {
    const Result<std::optional<std::int64_t>> seq = ask(seq_of_.with(view(late.message.bytes)));
    if (!seq) return fail(seq.error());
    if (!*seq) return {};  // Pruned since.
    const Result<std::optional<std::int64_t>> last = ask(last_late_.with(**seq));
    if (!last) return fail(last.error());
    const auto number = static_cast<std::uint64_t>(last->value_or(0)) + 1;
    const std::uint32_t sum =
        checksum_late(static_cast<std::uint64_t>(**seq), number, late.receipt);
    ++state.late_receipts;
    return insert_late_.with(**seq, number, view(late.receipt), sum).run();
}

Status SqliteWriter::write_state(JournalState& state) {
    ++state.commits;
    return update_state_
        .with(state.commits, state.last_seq, state.last_session_number, state.first_piece,
              state.last_piece, state.first_sightings, state.last_sightings, state.sightings_bytes,
              state.entries, state.open_entries, state.sessions, state.open_sessions,
              state.late_receipts, state.heads, view(state.chain), checksum(state))
        .run();
}

// ---- Pruning ------------------------------------------------------------------------------------

Result<std::size_t> SqliteWriter::prune(UtcTime before, std::size_t count_max,
                                        JournalState& state) {
    std::vector<std::uint64_t> seqs;
    closed_before_.with(to_ms(before), count_max);
    while (true) {
        const Result<bool> found = closed_before_.next();
        if (!found) return fail(found.error());
        if (!*found) break;
        seqs.push_back(closed_before_.number(0));
    }
    const std::size_t messages = seqs.size();
    for (std::size_t i = 0; i < messages; ++i) {
        if (Status added = add_changes(seqs[i], seqs); !added) return fail(added.error());
    }
    std::sort(seqs.begin(), seqs.end());
    const std::uint64_t placed = state.placed;
    for (std::size_t i = 0; i < seqs.size();) {
        PrunedRange range{.first = seqs[i], .last = seqs[i]};
        while (++i < seqs.size() && seqs[i] == range.last + 1) ++range.last;
        if (Status gone = prune_range(range, state); !gone) return fail(gone.error());
    }
    if (state.placed != placed) {
        if (Status written = places_.write_row(state); !written) return fail(written.error());
    }
    if (Status deleted = delete_sessions_.with(to_ms(before), count_max).run(); !deleted) {
        return fail(deleted.error());
    }
    const std::int64_t sessions = connection_.changes();
    state.sessions -= static_cast<std::uint64_t>(sessions);
    const Result<std::size_t> pieces = sightings_.prune(before, count_max, state);
    if (!pieces) return fail(pieces.error());
    const std::size_t went = messages + static_cast<std::size_t>(sessions) + *pieces;
    if (went == 0) return 0;
    if (Status written = write_state(state); !written) return fail(written.error());
    return went;
}

Status SqliteWriter::add_changes(std::uint64_t seq, std::vector<std::uint64_t>& seqs) {
    changes_.with(seq);
    while (true) {
        const Result<bool> found = changes_.next();
        if (!found) return fail(found.error());
        if (!*found) return {};
        seqs.push_back(changes_.number(0));
    }
}

Status SqliteWriter::delete_entry(std::uint64_t seq, JournalState& state) {
    if (Status deleted = delete_entry_.with(seq).run(); !deleted) return deleted;
    --state.entries;
    if (Status deleted = delete_outcome_.with(seq).run(); !deleted) return deleted;
    if (Status deleted = delete_late_.with(seq).run(); !deleted) return deleted;
    state.late_receipts -= static_cast<std::uint64_t>(connection_.changes());
    return places_.forget(seq, state);
}

Status SqliteWriter::prune_range(PrunedRange range, JournalState& state) {
    const Result<Bytes32> before = chain_before(range.first);
    if (!before) return fail(before.error());
    range.before = *before;
    const Result<Bytes32> chain = chain_of(range.last);
    if (!chain) return fail(chain.error());
    range.chain = *chain;
    for (std::uint64_t seq = range.first; seq <= range.last; ++seq) {
        if (Status deleted = delete_entry(seq, state); !deleted) return deleted;
    }
    return add_pruned(range);
}

Result<Bytes32> SqliteWriter::chain_of(std::uint64_t seq) {
    chain_of_.with(seq);
    const Result<bool> found = chain_of_.next();
    if (!found) return fail(found.error());
    Bytes32 chain{};
    const bool is_whole = *found && chain_of_.blob(0).size() == chain.size();
    if (is_whole) std::copy_n(chain_of_.blob(0).begin(), chain.size(), chain.begin());
    chain_of_.reset();
    if (is_whole) return chain;
    return fail(connection_.damage("entries", static_cast<std::int64_t>(seq),
                                   "it, or its chain value, is missing"));
}

Result<Bytes32> SqliteWriter::chain_before(std::uint64_t first) {
    if (first == 1) return chain_start;
    const Result<std::optional<PrunedRange>> below = pruned_range(pruned_below_.with(first));
    if (!below) return fail(below.error());
    if (*below && (*below)->last + 1 == first) return (*below)->chain;
    return chain_of(first - 1);
}

/// A range that somebody else has put there keeps its own signature, or would get ours.
bool SqliteWriter::may_join(const PrunedRange& range) const {
    return key_ ? has_valid_signature(range, key_->public_key()) : range.signature == Signature{};
}

Status SqliteWriter::add_pruned(PrunedRange range) {
    const Result<std::optional<PrunedRange>> below = pruned_range(pruned_below_.with(range.first));
    if (!below) return fail(below.error());
    if (*below && (*below)->last + 1 == range.first && may_join(**below)) {
        range.first = (*below)->first;
        range.before = (*below)->before;
        if (Status deleted = delete_pruned_.with(range.first).run(); !deleted) return deleted;
    }
    const Result<std::optional<PrunedRange>> above =
        pruned_range(pruned_from_.with(range.last + 1));
    if (!above) return fail(above.error());
    if (*above && may_join(**above)) {
        range.last = (*above)->last;
        range.chain = (*above)->chain;
        if (Status deleted = delete_pruned_.with((*above)->first).run(); !deleted) return deleted;
    }
    range.signature = sign_pruned(range, key_ ? &*key_ : nullptr);
    return insert_pruned(range);
}

Status SqliteWriter::insert_pruned(const PrunedRange& range) {
    return insert_pruned_
        .with(range.first, range.last, view(range.before), view(range.chain), view(range.signature),
              checksum(range))
        .run();
}

// ---- Small questions ----------------------------------------------------------------------------

Result<std::optional<PrunedRange>> SqliteWriter::pruned_range(Statement& statement) {
    const Result<bool> found = statement.next();
    if (!found) return fail(found.error());
    if (!*found) return std::optional<PrunedRange>{};
    const Result<PrunedRange> range = pruned_from(statement, connection_);
    statement.reset();
    if (!range) return fail(range.error());
    return std::optional<PrunedRange>(*range);
}

Result<std::optional<std::int64_t>> SqliteWriter::ask(Statement& statement) {
    const Result<bool> found = statement.next();
    if (!found) return fail(found.error());
    std::optional<std::int64_t> answer;
    if (*found) answer = statement.integer(0);
    statement.reset();
    return answer;
}

}  // namespace crier::broker
