/// \file
/// What brokers of a cluster say to each other, as values and as bytes (broker/cluster/CLUSTER.md,
/// "Between brokers"). They come from brokers that hold the cluster's key; the codec checks their
/// shape and sizes all the same.
///
/// A link keeps the order of its frames; when one was lost it is closed and opened anew, and all
/// that is said at the opening is said again.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "broker/core/outcome.hpp"
#include "broker/core/owner.hpp"
#include "crier/id.hpp"
#include "crier/result.hpp"
#include "shared/protocol/messages.hpp"

namespace crier::broker {

/// A session where it is. `claim` rises by one whenever it comes to a broker, and is 2 after
/// the first time: of two brokers that believe to have it, the one with the higher one does.
struct Served {
    SessionId session;
    UtcTime opened{};
    std::uint32_t claim = 0;

    bool operator==(const Served&) const = default;
};

/// Which sessions a broker has: its own, or those of one that nobody reaches.
struct SessionsAt {
    BrokerId broker;
    bool is_first = false;  ///< What was said of this broker's sessions before counts no more.
    std::vector<Served> opened;
    std::vector<SessionId> closed;

    bool operator==(const SessionsAt&) const = default;
};

/// Keys of sessions that were dropped are refused by every broker.
struct KeysRefused {
    struct One {
        SessionId session;
        UtcTime until{};

        bool operator==(const One&) const = default;
    };
    std::vector<One> list;

    bool operator==(const KeysRefused&) const = default;
};

/// It has come to me: what do you know of it?
struct ClaimSession {
    SessionId session;
    std::uint32_t claim = 0;

    bool operator==(const ClaimSession&) const = default;
};

/// How a message stands at a session.
struct HandedCell {
    MessageId message;
    std::uint32_t revision = 0;
    ReceiptFact fact;

    bool operator==(const HandedCell&) const = default;
};

/// It is yours; this is what I know of it. Unasked for, too, when a broker finds that another one
/// has the higher claim.
struct HandSession {
    SessionId session;
    std::uint32_t claim = 0;
    UtcTime opened{};  ///< Zero: I know nothing of it.
    std::vector<HandedCell> cells;
    bool more = false;  ///< Another frame goes on.
    Owner owner{};      ///< Whose it was here.

    bool operator==(const HandSession&) const = default;
};

/// It came to me after it had come to you.
struct KeepSession {
    SessionId session;
    std::uint32_t claim = 0;

    bool operator==(const KeepSession&) const = default;
};

/// On my disk: I count it in these messages, and you do no longer.
struct TookSession {
    SessionId session;
    std::uint32_t claim = 0;
    std::vector<MessageId> messages;
    bool more = false;  ///< Another frame goes on.

    bool operator==(const TookSession&) const = default;
};

/// How does this message stand at your sessions?
struct AskTally {
    std::uint64_t request = 0;
    MessageId message;
    bool follow = false;  ///< And tell me whenever that changes.

    bool operator==(const AskTally&) const = default;
};

struct TallyAt {
    std::uint64_t request = 0;  ///< 0: it has changed.
    protocol::TallyChanged tally;

    bool operator==(const TallyAt&) const = default;
};

/// These people have acknowledged it, so their other sessions need not.
struct PersonsRead {
    struct One {
        SessionId session;        ///< In which they did.
        std::string name;  ///< As person_of() says.

        bool operator==(const One&) const = default;
    };
    MessageId message;
    std::uint32_t revision = 0;  ///< The newest when this was told.
    std::vector<One> persons;

    bool operator==(const PersonsRead&) const = default;
};

/// What an operator asks, asked of the other's own sessions: a frame of PROTOCOL.md.
struct Asked {
    protocol::Bytes frame;

    bool operator==(const Asked&) const = default;
};
struct Answered {
    protocol::Bytes frame;

    bool operator==(const Answered&) const = default;
};

using BrokerFrame = std::variant<SessionsAt, KeysRefused, ClaimSession, HandSession, KeepSession,
                                 TookSession, AskTally, TallyAt, PersonsRead, Asked, Answered>;

/// So many of each fit into one frame.
inline constexpr std::size_t served_per_frame_max = 1'500;
inline constexpr std::size_t refused_per_frame_max = 2'000;
inline constexpr std::size_t persons_per_frame_max = 100;
inline constexpr std::size_t taken_per_frame_max = 1'000;
inline constexpr std::size_t cells_bytes_max = 40 * 1024;

/// Bytes of a handed cell; for whoever fills a frame with them.
[[nodiscard]] std::size_t size_of(const HandedCell& cell);

[[nodiscard]] protocol::Bytes encode(const BrokerFrame& frame);
/// Errors: malformed_frame, limit_exceeded.
Result<BrokerFrame> decode_broker_frame(protocol::BytesView bytes);

}  // namespace crier::broker
