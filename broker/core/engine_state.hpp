/// \file
/// Everything the engine knows; what it does is in stages.hpp.

#pragma once

#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "broker/core/cluster.hpp"
#include "broker/core/engine.hpp"
#include "broker/core/hello_counts.hpp"
#include "broker/core/key_ring.hpp"
#include "broker/core/messages.hpp"
#include "broker/core/misbehaved_keys.hpp"
#include "broker/core/peer.hpp"
#include "broker/core/pending.hpp"
#include "broker/core/refusals.hpp"
#include "broker/core/refused_keys.hpp"
#include "broker/core/resume_token.hpp"
#include "broker/core/session_record.hpp"
#include "broker/core/states.hpp"
#include "broker/core/stays.hpp"
#include "shared/protocol/codec.hpp"

namespace crier::broker {

/// Events that one watching operator is sent between two sweeps; the rest is counted.
inline constexpr std::uint32_t watch_credit_max = 100;

/// What a hello names.
using KnownById = std::map<MessageId, const protocol::Known*>;

struct EngineState {
    EngineState(const EngineSettings& given, std::uint32_t last_session_number)
        : settings(given),
          stays(last_session_number),
          key_ring(given.principals),
          misbehaved_keys(given.misbehaved_time) {}

    EngineSettings settings;
    UtcTime started{};

    // Of the step that runs.
    Moment now{};
    Effects* effects = nullptr;

    Stays stays;
    Messages messages;
    std::unordered_map<PeerId, Peer> peers;
    std::size_t connected = 0;  ///< Stays that are.

    // The journal.
    std::uint64_t writes = 0;     ///< Journal effects so far.
    std::uint64_t committed = 0;  ///< Of those, on disk.
    std::uint64_t last_seq = 0;
    FactWriter facts;
    std::size_t facts_bytes = 0;  ///< Since outcomes last replaced them.
    SightingWriter sightings;
    /// On their way to the disk, with the journal effect that holds them.
    std::deque<std::pair<std::uint64_t, RecordSightings>> unwritten_sightings;
    std::size_t unwritten_sightings_bytes = 0;
    std::optional<Error> storage_problem;   ///< Nothing is written,
    std::optional<Error> backbone_problem;  ///< and the cluster's log takes nothing, while set.
    std::map<MessageId, PendingEntry> pending_entries;
    AdmissionEntry admission;
    UtcTime admission_changed{};  ///< As the newest change says that was asked for here.
    KeyRing key_ring;
    /// As the doors were told.
    std::shared_ptr<const Principals> admitted = std::make_shared<const Principals>();
    std::optional<UtcTime> keys_expire;  ///< When one of those does next.
    UtcTime keys_looked_at{};            ///< The latest time at which it was said which count.
    RefusedKeys refused_keys;
    MisbehavedKeys misbehaved_keys;
    HelloCounts hello_counts;
    /// Answers of this turn, by the question's seq.
    std::map<std::uint64_t, std::vector<protocol::Answers::One>> answers_due;
    /// In a cluster, of open questions, by seq: those that the disk had at the start.
    std::map<std::uint64_t, std::vector<RecoveredAnswer>> recovered_answers;
    std::deque<PendingWelcome> pending_welcomes;
    std::deque<PendingEnd> pending_ends;
    std::deque<std::pair<std::uint64_t, LetGo>> let_go;  ///< With the journal effect that holds it.
    std::map<std::uint64_t, Question> questions;         ///< By ticket.
    std::map<std::uint64_t, LogQuestion> log_questions;  ///< By ticket.
    std::map<std::uint64_t, std::function<void(const HistoryRead&)>>
        errands;  ///< The broker's own.
    std::uint64_t last_ticket = 0;

    // Timers.
    DelayQueue<PeerId> hello_deadlines;
    DelayQueue<PeerId> heartbeats;  ///< To sessions.
    DelayQueue<PeerId> operators_heartbeats;
    DelayQueue<std::uint32_t> closings;  ///< Stays, by number.
    std::optional<Instant> sweep_at;     ///< Tallies and confirmations that wait to be told.
    std::vector<PeerId> confirm_due;
    std::vector<std::uint32_t> sending_due;  ///< Stays with something to send, by number.
    std::vector<PeerId> received_from;
    std::vector<PeerId> awaiting_commit;
    std::vector<std::uint64_t> dirty_tallies;
    std::vector<PeerId> watchers;
    Cluster cluster;
    bool is_stopping = false;
    std::uint64_t stops_after = 0;  ///< Stopping: the journal effect that is waited for.
    bool is_stopped = false;
};

}  // namespace crier::broker
