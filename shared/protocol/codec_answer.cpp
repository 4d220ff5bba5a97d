// The operator link, from the broker.
#include "shared/protocol/codec.hpp"
#include "shared/protocol/codec_audit.hpp"
#include "shared/protocol/codec_cluster.hpp"
#include "shared/protocol/codec_keys.hpp"
#include "shared/protocol/fields.hpp"
#include "shared/protocol/frame.hpp"
#include "shared/protocol/items.hpp"

namespace crier::protocol {
namespace {

// ---- Frames
// --------------------------------------------------------------------------------------

void write(MapWriter& map, const OperatorWelcome& welcome) {
    map.string("t", "welcome");
    map.uint("version", welcome.version);
    write_features(map, welcome.features);
    map.string("principal", welcome.principal);
    map.strings("rights", welcome.rights);
    map.time("time", welcome.time);
    map.uint("heartbeat", static_cast<std::uint64_t>(welcome.heartbeat.count()));
    map.string("broker", welcome.broker);
    write_others(map, welcome.others);
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
    welcome.others = read_others(map);
    return welcome;
}

void write(MapWriter& map, const Accepted& accepted) {
    write_request(map, "accepted", accepted.request);
    map.binary("id", accepted.id.bytes);
    map.uint("seq", accepted.seq);
    write_tally(map, accepted.tally);
    map.flag("already", accepted.already);
    map.flag("dry_run", accepted.dry_run);
    map.time_if_any("stands_until", accepted.stands_until);
    if (accepted.revision != 1) map.uint("rev", accepted.revision);
    write_counts(map, accepted.counts);
    map.time_if_any("due", accepted.due);
    write_silent(map, accepted.silent);
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
    accepted.counts = read_counts(map);
    accepted.due = find_time(map, "due");
    accepted.silent = read_silent(map);
    return accepted;
}

void write(MapWriter& map, const SessionPage& page) {
    write_request(map, "session_page", page.request);
    write_items(map, page.sessions);
    map.boolean("more", page.more);
    write_silent(map, page.silent);
}

SessionPage read_session_page(const MapReader& map) {
    SessionPage page;
    page.request = map.at("request").uint();
    page.sessions = read_items(map, read_session);
    page.more = map.at("more").boolean();
    page.silent = read_silent(map);
    return page;
}

void write(MapWriter& map, const MessagePage& page) {
    write_request(map, "message_page", page.request);
    write_items(map, page.messages);
    map.boolean("more", page.more);
    write_silent(map, page.silent);
}

MessagePage read_message_page(const MapReader& map) {
    MessagePage page;
    page.request = map.at("request").uint();
    page.messages = read_items(map, read_summary);
    page.more = map.at("more").boolean();
    page.silent = read_silent(map);
    return page;
}

void write(MapWriter& map, const OutcomePage& page) {
    write_request(map, "outcome_page", page.request);
    write_item(map.map("message"), page.message);
    write_items(map, page.outcomes);
    map.boolean("more", page.more);
    write_silent(map, page.silent);
}

OutcomePage read_outcome_page(const MapReader& map) {
    OutcomePage page;
    page.request = map.at("request").uint();
    page.message = read_summary(map.at("message").map());
    page.outcomes = read_items(map, read_outcome);
    page.more = map.at("more").boolean();
    page.silent = read_silent(map);
    return page;
}

void write(MapWriter& map, const TallyChanged& changed) {
    map.string("t", "tally");
    map.binary("id", changed.id.bytes);
    write_tally(map, changed.tally);
    map.boolean("final", changed.is_final);
    write_counts(map, changed.counts);
    map.flag("closed", changed.is_closed);
    write_silent(map, changed.silent);
}

TallyChanged read_tally_changed(const MapReader& map) {
    TallyChanged changed;
    changed.id = map.at("id").id<MessageId>();
    changed.tally = read_tally(map);
    changed.is_final = map.at("final").boolean();
    changed.counts = read_counts(map);
    changed.is_closed = map.find("closed").boolean();
    changed.silent = read_silent(map);
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
    happened.what = map.at("what").enumerator(Happening::question_closed);
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
    write_request(map, "done", done.request);
}

Done read_done(const MapReader& map) {
    return {map.at("request").uint()};
}

void write(MapWriter& map, const Answers& answers) {
    map.string("t", "answers");
    map.binary("id", answers.id.bytes);
    Writer list = map.list("list", answers.list.size());
    for (const Answers::One& one : answers.list) {
        MapWriter element(list.out());
        element.binary("session", one.session.bytes);
        element.string_if_any("user", one.user);
        element.flag("user_verified", one.user_verified);
        element.uint("answer", one.answer);
        element.time("at", one.at);
    }
}

Answers::One read_one_answer(const MapReader& map) {
    Answers::One one;
    one.session = map.at("session").id<SessionId>();
    one.user = map.find("user").line(limits::attribute_bytes_max);
    one.user_verified = map.find("user_verified").boolean();
    one.answer = map.at("answer").uint32(answer_range);
    one.at = map.at("at").time();
    return one;
}

Answers read_answers(const MapReader& map) {
    Answers answers;
    answers.id = map.at("id").id<MessageId>();
    const ListReader list = map.at("list").list({1, limits::answers_per_entry_max});
    for (const Value element : list) answers.list.push_back(read_one_answer(element.map()));
    return answers;
}

void write(MapWriter& map, const Admission& admission) {
    write_request(map, "admission", admission.request);
    map.boolean("open", admission.is_open);
    map.string_if_any("message", admission.message);
    map.string_if_any("except", admission.except);
    map.time_if_any("since", admission.since);
    map.string_if_any("by", admission.by);
    map.flag("already", admission.already);
}

Admission read_admission(const MapReader& map) {
    Admission admission;
    admission.request = map.at("request").uint();
    admission.is_open = map.at("open").boolean();
    admission.message = map.find("message").text(limits::text_bytes_max);
    admission.except = map.find("except").text(limits::filter_bytes_max);
    admission.since = find_time(map, "since");
    admission.by = map.find("by").line(principal_bytes_max);
    admission.already = map.find("already").boolean();
    return admission;
}

void write(MapWriter& map, const Identity& identity) {
    write_request(map, "identity", identity.request);
    map.string("principal", identity.principal);
    map.strings("rights", identity.rights);
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
    write_request(map, "health", health.request);
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

constexpr std::array<FrameType<ToOperator>, 21> to_operator{{
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
    {"answers", as<ToOperator, read_answers>},
    {"admission", as<ToOperator, read_admission>},
    {"identity", as<ToOperator, read_identity>},
    {"health", as<ToOperator, read_health>},
    {"cluster", as<ToOperator, read_cluster_status>},
    {"key_page", as<ToOperator, read_key_page>},
    {"entry_page", as<ToOperator, read_entry_page>},
    {"audit_head", as<ToOperator, read_head_signed>},
    {"audit_verdict", as<ToOperator, read_log_verified>},
    {"screen_page", as<ToOperator, read_screen_page>},
    {"goodbye", as<ToOperator, read_goodbye>},
}};

}  // namespace

Bytes encode(const ToOperator& frame) {
    return encode_frame(frame, [](MapWriter& map, const auto& one) { write(map, one); });
}

Result<ToOperator> decode_to_operator(BytesView bytes) {
    return decode_frame(bytes, to_operator);
}

}  // namespace crier::protocol
