/// \file
/// One row of a program's table of settings. From the table come the file parser, the environment
/// override, the messages about wrong values, and the commented file that --print-config writes.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "crier/result.hpp"

namespace crier::config {

/// In the order of the kinds in Setting::Kind; the table's check relies on it.
using Value = std::variant<std::int64_t, bool, std::string, std::vector<std::string>>;

/// nullopt when `text` will do, else what is allowed: "must be …".
using TextRule = std::optional<std::string> (*)(std::string_view text);

struct Integer {
    std::int64_t fallback = 0;
    std::int64_t min = 0;
    std::int64_t max = 0;
    std::string_view unit;  ///< "sessions", "milliseconds".
};
struct Switch {
    bool fallback = false;
};
struct Text {
    std::string_view fallback;
    std::span<const std::string_view> words;  ///< Not empty: one of these.
    TextRule rule = nullptr;                  ///< Of a text that is no choice of words.
};
struct TextList {
    std::span<const std::string_view> fallback;
    std::size_t count_max = 8;
    TextRule rule = nullptr;
};

struct Setting {
    using Kind = std::variant<Integer, Switch, Text, TextList>;

    std::string_view name;  ///< "section.key".
    Kind kind;
    std::string_view meaning;  ///< For people; lines end in '\n', the last one without.
};

using Table = std::span<const Setting>;

[[nodiscard]] Value fallback_of(const Setting& setting);

/// nullopt when the value is of the setting's type and in its bounds, else what is allowed.
[[nodiscard]] std::optional<std::string> problem_with(const Setting& setting, const Value& value);

/// "a whole number, 1 to 1000 sessions": what the setting's type is.
[[nodiscard]] std::string type_of(const Setting& setting);

/// Reads a value as the environment and the command line give it; a list has commas between its
/// elements. nullopt when the text is no value of the setting's type; bounds are not looked at.
[[nodiscard]] std::optional<Value> value_from_text(const Setting& setting, std::string_view text);

/// The value in TOML: 30, true, "text", ["one", "two"].
[[nodiscard]] std::string to_toml(const Value& value);

/// nullptr: no such setting.
[[nodiscard]] const Setting* find_setting(Table table, std::string_view name);

/// The known name that `name` was most probably meant to be.
[[nodiscard]] std::string_view nearest_name(Table table, std::string_view name);

/// How many letters must be put in, left out or changed to make one of the other.
[[nodiscard]] std::size_t distance(std::string_view left, std::string_view right);

/// CRIER_LIMITS_SESSIONS for limits.sessions.
[[nodiscard]] std::string environment_name(std::string_view name);

}  // namespace crier::config
