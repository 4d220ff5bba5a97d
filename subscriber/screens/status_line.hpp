/// \file
/// The last line of a terminal: how much time is left, and what keys do now. Pure.
///
///     14:59 left: Maintenance · 1-2: answer "Lunch" · 1 alert open. Enter: acknowledge [1]; …

#pragma once

#include <cstdint>
#include <string>

#include "subscriber/screens/panel.hpp"
#include "subscriber/screens/shown.hpp"

namespace crier::screens {

/// Without a line end; empty when there is nothing to say.
[[nodiscard]] std::string status_line(const ShownMessages& shown, const Look& look, UtcTime now);

/// What the person is to do about one message; empty: nothing, or nothing here.
[[nodiscard]] std::string hint_for(const Shown& shown, const ShownMessages& all, const Look& look);

}  // namespace crier::screens
