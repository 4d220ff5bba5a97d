#include "publisher/cli/report.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "shared/base/display.hpp"
#include "shared/base/time.hpp"

namespace crier::cli {
namespace {

/// How a cell begins that a spreadsheet computes instead of showing it; the last four are the wide
/// forms, which some take for the same.
constexpr std::array<std::string_view, 8> formula_starts{"=",      "+",      "-",      "@",
                                                         "\uff1d", "\uff0b", "\uff0d", "\uff20"};

bool is_formula(std::string_view text) {
    // Blanks before it do not make every spreadsheet show it.
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    return std::any_of(formula_starts.begin(), formula_starts.end(),
                       [text](std::string_view start) { return text.starts_with(start); });
}

/// Whether somebody but the session says that this is its name.
std::string_view standing_of(const std::string& name, bool is_verified) {
    if (name.empty()) return {};
    return is_verified ? "verified" : "claimed";
}

std::string row_of(std::initializer_list<std::string_view> cells) {
    std::string row;
    bool is_first = true;
    for (const std::string_view cell : cells) {
        if (!std::exchange(is_first, false)) row += ',';
        row += csv_cell(cell);
    }
    return row + "\r\n";
}

}  // namespace

std::string csv_cell(std::string_view text) {
    std::string cell = clean_line(text);
    if (is_formula(cell)) cell.insert(0, 1, '\'');
    // The others separate cells where the comma is the decimal sign.
    if (cell.find_first_of(",\";\t") == cell.npos) return cell;
    std::string quoted = "\"";
    for (const char one : cell) quoted += one == '"' ? std::string("\"\"") : std::string(1, one);
    return quoted + "\"";
}

std::string csv_of(const Outcome& outcome) {
    const auto& choices = outcome.message.content.choices;
    std::string text =
        row_of({"session", "user", "user_verified", "system_user", "system_user_verified",
                "machine", "application", "state", "at", "cause", "removed", "dropped", "answer"});
    for (const SessionOutcome& session : outcome.sessions) {
        const bool has_answer = session.answer && *session.answer < choices.size();
        text +=
            row_of({to_string(session.session), session.user,
                    standing_of(session.user, session.user_verified), session.system_user,
                    standing_of(session.system_user, session.system_user_verified), session.machine,
                    session.application, name_of(session.state), to_string(session.at),
                    session.cause, session.removed ? "yes" : "no", session.dropped ? "yes" : "no",
                    has_answer ? choices[*session.answer] : ""});
    }
    return text;
}

}  // namespace crier::cli
