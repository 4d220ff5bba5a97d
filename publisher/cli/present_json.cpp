#include "publisher/cli/present_json.hpp"

#include "publisher/cli/present_cluster.hpp"
#include "shared/base/crypto.hpp"
#include "shared/base/time.hpp"

namespace crier::cli {
namespace {

template <class Value>
void write_optional(JsonWriter& json, std::string_view key, const std::optional<Value>& value) {
    json.key(key);
    if (value) {
        json.value(*value);
    } else {
        json.null();
    }
}

template <class Tag>
void write_id(JsonWriter& json, std::string_view key, const std::optional<BasicId<Tag>>& id) {
    json.key(key);
    if (id) {
        json.value(to_string(*id));
    } else {
        json.null();
    }
}

void write_tally(JsonWriter& json, const Tally& tally) {
    json.member("targeted", tally.targeted());
    json.key("tally").begin_object();
    for (std::size_t state = 0; state < state_count; ++state) {
        json.member(name_of(static_cast<State>(state)), tally.counts[state]);
    }
    json.end_object();
}

void write(JsonWriter& json, const Session& session) {
    const Attributes& attributes = session.attributes;
    json.begin_object();
    json.member("id", to_string(session.id));
    json.member("persistent_id", attributes.persistent_id);
    json.member("user", attributes.user);
    json.member("system_user", attributes.system_user);
    json.member("machine", attributes.machine);
    json.member("address", session.address);
    json.member("host_type", attributes.host_type);
    json.member("application", attributes.application);
    json.member("type", attributes.type);
    json.member("state", name_of(session.state));
    write_time(json, "created", session.created);
    write_time(json, "unreachable_since", session.unreachable_since);
    json.member("locale", attributes.locale);
    json.member("groups", attributes.groups);
    json.member("user_verified", session.user_verified);
    json.member("system_user_verified", session.system_user_verified);
    json.member("machine_verified", session.machine_verified);
    json.member("application_verified", session.application_verified);
    json.member("groups_verified", session.groups_verified);
    json.end_object();
}

void write(JsonWriter& json, const Target& target) {
    json.begin_object();
    switch (target.kind) {
        case Target::Kind::all:
            json.member("all", true);
            break;
        case Target::Kind::sessions:
            json.key("sessions").begin_array();
            for (const SessionId& id : target.sessions) json.value(to_string(id));
            json.end_array();
            break;
        case Target::Kind::where:
            json.member("where", target.where);
            break;
    }
    if (!target.within.empty()) json.member("within", target.within);
    json.end_object();
}

void write_schedule(JsonWriter& json, const SentMessage& message) {
    const Schedule& schedule = message.schedule;
    json.member("waiting", message.is_waiting);
    write_time(json, "next", message.next);
    write_time(json, "late", message.late);
    json.key("schedule").begin_object();
    write_time(json, "due", schedule.due);
    json.member("every_ms", static_cast<std::uint64_t>(schedule.every.count()));
    write_time(json, "until", schedule.until);
    json.key("announcements").begin_array();
    for (const UtcTime at : schedule.announcements) json.value(to_string(at));
    json.end_array();
    write_time(json, "close_admission", schedule.close_admission);
    write_time(json, "drop", schedule.drop);
    json.end_object();
}

void write_question(JsonWriter& json, const SentMessage& message) {
    json.key("answers").begin_array();
    const auto& choices = message.content.choices;
    for (std::size_t i = 0; i < choices.size(); ++i) {
        const auto& answers = message.counts.answers;
        json.begin_object().member("choice", choices[i]);
        json.member("count", i < answers.size() ? answers[i] : 0).end_object();
    }
    json.end_array();
    json.member("quorum", message.quorum);
    write_time(json, "closed", message.closed);
}

void write_members(JsonWriter& json, const SentMessage& message) {
    json.member("id", to_string(message.id));
    json.member("seq", message.seq);
    json.member("revision", message.revision);
    write_time(json, "sent", message.sent);
    json.member("from", message.from);
    json.key("target");
    write(json, message.target);
    json.member("text", message.content.text);
    json.member("title", message.content.title);
    json.member("severity", name_of(message.content.severity));
    json.member("style", name_of(message.content.style));
    json.member("private", message.content.is_private);
    write_time(json, "expires", message.expires);
    json.member("final", message.is_final);
    json.member("recalled", message.is_recalled);
    write_tally(json, message.tally);
    json.member("removed", message.counts.removed);
    json.member("dropped", message.counts.dropped);
    write_schedule(json, message);
    write_question(json, message);
}

/// With the keys of what was asked for only, so that an update shows what it changes.
void write(JsonWriter& json, const AuditEntry& entry) {
    json.begin_object();
    json.member("seq", entry.seq);
    json.member("id", to_string(entry.id));
    json.member("kind", entry.kind);
    write_id(json, "about", entry.about);
    write_time(json, "at", entry.at);
    json.member("by", entry.principal);
    if (entry.target) {
        json.key("target");
        write(json, *entry.target);
    }
    if (entry.text) json.member("text", *entry.text);
    if (entry.title) json.member("title", *entry.title);
    if (entry.severity) json.member("severity", name_of(*entry.severity));
    if (entry.style) json.member("style", name_of(*entry.style));
    if (entry.expires) write_time(json, "expires", entry.expires);
    if (entry.ask_again) json.member("ask_again", true);
    json.member("chain", detail::to_hex(entry.chain));
    json.end_object();
}

/// `choices`: of the question that it is the outcome of.
void write(JsonWriter& json, const SessionOutcome& outcome,
           const std::vector<std::string>& choices) {
    json.begin_object();
    json.member("session", to_string(outcome.session));
    json.member("user", outcome.user);
    json.member("system_user", outcome.system_user);
    json.member("machine", outcome.machine);
    json.member("application", outcome.application);
    json.member("state", name_of(outcome.state));
    write_time(json, "at", outcome.at);
    json.member("cause", outcome.cause);
    json.member("again", outcome.again);
    json.member("removed", outcome.removed);
    json.member("dropped", outcome.dropped);
    json.member("digest", outcome.digest);
    write_answer(json, outcome, choices);
    json.member("user_verified", outcome.user_verified);
    json.member("system_user_verified", outcome.system_user_verified);
    json.end_object();
}

void write_error(JsonWriter& json, const Error& error) {
    json.member("code", static_cast<unsigned>(error.code));
    json.member("name", name_of(error.code));
    json.member("detail", error.detail);
    json.member("remedy", name_of(remedy_for(error.code)));
}

}  // namespace

void write_time(JsonWriter& json, std::string_view key, const std::optional<UtcTime>& time) {
    json.key(key);
    if (time) {
        json.value(to_string(*time));
    } else {
        json.null();
    }
}

void write_answer(JsonWriter& json, const SessionOutcome& outcome,
                  const std::vector<std::string>& choices) {
    const bool is_known = outcome.answer && *outcome.answer < choices.size();
    write_optional(json, "answer",
                   is_known ? std::optional(choices[*outcome.answer]) : std::nullopt);
    write_optional(json, "answer_index", outcome.answer);
}

std::string json_of(const std::vector<Session>& sessions) {
    JsonWriter json;
    json.begin_array();
    for (const Session& session : sessions) write(json, session);
    return json.end_array().text() + "\n";
}

std::string json_of(const std::vector<SentMessage>& messages) {
    JsonWriter json;
    json.begin_array();
    for (const SentMessage& message : messages) {
        json.begin_object();
        write_members(json, message);
        json.end_object();
    }
    return json.end_array().text() + "\n";
}

std::string json_of(const MessageStatus& status) {
    JsonWriter json;
    json.begin_object();
    write_members(json, status.outcome.message);
    json.key("history").begin_array();
    for (const AuditEntry& entry : status.history) write(json, entry);
    json.end_array();
    json.key("sessions").begin_array();
    const Outcome& outcome = status.outcome;
    for (const SessionOutcome& session : outcome.sessions) {
        write(json, session, outcome.message.content.choices);
    }
    json.end_array();
    write_silent(json, outcome.silent);
    return json.end_object().text() + "\n";
}

std::string json_of(const Outcome& outcome) {
    JsonWriter json;
    json.begin_array();
    for (const SessionOutcome& session : outcome.sessions) {
        write(json, session, outcome.message.content.choices);
    }
    return json.end_array().text() + "\n";
}

std::string json_of(const std::vector<AuditEntry>& entries) {
    JsonWriter json;
    json.begin_array();
    for (const AuditEntry& entry : entries) write(json, entry);
    return json.end_array().text() + "\n";
}

std::string json_of(const AuditHead& head) {
    JsonWriter json;
    json.begin_object();
    json.member("seq", head.seq);
    json.member("chain", detail::to_hex(head.chain));
    json.member("time", to_string(head.time));
    json.member("key", to_base64url(head.key));
    json.member("signature", to_base64url(head.signature));
    json.member("line", to_line(head));
    return json.end_object().text() + "\n";
}

std::string json_of(const AuditVerdict& verdict) {
    JsonWriter json;
    json.begin_object();
    json.member("whole", verdict.is_whole());
    json.member("entries", verdict.entries);
    json.member("pruned", verdict.pruned);
    json.member("heads", verdict.heads);
    json.member("seq", verdict.seq);
    json.member("chain", detail::to_hex(verdict.chain));
    json.member("compared", verdict.is_compared);
    json.key("finding");
    if (!verdict.finding) return json.null().end_object().text() + "\n";
    json.begin_object();
    json.member("fault", name_of(verdict.finding->fault));
    json.member("first", verdict.finding->first);
    json.member("last", verdict.finding->last);
    write_id(json, "id", verdict.finding->id);
    json.member("detail", verdict.finding->detail);
    return json.end_object().end_object().text() + "\n";
}

std::string json_of(const Happened& happened) {
    JsonWriter json;
    json.begin_object();
    json.member("event", name_of(happened.what));
    write_time(json, "at", happened.at);
    write_id(json, "session", happened.session);
    json.member("user", happened.user);
    json.member("user_verified", happened.user_verified);
    json.member("machine", happened.machine);
    write_id(json, "message", happened.message);
    write_optional(json, "seq", happened.seq);
    json.key("state");
    if (happened.state) {
        json.value(name_of(*happened.state));
    } else {
        json.null();
    }
    json.member("detail", happened.detail);
    return json.end_object().text() + "\n";
}

std::string json_of(const Identity& identity) {
    JsonWriter json;
    json.begin_object().member("principal", identity.principal);
    json.member("rights", identity.rights);
    json.member("address", identity.address);
    return json.end_object().text() + "\n";
}

std::string json_of(const Health& health) {
    JsonWriter json;
    json.begin_object();
    json.member("healthy", health.is_healthy);
    json.member("problem", health.problem);
    json.member("broker", health.broker);
    write_time(json, "started", health.started);
    json.member("seq", health.seq);
    json.member("sessions", health.sessions);
    json.member("connected", health.connected);
    json.member("live_messages", health.live_messages);
    return json.end_object().text() + "\n";
}

std::string json_of(const Sent& sent) {
    const SendResult& result = sent.result;
    JsonWriter json;
    json.begin_object();
    json.member("id", to_string(result.id));
    json.member("seq", result.seq);
    write_tally(json, result.tally);
    json.member("complete", result.is_complete);
    json.member("final", result.is_final);
    json.member("already", result.already);
    json.member("dry_run", result.dry_run);
    write_time(json, "stands_until", result.stands_until);
    write_time(json, "due", result.due);
    write_silent(json, result.silent);
    if (result.dry_run) {
        json.key("sessions").begin_array();
        for (const Session& session : sent.would_get_it) write(json, session);
        json.end_array();
    }
    return json.end_object().text() + "\n";
}

std::string json_of(const Changed& changed) {
    const SendResult& result = changed.result;
    JsonWriter json;
    json.begin_object();
    json.member("id", to_string(result.id));
    json.member("seq", result.seq);
    json.member("revision", result.revision);
    write_tally(json, result.tally);
    json.member("removed", result.counts.removed);
    json.member("complete", result.is_complete);
    json.member("final", result.is_final);
    json.member("already", result.already);
    write_silent(json, result.silent);
    return json.end_object().text() + "\n";
}

std::string present(const Error& error, std::optional<std::uint32_t> position) {
    JsonWriter json;
    json.begin_object().key("error").begin_object();
    write_error(json, error);
    if (position) json.member("position", *position);
    return json.end_object().end_object().text() + "\n";
}

std::string present(const SendError& error) {
    JsonWriter json;
    json.begin_object().key("error").begin_object();
    write_error(json, error);
    json.member("id", to_string(error.id));
    json.key("unknown").begin_array();
    for (const SessionId& id : error.unknown) json.value(to_string(id));
    json.end_array();
    write_optional(json, "position", error.position);
    return json.end_object().end_object().text() + "\n";
}

}  // namespace crier::cli
