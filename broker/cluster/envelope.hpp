/// \file
/// What lies in the stream that the brokers of a cluster share: what one of them has to say to all,
/// sealed with the cluster's key.
///
///     body = MessagePack map, as envelope.cpp spells it ‖ MAC over it (BLAKE2b-256, keyed)
///     id   = the first 16 bytes of the MAC
///
/// So the same words have the same id, which is what the stream's own memory of ids goes by: to
/// publish them again is safe, and what is said anew, with another time limit or in another
/// generation, is not taken for what it repeats.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <variant>
#include <vector>

#include "broker/cluster/backbone.hpp"
#include "broker/journal/journal.hpp"
#include "crier/id.hpp"
#include "shared/base/crypto.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/time.hpp"

namespace crier::broker {

/// A new life of the stream begins: what was lost of the one before follows.
struct NewGeneration {
    /// Entries up to this seq of the writer's journal were pruned and do not follow; 0: none were.
    std::uint64_t pruned_through = 0;
    /// Who belongs to the cluster now, in order: what others have said of it since may be lost.
    std::vector<BrokerId> members;

    bool operator==(const NewGeneration&) const = default;
};
/// A broker belongs to the cluster from now on.
struct Joined {
    BrokerId broker;
    UtcTime at{};  ///< When it said so first: to join once more is another message.

    bool operator==(const Joined&) const = default;
};
/// A broker does not belong to it any more.
struct Forgotten {
    MessageId id;  ///< Of what was asked.
    BrokerId broker;
    UtcTime at{};
    std::string by;  ///< A principal.

    bool operator==(const Forgotten&) const = default;
};

struct Envelope {
    BrokerId broker;               ///< Who put it there.
    std::uint64_t generation = 1;  ///< Which one the writer knew of; of NewGeneration: the new one.
    /// An entry that the stream took in later than this is void, for everybody. nullopt: it never
    /// is.
    std::optional<UtcTime> before;
    std::variant<Entry, NewGeneration, Joined, Forgotten> content;

    bool operator==(const Envelope&) const = default;
};

/// An envelope as the stream gets it.
struct SealedEnvelope {
    MessageId id;
    Bytes body;
};

/// Why a message of the stream was not opened.
struct NotOpened {
    std::string why;
    /// It was sealed with this key, by a broker that says what this one cannot read: others count
    /// it, so it must not be skipped. Else the message is foreign, for all.
    bool is_newer = false;
};

/// Longer bodies are foreign. An entry's own body is at most a frame.
inline constexpr std::size_t envelope_bytes_max = limits::frame_bytes_max + 4 * 1024;

[[nodiscard]] SealedEnvelope seal(const Envelope& envelope, const Secret& key);

/// Total over any bytes. What fails: its id is not that of its bytes, it was not sealed with this
/// key, it does not decode, or it needs a newer broker.
[[nodiscard]] tl::expected<Envelope, NotOpened> open(const StreamMessage& message,
                                                     const Secret& key);
/// Likewise, of bytes that did not come by the stream, so that nobody has said what their id is.
[[nodiscard]] tl::expected<Envelope, NotOpened> open(std::span<const std::uint8_t> sealed,
                                                     const Secret& key);

/// Whether the message came too late to count; all brokers answer the same.
[[nodiscard]] inline bool is_void(const Envelope& envelope, UtcTime taken_in) {
    return envelope.before && taken_in > *envelope.before;
}

}  // namespace crier::broker
