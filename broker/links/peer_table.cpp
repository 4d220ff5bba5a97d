#include "broker/links/peer_table.hpp"

#include "shared/base/assert.hpp"

namespace crier::broker {
namespace {

// Bits of a PeerId: 2 for the door, 30 for the uses of the slot, 32 for the slot. Brokers of a
// cluster are numbered by broker_links.cpp, which has the second bit.
constexpr std::uint64_t operators_bit = 1ULL << 63;
constexpr std::uint64_t brokers_bit = 1ULL << 62;
constexpr std::uint32_t uses_max = 0x3fffffff;

std::uint32_t slot_of(PeerId id) {
    return static_cast<std::uint32_t>(id);
}

std::uint32_t uses_of(PeerId id) {
    return static_cast<std::uint32_t>(static_cast<std::uint64_t>(id) >> 32) & uses_max;
}

}  // namespace

Door PeerTable::door_of(PeerId id) noexcept {
    if ((static_cast<std::uint64_t>(id) & brokers_bit) != 0) return Door::brokers;
    const bool is_operator = (static_cast<std::uint64_t>(id) & operators_bit) != 0;
    return is_operator ? Door::operators : Door::sessions;
}

LinkPeer& PeerTable::add(const transport::RoutingId& routing,
                         std::optional<transport::Connection> connection) {
    if (free_slots_.empty()) {
        free_slots_.push_back(static_cast<std::uint32_t>(slots_.size()));
        slots_.emplace_back();
    }
    const std::uint32_t index = free_slots_.front();
    free_slots_.pop_front();
    Slot& slot = slots_[index];
    slot.uses += 1;
    slot.is_used = true;
    const std::uint64_t door = door_ == Door::operators ? operators_bit : 0;
    const auto number = PeerId{door | (std::uint64_t{slot.uses} << 32) | index};
    slot.peer = LinkPeer{number, routing, connection};
    const bool is_new = by_routing_.emplace(routing, index).second;
    CRIER_ASSERT(is_new, "an unknown routing id is added once");
    if (connection) by_descriptor_.emplace(connection->descriptor(), number);
    return slot.peer;
}

void PeerTable::remove(PeerId id) {
    LinkPeer* peer = find(id);
    if (peer == nullptr) return;
    by_routing_.erase(peer->routing);
    unbind(*peer);
    Slot& slot = slots_[slot_of(id)];
    slot.is_used = false;
    // A slot whose numbers are used up is not used again; two thousand million peers later.
    if (slot.uses < uses_max) free_slots_.push_back(slot_of(id));
}

void PeerTable::unbind(LinkPeer& peer) {
    if (!peer.connection) return;
    const auto [first, last] = by_descriptor_.equal_range(peer.connection->descriptor());
    for (auto place = first; place != last; ++place) {
        if (place->second != peer.id) continue;
        by_descriptor_.erase(place);
        break;
    }
    peer.connection.reset();
}

LinkPeer* PeerTable::find(PeerId id) noexcept {
    const std::uint32_t index = slot_of(id);
    if (index >= slots_.size() || door_of(id) != door_) return nullptr;
    Slot& slot = slots_[index];
    return slot.is_used && slot.uses == uses_of(id) ? &slot.peer : nullptr;
}

LinkPeer* PeerTable::find(const transport::RoutingId& routing) noexcept {
    const auto found = by_routing_.find(routing);
    return found == by_routing_.end() ? nullptr : &slots_[found->second].peer;
}

std::vector<PeerId> PeerTable::bound_to(int descriptor) const {
    std::vector<PeerId> peers;
    const auto [first, last] = by_descriptor_.equal_range(descriptor);
    for (auto place = first; place != last; ++place) peers.push_back(place->second);
    return peers;
}

}  // namespace crier::broker
