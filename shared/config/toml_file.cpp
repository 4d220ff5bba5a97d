#include "shared/config/toml_file.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <sstream>

#include "shared/base/display.hpp"

namespace crier::config {
namespace {

std::optional<Value> value_of(const toml::node& node) {
    if (const auto* number = node.as_integer()) return number->get();
    if (const auto* toggle = node.as_boolean()) return toggle->get();
    if (const auto* text = node.as_string()) return text->get();
    const auto* array = node.as_array();
    if (array == nullptr) return std::nullopt;
    std::vector<std::string> texts;
    for (const toml::node& element : *array) {
        const auto* text = element.as_string();
        if (text == nullptr) return std::nullopt;
        texts.push_back(text->get());
    }
    return texts;
}

std::string text_of(const toml::node& node, const std::optional<Value>& value) {
    std::ostringstream text;
    if (value) {
        text << to_toml(*value);
    } else {
        text << toml::node_view<const toml::node>(node);
    }
    return truncated(clean_line(text.str()), 60);
}

std::string line_at(std::string_view text, std::size_t number) {
    std::istringstream lines{std::string(text)};
    std::string line;
    for (std::size_t at = 0; at < number; ++at) std::getline(lines, line);
    return truncated(clean_line(line), 60);
}

void walk(const toml::table& table, const std::string& prefix, std::vector<TomlLine>& lines) {
    for (const auto& [key, node] : table) {
        const std::string name = prefix + std::string(key.str());
        const auto* inner = node.as_table();
        if (inner != nullptr && !inner->empty()) {
            walk(*inner, name + ".", lines);
            continue;
        }
        const std::optional<Value> value = value_of(node);
        lines.push_back({name, value, text_of(node, value), key.source().begin.line});
    }
}

}  // namespace

Result<std::vector<TomlLine>> parse_toml(std::string_view text, std::string_view file_name) {
    toml::table table;
    try {
        table = toml::parse(text, file_name);
    } catch (const toml::parse_error& error) {
        // It may not say which setting it is about: the line does.
        return fail(ErrorCode::configuration_invalid,
                    line_at(text, error.source().begin.line) + ": " +
                        clean_line(error.description()) + " (" + std::string(file_name) + ":" +
                        std::to_string(error.source().begin.line) + ")");
    }
    std::vector<TomlLine> lines;
    walk(table, "", lines);
    std::stable_sort(lines.begin(), lines.end(), [](const TomlLine& left, const TomlLine& right) {
        return left.line < right.line;
    });
    return lines;
}

}  // namespace crier::config
