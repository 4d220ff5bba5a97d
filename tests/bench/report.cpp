#include "tests/bench/report.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "shared/base/json.hpp"

namespace crier::bench {
namespace {

constexpr std::size_t name_width = 58;
constexpr std::size_t number_width = 12;

/// "1,234,567" or "12.34".
std::string number(double value, int decimals) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
    std::string digits = text.data();
    const std::size_t point = std::min(digits.find('.'), digits.size());
    for (std::size_t i = point; i > 3; i -= 3) digits.insert(i - 3, ",");
    return digits;
}

std::string right(const std::string& text) {
    return std::string(number_width - std::min(number_width, text.size()), ' ') + text;
}

std::string left(std::string text) {
    text.resize(std::max(name_width, text.size()), ' ');
    return text;
}

std::string words_of(const Row& row) {
    if (!row.goal) return "";
    std::string words =
        row.goal->bound == Row::Goal::Bound::at_least ? "  at least " : "  at most ";
    const bool of_ratio = row.goal->of == Row::Goal::Of::ratio;
    words += number(row.goal->limit, of_ratio ? 1 : row.decimals);
    return words + (*row.is_met() ? ": met" : ": MISSED");
}

void append_member(std::string& json, const char* name, std::optional<double> value) {
    std::array<char, 64> text{};
    if (value) std::snprintf(text.data(), text.size(), "%.4f", *value);
    json += std::string(",\"") + name + "\":" + (value ? text.data() : "null");
}

}  // namespace

std::optional<double> Row::ratio() const {
    if (!forwarder || *forwarder <= 0) return std::nullopt;
    return crier / *forwarder;
}

std::optional<bool> Row::is_met() const {
    if (!goal) return std::nullopt;
    const double value = goal->of == Goal::Of::ratio ? ratio().value_or(0) : crier;
    return goal->bound == Goal::Bound::at_least ? value >= goal->limit : value <= goal->limit;
}

std::string to_table(const std::vector<Row>& rows) {
    std::string text =
        left("") + right("forwarder") + right("crier") + right("ratio") + "  wanted\n";
    for (const Row& row : rows) {
        const auto cell = [](std::optional<double> value, int decimals) {
            return right(value ? number(*value, decimals) : "-");
        };
        text += left(row.name) + cell(row.forwarder, row.decimals) + cell(row.crier, row.decimals) +
                cell(row.ratio(), 2) + words_of(row) + "\n";
    }
    return text;
}

std::string to_json(const std::vector<Row>& rows) {
    std::string json = "[";
    for (const Row& row : rows) {
        if (json.size() > 1) json += ",";
        json += "{\"name\":" + json_string(row.name);
        append_member(json, "forwarder", row.forwarder);
        append_member(json, "crier", row.crier);
        append_member(json, "ratio", row.ratio());
        const std::optional<bool> met = row.is_met();
        json += std::string(",\"met\":") + (!met ? "null" : *met ? "true" : "false") + "}";
    }
    return json + "]\n";
}

}  // namespace crier::bench
