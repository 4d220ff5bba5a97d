#include "publisher/cli/present_audit.hpp"

#include <algorithm>

#include "publisher/cli/present_json.hpp"
#include "publisher/cli/present_parts.hpp"
#include "shared/base/time.hpp"

namespace crier::cli {
namespace {

/// "title \"Ce soir\", severity critical".
std::string words_of_change(const AuditEntry& entry) {
    std::vector<std::string> parts;
    if (entry.text) parts.push_back("text \"" + first_line(*entry.text) + "\"");
    if (entry.title) {
        parts.push_back(entry.title->empty() ? "no title" : "title \"" + *entry.title + "\"");
    }
    if (entry.severity) parts.push_back("severity " + std::string(name_of(*entry.severity)));
    if (entry.style) parts.push_back("style " + std::string(name_of(*entry.style)));
    if (entry.expires) parts.push_back("expires " + to_string(*entry.expires));
    if (entry.ask_again) parts.emplace_back("asked again");
    return joined(parts);
}

std::string content_of(const AuditEntry& entry) {
    if (entry.about) return words_of_change(entry);
    if (!entry.text) return {};
    const std::string headline = entry.title ? *entry.title : first_line(*entry.text);
    return entry.target ? "to " + words_of(*entry.target) + ": " + headline : headline;
}

std::string which(const AuditFinding& finding) {
    std::string words = finding.first == finding.last ? "entry " + std::to_string(finding.first)
                                                      : "entries " + std::to_string(finding.first) +
                                                            " to " + std::to_string(finding.last);
    if (finding.id) words += " (id " + to_string(*finding.id) + ")";
    return words;
}

std::string what_happened(const AuditFinding& finding) {
    const bool is_one = finding.first == finding.last;
    switch (finding.fault) {
        case AuditFault::edited:
            return which(finding) + " was edited";
        case AuditFault::missing:
            return which(finding) + (is_one ? " is missing" : " are missing");
        case AuditFault::inserted:
            return which(finding) + " was inserted";
        case AuditFault::rewritten:
            return is_one ? which(finding) + " was edited, and its chain value with it"
                          : "among " + which(finding) +
                                " some were edited, and the chain values with them";
        case AuditFault::cut_off:
            return "the log was cut off: " + which(finding) + (is_one ? " is" : " are") +
                   " missing at its end";
        case AuditFault::head_wrong:
            break;
    }
    return "the head of " + which(finding) + " is wrong";
}

}  // namespace

std::string present(const std::vector<AuditEntry>& entries, const View& view) {
    if (view.form == Form::json) return json_of(entries);
    if (entries.empty() && view.form == Form::terminal) return "No entry.\n";
    const std::vector<Column> columns{
        {.head = "SEQ", .is_cut = false},     {.head = "AT", .goes = 2, .is_cut = false},
        {.head = "BY", .width_min = 8},       {.head = "WHAT", .is_cut = false},
        {.head = "MESSAGE", .is_cut = false}, {.head = "CONTENT", .width_min = 12}};
    Rows rows;
    for (const AuditEntry& entry : entries) {
        const std::string message = to_string(entry.about.value_or(entry.id));
        const bool is_terminal = view.form == Form::terminal;
        rows.push_back({std::to_string(entry.seq), short_time_in(view, entry.at), entry.principal,
                        entry.kind, is_terminal ? begin_of(message) : message, content_of(entry)});
        if (!is_terminal) rows.back().push_back(to_string(entry.id));
    }
    return table_in(view, columns, rows);
}

std::string present(const AuditHead& head, const View& view) {
    return view.form == Form::json ? json_of(head) : to_line(head) + "\n";
}

ExitCode exit_code_of(const Verified& verified) {
    const bool is_proven = verified.verdict.is_whole() && verified.verdict.is_compared;
    return is_proven ? ExitCode::done : ExitCode::some_not;
}

std::string present(const Verified& verified, const View& view) {
    const AuditVerdict& verdict = verified.verdict;
    if (view.form == Form::json) return json_of(verdict);
    const auto number_of = [](std::uint64_t number, const char* one, const char* many) {
        return std::to_string(number) + " " + (number == 1 ? one : many);
    };
    if (verdict.finding) {
        return lines_of("The log is not whole: " + what_happened(*verdict.finding) + ": " +
                            verdict.finding->detail + ". Up to there " +
                            number_of(verdict.entries, "entry was", "entries were") +
                            " found as written. Keep a copy of the broker's data folder before "
                            "anything else is done.",
                        view);
    }
    std::string text = "The log is whole: " + number_of(verdict.entries, "entry", "entries") +
                       " and " + number_of(verdict.heads, "signed head", "signed heads") +
                       " checked";
    if (verdict.pruned > 0) {
        text += "; " + number_of(verdict.pruned, "older entry was", "older entries were") +
                " pruned by the broker";
    }
    text += ".";
    if (verified.has_kept) {
        text += verdict.is_compared
                    ? " The head that was given holds."
                    : " The head that was given cannot be compared: its entry was pruned.";
    }
    if (verdict.seq > 0) text += " It ends with entry " + std::to_string(verdict.seq) + ".";
    return lines_of(text, view);
}

Rows changes_in(const std::vector<AuditEntry>& history, const View& view) {
    Rows rows;
    std::size_t revision = 1;
    bool is_recalled = false;
    for (auto entry = history.rbegin(); entry != history.rend(); ++entry) {
        if (!entry->about) continue;
        const std::string when = time_in(view, entry->at) + " by " + entry->principal;
        const std::string what = words_of_change(*entry);
        if (entry->kind == "update" && !is_recalled) {
            rows.push_back({"Revision " + std::to_string(++revision), when + ": " + what});
        } else if (entry->kind == "recall") {
            rows.push_back({is_recalled ? "Recalled again" : "Recalled", when});
            is_recalled = true;
        } else {
            // Too late to change anything, or of a kind to come.
            rows.push_back({entry->kind, when + (what.empty() ? "" : ": " + what)});
        }
    }
    return rows;
}

}  // namespace crier::cli
