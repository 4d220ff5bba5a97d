/// \file
/// What text from outside must be before anything else looks at it.

#pragma once

#include <string_view>

namespace crier {

/// Well-formed UTF-8 (Unicode 15, table 3-7): no overlong forms, no surrogates, none above U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// UTF-8 without NUL: what a message's text may be.
[[nodiscard]] bool is_plain_text(std::string_view text) noexcept;

/// UTF-8 without any control character (C0, DEL, C1): what a title, name or attribute may be.
[[nodiscard]] bool is_one_line(std::string_view text) noexcept;

}  // namespace crier
