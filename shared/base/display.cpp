#include "shared/base/display.hpp"

#include <locale.h>
#include <wchar.h>

#include <algorithm>

#include "shared/base/text.hpp"

namespace crier {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";  // U+FFFD
constexpr std::string_view ellipsis = "\xe2\x80\xa6";     // U+2026
constexpr std::string_view tab_as_blanks = "    ";

/// wcwidth() knows wide characters only in a UTF-8 locale, and the process may have none.
class Utf8Locale {
public:
    Utf8Locale() : previous_(uselocale(utf8())) {}
    ~Utf8Locale() { uselocale(previous_); }
    Utf8Locale(const Utf8Locale&) = delete;
    Utf8Locale& operator=(const Utf8Locale&) = delete;

    [[nodiscard]] std::size_t width_of(char32_t point) const {
        if (point < 0x80) return 1;
        const int width = wcwidth(static_cast<wchar_t>(point));
        return width < 0 ? 1 : static_cast<std::size_t>(width);  // Unassigned: shown as some box.
    }

private:
    static locale_t utf8() {
        // Made once and kept; where it cannot be made, uselocale(0) changes nothing.
        static const locale_t made = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
        return made;
    }
    locale_t previous_;
};

/// One code point off the front with the bytes it came from; a stray byte counts as U+FFFD.
struct Taken {
    char32_t point;
    std::string_view bytes;
};

Taken take(std::string_view& text) {
    const std::string_view before = text;
    char32_t point = take_code_point(text);
    if (point == ill_formed) {
        point = 0xfffd;
        text.remove_prefix(1);
        return {point, replacement};
    }
    return {point, before.substr(0, before.size() - text.size())};
}

bool is_control(char32_t point) {
    return point < 0x20 || (point >= 0x7f && point <= 0x9f);
}

bool is_separator(char32_t point) {
    return point == 0x2028 || point == 0x2029;
}

std::string cleaned(std::string_view text, char line_end) {
    MarksOnCharacter marks;
    std::string clean;
    clean.reserve(text.size());
    while (!text.empty()) {
        const Taken taken = take(text);
        if (taken.point == '\r' && text.starts_with('\n')) continue;
        if (taken.point == '\n' || is_separator(taken.point)) {
            clean += line_end;
            marks = {};
        } else if (taken.point == '\t') {
            clean += tab_as_blanks;
        } else if (is_control(taken.point)) {
            clean += replacement;
        } else if (!is_unsafe_on_screen(taken.point)) {
            if (!marks.is_too_many(taken.point)) clean += taken.bytes;
        }
    }
    return clean;
}

/// The longest beginning of `line` that fits into `columns`, in bytes.
std::size_t bytes_that_fit(std::string_view line, std::size_t columns, const Utf8Locale& locale) {
    std::string_view rest = line;
    std::size_t width = 0;
    while (!rest.empty()) {
        std::string_view after = rest;
        width += locale.width_of(take(after).point);
        if (width > columns) break;
        rest = after;
    }
    return line.size() - rest.size();
}

void wrap_line(std::string_view line, std::size_t columns, std::vector<std::string>& lines) {
    const Utf8Locale locale;
    while (true) {
        const std::size_t fits = bytes_that_fit(line, columns, locale);
        if (fits == line.size()) break;
        // The blank that ends the last whole word may stand just behind what fits.
        const std::size_t blank = line.rfind(' ', fits);
        const std::size_t word = line.find_first_not_of(' ');
        const bool breaks_at_blank = blank != std::string_view::npos && blank > word;
        const std::size_t end = breaks_at_blank ? blank : std::max<std::size_t>(fits, 1);
        std::string_view head = line.substr(0, end);
        head = head.substr(0, head.find_last_not_of(' ') + 1);
        lines.emplace_back(head);
        line.remove_prefix(end);
        line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
        if (line.empty()) return;
    }
    lines.emplace_back(line);
}

}  // namespace

bool is_unsafe_on_screen(char32_t point) noexcept {
    const auto in = [point](char32_t first, char32_t last) {
        return point >= first && point <= last;
    };
    return is_control(point) || is_separator(point) ||  //
           point == 0x061c || in(0x200e, 0x200f) ||     // bidirectional marks
           in(0x202a, 0x202e) || in(0x2066, 0x206f) ||  // embeddings, overrides, isolates, shaping
           point == 0x200b || in(0x2060, 0x2064) || point == 0xfeff || point == 0x00ad ||  // unseen
           point == 0x034f || in(0x1bca0, 0x1bca3) || in(0x1d173, 0x1d17a) ||  // unseen too
           in(0xfff9, 0xfffb) || in(0xe0000, 0xe0fff) ||                       // annotations, tags
           point > 0x10ffff;
}

bool MarksOnCharacter::is_too_many(char32_t next) noexcept {
    const bool is_mark = next >= 0x300 && Utf8Locale().width_of(next) == 0;  // No mark is below.
    marks_ = is_mark ? marks_ + 1 : 0;
    return marks_ > marks_max;
}

std::string clean_text(std::string_view text) {
    return cleaned(text, '\n');
}

std::string clean_line(std::string_view text) {
    return cleaned(text, ' ');
}

std::size_t display_width(std::string_view line) {
    const Utf8Locale locale;
    std::size_t width = 0;
    while (!line.empty()) width += locale.width_of(take(line).point);
    return width;
}

std::string truncated(std::string_view line, std::size_t columns) {
    const Utf8Locale locale;
    if (bytes_that_fit(line, columns, locale) == line.size()) return std::string(line);
    if (columns == 0) return {};
    std::string short_line(line.substr(0, bytes_that_fit(line, columns - 1, locale)));
    return short_line.append(ellipsis);
}

std::string padded(std::string_view line, std::size_t columns) {
    const std::size_t width = display_width(line);
    std::string wide(line);
    if (width < columns) wide.append(columns - width, ' ');
    return wide;
}

std::vector<std::string> wrapped(std::string_view text, std::size_t columns) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        wrap_line(text.substr(0, end), std::max<std::size_t>(columns, 2), lines);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

}  // namespace crier
