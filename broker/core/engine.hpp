/// \file
/// The broker as a pure function of events and time.
///
///     session link  ─┐                                          ┌─> session link, operator link
///     operator link ─┼─> Event ──> step(event, now) ──> Effect ─┼─> journal
///     journal       ─┘                                          └─> bell, log
///
/// Files, in the order in which a message passes them:
///   intake.cpp -> (journal round trip) -> fold.cpp -> fan_out.cpp -> receipts.cpp -> tallies.cpp
///
/// Invariant kept here and nowhere else: an operator is told `accepted`, and a session is sent a
/// message, only after Committed has covered its entry.
///
/// Pure: no socket, file, clock, thread, log or random number. Not thread-safe: owned by the
/// event-loop thread.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "broker/core/principals.hpp"
#include "broker/core/rights.hpp"
#include "broker/core/screen_replay.hpp"
#include "broker/core/ticket.hpp"
#include "broker/journal/chain_check.hpp"
#include "broker/journal/journal.hpp"
#include "crier/error.hpp"
#include "shared/base/crypto.hpp"
#include "shared/base/time.hpp"
#include "shared/protocol/messages.hpp"

namespace crier::broker {

/// One connection, not an identity. Given by the links, never used again.
enum class PeerId : std::uint64_t {};

enum class Door : std::uint8_t { sessions, operators, brokers };

/// Another broker of the cluster, as it tells of itself.
struct BrokerFacts {
    BrokerId id;
    std::string name;      ///< Of its host, for people.
    std::string software;  ///< Version.
    UtcTime started{};
    std::vector<std::string> endpoints;  ///< Where sessions find it,
    std::vector<std::string> operators;  ///< and operators.
    std::string machine;  ///< The same for brokers on one machine and network; empty: not known.
};

/// What changes of it, as each of its beats tells.
struct BrokerLoad {
    std::uint32_t sessions = 0;    ///< That it serves; unreachable ones included.
    std::uint32_t connected = 0;   ///< Of those.
    std::uint64_t log_number = 0;  ///< Of the cluster's log, up to where it has taken it in.
    bool takes_entries = false;
    std::uint64_t log_generation = 0;  ///< In which `log_number` counts.

