#include "broker/core/broker_frames.hpp"

#include <algorithm>
#include <array>

#include "broker/core/fact_bytes.hpp"
#include "shared/protocol/fields.hpp"
#include "shared/protocol/frame.hpp"
#include "shared/protocol/items.hpp"

namespace crier::broker {
namespace {

using namespace protocol;

// Long lists are one bin each: a session is 16 bytes of id, then varints.

template <class Id>
void put_id(Bytes& bytes, const Id& id) {
    bytes.insert(bytes.end(), id.bytes.begin(), id.bytes.end());
}

template <class Id>
Id read_id(VarintReader& reader) {
    Id id;
    const std::string_view text = reader.text(Id::size);
    std::copy(text.begin(), text.end(), id.bytes.begin());
    return id;
}

void put_time(Bytes& bytes, UtcTime time) {
    put_varint(bytes, static_cast<std::uint64_t>(std::max<std::int64_t>(to_ms(time), 0)));
}

UtcTime read_time(VarintReader& reader) {
    return utc_from_ms(static_cast<std::int64_t>(std::min(reader.varint(), uint_max)));
}

void put(Bytes& bytes, const Served& served) {
    put_id(bytes, served.session);
    put_time(bytes, served.opened);
    put_varint(bytes, served.claim);
}

bool read(VarintReader& reader, Served& served) {
    served.session = read_id<SessionId>(reader);
    served.opened = read_time(reader);
    served.claim = reader.number();
    return reader.ok();
}

void put(Bytes& bytes, const KeysRefused::One& one) {
    put_id(bytes, one.session);
    put_time(bytes, one.until);
}

bool read(VarintReader& reader, KeysRefused::One& one) {
    one.session = read_id<SessionId>(reader);
    one.until = read_time(reader);
    return reader.ok();
}

template <class Tag>
void put(Bytes& bytes, const BasicId<Tag>& id) {
    put_id(bytes, id);
}

template <class Tag>
bool read(VarintReader& reader, BasicId<Tag>& id) {
    id = read_id<BasicId<Tag>>(reader);
    return reader.ok();
}

void put(Bytes& bytes, const HandedCell& cell) {
    put_id(bytes, cell.message);
    put_varint(bytes, cell.revision);
    put_fact(bytes, cell.fact);
}

bool read(VarintReader& reader, HandedCell& cell) {
    cell.message = read_id<MessageId>(reader);
    cell.revision = reader.number();
    return read_fact(reader, cell.fact);
}

void put(Bytes& bytes, const PersonsRead::One& person) {
    put_id(bytes, person.session);
    put_varint(bytes, person.name.size());
    bytes.insert(bytes.end(), person.name.begin(), person.name.end());
}

bool read(VarintReader& reader, PersonsRead::One& person) {
    person.session = read_id<SessionId>(reader);
    person.name = reader.text(reader.number());
    return reader.ok();
}

template <class Item>
void write_list(MapWriter& map, std::string_view key, const std::vector<Item>& items) {
    if (items.empty()) return;
    Bytes bytes;
    for (const Item& item : items) put(bytes, item);
    map.binary(key, bytes);
}

template <class Item>
std::vector<Item> read_list(const MapReader& map, std::string_view key) {
    std::vector<Item> items;
    const Value value = map.find(key);
    if (!value) return items;
    const Bytes bytes = value.binary({1, limits::frame_bytes_max});
    VarintReader reader(bytes);
    while (!reader.at_end()) {
        if (!read(reader, items.emplace_back())) {
            value.place().refuse(ErrorCode::malformed_frame, "it does not read back");
            return {};
        }
    }
    return items;
}

void write(MapWriter& map, const SessionsAt& at) {
    map.string("t", "sessions");
    map.binary("broker", at.broker.bytes);
    map.flag("first", at.is_first);
    write_list(map, "opened", at.opened);
    write_list(map, "closed", at.closed);
}

SessionsAt read_sessions(const MapReader& map) {
    SessionsAt at;
    at.broker = map.at("broker").id<BrokerId>();
    at.is_first = map.find("first").boolean();
    at.opened = read_list<Served>(map, "opened");
    at.closed = read_list<SessionId>(map, "closed");
    return at;
}

void write(MapWriter& map, const KeysRefused& keys) {
    map.string("t", "refused_keys");
    write_list(map, "list", keys.list);
}

KeysRefused read_refused_keys(const MapReader& map) {
    return {read_list<KeysRefused::One>(map, "list")};
}

template <class Frame>
void write_claimed(MapWriter& map, std::string_view type, const Frame& frame) {
    map.string("t", type);
    map.binary("session", frame.session.bytes);
    map.uint("claim", frame.claim);
}

template <class Frame>
Frame read_claimed(const MapReader& map) {
    Frame frame;
    frame.session = map.at("session").id<SessionId>();
    frame.claim = map.at("claim").uint32();
    return frame;
}

void write(MapWriter& map, const ClaimSession& claim) {
    write_claimed(map, "claim", claim);
}

void write(MapWriter& map, const KeepSession& keep) {
    write_claimed(map, "keep", keep);
}

void write(MapWriter& map, const HandSession& hand) {
    write_claimed(map, "hand", hand);
    map.time("opened", hand.opened);
    write_list(map, "cells", hand.cells);
    map.flag("more", hand.more);
    if (hand.owner == Owner{}) return;
    map.binary("owner", hand.owner.person);
    map.flag("account", hand.owner.is_account);
}

HandSession read_hand(const MapReader& map) {
    auto hand = read_claimed<HandSession>(map);
    hand.opened = map.at("opened").time();
    hand.cells = read_list<HandedCell>(map, "cells");
    hand.more = map.find("more").boolean();
    if (const Value owner = map.find("owner")) hand.owner.person = owner.binary32();
    hand.owner.is_account = map.find("account").boolean();
    return hand;
}

void write(MapWriter& map, const TookSession& took) {
    write_claimed(map, "took", took);
    write_list(map, "messages", took.messages);
    map.flag("more", took.more);
}

TookSession read_took(const MapReader& map) {
    auto took = read_claimed<TookSession>(map);
    took.messages = read_list<MessageId>(map, "messages");
    took.more = map.find("more").boolean();
    return took;
}

void write(MapWriter& map, const AskTally& asked) {
    map.string("t", "ask_tally");
    map.uint("request", asked.request);
    map.binary("message", asked.message.bytes);
    map.flag("follow", asked.follow);
}

AskTally read_ask_tally(const MapReader& map) {
    AskTally asked;
    asked.request = map.at("request").uint();
    asked.message = map.at("message").id<MessageId>();
    asked.follow = map.find("follow").boolean();
    return asked;
}

void write(MapWriter& map, const TallyAt& at) {
    map.string("t", "tally");
    map.uint("request", at.request);
    map.binary("message", at.tally.id.bytes);
    write_tally(map, at.tally.tally);
    write_counts(map, at.tally.counts);
    map.flag("final", at.tally.is_final);
    map.flag("closed", at.tally.is_closed);
}

TallyAt read_tally_at(const MapReader& map) {
    TallyAt at;
    at.request = map.at("request").uint();
    at.tally.id = map.at("message").id<MessageId>();
    at.tally.tally = read_tally(map);
    at.tally.counts = read_counts(map);
    at.tally.is_final = map.find("final").boolean();
    at.tally.is_closed = map.find("closed").boolean();
    return at;
}

void write(MapWriter& map, const PersonsRead& read) {
    map.string("t", "read");
    map.binary("message", read.message.bytes);
    map.uint("revision", read.revision);
    write_list(map, "persons", read.persons);
}

PersonsRead read_persons(const MapReader& map) {
    return {map.at("message").id<MessageId>(), map.at("revision").uint32(),
            read_list<PersonsRead::One>(map, "persons")};
}

void write(MapWriter& map, const Asked& asked) {
    map.string("t", "asked");
    map.binary("frame", asked.frame);
}

void write(MapWriter& map, const Answered& answered) {
    map.string("t", "answered");
    map.binary("frame", answered.frame);
}

template <class Frame>
Frame read_wrapped(const MapReader& map) {
    return {map.at("frame").binary({1, limits::frame_bytes_max})};
}

constexpr std::array<FrameType<BrokerFrame>, 11> types{{
    {"sessions", as<BrokerFrame, read_sessions>},
    {"refused_keys", as<BrokerFrame, read_refused_keys>},
    {"claim", as<BrokerFrame, read_claimed<ClaimSession>>},
    {"hand", as<BrokerFrame, read_hand>},
    {"keep", as<BrokerFrame, read_claimed<KeepSession>>},
    {"took", as<BrokerFrame, read_took>},
    {"ask_tally", as<BrokerFrame, read_ask_tally>},
    {"tally", as<BrokerFrame, read_tally_at>},
    {"read", as<BrokerFrame, read_persons>},
    {"asked", as<BrokerFrame, read_wrapped<Asked>>},
    {"answered", as<BrokerFrame, read_wrapped<Answered>>},
}};
static_assert(types.size() == std::variant_size_v<BrokerFrame>);

}  // namespace

std::size_t size_of(const HandedCell& cell) {
    Bytes bytes;
    put(bytes, cell);
    return bytes.size();
}

Bytes encode(const BrokerFrame& frame) {
    return encode_frame(frame, [](MapWriter& map, const auto& one) { write(map, one); });
}

Result<BrokerFrame> decode_broker_frame(BytesView bytes) {
    return decode_frame(bytes, types);
}

}  // namespace crier::broker
