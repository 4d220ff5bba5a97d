/// \file
/// Reads the tables of PROTOCOL.md that are marked [checked].

#pragma once

#include <string>
#include <vector>

namespace crier::test {

using Row = std::vector<std::string>;  ///< Its cells, without the white space around them.

[[nodiscard]] std::vector<std::string> document_lines();

/// The table that is marked "[checked] NAME", its head first. Empty: there is none.
[[nodiscard]] std::vector<Row> table_of(const std::string& name);
/// The same without its head.
[[nodiscard]] std::vector<Row> rows_of(const std::string& name);

/// What stands in backquotes in a cell, in its order.
[[nodiscard]] std::vector<std::string> quoted_in(const std::string& cell);

}  // namespace crier::test
