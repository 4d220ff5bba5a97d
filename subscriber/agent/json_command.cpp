#include "subscriber/agent/json_command.hpp"

#include <algorithm>
#include <optional>

namespace crier::agent {
namespace {

constexpr std::string_view blanks = " \t\r\n";

void skip_blanks(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
}

/// `token` off the front, with the blanks before it.
bool take(std::string_view& text, std::string_view token) {
    skip_blanks(text);
    if (!text.starts_with(token)) return false;
    text.remove_prefix(token.size());
    return true;
}

/// A JSON string without escapes: an id needs none.
std::optional<std::string_view> take_string(std::string_view& text) {
    if (!take(text, "\"")) return std::nullopt;
    const std::size_t end = text.find_first_of("\"\\");
    if (end == text.npos || text[end] != '"') return std::nullopt;
    const std::string_view content = text.substr(0, end);
    text.remove_prefix(end + 1);
    return content;
}

std::optional<std::string_view> argument_of(std::string_view line) {
    if (take(line, "{")) {
        if (!take(line, "\"acknowledge\"") || !take(line, ":")) return std::nullopt;
        const auto argument = take_string(line);
        if (!argument || !take(line, "}")) return std::nullopt;
        skip_blanks(line);
        return line.empty() ? argument : std::nullopt;
    }
    if (!take(line, "acknowledge")) return std::nullopt;
    if (line.empty() || blanks.find(line.front()) == blanks.npos) return std::nullopt;
    skip_blanks(line);
    return line.substr(0, line.find_last_not_of(blanks) + 1);
}

}  // namespace

Result<MessageId> parse_command(std::string_view line) {
    const auto argument = argument_of(line);
    if (!argument) {
        return fail(ErrorCode::usage_invalid,
                    "not understood: write acknowledge ID, or {\"acknowledge\":\"ID\"}");
    }
    return parse_id<MessageId>(*argument);
}

}  // namespace crier::agent
