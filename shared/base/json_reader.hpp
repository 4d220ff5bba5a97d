/// \file
/// Reads JSON (RFC 8259) into values of our own. The only place that knows the library which does
/// it.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crier/result.hpp"

namespace crier {

struct JsonValue {
    enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

    Kind kind = Kind::null;
    bool boolean = false;
    std::string text{};  ///< Of a string: UTF-8. Of a number: its digits as they stand there.
    std::vector<JsonValue> elements{};
    std::vector<std::pair<std::string, JsonValue>> members{};  ///< No name twice.
};

/// nullptr: it is no object, or has none of this name.
[[nodiscard]] const JsonValue* member_of(const JsonValue& object, std::string_view name) noexcept;

/// nullopt: it is no whole number that fits, or not there.
[[nodiscard]] std::optional<std::uint32_t> uint_of(const JsonValue* value) noexcept;

/// "a string", "a list" and so on: for sentences.
[[nodiscard]] std::string_view name_of(JsonValue::Kind kind) noexcept;

/// Deeper than any message of ours; what is deeper is refused before it takes room.
inline constexpr std::size_t json_nesting_max = 8;

/// One value, with nothing but white space around it. Names that come twice are refused: which of
/// the two was meant, nobody can tell.
/// Errors: usage_invalid (fix_request), as a sentence; of what is no JSON with line and column.
[[nodiscard]] Result<JsonValue> read_json(std::string_view text);

}  // namespace crier
