/// \file
/// Reads TOML by toml++; the only file that includes it is toml_file.cpp.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shared/config/setting.hpp"

namespace crier::config {

/// One key of a file. Tables are walked down: [limits] sessions = 3 is "limits.sessions".
struct TomlLine {
    std::string name;
    std::optional<Value> value;  ///< nullopt: of a type that no setting has, as a time or a float.
    std::string text;            ///< The value as TOML writes it, shortened, for error messages.
    std::size_t line = 0;        ///< From 1.
};

/// Every key of the file, in the order of the lines; an empty unknown section is a key too.
/// Errors: configuration_invalid, "crierd.toml:3: …", when it is no TOML.
[[nodiscard]] Result<std::vector<TomlLine>> parse_toml(std::string_view text,
                                                       std::string_view file_name);

}  // namespace crier::config
