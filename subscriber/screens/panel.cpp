#include "subscriber/screens/panel.hpp"

#include <algorithm>

#include "shared/base/display.hpp"

namespace crier::screens {
namespace {

struct Line {
    std::string text;  ///< Clean.
    Weight weight = Weight::normal;
};

/// The strokes of a box. Critical ones are double, so that they differ without colours too.
struct Strokes {
    std::string_view top_left, top_right, bottom_left, bottom_right, across, down;
};
constexpr Strokes light{"┌", "┐", "└", "┘", "─", "│"};
constexpr Strokes twofold{"╔", "╗", "╚", "╝", "═", "║"};

std::string_view colour_of(Severity severity) {
    switch (severity) {
        case Severity::info:
            return "\x1b[36m";
        case Severity::warning:
            return "\x1b[33m";
        case Severity::critical:
            return "\x1b[1;31m";
    }
    return "";
}

std::string coloured(std::string_view text, Severity severity, const Look& look) {
    if (!look.is_coloured) return std::string(text);
    return std::string(colour_of(severity)).append(text).append("\x1b[0m");
}

std::string repeated(std::string_view stroke, std::size_t times) {
    std::string line;
    for (; times > 0; --times) line += stroke;
    return line;
}

/// As many facts on a line as fit, so that none is torn apart that fits on a line of its own.
std::string joined(const std::vector<std::string>& facts, std::string_view between,
                   std::size_t columns) {
    std::string text;
    std::size_t used = 0;
    for (const std::string& fact : facts) {
        const std::size_t width = display_width(fact);
        const std::size_t with_fact = used + display_width(between) + width;
        if (text.empty()) {
            used = width;
        } else if (columns == 0 || with_fact <= columns) {
            text += between;
            used = with_fact;
        } else {
            text += '\n';
            used = width;
        }
        text += fact;
    }
    return text;
}

/// `columns` 0: lines are never broken.
void append(std::vector<Line>& lines, const std::string& clean, Weight weight,
            std::size_t columns) {
    constexpr std::size_t unbroken = std::size_t{1} << 20;  // More than a message can have.
    for (std::string& text : wrapped(clean, columns == 0 ? unbroken : columns)) {
        lines.push_back({std::move(text), weight});
    }
}

std::string render_box(const Panel& panel, const Look& look) {
    constexpr std::size_t frame_columns = 4;  // A stroke and a blank on each side.
    const Strokes& strokes = panel.severity == Severity::critical ? twofold : light;
    const std::size_t inner_max = look.columns - frame_columns;

    std::vector<Line> lines;
    if (!panel.title.empty()) {
        append(lines, panel.title, Weight::strong, inner_max);
        lines.push_back({});
    }
    append(lines, panel.text, Weight::normal, inner_max);
    if (!panel.facts.empty() || !panel.hint.empty()) lines.push_back({});
    append(lines, joined(panel.facts, " · ", inner_max), Weight::faint, inner_max);
    append(lines, panel.hint, Weight::strong, inner_max);

    // The header stands between one stroke and one blank on each side.
    const std::string header = truncated(panel.header, inner_max - 2);
    std::size_t inner = display_width(header) + 2;
    for (const Line& line : lines) inner = std::max(inner, display_width(line.text));

    const std::string side = coloured(strokes.down, panel.severity, look);
    std::string top(strokes.top_left);
    top.append(strokes.across).append(" ").append(header).append(" ");
    top += repeated(strokes.across, inner - display_width(header) - 1);
    top += strokes.top_right;
    std::string text = coloured(top, panel.severity, look) + "\n";
    for (const Line& line : lines) {
        const std::string blanks(inner - display_width(line.text), ' ');
        text += side + " " + weighted(line.text, line.weight, look) + blanks + " " + side + "\n";
    }
    std::string bottom(strokes.bottom_left);
    bottom += repeated(strokes.across, inner + 2);
    bottom += strokes.bottom_right;
    return text + coloured(bottom, panel.severity, look) + "\n";
}

/// Indented below a first line that tells when and how serious, so that no line of a message can be
/// taken for one of ours.
std::string render_plain(const Panel& panel, const Look& look, UtcTime now) {
    constexpr std::size_t columns_for_wide_indent = 16;
    const bool is_narrow = look.columns != 0 && look.columns < columns_for_wide_indent;
    const std::string indent(is_narrow ? 1 : 4, ' ');
    const std::size_t columns =
        look.columns == 0 ? 0 : std::max<std::size_t>(look.columns - indent.size(), 2);

    std::string first = local_date_and_time(now) + " " + panel.header;
    if (!panel.facts.empty()) first += " " + joined(panel.facts, ", ", 0);
    std::vector<Line> head;
    append(head, first, Weight::normal, look.columns);
    std::vector<Line> body;
    if (!panel.title.empty()) append(body, panel.title, Weight::normal, columns);
    append(body, panel.text, Weight::normal, columns);
    append(body, panel.hint, Weight::normal, columns);

    std::string text;
    for (const Line& line : head) text.append(line.text).append("\n");
    for (const Line& line : body) text.append(indent).append(line.text).append("\n");
    return text;
}

}  // namespace

std::string render(const Panel& panel, const Look& look, UtcTime now) {
    if (look.is_boxed && look.columns >= box_columns_min) return render_box(panel, look);
    return render_plain(panel, look, now);
}

std::string severity_word(Severity severity, Language language) {
    switch (severity) {
        case Severity::info:
            return say(language, Phrase::info);
        case Severity::warning:
            return say(language, Phrase::warning);
        case Severity::critical:
            return say(language, Phrase::critical);
    }
    return say(language, Phrase::info);
}

std::string weighted(std::string_view text, Weight weight, const Look& look) {
    if (!look.is_coloured || weight == Weight::normal || text.empty()) return std::string(text);
    const std::string_view begin = weight == Weight::strong ? "\x1b[1m" : "\x1b[2m";
    return std::string(begin).append(text).append("\x1b[0m");
}

}  // namespace crier::screens
