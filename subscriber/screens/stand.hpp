/// \file
/// How a message stands in chains of screens, and what its sender is told of it. Pure.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "subscriber/screens/screen.hpp"

namespace crier::screens {

/// A message in a chain.
struct Stand {
    std::vector<Screen*> order;        ///< Which to try, the best one first.
    std::size_t at = 0;                ///< The one that has it; as many as there are: none.
    std::optional<Outcome> outcome{};  ///< Of that one, or failed after the last; else unknown.
    std::string missed;                ///< What was wrong with those before.
    bool was_displayed = false;        ///< Some time, by one of them.
    bool is_dismissed = false;         ///< That one has it no more, though not by our doing.

    [[nodiscard]] Screen* screen() const { return at < order.size() ? order[at] : nullptr; }
};

/// nullopt: it is not known yet, or there is nothing more to say. `is_locked`: the desktop is.
[[nodiscard]] std::optional<Outcome> outcome_of(const std::vector<Stand>& stands, bool is_locked);

/// Displayed on one of the screens, and not dismissed there.
[[nodiscard]] bool is_seen_somewhere(const std::vector<Stand>& stands);

}  // namespace crier::screens
