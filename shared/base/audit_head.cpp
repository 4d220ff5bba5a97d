#include <array>
#include <charconv>
#include <string>
#include <vector>

#include "crier/audit.hpp"
#include "shared/base/crypto.hpp"

namespace crier {
namespace {

constexpr std::string_view prefix = "crier1.head.";

/// The whole text as a number.
template <class Number>
bool read_number(std::string_view text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}

template <std::size_t size>
bool read_base64url(std::string_view text, std::array<std::uint8_t, size>& bytes) {
    std::string decoded;
    if (!from_base64url(text, decoded) || decoded.size() != size) return false;
    std::copy(decoded.begin(), decoded.end(), bytes.begin());
    return true;
}

std::vector<std::string_view> split(std::string_view text) {
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t dot = text.find('.');
        parts.push_back(text.substr(0, dot));
        if (dot == std::string_view::npos) return parts;
        text.remove_prefix(dot + 1);
    }
}

}  // namespace

std::string to_line(const AuditHead& head) {
    return std::string(prefix) + std::to_string(head.seq) + "." + std::to_string(to_ms(head.time)) +
           "." + detail::to_hex(head.chain) + "." + to_base64url(head.key) + "." +
           to_base64url(head.signature);
}

Result<AuditHead> parse_audit_head(std::string_view line) {
    AuditHead head;
    std::int64_t time = 0;
    bool is_head = line.starts_with(prefix);
    if (is_head) {
        const std::vector<std::string_view> parts = split(line.substr(prefix.size()));
        is_head = parts.size() == 5 && read_number(parts[0], head.seq) &&
                  read_number(parts[1], time) && detail::from_hex(parts[2], head.chain) &&
                  read_base64url(parts[3], head.key) && read_base64url(parts[4], head.signature);
        head.time = utc_from_ms(time);
    }
    if (is_head) return head;
    return fail(ErrorCode::usage_invalid,
                "this is no head, or not all of it: `crier audit head` prints one, in one line "
                "that begins with " +
                    std::string(prefix));
}

std::string_view name_of(AuditFault fault) noexcept {
    constexpr std::array<std::string_view, 6> names{"edited",    "missing", "inserted",
                                                    "rewritten", "cut_off", "head_wrong"};
    const auto index = static_cast<std::size_t>(fault);
    return index < names.size() ? names[index] : std::string_view{};
}

}  // namespace crier
