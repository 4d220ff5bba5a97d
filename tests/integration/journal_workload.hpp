/// \file
/// What the tests of crashes, damage and power cuts write: numbered steps, each known from its
/// number alone, so that a journal found on disk can be compared with one in memory that took the
/// same steps.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "broker/journal/journal.hpp"
#include "broker/journal/memory_journal.hpp"
#include "crier/result.hpp"

namespace crier::broker::workload {

/// What step `number` (from 1) appends. Its facts are its number, which every later recovery has.
[[nodiscard]] Batch batch(std::uint64_t number);

/// Appends, tidies, and in some steps prunes. Steps must be taken in order, from 1.
[[nodiscard]] Status take_step(Journal& journal, std::uint64_t number);

/// The last step that a journal holds; 0: none. nullopt: it cannot be read.
[[nodiscard]] std::optional<std::uint64_t> last_step(Journal& journal);

/// A journal in memory that has taken steps 1 to `last`.
[[nodiscard]] MemoryJournal model_of(std::uint64_t last);

/// How `journal` differs from `model` in what can be read from it; empty: not at all. Prunes both,
/// as a crash may have come between a step's batch and its pruning.
[[nodiscard]] std::string difference(Journal& journal, MemoryJournal model);

}  // namespace crier::broker::workload
