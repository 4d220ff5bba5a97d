/// \file
/// Tables for people and for pipes. Every cell is cleaned here, so that no text from outside
/// reaches a terminal any other way.

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace crier::cli {

struct Column {
    std::string_view head;
    std::size_t width_min = 4;  ///< Not cut below this many columns of the screen.
    /// When the table is too wide even so, columns with the highest number go first; 0: never.
    int goes = 0;
    bool is_cut = true;  ///< False for ids: half of one is of no use.
};

using Rows = std::vector<std::vector<std::string>>;

/// Aligned, with a head line, as wide as `columns_max` allows. What is cut ends in "…", and in "…?"
/// if it ended in '?', the mark of a name that nobody verified. Where not even ids have room beside
/// the rest, each row is a few lines, "USER  Vanessa", without a head line.
[[nodiscard]] std::string table_for_terminal(const std::vector<Column>& columns, const Rows& rows,
                                             std::size_t columns_max);

/// A line a row, cells with a tab between; no head line.
[[nodiscard]] std::string table_for_pipe(const Rows& rows);

/// "Sent   2026-…": names in one column, values in another, where long ones are wrapped.
[[nodiscard]] std::string facts_for_terminal(const Rows& facts, std::size_t columns_max);

}  // namespace crier::cli
