/// \file
/// `crier report`: what became of one message, a row for each session, for a spreadsheet.

#pragma once

#include <string>
#include <string_view>

#include "crier/publisher.hpp"

namespace crier::cli {

/// CSV (RFC 4180) in UTF-8, with a header row. Names come from sessions, which may claim anything:
/// what a spreadsheet would take for a formula has an apostrophe before it, and a character that a
/// screen acts on is replaced as everywhere.
[[nodiscard]] std::string csv_of(const Outcome& outcome);

/// One cell of it.
[[nodiscard]] std::string csv_cell(std::string_view text);

}  // namespace crier::cli
