#include "subscriber/agent/json_command.hpp"

#include <algorithm>
#include <charconv>
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

/// A word up to the next blank or the end.
std::string_view take_word(std::string_view& text) {
    skip_blanks(text);
    const std::string_view word = text.substr(0, text.find_first_of(blanks));
    text.remove_prefix(word.size());
    return word;
}

/// As JSON writes it; 0 too: what is no choice is not for this file to say.
std::optional<std::uint32_t> take_number(std::string_view& text) {
    skip_blanks(text);
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const auto digits = static_cast<std::size_t>(end - text.data());
    if (error != std::errc{} || (digits > 1 && text.front() == '0')) return std::nullopt;
    text.remove_prefix(digits);
    return number;
}

/// What stands in a line, not yet looked at as an id.
struct Words {
    std::string_view id;
    std::optional<std::uint32_t> choice;
};

/// Behind the opening brace.
std::optional<Words> take_json(std::string_view& line) {
    const bool is_answer = take(line, "\"answer\"");
    if (!is_answer && !take(line, "\"acknowledge\"")) return std::nullopt;
    if (!take(line, ":")) return std::nullopt;
    const auto id = take_string(line);
    if (!id) return std::nullopt;
    Words words{*id, std::nullopt};
    if (is_answer) {
        const bool is_choice = take(line, ",") && take(line, "\"choice\"") && take(line, ":");
        if (is_choice) words.choice = take_number(line);
        if (!words.choice) return std::nullopt;
    }
    return take(line, "}") ? std::optional(words) : std::nullopt;
}

std::optional<Words> take_words(std::string_view& line) {
    const std::string_view verb = take_word(line);
    if (verb != "acknowledge" && verb != "answer") return std::nullopt;
    Words words{take_word(line), std::nullopt};
    if (verb == "answer") {
        words.choice = take_number(line);
        if (!words.choice) return std::nullopt;
    }
    return words;
}

}  // namespace

Result<Command> parse_command(std::string_view line) {
    const std::optional<Words> words = take(line, "{") ? take_json(line) : take_words(line);
    skip_blanks(line);
    if (!words || !line.empty()) {
        return fail(ErrorCode::usage_invalid,
                    "not understood: write acknowledge ID, or {\"acknowledge\":\"ID\"}; answer ID "
                    "N, or {\"answer\":\"ID\",\"choice\":N}");
    }
    const Result<MessageId> id = parse_id<MessageId>(words->id);
    if (!id) return fail(id.error());
    return Command{*id, words->choice};
}

}  // namespace crier::agent
