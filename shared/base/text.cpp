#include "shared/base/text.hpp"

#include <cstddef>
#include <cstdint>

namespace crier {
namespace {

bool is_continuation(std::uint8_t byte) {
    return (byte & 0xc0) == 0x80;
}

template <class Predicate>
bool every_code_point(std::string_view text, Predicate is_allowed) noexcept {
    while (!text.empty()) {
        const char32_t point = take_code_point(text);
        if (point == ill_formed || !is_allowed(point)) return false;
    }
    return true;
}

bool is_white_space(char32_t point) {
    return (point >= 0x09 && point <= 0x0d) || point == 0x20 || point == 0x85 || point == 0xa0 ||
           point == 0x1680 || (point >= 0x2000 && point <= 0x200a) || point == 0x2028 ||
           point == 0x2029 || point == 0x202f || point == 0x205f || point == 0x3000;
}

bool is_control(char32_t point) {
    return point < 0x20 || (point >= 0x7f && point <= 0x9f);
}

}  // namespace

char32_t take_code_point(std::string_view& text) noexcept {
    const auto byte = [&](std::size_t index) { return static_cast<std::uint8_t>(text[index]); };
    const std::uint8_t lead = byte(0);
    std::size_t length = 1;
    char32_t point = lead;
    char32_t smallest = 0;
    if (lead >= 0xf0) {
        length = 4, point = lead & 0x07u, smallest = 0x10000;
    } else if (lead >= 0xe0) {
        length = 3, point = lead & 0x0fu, smallest = 0x800;
    } else if (lead >= 0xc0) {
        length = 2, point = lead & 0x1fu, smallest = 0x80;
    } else if (lead >= 0x80) {
        return ill_formed;
    }
    if (lead >= 0xf8 || text.size() < length) return ill_formed;
    for (std::size_t index = 1; index < length; ++index) {
        if (!is_continuation(byte(index))) return ill_formed;
        point = (point << 6) | (byte(index) & 0x3fu);
    }
    const bool is_surrogate = point >= 0xd800 && point <= 0xdfff;
    if (point < smallest || point > 0x10ffff || is_surrogate) return ill_formed;
    text.remove_prefix(length);
    return point;
}

bool take(std::string_view& text, char wanted) noexcept {
    if (!text.starts_with(wanted)) return false;
    text.remove_prefix(1);
    return true;
}

std::optional<int> take_number(std::string_view& text, std::size_t digits) noexcept {
    if (digits < 1 || digits > 9 || text.size() < digits) return std::nullopt;
    int number = 0;
    for (const char digit : text.substr(0, digits)) {
        if (digit < '0' || digit > '9') return std::nullopt;
        number = 10 * number + (digit - '0');
    }
    text.remove_prefix(digits);
    return number;
}

std::string_view cut_to(std::string_view text, std::size_t bytes_max) noexcept {
    if (text.size() <= bytes_max) return text;
    while (bytes_max > 0 && is_continuation(static_cast<std::uint8_t>(text[bytes_max]))) {
        --bytes_max;
    }
    return text.substr(0, bytes_max);
}

bool is_utf8(std::string_view text) noexcept {
    return every_code_point(text, [](char32_t) { return true; });
}

bool is_plain_text(std::string_view text) noexcept {
    // Most texts are mostly ASCII, of which only NUL needs a look.
    while (!text.empty() && static_cast<signed char>(text.front()) > 0) text.remove_prefix(1);
    return every_code_point(text, [](char32_t point) { return point != 0; });
}

bool is_blank(std::string_view text) noexcept {
    return every_code_point(text, is_white_space);
}

bool is_one_line(std::string_view text) noexcept {
    return every_code_point(text, [](char32_t point) { return !is_control(point); });
}

}  // namespace crier
