#include "shared/config/setting.hpp"

#include <charconv>
#include <numeric>

#include "shared/base/assert.hpp"
#include "shared/base/json.hpp"
#include "shared/base/text.hpp"

namespace crier::config {
namespace {

std::string bounds_of(const Integer& integer) {
    return std::to_string(integer.min) + " to " + std::to_string(integer.max) + " " +
           std::string(integer.unit);
}

std::string joined(std::span<const std::string_view> words) {
    std::string all;
    for (const std::string_view word : words) {
        if (!all.empty()) all += word == words.back() ? " or " : ", ";
        all += word;
    }
    return all;
}

std::optional<std::string> text_problem(std::string_view text, TextRule rule) {
    if (!is_one_line(text)) return "must be UTF-8 without control characters";
    return rule != nullptr ? rule(text) : std::nullopt;
}

std::optional<std::string> problem(const Integer& integer, std::int64_t value) {
    if (value >= integer.min && value <= integer.max) return std::nullopt;
    return "must be " + bounds_of(integer);
}

std::optional<std::string> problem(const Text& text, const std::string& value) {
    if (text.words.empty()) return text_problem(value, text.rule);
    if (std::find(text.words.begin(), text.words.end(), value) != text.words.end()) {
        return std::nullopt;
    }
    return "must be " + joined(text.words);
}

std::optional<std::string> problem(const TextList& list, const std::vector<std::string>& values) {
    if (values.size() > list.count_max) {
        return "must have at most " + std::to_string(list.count_max) + " elements";
    }
    for (const std::string& value : values) {
        if (const auto wrong = text_problem(value, list.rule)) {
            return json_string(value) + " " + *wrong;
        }
    }
    return std::nullopt;
}

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const std::size_t comma = text.find(',');
        std::string_view part = text.substr(0, comma);
        while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
        while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
        parts.emplace_back(part);
        if (comma == std::string_view::npos) break;
        text.remove_prefix(comma + 1);
    }
    return parts;
}

/// A basic string of TOML. problem_with() lets no control character in.
std::string quoted(std::string_view text) {
    std::string string = "\"";
    for (const char letter : text) {
        if (letter == '"' || letter == '\\') string += '\\';
        string += letter;
    }
    return string + "\"";
}

}  // namespace

Value fallback_of(const Setting& setting) {
    if (const auto* integer = std::get_if<Integer>(&setting.kind)) return integer->fallback;
    if (const auto* toggle = std::get_if<Switch>(&setting.kind)) return toggle->fallback;
    if (const auto* text = std::get_if<Text>(&setting.kind)) return std::string(text->fallback);
    const auto& list = std::get<TextList>(setting.kind);
    return std::vector<std::string>(list.fallback.begin(), list.fallback.end());
}

std::string type_of(const Setting& setting) {
    if (const auto* integer = std::get_if<Integer>(&setting.kind)) {
        return "a whole number, " + bounds_of(*integer);
    }
    if (std::holds_alternative<Switch>(setting.kind)) return "true or false";
    if (const auto* text = std::get_if<Text>(&setting.kind)) {
        return text->words.empty() ? "a text in quotes" : joined(text->words);
    }
    return "a list of texts, [\"one\", \"two\"]";
}

std::optional<std::string> problem_with(const Setting& setting, const Value& value) {
    if (value.index() != setting.kind.index()) return "must be " + type_of(setting);
    if (const auto* integer = std::get_if<Integer>(&setting.kind)) {
        return problem(*integer, std::get<std::int64_t>(value));
    }
    if (const auto* text = std::get_if<Text>(&setting.kind)) {
        return problem(*text, std::get<std::string>(value));
    }
    if (const auto* list = std::get_if<TextList>(&setting.kind)) {
        return problem(*list, std::get<std::vector<std::string>>(value));
    }
    return std::nullopt;
}

std::optional<Value> value_from_text(const Setting& setting, std::string_view text) {
    if (std::holds_alternative<Text>(setting.kind)) return std::string(text);
    if (std::holds_alternative<TextList>(setting.kind)) return split(text);
    if (std::holds_alternative<Switch>(setting.kind)) {
        if (text == "true" || text == "1") return true;
        if (text == "false" || text == "0") return false;
        return std::nullopt;
    }
    std::int64_t number = 0;
    const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (wrong != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::string to_toml(const Value& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
    if (const auto* toggle = std::get_if<bool>(&value)) return *toggle ? "true" : "false";
    if (const auto* text = std::get_if<std::string>(&value)) return quoted(*text);
    std::string list = "[";
    for (const std::string& text : std::get<std::vector<std::string>>(value)) {
        if (list.size() > 1) list += ", ";
        list += quoted(text);
    }
    return list + "]";
}

const Setting* find_setting(Table table, std::string_view name) {
    for (const Setting& setting : table) {
        if (setting.name == name) return &setting;
    }
    return nullptr;
}

std::string_view nearest_name(Table table, std::string_view name) {
    CRIER_ASSERT(!table.empty(), "a program without settings has no use for this");
    const auto key_of = [](std::string_view full) { return full.substr(full.rfind('.') + 1); };
    const auto far = [&](const Setting& setting) {
        // The right key in the wrong section counts as near.
        const std::size_t keys = distance(key_of(setting.name), key_of(name));
        return std::min(distance(setting.name, name), keys + 2);
    };
    return std::min_element(
               table.begin(), table.end(),
               [&](const Setting& left, const Setting& right) { return far(left) < far(right); })
        ->name;
}

std::size_t distance(std::string_view left, std::string_view right) {
    std::vector<std::size_t> row(right.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < left.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < right.size(); ++j) {
            const std::size_t changed = diagonal + (left[i] == right[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

std::string environment_name(std::string_view name) {
    std::string variable = "CRIER_";
    for (const char letter : name) {
        const bool is_lower = letter >= 'a' && letter <= 'z';
        variable += letter == '.' ? '_' : is_lower ? static_cast<char>(letter - 'a' + 'A') : letter;
    }
    return variable;
}

}  // namespace crier::config
