/// \file
/// What passes between the event loop and the backbone's threads.

#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <utility>
#include <variant>

#include "broker/cluster/backbone.hpp"
#include "broker/cluster/nats_connection.hpp"
#include "shared/base/assert.hpp"
#include "shared/base/mailbox.hpp"

namespace crier::broker {

// ---- To the backbone's thread -------------------------------------------------------------------

struct PublishEntry {
    MessageId id;
    Bytes body;
    std::optional<std::uint64_t> after;
};
struct FollowStream {
    std::uint64_t feed = 0;  ///< Numbers the calls of follow().
    std::uint64_t from = 1;
};
struct EndFeed {};
struct FedTaken {
    std::uint64_t count = 0;
};
struct LookAt {
    std::uint64_t number = 0;
};
struct ReadExtent {};
struct PurgeBelow {
    std::uint64_t number = 0;
};
struct Tell {
    std::optional<BrokerId> broker;  ///< nullopt: all.
    Bytes datagram;
};
/// The connection of this number is lost.
struct ConnectionLost {
    std::uint64_t connection = 0;
};
using NatsLetter = std::variant<PublishEntry, FollowStream, EndFeed, FedTaken, LookAt, ReadExtent,
                                PurgeBelow, Tell, NatsMessage, ConnectionLost>;

// ---- To the event loop --------------------------------------------------------------------------

struct NatsEvent {
    BackboneEvent event;
    std::uint64_t feed = 0;  ///< Of Fed: which feed's.
};

struct NatsTraffic {
    /// Letters that wait for the backbone's thread, which is behind only while it connects or a
    /// server does not read; the most come from the feed, before it is asked whether it may go on.
    /// Full, nothing more is sent (`overloaded`), and a connection whose replies do not fit is
    /// given up.
    static constexpr std::size_t letters_max = 1u << 18;
    /// Entries on their way; their answers fit into the letters above.
    static constexpr std::size_t publishes_max = 4'096;
    /// Events are answers, and the feed is bounded by what was taken of it: never reached.
    static constexpr std::size_t events_max = 1u << 20;
    /// Datagrams that the loop has not taken; more are dropped.
    static constexpr std::uint32_t heard_max = 4'096;

    Mailbox<NatsLetter> letters{letters_max};
    Mailbox<NatsEvent> events{events_max};
    std::atomic<std::uint32_t> heard_count = 0;

    /// Any thread.
    void post(BackboneEvent&& event, std::uint64_t feed = 0) {
        const bool is_posted = events.post(NatsEvent{.event = std::move(event), .feed = feed});
        CRIER_ASSERT(is_posted, "the event loop takes events in each of its turns");
    }
    void post_heard(Bytes&& datagram) {
        if (heard_count >= heard_max) return;
        ++heard_count;
        post(Heard{std::move(datagram)});
    }
};

}  // namespace crier::broker
