#include "crier/id.hpp"

namespace crier::detail {
namespace {

int digit_value(char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
}

}  // namespace

std::string to_hex(std::span<const std::uint8_t> bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const std::uint8_t byte : bytes) {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

bool from_hex(std::string_view text, std::span<std::uint8_t> bytes) {
    if (text.size() != bytes.size() * 2) return false;
    for (std::size_t index = 0; index < bytes.size(); ++index) {
        const int high = digit_value(text[2 * index]);
        const int low = digit_value(text[2 * index + 1]);
        if (high < 0 || low < 0) return false;
        bytes[index] = static_cast<std::uint8_t>(high * 16 + low);
    }
    return true;
}

}  // namespace crier::detail
