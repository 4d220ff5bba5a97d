/// \file
/// A filter that a person typed, before any broker sees it.

#pragma once

#include <optional>
#include <string>

#include "crier/time.hpp"
#include "shared/protocol/filter.hpp"

namespace crier::cli {

/// Gives the filter's times, which were typed for the clock here, as any broker reads them. An
/// error has its place in what was typed, so it is told here and not by the broker; `where` is then
/// as it was.
[[nodiscard]] std::optional<protocol::FilterError> settle_filter(std::string& where, UtcTime now);

}  // namespace crier::cli
