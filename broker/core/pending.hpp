/// \file
/// What is on its way to the journal or to the log, or was asked of them; and who waits for it.

#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "broker/core/broker_frames.hpp"
#include "broker/core/engine.hpp"
#include "broker/core/messages.hpp"
#include "broker/core/peer.hpp"

namespace crier::broker {

/// Constant delays keep their order, so that a plain queue serves as a timer.
template <class Key>
using DelayQueue = std::deque<std::pair<Instant, Key>>;

/// An entry on its way to the disk, and who waits for it.
struct PendingEntry {
    struct Waiter {
        PeerId peer;
        std::uint64_t request = 0;
        bool follow = false;
    };
    std::string principal;
    Bytes32 content_hash{};
    std::vector<Waiter> waiters;
    Request request;  ///< What the entry holds.
    bool is_of_keys = false;
};

/// Beyond so many, whoever asks for one is told that the broker is overloaded.
inline constexpr std::size_t pending_entries_max = 1'024;

/// What a session chose in an earlier life of this broker.
struct RecoveredAnswer {
    std::uint32_t session = 0;  ///< Its number.
    std::uint32_t answer = 0;
    UtcTime at{};
};

/// A question to history, and who asked it.
struct Question {
    using Answered = std::function<void(Peer&, const HistoryRead&)>;
    PeerId peer;
    std::uint64_t request = 0;
    Answered answered;  ///< Not called if the peer has gone, or nothing could be read.
};

/// The same to the log.
struct LogQuestion {
    using Answered = std::function<void(Peer&, const LogAnswered&)>;
    PeerId peer;
    std::uint64_t request = 0;
    bool is_of_screens = false;
    Answered answered;
};

/// A hello whose session record is on its way to the disk.
struct PendingWelcome {
    std::uint64_t write = 0;
    PeerId peer;
};

/// A session that was ended. It is told, and the other brokers are, once that is on the disk: else
/// it could come back to another one that a crash here would leave without a word of it.
struct PendingEnd {
    std::uint64_t write = 0;     ///< Of the record that its key is refused.
    std::optional<PeerId> peer;  ///< nullopt: it is not connected, or has gone by itself.
    protocol::Refused refused;
    KeysRefused::One key;
    /// By a broker that it has come to meanwhile.
    std::optional<std::pair<PeerId, ClaimSession>> claim;
};

/// What memory has let go of before the disk has it: it is asked for again after a failure.
using LetGo = std::variant<RecordSession, RecordOutcome, RecordLateReceipt, AppendEntry>;
/// Beyond so many, whoever would add one is told that the broker is overloaded.
inline constexpr std::size_t let_go_max = 10'000;

}  // namespace crier::broker
