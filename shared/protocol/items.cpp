// The elements of pages.
#include "shared/protocol/items.hpp"

#include "shared/protocol/codec.hpp"
#include "shared/protocol/fields.hpp"
#include "shared/protocol/frame.hpp"

namespace crier::protocol {
namespace {

template <class Item>
std::size_t size_when_written(const Item& item) {
    Bytes bytes;
    write_item(bytes, item);
    return bytes.size();
}

}  // namespace

void write_item(Bytes& out, const Session& session) {
    MapWriter map(out);
    map.binary("id", session.id.bytes);
    write_attributes(map, session.attributes);
    map.string("address", session.address);
    map.enumerator("state", session.state);
    map.time("created", session.created);
    map.time_if_any("unreachable_since", session.unreachable_since);
    map.flag("user_verified", session.user_verified);
    map.flag("system_user_verified", session.system_user_verified);
    map.flag("machine_verified", session.machine_verified);
    map.flag("application_verified", session.application_verified);
    map.flag("groups_verified", session.groups_verified);
    if (session.key) map.binary("key", *session.key);
}

Session read_session(const MapReader& map) {
    Session session;
    session.id = map.at("id").id<SessionId>();
    session.attributes = read_attributes(map);
    session.address = map.at("address").line(address_bytes_max);
    session.state = map.at("state").enumerator(Presence::unreachable);
    session.created = map.at("created").time();
    session.unreachable_since = find_time(map, "unreachable_since");
    session.user_verified = map.find("user_verified").boolean();
    session.system_user_verified = map.find("system_user_verified").boolean();
    session.machine_verified = map.find("machine_verified").boolean();
    session.application_verified = map.find("application_verified").boolean();
    session.groups_verified = map.find("groups_verified").boolean();
    if (const Value key = map.find("key")) session.key = key.binary32();
    return session;
}

void write_item(Bytes& out, const MessageSummary& summary) {
    MapWriter map(out);
    map.binary("id", summary.id.bytes);
    map.uint("seq", summary.seq);
    map.uint("rev", summary.revision);
    map.time("sent", summary.sent);
    map.string("from", summary.from);
    write_target(map, summary.target);
    write_content(map, summary.content, Defaults::written);
    map.time_if_any("expires", summary.expires);
    map.boolean("final", summary.is_final);
    map.flag("recalled", summary.is_recalled);
    write_tally(map, summary.tally);
    write_counts(map, summary.counts);
    write_schedule(map, summary.schedule);
    map.time_if_any("next", summary.next);
    map.flag("waiting", summary.is_waiting);
    map.time_if_any("late", summary.late);
    map.flag("each_session", summary.each_session);
    if (summary.quorum != 0) map.uint("quorum", summary.quorum);
    map.time_if_any("closed", summary.closed);
}

MessageSummary read_summary(const MapReader& map) {
    MessageSummary summary;
    summary.id = map.at("id").id<MessageId>();
    summary.seq = map.at("seq").uint();
    summary.revision = map.at("rev").uint32(positive32);
    summary.sent = map.at("sent").time();
    summary.from = map.at("from").line(principal_bytes_max);
    summary.target = read_target(map);
    summary.content = read_content(map, Defaults::written);
    summary.expires = find_time(map, "expires");
    summary.is_final = map.at("final").boolean();
    summary.is_recalled = map.find("recalled").boolean();
    summary.tally = read_tally(map);
    summary.counts = read_counts(map);
    summary.schedule = read_schedule(map);
    summary.next = find_time(map, "next");
    summary.is_waiting = map.find("waiting").boolean();
    summary.late = find_time(map, "late");
    summary.each_session = map.find("each_session").boolean();
    summary.quorum = map.find("quorum").uint32({0, 100});
    summary.closed = find_time(map, "closed");
    return summary;
}

void write_item(Bytes& out, const SessionOutcome& outcome) {
    MapWriter map(out);
    map.binary("session", outcome.session.bytes);
    map.string_if_any("user", outcome.user);
    map.string_if_any("system_user", outcome.system_user);
    map.string_if_any("machine", outcome.machine);
    map.string_if_any("application", outcome.application);
    map.enumerator("state", outcome.state);
    map.time("at", outcome.at);
    map.string_if_any("cause", outcome.cause);
    map.flag("again", outcome.again);
    map.flag("removed", outcome.removed);
    map.flag("user_verified", outcome.user_verified);
    map.flag("system_user_verified", outcome.system_user_verified);
    map.flag("dropped", outcome.dropped);
    map.uint_if_any("answer", outcome.answer);
    map.flag("digest", outcome.digest);
}

SessionOutcome read_outcome(const MapReader& map) {
    SessionOutcome outcome;
    outcome.session = map.at("session").id<SessionId>();
    outcome.user = map.find("user").line(limits::attribute_bytes_max);
    outcome.system_user = map.find("system_user").line(limits::attribute_bytes_max);
    outcome.machine = map.find("machine").line(limits::attribute_bytes_max);
    outcome.application = map.find("application").line(limits::attribute_bytes_max);
    outcome.state = map.at("state").enumerator(State::gone_unseen);
    outcome.at = map.at("at").time();
    outcome.cause = map.find("cause").line(limits::cause_bytes_max);
    outcome.again = map.find("again").boolean();
    outcome.removed = map.find("removed").boolean();
    outcome.user_verified = map.find("user_verified").boolean();
    outcome.system_user_verified = map.find("system_user_verified").boolean();
    outcome.dropped = map.find("dropped").boolean();
    if (const Value answer = map.find("answer")) outcome.answer = answer.uint32(answer_range);
    outcome.digest = map.find("digest").boolean();
    return outcome;
}

void write_item(Bytes& out, const OnScreen& shown) {
    MapWriter map(out);
    map.binary("session", shown.session.bytes);
    map.string_if_any("user", shown.user);
    map.flag("user_verified", shown.user_verified);
    map.string_if_any("system_user", shown.system_user);
    map.flag("system_user_verified", shown.system_user_verified);
    map.string_if_any("machine", shown.machine);
    map.string_if_any("application", shown.application);
    map.binary("id", shown.message.bytes);
    map.uint("seq", shown.seq);
    map.uint("rev", shown.revision);
    map.string("by", shown.by);
    map.time("said", shown.said);
    write_content(map, shown.content, Defaults::written);
    map.time("shown", shown.shown);
    map.flag("uncertain", !shown.is_certain);
}

OnScreen read_on_screen(const MapReader& map) {
    OnScreen shown;
    shown.session = map.at("session").id<SessionId>();
    shown.user = map.find("user").line(limits::attribute_bytes_max);
    shown.user_verified = map.find("user_verified").boolean();
    shown.system_user = map.find("system_user").line(limits::attribute_bytes_max);
    shown.system_user_verified = map.find("system_user_verified").boolean();
    shown.machine = map.find("machine").line(limits::attribute_bytes_max);
    shown.application = map.find("application").line(limits::attribute_bytes_max);
    shown.message = map.at("id").id<MessageId>();
    shown.seq = map.at("seq").uint();
    shown.revision = map.at("rev").uint32(positive32);
    shown.by = map.at("by").line(principal_bytes_max);
    shown.said = map.at("said").time();
    shown.content = read_content(map, Defaults::written);
    shown.shown = map.at("shown").time();
    shown.is_certain = !map.find("uncertain").boolean();
    return shown;
}

void write_item(Bytes& out, const LogEntry& entry) {
    MapWriter map(out);
    map.uint("seq", entry.seq);
    map.binary("id", entry.id.bytes);
    map.string("kind", entry.kind);
    if (entry.about) map.binary("about", entry.about->bytes);
    map.time("at", entry.at);
    map.string("principal", entry.principal);
    map.binary("hash", entry.content_hash);
    map.binary("chain", entry.chain);
    map.binary("body", entry.body);
}

LogEntry read_entry(const MapReader& map) {
    LogEntry entry;
    entry.seq = map.at("seq").uint();
    entry.id = map.at("id").id<MessageId>();
    entry.kind = map.at("kind").line(kind_bytes_max);
    entry.about = find_id<MessageId>(map, "about");
    entry.at = map.at("at").time();
    entry.principal = map.at("principal").line(principal_bytes_max);
    entry.content_hash = map.at("hash").binary32();
    entry.chain = map.at("chain").binary32();
    entry.body = map.at("body").binary({0, limits::frame_bytes_max});
    return entry;
}

std::size_t size_of_item(const Session& session) {
    return size_when_written(session);
}
std::size_t size_of_item(const MessageSummary& summary) {
    return size_when_written(summary);
}
std::size_t size_of_item(const SessionOutcome& outcome) {
    return size_when_written(outcome);
}
std::size_t size_of_item(const LogEntry& entry) {
    return size_when_written(entry);
}
std::size_t size_of_item(const OnScreen& shown) {
    return size_when_written(shown);
}
std::size_t size_of_item(const RegisteredKey& key) {
    return size_when_written(key);
}

}  // namespace crier::protocol
