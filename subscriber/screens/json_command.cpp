#include "subscriber/screens/json_command.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace crier::screens {
namespace {

constexpr std::array<std::pair<std::string_view, Verb>, 3> verbs{{
    {"acknowledge", Verb::acknowledge},
    {"answer", Verb::answer},
    {"remove", Verb::remove},
}};

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
    Verb verb = Verb::acknowledge;
    std::string_view id;
    std::optional<std::uint32_t> choice;
};

std::optional<Verb> verb_of(std::string_view word) {
    const auto* const found = std::find_if(verbs.begin(), verbs.end(),
                                           [&](const auto& verb) { return verb.first == word; });
    return found == verbs.end() ? std::nullopt : std::optional(found->second);
}

/// Behind the opening brace.
std::optional<Words> take_json(std::string_view& line) {
    const auto word = take_string(line);
    const auto verb = word ? verb_of(*word) : std::nullopt;
    if (!verb || !take(line, ":")) return std::nullopt;
    const auto id = take_string(line);
    if (!id) return std::nullopt;
    Words words{*verb, *id, std::nullopt};
    if (verb == Verb::answer) {
        const bool is_choice = take(line, ",") && take(line, "\"choice\"") && take(line, ":");
        if (is_choice) words.choice = take_number(line);
        if (!words.choice) return std::nullopt;
    }
    return take(line, "}") ? std::optional(words) : std::nullopt;
}

std::optional<Words> take_words(std::string_view& line) {
    const auto verb = verb_of(take_word(line));
    if (!verb) return std::nullopt;
    Words words{*verb, take_word(line), std::nullopt};
    if (verb == Verb::answer) {
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
                    "N, or {\"answer\":\"ID\",\"choice\":N}; remove ID, or {\"remove\":\"ID\"}");
    }
    const Result<MessageId> id = parse_id<MessageId>(words->id);
    if (!id) return fail(id.error());
    return Command{words->verb, *id, words->choice};
}

}  // namespace crier::screens
