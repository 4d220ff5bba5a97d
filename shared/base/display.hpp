/// \file
/// Text from outside on its way to a screen: what must not reach a terminal, and how many columns
/// the rest takes. Message texts, names and details are all untrusted, and an escape sequence in
/// one of them could rewrite what a person reads.
///
/// Thread-safe. Independent of the process's locale: text is UTF-8 everywhere.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace crier {

/// True for what a terminal or a text view acts on instead of showing: C0, DEL and C1 controls
/// (line ends and tabs too), bidirectional marks, embeddings, overrides and isolates, line and
/// paragraph separators, and the invisible format characters that can hide text.
[[nodiscard]] bool is_unsafe_on_screen(char32_t point) noexcept;

/// Counts the combining marks on each character of a text, code point by code point. More than any
/// language has would be drawn over the lines around.
class MarksOnCharacter {
public:
    static constexpr std::size_t marks_max = 8;

    /// True: this one is a mark too many.
    [[nodiscard]] bool is_too_many(char32_t next) noexcept;

private:
    std::size_t marks_ = 0;
};

/// Several lines that can be written to a terminal as they are. '\n' is kept, and "\r\n", U+2028
/// and U+2029 become it; a tab becomes four blanks; other control characters and every byte that
/// is no UTF-8 become U+FFFD; bidirectional and hidden format characters are left out, and so is
/// what is more than eight combining marks on one character.
[[nodiscard]] std::string clean_text(std::string_view text);

/// The same on one line: each line end becomes one blank.
[[nodiscard]] std::string clean_line(std::string_view text);

/// Columns that a terminal uses for a line of clean text: 2 for wide characters, 0 for combining
/// ones.
[[nodiscard]] std::size_t display_width(std::string_view line);

/// The line if it fits into `columns`, else its beginning and "…". Never splits a character from
/// its combining marks. Wants clean text.
[[nodiscard]] std::string truncated(std::string_view line, std::size_t columns);

/// The line with blanks behind it up to `columns`; longer lines as they are.
[[nodiscard]] std::string padded(std::string_view line, std::size_t columns);

/// Clean text as lines of at most `columns` (at least 2): broken at its line ends, then at blanks,
/// and inside a word only if the word alone is longer than a line. Empty lines stay; a final line
/// end adds none. Indentation stays on the first line of a paragraph.
[[nodiscard]] std::vector<std::string> wrapped(std::string_view text, std::size_t columns);

}  // namespace crier
