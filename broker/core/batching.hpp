/// \file
/// Journal effects into batches: what the event loop, the journal's thread and the tests share.

#pragma once

#include <algorithm>
#include <iterator>
#include <utility>

#include "broker/core/engine.hpp"

namespace crier::broker {

/// Where some of a batch's entries have places, the others say that they have none.
inline void complete_places(Batch& batch) {
    if (!batch.places.empty()) batch.places.resize(batch.entries.size());
}

inline void gather(Batch& batch, AppendEntry effect) {
    batch.entries.push_back(std::move(effect.entry));
    complete_places(batch);
}

inline void gather(Batch& batch, RecordSession effect) {
    batch.sessions.push_back(std::move(effect.record));
}

inline void gather(Batch& batch, RecordFacts effect) {
    if (batch.facts.empty()) {
        batch.facts = std::move(effect.facts);
    } else {
        batch.facts.insert(batch.facts.end(), effect.facts.begin(), effect.facts.end());
    }
}

inline void gather(Batch& batch, RecordSightings effect) {
    batch.sightings.insert(batch.sightings.end(), effect.sightings.begin(), effect.sightings.end());
    batch.sighted = std::max(batch.sighted, effect.at);
}

inline void gather(Batch& batch, RecordOutcome effect) {
    batch.outcomes.push_back(std::move(effect.outcome));
}

inline void gather(Batch& batch, RecordLateReceipt effect) {
    batch.late_receipts.push_back(std::move(effect.receipt));
}

/// Facts that this batch has gathered so far are older than its outcomes, and go too.
inline void gather(Batch& batch, ForgetFacts) {
    batch.facts.clear();
    batch.forget_facts = true;
}

/// As if `more` were written right after `batch`. (Only the first of all batches that a journal
/// ever takes can begin behind something.)
inline void gather(Batch& batch, Batch&& more) {
    const auto append = [](auto& all, auto& others) {
        all.insert(all.end(), std::make_move_iterator(others.begin()),
                   std::make_move_iterator(others.end()));
    };
    if (more.begins_behind) batch.begins_behind = more.begins_behind;
    if (!more.places.empty()) batch.places.resize(batch.entries.size());
    append(batch.entries, more.entries);
    append(batch.places, more.places);
    complete_places(batch);
    if (more.cursor) batch.cursor = more.cursor;
    if (more.members) batch.members = std::move(more.members);
    append(batch.sessions, more.sessions);
    if (more.forget_facts) gather(batch, ForgetFacts{});
    append(batch.facts, more.facts);
    gather(batch, RecordSightings{std::move(more.sightings), more.sighted});
    append(batch.outcomes, more.outcomes);
    append(batch.late_receipts, more.late_receipts);
}

/// Swaps the part of a batch that may go ahead of its rest: entries, and what belongs to them.
inline void swap_entries(Batch& one, Batch& other) {
    one.begins_behind.swap(other.begins_behind);
    one.entries.swap(other.entries);
    one.places.swap(other.places);
    one.cursor.swap(other.cursor);
    one.members.swap(other.members);
}

}  // namespace crier::broker
