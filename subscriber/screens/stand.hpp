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

    [[nodiscard]] Screen* screen() const { return at < order.size() ? order[at] : nullptr; }
};

/// nullopt: it is not known yet, or there is nothing more to say. `is_locked`: the desktop is.
[[nodiscard]] std::optional<Outcome> outcome_of(const std::vector<Stand>& stands, bool is_locked);

/// Displayed on another screen than this one.
[[nodiscard]] bool is_seen_beside(const std::vector<Stand>& stands, const Screen* screen);

}  // namespace crier::screens
