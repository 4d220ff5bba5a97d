/// \file
/// What text from outside must be before anything else looks at it.

#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace crier {

/// What take_code_point() answers for bytes that are no UTF-8.
inline constexpr char32_t ill_formed = 0xffffffff;

/// Takes one code point off the front of `text`, which must not be empty. ill_formed: the text does
/// not begin with a well-formed one, and nothing was taken.
[[nodiscard]] char32_t take_code_point(std::string_view& text) noexcept;

/// Takes `wanted` off the front of `text`, if it begins so.
bool take(std::string_view& text, char wanted) noexcept;

/// Takes so many digits, 1 to 9, off the front of `text`. nullopt: it does not begin with them, and
/// nothing was taken.
[[nodiscard]] std::optional<int> take_number(std::string_view& text, std::size_t digits) noexcept;

/// Well-formed UTF-8 (Unicode 15, table 3-7): nothing overlong, no surrogates, none above U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// UTF-8 without NUL: what a message's text may be.
[[nodiscard]] bool is_plain_text(std::string_view text) noexcept;

/// As much of UTF-8 as fits `bytes_max` bytes, cut between two code points.
[[nodiscard]] std::string_view cut_to(std::string_view text, std::size_t bytes_max) noexcept;

/// Nothing but white space (Unicode's White_Space); also the empty text. False for what is no
/// UTF-8.
[[nodiscard]] bool is_blank(std::string_view text) noexcept;

/// UTF-8 without any control character (C0, DEL, C1): what a title, name or attribute may be.
[[nodiscard]] bool is_one_line(std::string_view text) noexcept;

}  // namespace crier
