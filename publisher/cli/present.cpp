#include "publisher/cli/present.hpp"

#include <algorithm>

#include "publisher/cli/present_audit.hpp"
#include "publisher/cli/present_json.hpp"
#include "publisher/cli/present_parts.hpp"
#include "publisher/cli/table.hpp"
#include "publisher/cli/times.hpp"
#include "shared/base/display.hpp"
#include "shared/base/time.hpp"

namespace crier::cli {
namespace {

std::string displayed_of(const Tally& tally) {
    return std::to_string(tally.reached(State::displayed)) + "/" + std::to_string(tally.targeted());
}

/// Whom a sentence about a message is about.
std::string audience_of(const Sent& sent) {
    const std::uint32_t targeted = sent.result.tally.targeted();
    if (sent.target.kind != Target::Kind::all) return count_of(targeted, "session");
    return "everyone, " + count_of(targeted, "session");
}

std::string standing_of(const Sent& sent, const View& view) {
    if (!sent.result.stands_until) return {};
    return " Sessions that come until " + local_short(*sent.result.stands_until, view.now) +
           " get it too.";
}

/// "Displayed on all 3 sessions."
std::string all_are(State state, std::uint32_t targeted) {
    const std::string done = words_of(state);
    return std::string(1, static_cast<char>(done.front() - 'a' + 'A')) + done.substr(1) +
           (targeted == 1 ? " on " : " on all ") + count_of(targeted, "session") + ".";
}

std::string not_all(const SendResult& result) {
    return "Not all: " + words_of(result.tally) +
           (result.is_final ? "; nothing will change any more." : ".") + " See: crier status " +
           to_string(result.id);
}

std::string sentence_of(const Sent& sent, const View& view) {
    const SendResult& result = sent.result;
    const std::uint32_t targeted = result.tally.targeted();
    const std::string id = to_string(result.id);
    if (result.dry_run) {
        return targeted == 0 ? "Nobody would get it: no session matches."
                             : "It would go to " + audience_of(sent) + ". Nothing was sent.";
    }
    if (result.due) {
        return (result.already ? "Already accepted: it goes out at "
                               : "Accepted: it goes out at ") +
               local_short(*result.due, view.now) + " to " +
               (sent.target.kind == Target::Kind::all ? std::string("everyone")
                                                      : words_of(sent.target)) +
               ". Call it off: crier recall " + id;
    }
    if (targeted == 0) {
        return result.stands_until
                   ? "Nobody matches now." + standing_of(sent, view) + " Message " + id + "."
                   : "Accepted, but for nobody: no session matches. Message " + id + ".";
    }
    if (!sent.waited_for) {
        return (result.already ? "Already sent to " : "Sent to ") + audience_of(sent) + "." +
               standing_of(sent, view) + " Message " + id + ".";
    }
    if (!result.is_complete) return not_all(result);
    return all_are(*sent.waited_for, targeted) + standing_of(sent, view) + " Message " + id + ".";
}

std::string sentence_of_update(const SendResult& result, std::optional<State> waited_for,
                               const View& view) {
    const std::uint32_t targeted = result.tally.targeted();
    const std::string id = to_string(result.id);
    const std::string done =
        (result.already ? "Already changed: revision " : "Changed: revision ") +
        std::to_string(result.revision);
    if (result.due)
        return done + ", goes out at " + local_short(*result.due, view.now) + ". Message " + id +
               ".";
    if (targeted == 0) return done + ", for nobody so far. Message " + id + ".";
    if (waited_for && !result.is_complete) return not_all(result);
    if (waited_for) return done + ". " + all_are(*waited_for, targeted) + " Message " + id + ".";
    return done + ", for " + count_of(targeted, "session") + ". Message " + id + ".";
}

/// "Recalled: off 2 screens; 1 session never saw it."
std::string sentence_of_recall(const SendResult& result) {
    const std::uint32_t unseen = result.tally[State::recalled_unseen];
    const std::uint32_t shown = result.tally.reached(State::displayed);
    const std::uint32_t left = shown > result.counts.removed ? shown - result.counts.removed : 0;
    std::vector<std::string> parts;
    if (result.counts.removed > 0)
        parts.push_back("off " + count_of(result.counts.removed, "screen"));
    if (unseen > 0) parts.push_back(count_of(unseen, "session") + " never saw it");
    if (left > 0) {
        parts.push_back(count_of(left, "session") + (result.is_complete
                                                         ? " not connected: off on return"
                                                         : " may show it still"));
    }
    std::string text = result.already ? "It was recalled or had expired before" : "Recalled";
    for (const std::string& part : parts) text += (&part == &parts.front() ? ": " : "; ") + part;
    return text + ". Message " + to_string(result.id) + ".";
}

}  // namespace

std::string words_of(State state) {
    std::string words(name_of(state));
    std::replace(words.begin(), words.end(), '_', ' ');
    return words;
}

std::string count_of(std::size_t number, std::string_view thing) {
    return std::to_string(number) + " " + std::string(thing) + (number == 1 ? "" : "s");
}

std::string words_of(Milliseconds length) {
    const auto ms = length.count();
    if (ms % 3'600'000 == 0) return std::to_string(ms / 3'600'000) + "h";
    if (ms % 60'000 == 0) return std::to_string(ms / 60'000) + "m";
    if (ms % 1'000 == 0) return std::to_string(ms / 1'000) + "s";
    return std::to_string(ms) + "ms";
}

std::string words_of(const Tally& tally) {
    // The furthest first: that is what people ask for.
    constexpr std::array order{State::answered,   State::acknowledged,   State::displayed,
                               State::suppressed, State::delivered,      State::waiting,
                               State::failed,     State::expired_unseen, State::recalled_unseen,
                               State::gone_unseen};
    std::vector<std::string> parts;
    for (const State state : order) {
        if (tally[state] > 0) parts.push_back(std::to_string(tally[state]) + " " + words_of(state));
    }
    const std::string all = count_of(tally.targeted(), "session");
    return parts.empty() ? all : all + ": " + joined(parts);
}

std::string words_of(const Target& target) {
    if (target == Target::matching_verified(target.where)) {
        return "those verified where " + target.where;
    }
    if (!target.within.empty()) {
        Target all = target;
        all.within.clear();
        return words_of(all) + " within " + target.within;
    }
    switch (target.kind) {
        case Target::Kind::all:
            return "everyone";
        case Target::Kind::sessions:
            return target.sessions.size() == 1
                       ? "session " + to_string(target.sessions.front())
                       : (target.sessions.size() >= 20
                              ? "20 or more sessions"
                              : count_of(target.sessions.size(), "session"));
        case Target::Kind::where:
            break;
    }
    return "those where " + target.where;
}

std::string present(const std::vector<Session>& sessions, const View& view) {
    if (view.form == Form::json) return json_of(sessions);
    if (sessions.empty() && view.form == Form::terminal) return "No session.\n";
    const std::vector<Column> columns{{.head = "ID", .is_cut = false},
                                      {.head = "USER", .width_min = 10},
                                      {.head = "SYSTEM USER", .width_min = 11, .goes = 2},
                                      {.head = "MACHINE", .width_min = 8, .goes = 1},
                                      {.head = "ADDRESS", .width_min = 9, .goes = 4},
                                      {.head = "APPLICATION", .width_min = 11, .goes = 3},
                                      {.head = "STATE", .width_min = 6},
                                      {.head = "SINCE", .goes = 5, .is_cut = false}};
    Rows rows;
    for (const Session& session : sessions) {
        const Attributes& attributes = session.attributes;
        rows.push_back({to_string(session.id),
                        name_with_mark(attributes.user, session.user_verified),
                        name_with_mark(attributes.system_user, session.system_user_verified),
                        attributes.machine, session.address, attributes.application,
                        std::string(name_of(session.state)),
                        short_time_in(view, session.unreachable_since.value_or(session.created))});
    }
    std::string text = table_in(view, columns, rows);
    if (view.form == Form::terminal) text += count_of(sessions.size(), "session") + "\n";
    return text;
}

std::string present(const std::vector<SentMessage>& messages, const View& view) {
    if (view.form == Form::json) return json_of(messages);
    if (messages.empty() && view.form == Form::terminal) return "No message yet.\n";
    const std::vector<Column> columns{
        {.head = "ID", .is_cut = false},           {.head = "SENT", .goes = 1, .is_cut = false},
        {.head = "BY", .width_min = 8, .goes = 4}, {.head = "TO", .width_min = 8, .goes = 3},
        {.head = "DISPLAYED", .is_cut = false},    {.head = "TEXT", .width_min = 12}};
    Rows rows;
    for (const SentMessage& message : messages) {
        const std::string id = to_string(message.id);
        rows.push_back({view.form == Form::terminal ? begin_of(id) : id,
                        short_time_in(view, message.sent), message.from, words_of(message.target),
                        displayed_of(message.tally), headline_of(message.content)});
    }
    return table_in(view, columns, rows);
}

std::string present(const Happened& happened, const View& view,
                    const std::optional<SentMessage>& accepted) {
    if (view.form == Form::json) return json_of(happened);
    const std::string session = happened.session ? to_string(*happened.session) : "";
    const std::string message = happened.message ? to_string(*happened.message) : "";
    const std::string user = name_with_mark(happened.user, happened.user_verified);
    std::string what(name_of(happened.what));
    if (happened.state) what = name_of(*happened.state);
    if (view.form == Form::pipe) {
        return table_for_pipe({{to_string(happened.at), what, session, user, happened.machine,
                                message, happened.detail}});
    }
    if (happened.what == Happened::What::missed) {
        return local_clock(happened.at) + "  (some events before this line were missed)\n";
    }
    std::replace(what.begin(), what.end(), '_', ' ');
    std::vector<std::string> parts;
    if (!happened.user.empty() || !happened.machine.empty()) {
        parts.push_back(user + "@" + happened.machine);
    }
    if (!session.empty() && message.empty()) parts.push_back("session " + begin_of(session));
    if (!message.empty()) {
        const bool is_said = happened.what == Happened::What::message_accepted;
        parts.push_back((is_said ? "" : "message ") + begin_of(message));
    }
    if (accepted) parts.back() += " from " + accepted->from + " to " + words_of(accepted->target);
    if (!happened.detail.empty()) parts.push_back(happened.detail);
    const std::string line = local_clock(happened.at) + "  " + what +
                             std::string(what.size() < 20 ? 21 - what.size() : 1, ' ') +
                             joined(parts);
    if (!accepted) return table_for_pipe({{line}});
    const std::string said = std::string(10, ' ') + clean_line(headline_of(accepted->content));
    return table_for_pipe({{line}, {truncated(said, view.columns)}});
}

std::string present(const Identity& identity, const View& view) {
    if (view.form == Form::json) return json_of(identity);
    return facts_in(view, {{"Principal", identity.principal},
                           {"Rights", identity.rights.empty() ? "none" : joined(identity.rights)},
                           {"Seen from", identity.address}});
}

std::string present(const Health& health, const View& view) {
    if (view.form == Form::json) return json_of(health);
    Rows facts{{"Healthy", health.is_healthy ? "yes" : "no"}};
    if (!health.problem.empty()) facts.push_back({"Problem", health.problem});
    facts.push_back({"Broker", health.broker + ", started " + time_in(view, health.started)});
    facts.push_back({"Sessions", std::to_string(health.sessions) + ", " +
                                     std::to_string(health.connected) + " of them connected"});
    facts.push_back({"Messages", std::to_string(health.seq) + " so far, " +
                                     std::to_string(health.live_messages) + " live"});
    return facts_in(view, facts);
}

ExitCode exit_code_of(const Sent& sent) {
    const SendResult& result = sent.result;
    if (result.due) return ExitCode::done;
    if (result.tally.targeted() == 0 && !result.stands_until) return ExitCode::nobody;
    return result.is_complete ? ExitCode::done : ExitCode::some_not;
}

std::string present(const Sent& sent, const View& view) {
    if (view.form == Form::json) return json_of(sent);
    std::string text;
    if (sent.result.dry_run && !sent.would_get_it.empty()) {
        text = present(sent.would_get_it, view);
        if (view.form == Form::terminal) text.erase(text.rfind('\n', text.size() - 2) + 1);
    }
    return text + lines_of(sentence_of(sent, view), view);
}

ExitCode exit_code_of(const Changed& changed) {
    const SendResult& result = changed.result;
    const bool is_update = changed.kind == Changed::Kind::update;
    if (is_update && result.due) return ExitCode::done;
    if (is_update && result.tally.targeted() == 0 && !result.stands_until) return ExitCode::nobody;
    return result.is_complete ? ExitCode::done : ExitCode::some_not;
}

std::string present(const Changed& changed, const View& view) {
    if (view.form == Form::json) return json_of(changed);
    const bool is_update = changed.kind == Changed::Kind::update;
    return lines_of(is_update ? sentence_of_update(changed.result, changed.waited_for, view)
                              : sentence_of_recall(changed.result),
                    view);
}

}  // namespace crier::cli
