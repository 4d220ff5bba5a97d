// The operator link, from the broker.
#include "shared/protocol/codec.hpp"
#include "shared/protocol/fields.hpp"
#include "shared/protocol/frame.hpp"

namespace crier::protocol {
namespace {

// ---- What pages are made of
// ----------------------------------------------------------------------

void write_rights(MapWriter& map, const std::vector<std::string>& rights) {
    Writer list = map.list("rights", rights.size());
    for (const std::string& right : rights) list.string(right);
}

std::vector<std::string> read_rights(const MapReader& map) {
    const ListReader list = map.at("rights").list({0, rights_max});
    std::vector<std::string> rights;
    rights.reserve(list.size());
    for (const Value right : list) rights.push_back(right.line(right_bytes_max));
    return rights;
}

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
    return outcome;
}

template <class Item>
void write_items(MapWriter& map, const std::vector<Item>& items) {
    Writer list = map.list("list", items.size());
    for (const Item& item : items) write_item(list.out(), item);
}

template <class Item>
std::vector<Item> read_items(const MapReader& map, Item (*read)(const MapReader&)) {
    const ListReader list = map.at("list").list();
    std::vector<Item> items;
    items.reserve(list.size());
    for (const Value element : list) items.push_back(read(element.map()));
    return items;
}

template <class Item>
std::size_t size_when_written(const Item& item) {
    Bytes bytes;
    write_item(bytes, item);
    return bytes.size();
}

/// What every answer begins with.
void write_answer(MapWriter& map, std::string_view type, std::uint64_t request) {
    map.string("t", type);
    map.uint("request", request);
}

// ---- Frames
// --------------------------------------------------------------------------------------

void write(MapWriter& map, const OperatorWelcome& welcome) {
    map.string("t", "welcome");
    map.uint("version", welcome.version);
    write_features(map, welcome.features);
    map.string("principal", welcome.principal);
    write_rights(map, welcome.rights);
    map.time("time", welcome.time);
    map.uint("heartbeat", static_cast<std::uint64_t>(welcome.heartbeat.count()));
    map.string("broker", welcome.broker);
}

OperatorWelcome read_welcome(const MapReader& map) {
    OperatorWelcome welcome;
    welcome.version = map.at("version").uint32({1, 0xffff});
    welcome.features = read_features(map.at("features"));
    welcome.principal = map.at("principal").line(principal_bytes_max);
    welcome.rights = read_rights(map);
    welcome.time = map.at("time").time();
    welcome.heartbeat = map.at("heartbeat").milliseconds(heartbeat_range);
    welcome.broker = map.at("broker").line(limits::version_bytes_max);
    return welcome;
}

void write(MapWriter& map, const Accepted& accepted) {
    write_answer(map, "accepted", accepted.request);
    map.binary("id", accepted.id.bytes);
    map.uint("seq", accepted.seq);
    write_tally(map, accepted.tally);
    map.flag("already", accepted.already);
    map.flag("dry_run", accepted.dry_run);
    map.time_if_any("stands_until", accepted.stands_until);
    if (accepted.revision != 1) map.uint("rev", accepted.revision);
    if (accepted.removed != 0) map.uint("removed", accepted.removed);
}

Accepted read_accepted(const MapReader& map) {
    Accepted accepted;
    accepted.request = map.at("request").uint();
    accepted.id = map.at("id").id<MessageId>();
    accepted.seq = map.at("seq").uint();
    accepted.tally = read_tally(map);
    accepted.already = map.find("already").boolean();
    accepted.dry_run = map.find("dry_run").boolean();
    accepted.stands_until = find_time(map, "stands_until");
    if (const Value revision = map.find("rev")) accepted.revision = revision.uint32(positive32);
    accepted.removed = map.find("removed").uint32();
    return accepted;
}

void write(MapWriter& map, const SessionPage& page) {
    write_answer(map, "session_page", page.request);
    write_items(map, page.sessions);
    map.boolean("more", page.more);
}

SessionPage read_session_page(const MapReader& map) {
    SessionPage page;
    page.request = map.at("request").uint();
    page.sessions = read_items(map, read_session);
    page.more = map.at("more").boolean();
    return page;
}

void write(MapWriter& map, const MessagePage& page) {
    write_answer(map, "message_page", page.request);
    write_items(map, page.messages);
    map.boolean("more", page.more);
}

MessagePage read_message_page(const MapReader& map) {
    MessagePage page;
    page.request = map.at("request").uint();
    page.messages = read_items(map, read_summary);
    page.more = map.at("more").boolean();
    return page;
}

void write(MapWriter& map, const OutcomePage& page) {
    write_answer(map, "outcome_page", page.request);
    write_item(map.map("message"), page.message);
    write_items(map, page.outcomes);
    map.boolean("more", page.more);
}

OutcomePage read_outcome_page(const MapReader& map) {
    OutcomePage page;
    page.request = map.at("request").uint();
    page.message = read_summary(map.at("message").map());
    page.outcomes = read_items(map, read_outcome);
    page.more = map.at("more").boolean();
    return page;
}

void write(MapWriter& map, const TallyChanged& changed) {
    map.string("t", "tally");
    map.binary("id", changed.id.bytes);
    write_tally(map, changed.tally);
    map.boolean("final", changed.is_final);
    if (changed.removed != 0) map.uint("removed", changed.removed);
}

TallyChanged read_tally_changed(const MapReader& map) {
    TallyChanged changed;
    changed.id = map.at("id").id<MessageId>();
    changed.tally = read_tally(map);
    changed.is_final = map.at("final").boolean();
    changed.removed = map.find("removed").uint32();
    return changed;
}

void write(MapWriter& map, const Happened& happened) {
    map.string("t", "happened");
    map.enumerator("what", happened.what);
    map.time("at", happened.at);
    if (happened.session) map.binary("session", happened.session->bytes);
    map.string_if_any("user", happened.user);
    map.string_if_any("machine", happened.machine);
    if (happened.message) map.binary("message", happened.message->bytes);
    map.uint_if_any("seq", happened.seq);
    if (happened.state) map.enumerator("state", *happened.state);
    map.string_if_any("detail", happened.detail);
    map.flag("user_verified", happened.user_verified);
}

Happened read_happened(const MapReader& map) {
    Happened happened;
    happened.what = map.at("what").enumerator(Happening::message_recalled);
    happened.at = map.at("at").time();
    happened.session = find_id<SessionId>(map, "session");
    happened.user = map.find("user").line(limits::attribute_bytes_max);
    happened.machine = map.find("machine").line(limits::attribute_bytes_max);
    happened.message = find_id<MessageId>(map, "message");
    happened.seq = find_uint(map, "seq");
    if (const Value state = map.find("state"))
        happened.state = state.enumerator(State::gone_unseen);
    happened.detail = map.find("detail").line(happened_bytes_max);
    happened.user_verified = map.find("user_verified").boolean();
    return happened;
}

void write(MapWriter& map, const Done& done) {
    write_answer(map, "done", done.request);
}

Done read_done(const MapReader& map) {
    return {map.at("request").uint()};
}

void write(MapWriter& map, const Identity& identity) {
    write_answer(map, "identity", identity.request);
    map.string("principal", identity.principal);
    write_rights(map, identity.rights);
    map.string("address", identity.address);
}

Identity read_identity(const MapReader& map) {
    Identity identity;
    identity.request = map.at("request").uint();
    identity.principal = map.at("principal").line(principal_bytes_max);
    identity.rights = read_rights(map);
    identity.address = map.at("address").line(address_bytes_max);
    return identity;
}

void write(MapWriter& map, const Health& health) {
    write_answer(map, "health", health.request);
    map.boolean("healthy", health.is_healthy);
    map.string_if_any("problem", health.problem);
    map.string("broker", health.broker);
    map.time("started", health.started);
    map.uint("seq", health.seq);
    map.uint("sessions", health.sessions);
    map.uint("connected", health.connected);
    map.uint("live", health.live_messages);
}

Health read_health(const MapReader& map) {
    Health health;
    health.request = map.at("request").uint();
    health.is_healthy = map.at("healthy").boolean();
    health.problem = map.find("problem").text(detail_bytes_max);
    health.broker = map.at("broker").line(limits::version_bytes_max);
    health.started = map.at("started").time();
    health.seq = map.at("seq").uint();
    health.sessions = map.at("sessions").uint32();
    health.connected = map.at("connected").uint32();
    health.live_messages = map.at("live").uint32();
    return health;
}

constexpr std::array<FrameType<ToOperator>, 13> to_operator{{
    {"accepted", as<ToOperator, read_accepted>},
    {"tally", as<ToOperator, read_tally_changed>},
    {"heartbeat", as<ToOperator, read_heartbeat>},
    {"refused", as<ToOperator, read_refused>},
    {"welcome", as<ToOperator, read_welcome>},
    {"session_page", as<ToOperator, read_session_page>},
    {"message_page", as<ToOperator, read_message_page>},
    {"outcome_page", as<ToOperator, read_outcome_page>},
    {"happened", as<ToOperator, read_happened>},
    {"done", as<ToOperator, read_done>},
    {"identity", as<ToOperator, read_identity>},
    {"health", as<ToOperator, read_health>},
    {"goodbye", as<ToOperator, read_goodbye>},
}};

}  // namespace

Bytes encode(const ToOperator& frame) {
    return encode_frame(frame, [](MapWriter& map, const auto& one) { write(map, one); });
}

Result<ToOperator> decode_to_operator(BytesView bytes) {
    return decode_frame(bytes, to_operator);
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

}  // namespace crier::protocol
