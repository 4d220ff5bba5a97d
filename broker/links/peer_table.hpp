/// \file
/// Which routing id is which peer. Sending finds a peer by its number in one step; receiving finds
/// it by its routing id.

#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

#include "broker/core/engine.hpp"
#include "shared/transport/connection.hpp"
#include "shared/transport/frame.hpp"

namespace crier::broker {

/// One connection as its link knows it.
struct LinkPeer {
    enum class State : std::uint8_t {
        open,     ///< The engine knows it.
        ending,   ///< It has ended; what it had sent before is still heard.
        closing,  ///< The engine is done with it; to be cut once what was sent has left.
        gone,     ///< Ended. Frames of it that were under way still come, and are dropped.
    };

    PeerId id{};
    transport::RoutingId routing;
    std::optional<transport::Connection> connection;  ///< nullopt: cannot be cut, or is gone.
    State state = State::open;
    bool was_spoken_to = false;  ///< Until then nothing is sent that the engine did not ask for.
    std::uint8_t growths = 0;    ///< Hints of bytes since its last frame.
    std::optional<SessionId> session{};  ///< Whose key it has proven.
};

/// Peer numbers are never used again: they hold a slot, how often it was used, and the door.
///
/// Thread-safety: one thread. References are valid until the next add() or remove().
class PeerTable {
public:
    explicit PeerTable(Door door) : door_(door) {}

    LinkPeer& add(const transport::RoutingId& routing,
                  std::optional<transport::Connection> connection);
    void remove(PeerId id);

    /// Its connection is another one's, so that it must not be cut by it.
    void unbind(LinkPeer& peer);

    /// nullptr: unknown, or removed since.
    [[nodiscard]] LinkPeer* find(PeerId id) noexcept;
    [[nodiscard]] LinkPeer* find(const transport::RoutingId& routing) noexcept;

    /// Every peer that was bound to this descriptor when it was added.
    [[nodiscard]] std::vector<PeerId> bound_to(int descriptor) const;

    [[nodiscard]] std::size_t size() const noexcept { return by_routing_.size(); }

    [[nodiscard]] static Door door_of(PeerId id) noexcept;

private:
    struct Slot {
        LinkPeer peer;
        std::uint32_t uses = 0;
        bool is_used = false;
    };

    Door door_;
    std::vector<Slot> slots_;
    std::deque<std::uint32_t> free_slots_;  ///< Oldest first, so that numbers spread.
    std::unordered_map<transport::RoutingId, std::uint32_t> by_routing_;
    std::unordered_multimap<int, PeerId> by_descriptor_;
};

}  // namespace crier::broker
