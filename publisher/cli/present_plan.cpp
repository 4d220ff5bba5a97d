#include "publisher/cli/present_plan.hpp"

#include <algorithm>
#include <utility>

#include "publisher/cli/present_json.hpp"
#include "publisher/cli/present_parts.hpp"
#include "shared/base/json.hpp"
#include "shared/base/time.hpp"

namespace crier::cli {
namespace {

/// "every 15m until 22:00", "3 announcements, then sessions end at 22:00"
std::string plan_of(const SentMessage& message, const View& view) {
    const Schedule& schedule = message.schedule;
    std::string words;
    const auto say = [&words](const std::string& part) {
        words += (words.empty() ? "" : "; ") + part;
    };
    if (schedule.every != Milliseconds{0}) {
        say("every " + words_of(schedule.every) + " until " + short_time_in(view, *schedule.until));
    }
    const auto& times = schedule.announcements;
    const auto to_come =
        std::count_if(times.begin(), times.end(), [&](UtcTime at) { return at > view.now; });
    if (to_come > 0) say(count_of(static_cast<std::size_t>(to_come), "announcement"));
    if (schedule.close_admission)
        say("admission closes " + short_time_in(view, *schedule.close_admission));
    if (schedule.drop) say("sessions end " + short_time_in(view, *schedule.drop));
    return words;
}

UtcTime next_of(const SentMessage& message) {
    if (message.next) return *message.next;
    return message.schedule.drop.value_or(UtcTime{});
}

bool has_quorum(const Asked& asked) {
    const Tally& tally = asked.result.tally;
    return asked.quorum != 0 && tally.targeted() > 0 &&
           std::uint64_t{tally[State::answered]} * 100 >=
               std::uint64_t{asked.quorum} * tally.targeted();
}

std::uint32_t answers_to(const Counts& counts, std::size_t choice) {
    return choice < counts.answers.size() ? counts.answers[choice] : 0;
}

std::string json_of(const Asked& asked) {
    JsonWriter json;
    json.begin_object();
    json.member("id", to_string(asked.result.id));
    json.member("targeted", asked.result.tally.targeted());
    json.member("answered", asked.result.tally[State::answered]);
    json.member("closed", asked.result.is_closed);
    json.member("complete", exit_code_of(asked) == ExitCode::done);
    json.key("answers").begin_array();
    for (std::size_t i = 0; i < asked.choices.size(); ++i) {
        json.begin_object().member("choice", asked.choices[i]);
        json.member("count", answers_to(asked.result.counts, i)).end_object();
    }
    json.end_array();
    json.key("sessions").begin_array();
    const std::vector<SessionOutcome> none;
    for (const SessionOutcome& one : asked.outcome ? asked.outcome->sessions : none) {
        json.begin_object();
        json.member("session", to_string(one.session)).member("user", one.user);
        json.member("user_verified", one.user_verified);
        json.member("state", name_of(one.state)).member("at", to_string(one.at));
        write_answer(json, one, asked.choices);
        json.end_object();
    }
    return json.end_array().end_object().text() + "\n";
}

/// What a drain does and when, the first thing first; of one time in the order in which it happens.
std::vector<std::pair<UtcTime, std::string>> steps_of(const SendCommand& drain) {
    const UtcTime at = *drain.extras.countdown_to;
    const Schedule& schedule = drain.schedule;
    std::vector<std::pair<UtcTime, std::string>> steps;
    for (const UtcTime time : schedule.announcements) {
        const auto before = std::chrono::round<std::chrono::seconds>(at - time);
        steps.emplace_back(time, "announced, " + words_of(before) + " before");
    }
    if (schedule.close_admission) {
        steps.emplace_back(*schedule.close_admission, "new sessions are refused from then on");
    }
    steps.emplace_back(at,
                       schedule.drop ? "the sessions that are left end" : "it leaves the screens");
    std::stable_sort(steps.begin(), steps.end(),
                     [](const auto& one, const auto& other) { return one.first < other.first; });
    return steps;
}

}  // namespace

std::string present_scheduled(std::vector<SentMessage> messages, const View& view) {
    std::sort(messages.begin(), messages.end(),
              [](const SentMessage& left, const SentMessage& right) {
                  return next_of(left) < next_of(right);
              });
    if (view.form == Form::json) return json_of(messages);
    if (messages.empty() && view.form == Form::terminal) return "Nothing is scheduled.\n";
    const std::vector<Column> columns{{.head = "ID", .is_cut = false},
                                      {.head = "NEXT", .is_cut = false},
                                      {.head = "BY", .width_min = 8, .goes = 3},
                                      {.head = "TO", .width_min = 8, .goes = 2},
                                      {.head = "PLAN", .width_min = 16, .goes = 1},
                                      {.head = "TEXT", .width_min = 12}};
    Rows rows;
    for (const SentMessage& message : messages) {
        const std::string id = to_string(message.id);
        rows.push_back({view.form == Form::terminal ? id.substr(0, 12) : id,
                        short_time_in(view, next_of(message)), message.from,
                        words_of(message.target), plan_of(message, view),
                        headline_of(message.content)});
    }
    return table_in(view, columns, rows);
}

ExitCode exit_code_of(const Asked& asked) {
    if (asked.result.tally.targeted() == 0) return ExitCode::nobody;
    const bool is_done = asked.result.is_complete || has_quorum(asked);
    return is_done ? ExitCode::done : ExitCode::some_not;
}

std::string words_of(const Progress& progress, const std::vector<std::string>& choices) {
    std::string words;
    for (std::size_t i = 0; i < choices.size(); ++i) {
        words += (i == 0 ? "" : ", ") + choices[i] + " " +
                 std::to_string(answers_to(progress.counts, i));
    }
    return words + "; " + std::to_string(progress.tally[State::answered]) + " of " +
           std::to_string(progress.tally.targeted()) + " answered";
}

std::string present(const Asked& asked, const View& view) {
    if (view.form == Form::json) return json_of(asked);
    const SendResult& result = asked.result;
    const std::uint32_t targeted = result.tally.targeted();
    if (targeted == 0) return lines_of("Nobody was asked: no session matches.", view);
    Rows rows;
    for (std::size_t i = 0; i < asked.choices.size(); ++i) {
        rows.push_back({asked.choices[i], std::to_string(answers_to(result.counts, i))});
    }
    const std::uint32_t silent = targeted - result.tally[State::answered];
    rows.push_back({"no answer", std::to_string(silent)});
    std::string text = facts_in(view, rows);
    if (view.form == Form::pipe) return text;
    const std::string why = result.is_complete
                                ? "All " + count_of(targeted, "session") + " answered."
                            : has_quorum(asked) ? "Closed: the quorum has answered."
                            : result.is_closed  ? "Closed: its time is over."
                                                : "It is open still.";
    return text + lines_of(why + " Message " + to_string(result.id) + ".", view);
}

ExitCode exit_code_of(const Dropped& dropped) {
    if (dropped.result.tally.targeted() == 0) return ExitCode::nobody;
    return dropped.result.is_complete ? ExitCode::done : ExitCode::some_not;
}

std::string present(const Dropped& dropped, const View& view) {
    const SendResult& result = dropped.result;
    if (view.form == Form::json) {
        JsonWriter json;
        json.begin_object().member("id", to_string(result.id));
        json.member("targeted", result.tally.targeted());
        json.member("dropped", result.counts.dropped);
        json.member("at", to_string(dropped.at));
        json.member("complete", result.is_complete);
        return json.end_object().text() + "\n";
    }
    const std::uint32_t targeted = result.tally.targeted();
    if (targeted == 0) return lines_of("Nobody is dropped: no session matches.", view);
    // Whoever has the invitation can come as somebody new; a person who drops should know.
    const std::string again =
        " Their keys are refused for a day; with the invitation they can come as new sessions: to "
        "prevent that, close admission.";
    const std::string id = " Message " + to_string(result.id) + ".";
    if (dropped.is_waited_for) {
        return lines_of("Ended: " + std::to_string(result.counts.dropped) + " of " +
                            count_of(targeted, "session") + "." + id + again,
                        view);
    }
    const bool is_now = dropped.at <= view.now;
    return lines_of(count_of(targeted, "session") +
                        (is_now ? (targeted == 1 ? " ends now." : " end now.")
                                : (targeted == 1 ? " ends at " : " end at ") +
                                      short_time_in(view, dropped.at) + ".") +
                        id + again,
                    view);
}

std::string present(const Admission& admission, const View& view) {
    if (view.form == Form::json) {
        JsonWriter json;
        json.begin_object().member("open", admission.is_open);
        json.member("message", admission.message).member("except", admission.except);
        write_time(json, "since", admission.since);
        return json.member("by", admission.by).end_object().text() + "\n";
    }
    Rows facts{{"Admission", admission.is_open ? "open" : "closed"}};
    if (admission.since) {
        facts.push_back({"Since", short_time_in(view, *admission.since) + " by " + admission.by});
    }
    if (!admission.message.empty()) facts.push_back({"Message", admission.message});
    if (!admission.except.empty()) facts.push_back({"Except", admission.except});
    return facts_in(view, facts);
}

std::string present(const DrainPlan& plan, const View& view) {
    const SendCommand& send = plan.command.send;
    Rows facts{
        {"Message", *send.text},
        {"To", words_of(send.target) + ", now " + count_of(plan.sessions.size(), "session")}};
    for (const std::string& part : plan.command.left_out) {
        facts.push_back({"Left out", "the announcement " + part + " before: that time has passed"});
    }
    if (send.schedule.announcements.empty()) facts.push_back({"Announced", "at once"});
    for (const auto& [time, what] : steps_of(send)) {
        facts.push_back({short_time_in(view, time), what});
    }
    std::string text = facts_in(view, facts);
    if (view.form == Form::terminal && !plan.sessions.empty()) {
        text += "\n" + present(plan.sessions, view);
    }
    return text;
}

std::string present(const Drained& drained, const View& view) {
    const SendResult& result = drained.result;
    if (view.form == Form::json) {
        JsonWriter json;
        json.begin_object().member("id", to_string(result.id));
        json.member("revision", result.revision).member("targeted", result.tally.targeted());
        write_time(json, "at", drained.at);
        return json.end_object().text() + "\n";
    }
    const std::string id = to_string(result.id);
    std::string text = drained.is_moved ? "Moved" : "The drain has begun";
    if (drained.at) text += drained.is_moved ? " to " : ", for ";
    if (drained.at) text += short_time_in(view, *drained.at);
    return lines_of(text + ". Progress: crier status " + id + "; more time: crier drain extend " +
                        id + " 10m; call it off: crier drain cancel " + id,
                    view);
}

}  // namespace crier::cli
