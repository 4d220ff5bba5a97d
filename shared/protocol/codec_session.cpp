// The session link, both directions.
#include <algorithm>

#include "shared/protocol/codec.hpp"
#include "shared/protocol/codec_cluster.hpp"
#include "shared/protocol/fields.hpp"
#include "shared/protocol/frame.hpp"

namespace crier::protocol {
namespace {

// ---- From the session
// ----------------------------------------------------------------------------

void write(MapWriter& map, const SessionHello& hello) {
    map.string("t", "hello");
    write_versions(map, hello.versions);
    if (!hello.features.empty()) write_features(map, hello.features);
    if (hello.key) map.binary("key", *hello.key);
    if (hello.proof) map.binary("proof", *hello.proof);
    if (hello.resume) map.binary("resume", *hello.resume);
    if (hello.ticket) map.string("ticket", *hello.ticket);
    write_attributes(map, hello.attributes);
    if (hello.state != Presence::active) map.enumerator("state", hello.state);
    if (hello.known.empty()) return;
    Writer list = map.list("known", hello.known.size());
    for (const Known& known : hello.known) {
        MapWriter element(list.out());
        element.binary("id", known.id.bytes);
        element.uint("rev", known.revision);
        element.enumerator("state", known.state);
        element.boolean("on", known.on_screen);
    }
}

Known read_known(const MapReader& map) {
    Known known;
    known.id = map.at("id").id<MessageId>();
    known.revision = map.at("rev").uint32(positive32);
    known.state = map.at("state").enumerator(State::failed, State::delivered);
    known.on_screen = map.at("on").boolean();
    return known;
}

SessionHello read_session_hello(const MapReader& map) {
    SessionHello hello;
    hello.versions = read_versions(map);
    hello.features = read_features(map.find("features"));
    if (const Value key = map.find("key")) hello.key = key.binary32();
    if (const Value proof = map.find("proof")) hello.proof = proof.binary32();
    if (const Value resume = map.find("resume")) hello.resume = resume.binary({1, token_bytes_max});
    if (const Value ticket = map.find("ticket")) {
        hello.ticket = ticket.line(limits::ticket_bytes_max);
    }
    hello.attributes = read_attributes(map);
    hello.state = map.find("state").enumerator(Presence::locked);
    const ListReader known = map.find("known").list({0, limits::known_max});
    hello.known.reserve(known.size());
    for (const Value element : known) hello.known.push_back(read_known(element.map()));
    return hello;
}

/// Whether two receipts differ in nothing but the message.
bool say_the_same(const Receipt& one, const Receipt& other) {
    return one.revision == other.revision && one.state == other.state && one.at == other.at &&
           one.cause == other.cause && one.again == other.again && one.removed == other.removed &&
           one.answer == other.answer && one.shown == other.shown && one.gone == other.gone &&
           one.digest == other.digest;
}

void write(MapWriter& map, const Receipts& receipts) {
    map.string("t", "receipts");
    map.uint("n", receipts.number);
    const std::span<const Receipt> all(receipts.receipts);
    std::vector<std::span<const Receipt>> runs;
    for (std::size_t begin = 0, end = 0; begin < all.size(); begin = end) {
        while (end < all.size() && say_the_same(all[begin], all[end])) ++end;
        runs.push_back(all.subspan(begin, end - begin));
    }
    Writer list = map.list("list", runs.size());
    for (const std::span<const Receipt> run : runs) {
        MapWriter element(list.out());
        Writer ids = element.list("ids", run.size());
        for (const Receipt& receipt : run) ids.binary(receipt.id.bytes);
        const Receipt& said = run.front();
        element.uint("rev", said.revision);
        element.enumerator("state", said.state);
        if (said.at != UtcTime{}) element.time("at", said.at);
        element.string_if_any("cause", said.cause);
        element.flag("again", said.again);
        element.flag("removed", said.removed);
        element.uint_if_any("answer", said.answer);
        element.time_if_any("shown", said.shown);
        element.time_if_any("gone", said.gone);
        element.flag("digest", said.digest);
    }
}

/// `runs`: how many there are; at least so many receipts come.
void read_run(const MapReader& map, std::size_t runs, std::vector<Receipt>& receipts) {
    const ListReader ids = map.at("ids").list({1, limits::receipts_per_frame_max});
    Receipt said;
    said.revision = map.at("rev").uint32(positive32);
    said.state = map.at("state").enumerator(State::failed, State::delivered);
    said.at = map.find("at").time();
    said.cause = map.find("cause").line(limits::cause_bytes_max);
    said.again = map.find("again").boolean();
    said.removed = map.find("removed").boolean();
    if (const Value answer = map.find("answer")) said.answer = answer.uint32(answer_range);
    said.shown = find_time(map, "shown");
    said.gone = find_time(map, "gone");
    said.digest = map.find("digest").boolean();
    if (said.gone && !said.removed) {
        map.at("gone").place().refuse(ErrorCode::malformed_frame, "it is not removed");
    }
    if (said.answer && said.state != State::answered) {
        map.at("answer").place().refuse(ErrorCode::malformed_frame, "its state is not answered");
    }
    if (receipts.size() + ids.size() > limits::receipts_per_frame_max) {
        return map.place().refuse(
            ErrorCode::limit_exceeded,
            "more than " + std::to_string(limits::receipts_per_frame_max) + " receipts in all");
    }
    const std::size_t needed = receipts.size() + ids.size();
    if (needed > receipts.capacity()) {
        receipts.reserve(std::max({needed, 2 * receipts.capacity(), runs}));
    }
    for (const Value id : ids) {
        said.id = id.id<MessageId>();
        receipts.push_back(said);
    }
}

Receipts read_receipts(const MapReader& map) {
    Receipts receipts;
    receipts.number = map.at("n").uint(positive);
    const ListReader list = map.at("list").list({1, limits::receipts_per_frame_max});
    for (const Value run : list) read_run(run.map(), list.size(), receipts.receipts);
    return receipts;
}

void write(MapWriter& map, const SessionState& state) {
    map.string("t", "state");
    map.enumerator("state", state.state);
}

SessionState read_state(const MapReader& map) {
    return {map.at("state").enumerator(Presence::locked)};
}

void write(MapWriter& map, const RenewTicket& renew) {
    map.string("t", "ticket");
    map.string("ticket", renew.ticket);
}

RenewTicket read_renew(const MapReader& map) {
    return {std::string(map.at("ticket").line(limits::ticket_bytes_max))};
}

// ---- From the broker
// -----------------------------------------------------------------------------

void write(MapWriter& map, const SessionWelcome& welcome) {
    map.string("t", "welcome");
    map.uint("version", welcome.version);
    write_features(map, welcome.features);
    map.binary("session", welcome.session.bytes);
    map.time("opened", welcome.opened);
    map.binary("resume", welcome.resume);
    map.time("time", welcome.time);
    map.uint("heartbeat", static_cast<std::uint64_t>(welcome.heartbeat.count()));
    map.string("broker", welcome.broker);
    write_others(map, welcome.others);
    map.time_if_any("ticket_expires", welcome.ticket_expires);
}

SessionWelcome read_welcome(const MapReader& map) {
    SessionWelcome welcome;
    welcome.version = map.at("version").uint32({1, 0xffff});
    welcome.features = read_features(map.at("features"));
    welcome.session = map.at("session").id<SessionId>();
    welcome.opened = map.at("opened").time();
    welcome.resume = map.at("resume").binary({1, token_bytes_max});
    welcome.time = map.at("time").time();
    welcome.heartbeat = map.at("heartbeat").milliseconds(heartbeat_range);
    welcome.broker = map.at("broker").line(limits::version_bytes_max);
    welcome.others = read_others(map);
    welcome.ticket_expires = find_time(map, "ticket_expires");
    return welcome;
}

void write(MapWriter& map, const Show& show) {
    map.string("t", "message");
    map.binary("id", show.id.bytes);
    map.uint("rev", show.revision);
    map.uint("seq", show.seq);
    map.string("topic", show.to_all ? "all" : "session");
    write_content(map, show.content, Defaults::written);
    map.string("from", show.from);
    map.time("sent", show.sent);
    map.time("deliver_until", show.deliver_until);
    map.time_if_any("off_screen_at", show.off_screen_at);
    map.time_if_any("late", show.late);
    map.flag("reminder", show.is_reminder);
    write_sealed(map, show.sealed);
}

Show read_show(const MapReader& map) {
    Show show;
    show.id = map.at("id").id<MessageId>();
    show.revision = map.at("rev").uint32(positive32);
    show.seq = map.at("seq").uint();
    const Value topic = map.at("topic");
    show.to_all = topic.string() == "all";
    if (!show.to_all && topic.string() != "session") {
        topic.place().refuse(ErrorCode::malformed_frame, "neither all nor session");
    }
    show.content = read_content(map, Defaults::written);
    show.from = map.at("from").line(principal_bytes_max);
    show.sent = map.at("sent").time();
    show.deliver_until = map.at("deliver_until").time();
    show.off_screen_at = find_time(map, "off_screen_at");
    show.late = find_time(map, "late");
    show.is_reminder = map.find("reminder").boolean();
    show.sealed = read_sealed(map, show.content);
    return show;
}

void write(MapWriter& map, const Bundle& bundle) {
    map.string("t", "bundle");
    Writer list = map.list("list", bundle.messages.size());
    for (const Show& show : bundle.messages) {
        MapWriter element(list.out());
        write(element, show);
    }
}

Bundle read_bundle(const MapReader& map) {
    Bundle bundle;
    const ListReader list = map.at("list").list({1, limits::unconfirmed_messages_max});
    bundle.messages.reserve(list.size());
    for (const Value value : list) {
        const MapReader element = value.map();
        const Value type = element.at("t");
        if (type && type.string() != "message") {
            type.place().refuse(ErrorCode::malformed_frame, "not message");
        }
        bundle.messages.push_back(read_show(element));
    }
    return bundle;
}

void write(MapWriter& map, const Remove& remove) {
    map.string("t", "remove");
    map.binary("id", remove.id.bytes);
    map.enumerator("cause", remove.cause);
}

Remove read_remove(const MapReader& map) {
    Remove remove;
    remove.id = map.at("id").id<MessageId>();
    remove.cause = map.at("cause").enumerator(RemovalCause::closed);
    return remove;
}

void write(MapWriter& map, const TicketRenewed& renewed) {
    map.string("t", "ticket");
    map.time("expires", renewed.expires);
}

TicketRenewed read_renewed(const MapReader& map) {
    return {map.at("expires").time()};
}

constexpr std::array<FrameType<FromSession>, 6> from_session{{
    {"receipts", as<FromSession, read_receipts>},
    {"heartbeat", as<FromSession, read_heartbeat>},
    {"hello", as<FromSession, read_session_hello>},
    {"state", as<FromSession, read_state>},
    {"ticket", as<FromSession, read_renew>},
    {"goodbye", as<FromSession, read_goodbye>},
}};

constexpr std::array<FrameType<ToSession>, 8> to_session{{
    {"message", as<ToSession, read_show>},
    {"bundle", as<ToSession, read_bundle>},
    {"heartbeat", as<ToSession, read_heartbeat>},
    {"remove", as<ToSession, read_remove>},
    {"welcome", as<ToSession, read_welcome>},
    {"refused", as<ToSession, read_refused>},
    {"ticket", as<ToSession, read_renewed>},
    {"goodbye", as<ToSession, read_goodbye>},
}};

/// An operator's requests. A session's key that tries them hears so.
constexpr std::array<std::string_view, 21> operator_requests{
    "send",     "update",   "recall", "close",   "set_admission", "admission",    "sessions",
    "messages", "outcome",  "follow", "watch",   "whoami",        "health",       "cluster",
    "forget",   "set_keys", "keys",   "entries", "audit_head",    "audit_verify", "screens"};

}  // namespace

Bytes encode(const FromSession& frame) {
    return encode_frame(frame, [](MapWriter& map, const auto& one) { write(map, one); });
}

Bytes encode(const ToSession& frame) {
    return encode_frame(frame, [](MapWriter& map, const auto& one) { write(map, one); });
}

Bytes bundle_of(std::span<const BytesView> messages) {
    Bytes bytes;
    std::size_t size = bundle_overhead_max;
    for (const BytesView message : messages) size += message.size();
    bytes.reserve(size);
    {
        MapWriter map(bytes);
        map.string("t", "bundle");
        map.list("list", messages.size());
        for (const BytesView message : messages) {
            bytes.insert(bytes.end(), message.begin(), message.end());
        }
    }
    return bytes;
}

Result<FromSession> decode_from_session(BytesView bytes) {
    return decode_frame(bytes, from_session, operator_requests);
}

Result<ToSession> decode_to_session(BytesView bytes) {
    return decode_frame(bytes, to_session);
}

}  // namespace crier::protocol
