#include "broker/cluster/log_copy.hpp"

#include <string_view>
#include <utility>

#include "broker/core/varint.hpp"
#include "shared/protocol/wire.hpp"

namespace crier::broker {
namespace {

using protocol::MapReader;
using protocol::MapWriter;

constexpr std::uint8_t mark = 0xc1;
constexpr std::size_t entries_max = 1'024;
constexpr std::size_t places_bytes_max = entries_max * 20;

Bytes packed(const std::vector<LogPosition>& places) {
    Bytes bytes;
    for (const LogPosition& place : places) {
        put_varint(bytes, place.generation);
        put_varint(bytes, place.number);
    }
    return bytes;
}

bool is_sound(const LogPosition& place) {
    return place.generation >= 1 && place.generation <= position_max && place.number >= 1 &&
           place.number <= position_max;
}

/// All but the entries: those are `sealed`, to be opened when the document is done with.
PeerEntries read_entries(const MapReader& map, std::vector<Bytes>& sealed) {
    PeerEntries read;
    const protocol::ListReader list = map.at("entries").list({0, entries_max});
    for (const protocol::Value one : list) sealed.push_back(one.binary({1, envelope_bytes_max}));
    const protocol::Value places = map.at("places");
    const Bytes bytes = places.binary({0, places_bytes_max});
    VarintReader reader(bytes);
    bool are_sound = true;
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        const std::uint64_t generation = reader.varint();
        read.places.push_back({generation, reader.varint()});
        are_sound = are_sound && is_sound(read.places.back());
    }
    if (!reader.ok() || !reader.at_end()) {
        places.place().refuse(ErrorCode::malformed_frame, "there are not as many as entries");
    }
    if (!are_sound) places.place().refuse(ErrorCode::malformed_frame, "one is no place");
    read.cursor.at = {map.at("generation").uint(), map.at("number").uint()};
    read.cursor.message = map.at("message").id<MessageId>();
    read.is_last = map.find("last").boolean();
    if (map.find("members")) {
        const protocol::ListReader members = map.at("members").list({0, limits::brokers_max});
        for (const protocol::Value one : members) read.members.push_back(one.id<BrokerId>());
    }
    if (map.find("pruned_through")) {
        PrunedRange& beginning = read.beginning.emplace();
        beginning.first = 1;
        beginning.last = map.at("pruned_through").uint({1, protocol::uint_max});
        beginning.chain = map.at("chain").binary32();
    }
    return read;
}

}  // namespace

bool is_copy_frame(protocol::BytesView frame) {
    return !frame.empty() && frame.front() == mark;
}

protocol::Bytes encode(const AskPeer& asked) {
    protocol::Bytes frame{mark};
    MapWriter map(frame);
    map.string("t", "ask_log");
    map.uint("generation", asked.after.generation);
    map.uint("number", asked.after.number);
    return frame;
}

protocol::Bytes encode(const PeerEntries& entries, const Secret& key) {
    protocol::Bytes frame{mark};
    MapWriter map(frame);
    map.string("t", "log");
    protocol::Writer list = map.list("entries", entries.entries.size());
    for (const Entry& entry : entries.entries) {
        list.binary(seal({BrokerId{}, 1, std::nullopt, entry}, key).body);
    }
    map.binary("places", packed(entries.places));
    map.uint("generation", entries.cursor.at.generation);
    map.uint("number", entries.cursor.at.number);
    map.binary("message", entries.cursor.message.bytes);
    map.flag("last", entries.is_last);
    protocol::Writer members = map.list("members", entries.members.size());
    for (const BrokerId& member : entries.members) members.binary(member.bytes);
    if (!entries.beginning) return frame;
    map.uint("pruned_through", entries.beginning->last);
    map.binary("chain", entries.beginning->chain);
    return frame;
}

Result<CopyFrame> decode_copy_frame(protocol::BytesView frame, const Secret& key) {
    const auto document = protocol::Document::parse(frame.subspan(1));
    if (!document) return fail(document.error());
    protocol::Problem problem;
    const MapReader map(*document, "frame", problem);
    const std::string_view type = map.at("t").string();
    if (type == "ask_log") {
        const AskPeer asked{{map.at("generation").uint(), map.at("number").uint()}};
        if (problem) return fail(problem.error());
        return Result<CopyFrame>(tl::in_place, asked);
    }
    if (type != "log") return fail(ErrorCode::malformed_frame, "frame: t: no known type");
    std::vector<Bytes> sealed;
    PeerEntries copied = read_entries(map, sealed);
    if (problem) return fail(problem.error());
    for (const Bytes& one : sealed) {
        // What it says besides is not asked about: it was in the stream already.
        auto envelope = open(one, key);
        if (!envelope && envelope.error().is_newer) {
            return fail(ErrorCode::version_unsupported, envelope.error().why);
        }
        Entry* entry = envelope ? std::get_if<Entry>(&envelope->content) : nullptr;
        if (entry == nullptr) {
            return fail(ErrorCode::malformed_frame, "log: one is no entry of this cluster");
        }
        copied.entries.push_back(std::move(*entry));
    }
    return Result<CopyFrame>(tl::in_place, std::move(copied));
}

PeerEntries copy_of(const std::vector<PlacedEntry>& log, const LogPosition& behind,
                    const LogCursor& newest, bool is_all) {
    PeerEntries copy;
    copy.cursor = {behind, {}};
    std::size_t bytes = 0;
    for (const PlacedEntry& one : log) {
        if (!one.place || *one.place <= behind) continue;
        const std::size_t size = one.entry.stored.entry.body.size() + 256;
        if (!copy.entries.empty() && bytes + size > copied_bytes_max) return copy;
        bytes += size;
        copy.entries.push_back(one.entry.stored.entry);
        copy.places.push_back(*one.place);
        copy.cursor = {*one.place, {}};
    }
    if (!is_all) return copy;
    copy.is_last = true;
    copy.cursor = newest;
    return copy;
}

}  // namespace crier::broker
