/// \file
/// Journal effects into batches: what the event loop, the journal's thread and the tests share.

#pragma once

#include <algorithm>
#include <iterator>
#include <utility>

#include "broker/core/engine.hpp"

namespace crier::broker {

inline void gather(Batch& batch, AppendEntry effect) {
    batch.entries.push_back(std::move(effect.entry));
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

/// As if `more` were written right after `batch`.
inline void gather(Batch& batch, Batch&& more) {
    const auto append = [](auto& all, auto& others) {
        all.insert(all.end(), std::make_move_iterator(others.begin()),
                   std::make_move_iterator(others.end()));
    };
    append(batch.entries, more.entries);
    append(batch.places, more.places);
    if (more.cursor) batch.cursor = more.cursor;
    append(batch.sessions, more.sessions);
    if (more.forget_facts) gather(batch, ForgetFacts{});
    append(batch.facts, more.facts);
    gather(batch, RecordSightings{std::move(more.sightings), more.sighted});
    append(batch.outcomes, more.outcomes);
    append(batch.late_receipts, more.late_receipts);
}

}  // namespace crier::broker
