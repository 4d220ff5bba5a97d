#include "publisher/cli/table.hpp"

#include <algorithm>
#include <numeric>

#include "shared/base/display.hpp"

namespace crier::cli {
namespace {

constexpr std::size_t gap = 2;

struct Layout {
    std::vector<std::size_t> shown;   ///< Which columns.
    std::vector<std::size_t> widths;  ///< Of all columns.

    [[nodiscard]] std::size_t total() const {
        std::size_t sum = shown.empty() ? 0 : gap * (shown.size() - 1);
        for (const std::size_t column : shown) sum += widths[column];
        return sum;
    }
};

std::size_t least_width(const Column& column, std::size_t natural) {
    return column.is_cut ? std::min(natural, column.width_min) : natural;
}

/// Takes one column of the screen from the widest that can give one. False: none can.
bool cut_widest(Layout& layout, const std::vector<Column>& columns,
                const std::vector<std::size_t>& natural) {
    std::size_t* widest = nullptr;
    for (const std::size_t column : layout.shown) {
        std::size_t& width = layout.widths[column];
        const bool can_give = width > least_width(columns[column], natural[column]);
        if (can_give && (widest == nullptr || width > *widest)) widest = &width;
    }
    if (widest == nullptr) return false;
    *widest -= 1;
    return true;
}

bool drop_least_wanted(Layout& layout, const std::vector<Column>& columns) {
    const auto least = std::max_element(layout.shown.begin(), layout.shown.end(),
                                        [&](std::size_t left, std::size_t right) {
                                            return columns[left].goes < columns[right].goes;
                                        });
    if (least == layout.shown.end() || columns[*least].goes == 0) return false;
    layout.shown.erase(least);
    return true;
}

Layout lay_out(const std::vector<Column>& columns, const std::vector<std::size_t>& natural,
               std::size_t columns_max) {
    Layout layout{std::vector<std::size_t>(columns.size()), natural};
    std::iota(layout.shown.begin(), layout.shown.end(), std::size_t{0});
    const auto least_total = [&] {
        Layout least = layout;
        for (std::size_t column = 0; column < columns.size(); ++column) {
            least.widths[column] = least_width(columns[column], natural[column]);
        }
        return least.total();
    };
    while (least_total() > columns_max && drop_least_wanted(layout, columns)) {
    }
    while (layout.total() > columns_max && cut_widest(layout, columns, natural)) {
    }
    return layout;
}

Rows cleaned(const Rows& rows) {
    Rows clean = rows;
    for (auto& row : clean) {
        for (std::string& cell : row) cell = clean_line(cell);
    }
    return clean;
}

/// A claimed name keeps its '?' even where there is no room for the name.
std::string fitted(const std::string& cell, std::size_t width) {
    if (!cell.ends_with('?') || display_width(cell) <= width) return truncated(cell, width);
    return truncated(cell.substr(0, cell.size() - 1), width - 1) + "?";
}

void append_row(std::string& text, const Layout& layout, const std::vector<std::string>& row) {
    std::string line;
    for (const std::size_t column : layout.shown) {
        if (!line.empty()) line.append(gap, ' ');
        const std::size_t width = layout.widths[column];
        line += padded(fitted(row[column], width), width);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
}

/// For a screen on which no line of the table has room: each row as lines of its own.
std::string records(const Layout& layout, const std::vector<std::string>& head, const Rows& rows,
                    std::size_t columns_max) {
    std::string text;
    for (const auto& row : rows) {
        Rows facts;
        for (const std::size_t column : layout.shown) facts.push_back({head[column], row[column]});
        text += (text.empty() ? "" : "\n") + facts_for_terminal(facts, columns_max);
    }
    return text;
}

}  // namespace

std::string table_for_terminal(const std::vector<Column>& columns, const Rows& rows,
                               std::size_t columns_max) {
    const Rows clean = cleaned(rows);
    std::vector<std::string> head;
    std::vector<std::size_t> natural;
    for (const Column& column : columns) {
        head.emplace_back(column.head);
        natural.push_back(display_width(column.head));
    }
    for (const auto& row : clean) {
        for (std::size_t column = 0; column < columns.size(); ++column) {
            natural[column] = std::max(natural[column], display_width(row[column]));
        }
    }
    const Layout layout = lay_out(columns, natural, columns_max);
    if (layout.total() > columns_max) return records(layout, head, clean, columns_max);
    std::string text;
    append_row(text, layout, head);
    for (const auto& row : clean) append_row(text, layout, row);
    return text;
}

std::string table_for_pipe(const Rows& rows) {
    std::string text;
    for (const auto& row : cleaned(rows)) {
        for (std::size_t column = 0; column < row.size(); ++column) {
            if (column > 0) text += '\t';
            text += row[column];
        }
        text += '\n';
    }
    return text;
}

std::string facts_for_terminal(const Rows& facts, std::size_t columns_max) {
    std::size_t names_width = 0;
    for (const auto& fact : facts) {
        names_width = std::max(names_width, display_width(fact.front()));
    }
    const std::size_t indent = names_width + gap;
    const std::size_t room = columns_max > indent + 20 ? columns_max - indent : 20;
    std::string text;
    for (const auto& fact : facts) {
        std::string name = fact.front();
        for (const std::string& line : wrapped(clean_text(fact.back()), room)) {
            std::string whole = padded(name, indent) + line;
            whole.erase(whole.find_last_not_of(' ') + 1);
            text += whole + '\n';
            name.clear();
        }
    }
    return text;
}

}  // namespace crier::cli