    bool operator==(const BrokerLoad&) const = default;
};

/// What the broker itself knows of a peer; nothing here was claimed by the peer.
struct PeerFacts {
    Door door = Door::sessions;
    std::optional<Bytes32> public_key;  ///< Proven by CURVE; nullopt without CURVE.
    /// Operators: as their key is registered. The engine sets both of those who have one.
    std::string principal;
    Rights rights;
    std::string within;   ///< The filter for whom messages may reach; empty: everybody.
    std::string address;  ///< "10.1.2.3", or "ipc".
    std::optional<std::string> system_user;  ///< On ipc: the account, from the kernel.
    std::optional<BrokerFacts> broker;       ///< Of a broker.
};

// ---- Events: what the edges report
// ---------------------------------------------------------------

/// Before the first frame of a connection.
struct PeerOpened {
    PeerId peer;
    PeerFacts facts;
};
/// The connection is gone, or its pipe is full beyond any window (then it was cut).
struct PeerClosed {
    PeerId peer;
};
struct FrameReceived {
    PeerId peer;
    protocol::BytesView frame;  ///< Valid during step() only.
};
/// The transport has ended a connection to the sessions' door because of what came on it.
struct KeyMisbehaved {
    SessionId session;  ///< Whose key it is.
    Error why;
};
/// Everything that the first `writes` journal effects asked for is on disk. Entries may be there
/// earlier: those that are reported are, whatever `writes` says.
struct Committed {
    std::uint64_t writes = 0;
    std::vector<EntryResult> entries;  ///< Of those not reported before, in order.
};
/// Nothing after the last Committed is on disk, nor will be until JournalRecovered.
struct JournalFailed {
    Error error;
    std::uint64_t writes = 0;  ///< Journal effects up to this one are lost, beyond those committed.
};
/// Appends work again (a full disk has room).
struct JournalRecovered {};
/// Answers ReadHistory.
struct HistoryRead {
    std::uint64_t ticket = 0;
    Result<std::vector<StoredMessage>> messages;
    std::vector<SessionRecord> sessions;  ///< By number; empty unless they were asked for.
};
/// Answers AskLog.
struct LogAnswered {
    struct Head {
        SignedHead head;
        bool is_new = false;  ///< Signed for this question.
    };
    struct Screens {
        std::vector<SeenMessage> seen;
        std::map<std::uint32_t, SessionRecord> sessions;  ///< All that are meant, by number.
        std::map<std::uint64_t, StoredMessage> messages;  ///< By seq; without those pruned.
        std::optional<UtcTime> known_since;               ///< nullopt: nothing is.
    };
    std::uint64_t ticket = 0;  ///< 0: nobody asked; it was time for a head.
    Result<std::variant<std::vector<ChainedEntry>, Head, CheckedLog, Screens>> answer;
};
/// In a cluster: a broker tells of itself. Who hears nothing for a while has a PeerClosed.
struct BrokerBeat {
    PeerId peer;
    BrokerLoad load;
};
/// In a cluster: an entry is not in the log, or nobody can tell. One that is told of later all the
/// same is taken as any other.
struct EntryRefused {
    MessageId id;
    Error error;  ///< backbone_unreachable: it is not there, nor will be; outcome_unknown.
};
/// In a cluster: whether its log takes entries.
struct BackboneChanged {
    std::optional<Error> problem;
};
/// In a cluster: so far this broker's disk has the log.
struct LogFollowed {
    LogPosition at;
};
/// In a cluster: who belongs to it, by its log.
struct MembersChanged {
    std::vector<BrokerId> members;  ///< In order.
    /// An operator has had this one forgotten, whether it was one of them or not.
    std::optional<BrokerId> forgotten{};
};
/// In a cluster: where sessions and operators find this broker. Known once its doors are open.
struct DoorsOpened {
    std::vector<std::string> endpoints;
    std::vector<std::string> operators;
};
struct StopRequested {};
struct TimePassed {};
/// What came together was stepped through. Until then receipts are gathered, so that many frames
/// cost one journal effect, and messages, so that a session is sent one frame.
struct TurnEnded {};

using Event = std::variant<PeerOpened, PeerClosed, FrameReceived, KeyMisbehaved, Committed,
                           JournalFailed, JournalRecovered, HistoryRead, LogAnswered, BrokerBeat,
                           EntryRefused, BackboneChanged, LogFollowed, MembersChanged, DoorsOpened,
                           StopRequested, TimePassed, TurnEnded>;

// ---- Effects: what the edges must do, in the order given
// -----------------------------------------

using SharedFrame = std::shared_ptr<const protocol::Bytes>;

struct SendFrame {
    PeerId peer;
    protocol::Bytes frame;
};
/// The same bytes to many, by reference.
struct FanOut {
    std::vector<PeerId> peers;
    SharedFrame frame;
};
/// Close the connection, after what was sent to it before. PeerClosed need not follow.
struct CutPeer {
    PeerId peer;
    /// Of a peer that does harm: it is sent this, and closed as soon as that has left.
    std::optional<protocol::Bytes> refusal{};
};
struct RingBell {
    std::vector<std::string> topics;  ///< As bell_topic_*() spell them.
    protocol::BellMessage body;
};

/// Whose keys count from now on. Those of operators who are in already are looked after.
struct AdmitKeys {
    std::shared_ptr<const Principals> principals;
};

/// In a cluster: its log is to say that a broker does not belong to it any more. No journal effect:
/// answered by MembersChanged, or by EntryRefused with this id.
struct ForgetBroker {
    MessageId id;
    BrokerId broker;
    UtcTime at{};
    std::string by;  ///< The operator who asked.
};

// The journal effects. The edge gathers them into batches, in order, and counts them.
struct AppendEntry {
    Entry entry;
    /// The broker's own word, for which nobody waits: in a cluster it is kept until the log has it.
    bool is_own = false;
};
struct RecordSession {
    SessionRecord record;
};
struct RecordFacts {
    Bytes facts;
};
struct RecordSightings {
    Bytes sightings;
    UtcTime at{};  ///< When the last of them was heard.
};
struct RecordOutcome {
    Outcome outcome;
};
struct RecordLateReceipt {
    LateReceipt receipt;
};
/// The outcomes recorded by the effects before this one, since the last effect of another kind,
/// replace all facts recorded before them. Goes into one batch with them.
struct ForgetFacts {};

/// Messages from history: one by id, or newest first below `before`. And records of sessions.
struct ReadHistory {
    std::uint64_t ticket = 0;
    std::optional<MessageId> id;
    std::optional<std::uint64_t> before;
    std::size_t count_max = 0;
    bool with_sessions = false;           ///< The records of those that the messages name, too.
    std::vector<std::uint32_t> sessions;  ///< And of these, by number.
};

/// A question to the log itself, for whoever audits it.
struct AskLog {
    struct Head {
        UtcTime now{};
    };
    struct Check {
        std::optional<SignedHead> kept;  ///< Elsewhere; to be compared.
    };
    /// What was on screens at a time.
    struct Screens {
        UtcTime at{};
        std::function<bool(const SessionRecord&)> is_meant;  ///< Called on the journal's thread.
        Milliseconds unheard_max{};  ///< So long a session may say nothing and not be missed.
    };
    std::uint64_t ticket = 0;
    std::variant<EntryQuery, Head, Check, Screens> question;
};

enum class Fact : std::uint8_t {
    session_opened,
    session_resumed,
    session_replaced,
    session_unreachable,
    session_closed,
    session_refused,
    operator_joined,
    operator_left,
    operator_refused,
    peer_cut,
    message_accepted,
    message_due,
    message_refused,
    message_final,
    admission_changed,
    storage_failed,
    storage_recovered,
    backbone_awaited,  ///< Since the start, and why;
    backbone_reached,  ///< it took entries for the first time;
    backbone_lost,     ///< and takes none any more.
    backbone_recovered,
    broker_found,   ///< Another broker of the cluster can be asked;
    broker_lost,    ///< it cannot any more.
    broker_unread,  ///< It says what this one does not know: it is a newer one.
    session_moved,  ///< It is another broker's now.
    sessions_sent_away,
    head_signed,
    request_refused,  ///< An operator asked for what the key has no right to.
    keys_changed,
    stopping,
    stopped,  ///< Everything is told; the edges may flush and leave.
};
[[nodiscard]] std::string_view name_of(Fact fact) noexcept;

/// One fact, for the log. Never holds a message's text.
struct Notice {
    Fact fact{};
    std::optional<PeerId> peer{};
    std::optional<SessionId> session{};
    std::optional<MessageId> message{};
    std::optional<ErrorCode> code{};
    std::string detail{};
    std::string who{};  ///< Whom the peer proved to be, else where it comes from.
};

using Effect = std::variant<SendFrame, FanOut, CutPeer, RingBell, AppendEntry, RecordSession,
                            RecordFacts, RecordSightings, RecordOutcome, RecordLateReceipt,
                            ForgetFacts, ForgetBroker, AdmitKeys, ReadHistory, AskLog, Notice>;
using Effects = std::vector<Effect>;

// ---- The engine
// ------------------------------------------------------------------------------------

/// What a broker of a cluster knows of itself.
struct ClusterSettings {
    Milliseconds answer_time{1'000};  ///< So long the others have to answer what an operator asks,
    Milliseconds moving_time{500};    ///< and to say what they know of a session that comes over.
    /// Without a log for so long, it sends its sessions to the others.
    Milliseconds cut_off_time{30'000};
    BrokerFacts facts;  ///< As the others are told of it.
};

/// What a broker keeps for itself; settings of crierd.
struct EngineSettings {
    std::optional<Secret> join_secret;  ///< nullopt: without CURVE, sessions name their own key.
    bool takes_invited = true;          ///< Sessions that prove the join secret, and no more.
    bool takes_enrolled = true;         ///< Sessions whose key has the right `session`.
    ReadTicket read_ticket;             ///< Empty: no ticket counts.
    Principals principals;              ///< Whose keys count until the log says otherwise.
    Secret resume_key;                  ///< Signs resume tokens; the same over restarts.
    std::string software_version;
    std::size_t sessions_max = 10'000;
    std::size_t live_messages_max = 1'000;
    std::uint32_t frames_per_second_max = 200;  ///< Per session, beyond its receipts.
    std::uint32_t frames_burst_max = 1'000;
    std::size_t unconfirmed_messages_max = limits::unconfirmed_messages_max;
    std::size_t remembered_cells_max = 250'000;  ///< Final messages kept in memory: session states.
    std::size_t facts_bytes_max = 16u << 20;     ///< Fact log that is replaced by outcomes.
    Milliseconds heartbeat{limits::heartbeat_interval};
    Milliseconds operators_heartbeat{limits::operators_heartbeat_max};
    Milliseconds closing_time{limits::closing_time};
    Milliseconds deliver_default{limits::deliver_default};
    Milliseconds refusal_time{limits::refusal_time};  ///< Of the key of a session that was dropped.
    Milliseconds misbehaved_time{limits::misbehaved_time};  ///< Of one that broke the protocol.
    std::optional<ClusterSettings> cluster;                 ///< nullopt: it is alone.
};

class Engine {
public:
    /// Starts from what the journal has; sessions that were open are unreachable since `now`.
    /// Effects of starting (messages folded anew, closings) are appended to `effects`.
    /// Errors: journal_damaged, when a record does not decode.
    static Result<std::unique_ptr<Engine>> start(const EngineSettings& settings,
                                                 const Recovery& recovery, Moment now,
                                                 Effects& effects);
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    /// Advances by one event. Appends to `effects`; never clears it. Same state + same event + same
    /// `now` always gives the same effects. `now.steady` must not go backwards.
    void step(const Event& event, Moment now, Effects& effects);

    /// What the other brokers are to be told of it.
    [[nodiscard]] BrokerLoad load() const;

    /// As the last AdmitKeys said.
    [[nodiscard]] std::shared_ptr<const Principals> admitted() const;

    /// Latest time at which the caller must deliver TimePassed; nullopt when idle.
    [[nodiscard]] std::optional<Instant> next_deadline() const;

private:
    struct Stages;
    explicit Engine(std::unique_ptr<Stages> stages);
    std::unique_ptr<Stages> stages_;
};

}  // namespace crier::broker
