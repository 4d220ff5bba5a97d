#include "tests/conformance/document.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace crier::test {
namespace {

std::string trimmed(const std::string& cell) {
    const auto begin = cell.find_first_not_of(" \t");
    if (begin == std::string::npos) return {};
    return cell.substr(begin, cell.find_last_not_of(" \t") - begin + 1);
}

Row cells_of(const std::string& line) {
    Row row;
    std::istringstream cells(line.substr(1));
    for (std::string cell; std::getline(cells, cell, '|');) row.push_back(trimmed(cell));
    return row;
}

}  // namespace

std::vector<std::string> document_lines() {
    std::ifstream in(CRIER_SOURCE_DIR "/shared/protocol/PROTOCOL.md");
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

std::vector<Row> table_of(const std::string& name) {
    const std::vector<std::string> lines = document_lines();
    auto line = std::find(lines.begin(), lines.end(), "[checked] " + name);
    while (line != lines.end() && !line->starts_with('|')) ++line;
    std::vector<Row> table;
    for (; line != lines.end() && line->starts_with('|'); ++line) {
        if (!line->starts_with("|--")) table.push_back(cells_of(*line));
    }
    return table;
}

std::vector<Row> rows_of(const std::string& name) {
    std::vector<Row> table = table_of(name);
    if (!table.empty()) table.erase(table.begin());
    return table;
}

std::vector<std::string> quoted_in(const std::string& cell) {
    std::vector<std::string> quoted;
    std::istringstream parts(cell);
    bool is_quoted = false;
    for (std::string part; std::getline(parts, part, '`'); is_quoted = !is_quoted) {
        if (is_quoted) quoted.push_back(part);
    }
    return quoted;
}

}  // namespace crier::test
