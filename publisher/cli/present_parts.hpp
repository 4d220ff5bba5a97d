/// \file
/// What the texts of several commands are made of. Pure, but for the process's time zone.

#pragma once

#include <string>
#include <vector>

#include "publisher/cli/present.hpp"
#include "publisher/cli/table.hpp"

namespace crier::cli {

/// For people at a terminal in their zone, for programs in UTC.
[[nodiscard]] std::string time_in(const View& view, UtcTime time);

/// The same in a table, where room is dear.
[[nodiscard]] std::string short_time_in(const View& view, UtcTime time);

/// "… " tells of more lines.
[[nodiscard]] std::string first_line(const std::string& text);

/// Enough of an id for a line that is read once; of a message's it is the time in milliseconds, so
/// that `crier status` finds it by this.
[[nodiscard]] std::string begin_of(const std::string& id);

/// A name that the session claims, and nobody verified, has a '?' behind it.
[[nodiscard]] std::string name_with_mark(const std::string& name, bool is_verified);

/// Its title, else how its text begins.
[[nodiscard]] std::string headline_of(const Content& content);

/// With commas.
[[nodiscard]] std::string joined(const std::vector<std::string>& words);

[[nodiscard]] std::string facts_in(const View& view, const Rows& facts);
[[nodiscard]] std::string table_in(const View& view, const std::vector<Column>& columns,
                                   const Rows& rows);

/// One sentence, wrapped for a terminal.
[[nodiscard]] std::string lines_of(const std::string& sentence, const View& view);

}  // namespace crier::cli
