#include "broker/cluster/envelope.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "broker/cluster/seal.hpp"
#include "broker/journal/entry_kind.hpp"
#include "shared/protocol/fields.hpp"
#include "shared/protocol/wire.hpp"

namespace crier::broker {
namespace {

using protocol::MapReader;
using protocol::MapWriter;

/// Written is the lowest one whose readers understand all of it.
constexpr std::uint64_t version = 1;
constexpr std::size_t principal_bytes_max = 1024;

/// By the index of Envelope::content.
constexpr std::array<std::string_view, 4> kinds{"entry", "generation", "joined", "forgotten"};

void write(MapWriter& map, const Entry& entry) {
    map.binary("id", entry.id.bytes);
    map.enumerator("entry", entry.kind);
    if (entry.about) map.binary("about", entry.about->bytes);
    map.time("at", entry.at);
    map.string("principal", entry.principal);
    map.binary("hash", entry.content_hash);
    map.binary("body", entry.body);
}

void write(MapWriter& map, const NewGeneration& begun) {
    if (begun.pruned_through > 0) map.uint("pruned_through", begun.pruned_through);
    protocol::Writer list = map.list("members", begun.members.size());
    for (const BrokerId& member : begun.members) list.binary(member.bytes);
}

void write(MapWriter& map, const Joined& joined) {
    map.binary("about", joined.broker.bytes);
    map.time("at", joined.at);
}

void write(MapWriter& map, const Forgotten& forgotten) {
    map.binary("id", forgotten.id.bytes);
    map.binary("about", forgotten.broker.bytes);
    map.time("at", forgotten.at);
    map.string("principal", forgotten.by);
}

Entry read_entry(const MapReader& map) {
    Entry entry;
    entry.id = map.at("id").id<MessageId>();
    entry.kind = map.at("entry").enumerator(entry_kinds.back().kind, entry_kinds.front().kind);
    entry.about = protocol::find_id<MessageId>(map, "about");
    entry.at = map.at("at").time();
    entry.principal = map.at("principal").text(principal_bytes_max);
    entry.content_hash = map.at("hash").binary32();
    entry.body = map.at("body").binary({0, limits::frame_bytes_max});
    return entry;
}

NewGeneration read_generation(const MapReader& map) {
    NewGeneration begun;
    begun.pruned_through = map.find("pruned_through").uint();
    const protocol::ListReader list = map.at("members").list({0, limits::brokers_max});
    for (const protocol::Value one : list) begun.members.push_back(one.id<BrokerId>());
    return begun;
}

Forgotten read_forgotten(const MapReader& map) {
    return {map.at("id").id<MessageId>(), map.at("about").id<BrokerId>(), map.at("at").time(),
            map.at("principal").text(principal_bytes_max)};
}

/// Whether a newer broker says something here that this one does not know, and why.
std::optional<std::string> why_newer(const MapReader& map) {
    const std::uint64_t needed = map.at("v").uint({1, protocol::uint_max});
    const protocol::Value kind = map.at("kind");
    const std::string_view name = kind.string();
    if (needed > version) {
        return "it is of version " + std::to_string(needed) + ", and this broker reads up to " +
               std::to_string(version);
    }
    const bool is_known = std::find(kinds.begin(), kinds.end(), name) != kinds.end();
    return kind && !is_known ? std::optional("this broker does not know its kind") : std::nullopt;
}

Envelope read_envelope(const MapReader& map) {
    Envelope envelope;
    envelope.broker = map.at("broker").id<BrokerId>();
    envelope.generation = map.at("generation").uint({1, protocol::uint_max});
    envelope.before = protocol::find_time(map, "before");
    const auto named = std::find(kinds.begin(), kinds.end(), map.at("kind").string());
    switch (named - kinds.begin()) {
        case 0:
            envelope.content = read_entry(map);
            break;
        case 1:
            envelope.content = read_generation(map);
            break;
        case 2:
            envelope.content = Joined{map.at("about").id<BrokerId>(), map.at("at").time()};
            break;
        default:
            envelope.content = read_forgotten(map);
    }
    return envelope;
}

tl::unexpected<NotOpened> foreign(std::string why) {
    return tl::unexpected(NotOpened{std::move(why), false});
}

tl::expected<Unsealed, NotOpened> without_seal(std::span<const std::uint8_t> body,
                                               const Secret& key) {
    if (body.size() > envelope_bytes_max) return foreign("it is too long");
    const auto unsealed = unseal(body, key);
    if (!unsealed) return foreign("its seal is not ours");
    return *unsealed;
}

tl::expected<Envelope, NotOpened> read_whole(std::span<const std::uint8_t> map_bytes) {
    const auto document = protocol::Document::parse(map_bytes, envelope_bytes_max);
    if (!document) return foreign(document.error().detail);
    protocol::Problem problem;
    const MapReader map(*document, "envelope", problem);
    if (auto why = why_newer(map); why && !problem) {
        return tl::unexpected(NotOpened{std::move(*why), true});
    }
    Envelope envelope = read_envelope(map);
    if (problem) return foreign(problem.error().detail);
    return envelope;
}

MessageId id_from(const Bytes32& mac) {
    MessageId id;
    std::copy_n(mac.begin(), id.bytes.size(), id.bytes.begin());
    return id;
}

}  // namespace

SealedEnvelope seal(const Envelope& envelope, const Secret& key) {
    SealedEnvelope sealed;
    {
        MapWriter map(sealed.body);
        map.uint("v", version);
        map.string("kind", kinds[envelope.content.index()]);
        map.binary("broker", envelope.broker.bytes);
        map.uint("generation", envelope.generation);
        map.time_if_any("before", envelope.before);
        std::visit([&map](const auto& content) { write(map, content); }, envelope.content);
    }
    sealed.id = id_from(append_mac(sealed.body, key));
    return sealed;
}

tl::expected<Envelope, NotOpened> open(const StreamMessage& message, const Secret& key) {
    const auto unsealed = without_seal(message.body, key);
    if (!unsealed) return tl::unexpected(unsealed.error());
    if (message.id != id_from(unsealed->mac)) return foreign("its id is not that of its bytes");
    return read_whole(unsealed->bytes);
}

tl::expected<Envelope, NotOpened> open(std::span<const std::uint8_t> sealed, const Secret& key) {
    const auto unsealed = without_seal(sealed, key);
    if (!unsealed) return tl::unexpected(unsealed.error());
    return read_whole(unsealed->bytes);
}

}  // namespace crier::broker
