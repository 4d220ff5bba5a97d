// The operator link, from the operator.
#include "shared/protocol/codec.hpp"
#include "shared/protocol/codec_audit.hpp"
#include "shared/protocol/codec_cluster.hpp"
#include "shared/protocol/codec_keys.hpp"
#include "shared/protocol/fields.hpp"
#include "shared/protocol/frame.hpp"

namespace crier::protocol {
namespace {

constexpr Range percent_range{1, 100};

void write(MapWriter& map, const OperatorHello& hello) {
    map.string("t", "hello");
    write_versions(map, hello.versions);
    if (!hello.features.empty()) write_features(map, hello.features);
    map.string("client", hello.client);
}

OperatorHello read_hello(const MapReader& map) {
    OperatorHello hello;
    hello.versions = read_versions(map);
    hello.features = read_features(map.find("features"));
    hello.client = map.at("client").line(limits::version_bytes_max);
    return hello;
}

void write(MapWriter& map, const Send& send) {
    write_request(map, "send", send.request);
    map.binary("id", send.id.bytes);
    write_target(map, send.target);
    write_content(map, send.content, Defaults::left_out);
    map.time_if_any("expires", send.expires);
    write_schedule(map, send.schedule);
    map.flag("each_session", send.each_session);
    if (send.quorum != 0) map.uint("quorum", send.quorum);
    map.flag("dry_run", send.dry_run);
    map.flag("follow", send.follow);
    write_sealed(map, send.sealed);
}

Send read_send(const MapReader& map) {
    Send send;
    send.request = map.at("request").uint();
    send.id = map.at("id").id<MessageId>();
    send.target = read_target(map);
    send.content = read_content(map, Defaults::left_out);
    send.expires = find_time(map, "expires");
    send.schedule = read_schedule(map);
    send.each_session = map.find("each_session").boolean();
    if (const Value quorum = map.find("quorum")) send.quorum = quorum.uint32(percent_range);
    if (send.quorum != 0 && send.content.choices.empty()) {
        map.at("quorum").place().refuse(ErrorCode::malformed_frame, "there are no choices");
    }
    send.dry_run = map.find("dry_run").boolean();
    send.follow = map.find("follow").boolean();
    send.sealed = read_sealed(map, send.content);
    if (send.content.is_private && send.target.sessions.size() != 1) {
        map.place().refuse(ErrorCode::target_invalid,
                           "a private message is for one session: needs its id in sessions");
    }
    return send;
}

void write(MapWriter& map, const Update& update) {
    write_request(map, "update", update.request);
    map.binary("id", update.id.bytes);
    map.binary("message", update.message.bytes);
    if (update.text) map.string("text", *update.text);
    if (update.title) map.string("title", *update.title);
    if (update.severity) map.enumerator("severity", *update.severity);
    if (update.style) map.enumerator("style", *update.style);
    map.time_if_any("expires", update.expires);
    map.time_if_any("due", update.due);
    if (update.shift != Milliseconds{0}) {
        map.uint("shift", static_cast<std::uint64_t>(update.shift.count()));
    }
    map.flag("ask_again", update.ask_again);
    map.flag("follow", update.follow);
}

/// What it changes is under the same rules as in a message.
void read_changes(const MapReader& map, Update& update) {
    Content changed;
    changed.text = "unchanged";
    if (const Value text = map.find("text")) changed.text = update.text.emplace(text.string());
    if (const Value title = map.find("title")) changed.title = update.title.emplace(title.string());
    if (const Value severity = map.find("severity")) {
        update.severity = severity.enumerator(Severity::critical);
    }
    if (const Value style = map.find("style")) update.style = style.enumerator(Style::alert);
    update.expires = find_time(map, "expires");
    update.due = find_time(map, "due");
    update.shift = map.find("shift").milliseconds({0, lifetime_ms_max});
    const bool is_empty = !update.text && !update.title && !update.severity && !update.style &&
                          !update.expires && !update.due && update.shift == Milliseconds{0};
    if (is_empty) {
        return map.place().refuse(ErrorCode::malformed_frame,
                                  "nothing to change: needs one of text, title, severity, style, "
                                  "expires, due, shift");
    }
    if (const Status status = check(changed); !status) map.place().refuse_part(status.error());
}

Update read_update(const MapReader& map) {
    Update update;
    update.request = map.at("request").uint();
    update.id = map.at("id").id<MessageId>();
    update.message = map.at("message").id<MessageId>();
    read_changes(map, update);
    update.ask_again = map.find("ask_again").boolean();
    update.follow = map.find("follow").boolean();
    return update;
}

/// A request that says of a message no more than what its type does.
template <class Asked>
void write_about(MapWriter& map, std::string_view type, const Asked& asked) {
    write_request(map, type, asked.request);
    map.binary("id", asked.id.bytes);
    map.binary("message", asked.message.bytes);
    map.flag("follow", asked.follow);
}

template <class Asked>
Asked read_about(const MapReader& map) {
    Asked asked;
    asked.request = map.at("request").uint();
    asked.id = map.at("id").id<MessageId>();
    asked.message = map.at("message").id<MessageId>();
    asked.follow = map.find("follow").boolean();
    return asked;
}

void write(MapWriter& map, const Recall& recall) {
    write_about(map, "recall", recall);
}

void write(MapWriter& map, const CloseQuestion& close) {
    write_about(map, "close", close);
}

void write(MapWriter& map, const SetAdmission& set) {
    write_request(map, "set_admission", set.request);
    map.binary("id", set.id.bytes);
    map.boolean("open", set.is_open);
    map.string_if_any("message", set.message);
    map.string_if_any("except", set.except);
}

SetAdmission read_set_admission(const MapReader& map) {
    SetAdmission set;
    set.request = map.at("request").uint();
    set.id = map.at("id").id<MessageId>();
    set.is_open = map.at("open").boolean();
    set.message = map.find("message").text(limits::admission_bytes_max);
    set.except = map.find("except").text(limits::filter_bytes_max);
    return set;
}

void write(MapWriter& map, const AskAdmission& ask) {
    write_request(map, "admission", ask.request);
}

AskAdmission read_ask_admission(const MapReader& map) {
    return {map.at("request").uint()};
}

void write(MapWriter& map, const ListSessions& list) {
    write_request(map, "sessions", list.request);
    write_target(map, list.target);
    if (list.after) map.binary("after", list.after->bytes);
}

ListSessions read_list_sessions(const MapReader& map) {
    ListSessions list;
    list.request = map.at("request").uint();
    list.target = read_target(map);
    list.after = find_id<SessionId>(map, "after");
    return list;
}

void write(MapWriter& map, const ListMessages& list) {
    write_request(map, "messages", list.request);
    map.uint_if_any("before", list.before);
    if (list.count_max != ListMessages{}.count_max) map.uint("max", list.count_max);
    map.flag("scheduled", list.scheduled);
}

ListMessages read_list_messages(const MapReader& map) {
    ListMessages list;
    list.request = map.at("request").uint();
    list.before = find_uint(map, "before");
    if (const Value count_max = map.find("max")) list.count_max = count_max.uint32(page_range);
    list.scheduled = map.find("scheduled").boolean();
    return list;
}

void write(MapWriter& map, const AskOutcome& ask) {
    write_request(map, "outcome", ask.request);
    map.binary("id", ask.id.bytes);
    if (ask.after) map.binary("after", ask.after->bytes);
}

AskOutcome read_ask_outcome(const MapReader& map) {
    AskOutcome ask;
    ask.request = map.at("request").uint();
    ask.id = map.at("id").id<MessageId>();
    ask.after = find_id<SessionId>(map, "after");
    return ask;
}

void write(MapWriter& map, const Follow& follow) {
    write_request(map, "follow", follow.request);
    map.binary("id", follow.id.bytes);
}

Follow read_follow(const MapReader& map) {
    Follow follow;
    follow.request = map.at("request").uint();
    follow.id = map.at("id").id<MessageId>();
    return follow;
}

void write(MapWriter& map, const Watch& watch) {
    write_request(map, "watch", watch.request);
}

Watch read_watch(const MapReader& map) {
    return {map.at("request").uint()};
}

void write(MapWriter& map, const AskIdentity& ask) {
    write_request(map, "whoami", ask.request);
}

AskIdentity read_ask_identity(const MapReader& map) {
    return {map.at("request").uint()};
}

void write(MapWriter& map, const AskHealth& ask) {
    write_request(map, "health", ask.request);
}

AskHealth read_ask_health(const MapReader& map) {
    return {map.at("request").uint()};
}

constexpr std::array<FrameType<FromOperator>, 24> from_operator{{
    {"send", as<FromOperator, read_send>},
    {"heartbeat", as<FromOperator, read_heartbeat>},
    {"hello", as<FromOperator, read_hello>},
    {"update", as<FromOperator, read_update>},
    {"recall", as<FromOperator, read_about<Recall>>},
    {"close", as<FromOperator, read_about<CloseQuestion>>},
    {"set_admission", as<FromOperator, read_set_admission>},
    {"admission", as<FromOperator, read_ask_admission>},
    {"sessions", as<FromOperator, read_list_sessions>},
    {"messages", as<FromOperator, read_list_messages>},
    {"outcome", as<FromOperator, read_ask_outcome>},
    {"follow", as<FromOperator, read_follow>},
    {"watch", as<FromOperator, read_watch>},
    {"whoami", as<FromOperator, read_ask_identity>},
    {"health", as<FromOperator, read_ask_health>},
    {"cluster", as<FromOperator, read_ask_cluster>},
    {"forget", as<FromOperator, read_forget>},
    {"set_keys", as<FromOperator, read_set_keys>},
    {"keys", as<FromOperator, read_list_keys>},
    {"entries", as<FromOperator, read_list_entries>},
    {"audit_head", as<FromOperator, read_ask_audit_head>},
    {"audit_verify", as<FromOperator, read_ask_audit_verify>},
    {"screens", as<FromOperator, read_ask_screens>},
    {"goodbye", as<FromOperator, read_goodbye>},
}};

}  // namespace

Bytes encode(const FromOperator& frame) {
    return encode_frame(frame, [](MapWriter& map, const auto& one) { write(map, one); });
}

Result<FromOperator> decode_from_operator(BytesView bytes) {
    return decode_frame(bytes, from_operator);
}

std::optional<std::uint64_t> request_of(BytesView bytes) {
    const Result<Document> document = Document::parse(bytes);
    if (!document) return std::nullopt;
    Problem problem;
    const MapReader map(*document, "frame", problem);
    const std::uint64_t request = map.at("request").uint();
    return problem ? std::nullopt : std::optional(request);
}

}  // namespace crier::protocol
