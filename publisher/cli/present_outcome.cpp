// What became of one message: `crier status ID`.
#include "publisher/cli/present.hpp"
#include "publisher/cli/present_audit.hpp"
#include "publisher/cli/present_json.hpp"
#include "publisher/cli/present_parts.hpp"

namespace crier::cli {
namespace {

std::string notes_of(const SessionOutcome& outcome) {
    std::vector<std::string> notes;
    if (!outcome.cause.empty()) notes.push_back(outcome.cause);
    if (outcome.again) notes.emplace_back("shown again");
    if (outcome.removed) notes.emplace_back("off the screen");
    if (outcome.dropped) notes.emplace_back("session ended by it");
    return joined(notes);
}

/// What a session made of it: its answer stands where others have a note.
std::string notes_of(const SessionOutcome& outcome, const SentMessage& message) {
    const auto& choices = message.content.choices;
    const bool has_answer = outcome.answer && *outcome.answer < choices.size();
    std::string notes = notes_of(outcome);
    if (!has_answer) return notes;
    const std::string& answer = choices[*outcome.answer];
    return notes.empty() ? answer : answer + ", " + notes;
}

/// What a message's schedule has brought about, and will.
void add_schedule(Rows& facts, const SentMessage& message, const View& view) {
    const Schedule& schedule = message.schedule;
    if (message.next) {
        facts.push_back({message.is_waiting ? "Goes out" : "Again", time_in(view, *message.next)});
    } else if (message.is_waiting && !message.is_recalled && message.is_final) {
        facts.push_back({"Sent out", "never: it had expired when it could be"});
    }
    if (message.late) facts.push_back({"Late", "it was due at " + time_in(view, *message.late)});
    if (schedule.every != Milliseconds{0}) {
        facts.push_back({"Repeated", "every " + words_of(schedule.every) + " until " +
                                         time_in(view, *schedule.until)});
    }
    if (schedule.close_admission) {
        facts.push_back({"Admission", "closes at " + time_in(view, *schedule.close_admission)});
    }
    if (!schedule.drop) return;
    facts.push_back({"Ends", "its sessions at " + time_in(view, *schedule.drop) + "; " +
                                 std::to_string(message.counts.dropped) + " ended so far"});
}

void add_question(Rows& facts, const SentMessage& message, const View& view) {
    const auto& choices = message.content.choices;
    const auto& answers = message.counts.answers;
    for (std::size_t i = 0; i < choices.size() && i < answers.size(); ++i) {
        facts.push_back({"Answer", choices[i] + ": " + std::to_string(answers[i])});
    }
    if (message.quorum != 0) facts.push_back({"Quorum", std::to_string(message.quorum) + " %"});
    if (message.closed) facts.push_back({"Closed", time_in(view, *message.closed)});
}

Rows facts_of(const MessageStatus& status, const View& view) {
    const SentMessage& message = status.outcome.message;
    Rows facts{{"Message", to_string(message.id)}};
    if (!message.content.title.empty()) facts.push_back({"Title", message.content.title});
    facts.push_back({"Text", message.content.text});
    for (const Translation& one : message.content.translations) {
        facts.push_back({"In " + one.language, one.text});
    }
    facts.push_back({"Kind", std::string(name_of(message.content.severity)) + ", " +
                                 std::string(name_of(message.content.style))});
    facts.push_back({"Sent", time_in(view, message.sent) + " by " + message.from + " to " +
                                 words_of(message.target)});
    if (message.expires) facts.push_back({"Expires", time_in(view, *message.expires)});
    add_schedule(facts, message, view);
    add_question(facts, message, view);
    const Rows changes = changes_in(status.history, view);
    facts.insert(facts.end(), changes.begin(), changes.end());
    if (changes.empty() && message.revision > 1) {
        facts.push_back({"Revision", std::to_string(message.revision)});
    }
    if (changes.empty() && message.is_recalled) {
        facts.push_back({"Recalled", "yes: it is shown to nobody any more"});
    }
    facts.push_back({"Outcome", words_of(message.tally) +
                                    (message.is_final ? "; nothing will change any more" : "")});
    return facts;
}

}  // namespace

std::string present(const MessageStatus& status, const View& view) {
    if (view.form == Form::json) return json_of(status);
    const Outcome& outcome = status.outcome;
    const std::vector<Column> columns{{.head = "SESSION", .is_cut = false},
                                      {.head = "USER", .width_min = 8},
                                      {.head = "SYSTEM USER", .width_min = 11, .goes = 3},
                                      {.head = "MACHINE", .width_min = 8, .goes = 2},
                                      {.head = "APPLICATION", .width_min = 11, .goes = 5},
                                      {.head = "STATE", .width_min = 9},
                                      {.head = "SINCE", .goes = 4, .is_cut = false},
                                      {.head = "NOTE", .width_min = 16, .goes = 1}};
    Rows rows;
    bool has_notes = false;
    for (const SessionOutcome& session : outcome.sessions) {
        rows.push_back({to_string(session.session),
                        name_with_mark(session.user, session.user_verified),
                        name_with_mark(session.system_user, session.system_user_verified),
                        session.machine, session.application, words_of(session.state),
                        short_time_in(view, session.at), notes_of(session, outcome.message)});
        has_notes = has_notes || !rows.back().back().empty();
    }
    std::string text = facts_in(view, facts_of(status, view));
    if (rows.empty()) return text;
    std::vector<Column> shown = columns;
    if (view.form == Form::terminal && !has_notes) {
        shown.pop_back();
        for (auto& row : rows) row.pop_back();
    }
    return text + "\n" + table_in(view, shown, rows);
}

}  // namespace crier::cli
