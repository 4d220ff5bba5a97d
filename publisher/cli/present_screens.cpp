#include "publisher/cli/present_screens.hpp"

#include <algorithm>

#include "publisher/cli/present_json.hpp"
#include "publisher/cli/present_parts.hpp"
#include "publisher/cli/times.hpp"
#include "shared/base/time.hpp"

namespace crier::cli {
namespace {

bool is_known(const ScreensThen& then) {
    const auto& since = then.screens.known_since;
    return since && *since <= then.at;
}

Rows rows_for_terminal(const std::vector<OnScreen>& screens, const View& view) {
    Rows rows;
    for (const OnScreen& one : screens) {
        rows.push_back({to_string(one.session), name_with_mark(one.user, one.user_verified),
                        name_with_mark(one.system_user, one.system_user_verified), one.machine,
                        short_time_in(view, one.shown) + (one.is_certain ? "" : "?"), one.by,
                        begin_of(to_string(one.message)), headline_of(one.content)});
    }
    return rows;
}

Rows rows_for_pipe(const std::vector<OnScreen>& screens) {
    Rows rows;
    for (const OnScreen& one : screens) {
        rows.push_back({to_string(one.session), name_with_mark(one.user, one.user_verified),
                        name_with_mark(one.system_user, one.system_user_verified), one.machine,
                        one.application, to_string(one.shown),
                        one.is_certain ? "certain" : "uncertain", one.by, to_string(one.message),
                        headline_of(one.content)});
    }
    return rows;
}

const char* word_for(Urgency urgency) {
    return urgency == Urgency::alert ? "alert" : "sound";
}

/// All that may have been shown, so that nobody need look for it elsewhere.
void write_members(JsonWriter& json, const Content& content) {
    json.member("text", content.text).member("title", content.title);
    json.member("severity", name_of(content.severity)).member("style", name_of(content.style));
    json.member("private", content.is_private);
    json.member("language", content.language);
    json.key("translations").begin_array();
    for (const Translation& one : content.translations) {
        json.begin_object().member("language", one.language);
        json.member("text", one.text).member("title", one.title).end_object();
    }
    json.end_array();
    json.member("template", content.is_template);
    write_time(json, "countdown_to", content.countdown_to);
    json.key("escalation").begin_array();
    for (const EscalationStep& step : content.escalation) {
        json.begin_object().member("after_ms", step.after.count());
        json.member("urgency", word_for(step.urgency)).end_object();
    }
    json.end_array();
    json.member("choices", content.choices);
}

void write(JsonWriter& json, const OnScreen& one) {
    json.begin_object();
    json.member("session", to_string(one.session));
    json.member("user", one.user).member("user_verified", one.user_verified);
    json.member("system_user", one.system_user);
    json.member("system_user_verified", one.system_user_verified);
    json.member("machine", one.machine).member("application", one.application);
    write_time(json, "shown", one.shown);
    json.member("certain", one.is_certain);
    json.member("message", to_string(one.message)).member("seq", one.seq);
    json.member("revision", one.revision).member("by", one.by);
    write_time(json, "said", one.said);
    write_members(json, one.content);
    json.end_object();
}

std::string json_of(const ScreensThen& then) {
    JsonWriter json;
    json.begin_object();
    write_time(json, "at", then.at);
    json.member("known", is_known(then));
    write_time(json, "known_since", then.screens.known_since);
    json.member("sessions", then.screens.sessions);
    json.key("screens").begin_array();
    for (const OnScreen& one : then.screens.list) write(json, one);
    return json.end_array().end_object().text() + "\n";
}

}  // namespace

ExitCode exit_code_of(const ScreensThen& then) {
    const bool has_found = is_known(then) && !then.screens.list.empty();
    return has_found ? ExitCode::done : ExitCode::some_not;
}

std::string remark_on(const ScreensThen& then) {
    const std::string when = local_time(then.at);
    if (!then.screens.known_since) {
        return "Nothing is known of screens at " + when + ": the broker has no records of them.";
    }
    if (!is_known(then)) {
        return "Nothing is known of screens at " + when +
               ". The broker's records of screens begin at " +
               local_time(*then.screens.known_since) + ".";
    }
    if (!then.screens.list.empty()) return "";
    if (then.screens.sessions == 0) {
        return "The broker's records, which begin at " + local_time(*then.screens.known_since) +
               ", know no such session. Names are spelt as crier sessions spells them.";
    }
    const bool is_one = then.screens.sessions == 1;
    return "Nothing that came on since " + local_time(*then.screens.known_since) +
           " was on the screen" + (is_one ? "" : "s") + " of " +
           count_of(then.screens.sessions, "session") + " at " + when + ".";
}

std::string present(const ScreensThen& then, const View& view) {
    if (view.form == Form::json) return json_of(then);
    const std::vector<OnScreen>& list = then.screens.list;
    if (view.form == Form::pipe) return table_for_pipe(rows_for_pipe(list));
    const std::vector<Column> columns{{.head = "SESSION", .is_cut = false},
                                      {.head = "USER", .width_min = 8},
                                      {.head = "SYSTEM USER", .width_min = 11, .goes = 3},
                                      {.head = "MACHINE", .width_min = 8, .goes = 2},
                                      {.head = "SINCE", .is_cut = false},
                                      {.head = "BY", .width_min = 8},
                                      {.head = "MESSAGE", .goes = 1, .is_cut = false},
                                      {.head = "TEXT", .width_min = 12}};
    std::string text;
    if (!list.empty()) text = table_in(view, columns, rows_for_terminal(list, view));
    const bool is_certain =
        std::all_of(list.begin(), list.end(), [](const OnScreen& one) { return one.is_certain; });
    if (!is_certain) {
        text += lines_of(
            "? behind a time: the session was out of reach then; this was on its "
            "screen when it was last heard of.",
            view);
    }
    const std::string remark = remark_on(then);
    return remark.empty() ? text : text + lines_of(remark, view);
}

}  // namespace crier::cli
