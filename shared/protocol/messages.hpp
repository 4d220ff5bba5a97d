/// \file
/// Every frame of PROTOCOL.md as a value. The names of types and members are the document's words;
/// codec.hpp turns them into bytes and back. No frame here is trusted: the codec has checked its
/// shape, sizes and texts, and nothing else.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "crier/audit.hpp"
#include "crier/cluster.hpp"
#include "crier/error.hpp"
#include "crier/message.hpp"
#include "crier/registered_key.hpp"
#include "crier/session.hpp"
#include "shared/base/crypto.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/time.hpp"

namespace crier::protocol {

using Bytes = std::vector<std::uint8_t>;
using BytesView = std::span<const std::uint8_t>;

/// What this code speaks: one major version, and the features that it knows.
inline constexpr std::uint32_t version = 1;
/// The session can open what is sealed for it.
inline constexpr std::uint32_t feature_private = 1;

struct VersionRange {
    std::uint32_t lowest = version;
    std::uint32_t highest = version;

    bool operator==(const VersionRange&) const = default;
};

// ---- Both links --------------------------------------------------------------------------------

struct Heartbeat {
    UtcTime time{};               ///< The sender's clock; the broker's counts.
    std::uint64_t confirmed = 0;  ///< From the broker: the highest Receipts::number it has stored.

    bool operator==(const Heartbeat&) const = default;
};

struct Goodbye {
    std::string reason;
    Milliseconds come_back_after{};  ///< From a broker that stops: wait this long; zero: do not.

    bool operator==(const Goodbye&) const = default;
};

struct Refused {
    std::optional<std::uint64_t> request;  ///< Operator link: the request that is refused.
    ErrorCode code{};
    std::string detail;
    std::vector<SessionId> unknown;         ///< With session_unknown: which ones.
    std::optional<std::uint32_t> position;  ///< With filter_invalid: byte offset in the filter.

    bool operator==(const Refused&) const = default;
};

// ---- Session link, from the session ------------------------------------------------------------

/// A live message that the session has already.
struct Known {
    MessageId id;
    std::uint32_t revision = 1;
    State state = State::delivered;
    bool on_screen = false;

    bool operator==(const Known&) const = default;
};

struct SessionHello {
    VersionRange versions;
    std::vector<std::uint32_t> features;
    std::optional<Bytes32> key;    ///< Only without CURVE: the public key that names the session.
    std::optional<Bytes32> proof;  ///< join_proof(); required with CURVE.
    std::optional<Bytes> resume;   ///< The token of an earlier welcome.
    std::optional<std::string> ticket;  ///< Says who it is (PROTOCOL.md, "Tickets").
    Attributes attributes;
    Presence state = Presence::active;
    std::vector<Known> known;

    bool operator==(const SessionHello&) const = default;
};

struct Receipt {
    MessageId id;
    std::uint32_t revision = 1;
    State state = State::delivered;
    UtcTime at{};          ///< When it happened, by the broker's clock as the session knows it.
    std::string cause;     ///< Why suppressed, failed or removed; how it is displayed.
    bool again = false;    ///< Shown a second time, after a crash of the subscriber.
    bool removed = false;  ///< It is no longer on the screen.
    std::optional<std::uint32_t> answer{};  ///< With answered: which choice, from 0.
    /// When this revision came on the screen. With displayed it is `at`, unless it says otherwise.
    std::optional<UtcTime> shown{};
    std::optional<UtcTime> gone{};  ///< With `removed`: when it left the screen.
    bool digest = false;            ///< Displayed as one of several in a digest.

    bool operator==(const Receipt&) const = default;
};

struct Receipts {
    std::uint64_t number = 0;  ///< 1, 2, 3, … within a connection.
    std::vector<Receipt> receipts;

    bool operator==(const Receipts&) const = default;
};

struct SessionState {
    Presence state = Presence::active;

    bool operator==(const SessionState&) const = default;
};

/// A new ticket, in place of the one that it came in with.
struct RenewTicket {
    std::string ticket;

    bool operator==(const RenewTicket&) const = default;
};

using FromSession =
    std::variant<SessionHello, Receipts, SessionState, RenewTicket, Heartbeat, Goodbye>;

// ---- Session link, from the broker -------------------------------------------------------------

/// A broker of the cluster, for when this one stops or fails.
struct OtherPlace {
    std::vector<std::string> endpoints;  ///< 1 to limits::endpoints_max.
    std::uint32_t weight = 1;  ///< Of two, the one with twice the weight should get twice as many.

    bool operator==(const OtherPlace&) const = default;
};

struct SessionWelcome {
    std::uint32_t version = protocol::version;
    std::vector<std::uint32_t> features;
    SessionId session;
    UtcTime opened{};  ///< Since when it has been this same session.
    Bytes resume;      ///< To be shown in the next hello. Opaque, 1 to 256 bytes.
    UtcTime time{};    ///< The broker's clock.
    Milliseconds heartbeat{limits::heartbeat_interval};
    std::string broker;  ///< Its software version.
    std::vector<OtherPlace> others{};
    std::optional<UtcTime> ticket_expires{};  ///< Until when its ticket counts.

    bool operator==(const SessionWelcome&) const = default;
};

/// A message to show; the same bytes for every session of a topic. A higher revision of a known
/// message replaces it on the screen.
struct Show {
    MessageId id;
    std::uint32_t revision = 1;
    std::uint64_t seq = 0;
    bool to_all = false;  ///< Its topic: `all`, or the session's own.
    Content content;
    std::string from;  ///< The principal that sent it.
    UtcTime sent{};
    UtcTime deliver_until{};
    std::optional<UtcTime> off_screen_at;
    std::optional<UtcTime> late{};  ///< When it was due, if it comes late.
    bool is_reminder = false;       ///< This revision says nothing new: it is said again.
    Bytes sealed{};                 ///< Of a private message: what it says (sealed_words.hpp).

    bool operator==(const Show&) const = default;
};

enum class RemovalCause : std::uint8_t {
    expired = 0,
    recalled = 1,
    acknowledged = 2,  ///< By the same person, in another session.
    closed = 3,        ///< The question is.
};

struct Remove {
    MessageId id;
    RemovalCause cause = RemovalCause::expired;

    bool operator==(const Remove&) const = default;
};

/// Messages that leave together in one frame: as if each had come by itself, in this order.
struct Bundle {
    std::vector<Show> messages;

    bool operator==(const Bundle&) const = default;
};

/// The new ticket counts.
struct TicketRenewed {
    UtcTime expires{};

    bool operator==(const TicketRenewed&) const = default;
};

using ToSession = std::variant<SessionWelcome, Refused, Show, Bundle, Remove, TicketRenewed,
                               Heartbeat, Goodbye>;

// ---- Operator link, from the operator ----------------------------------------------------------

struct OperatorHello {
    VersionRange versions;
    std::vector<std::uint32_t> features;
    std::string client;  ///< Program and version, for the log.

    bool operator==(const OperatorHello&) const = default;
};

struct Send {
    std::uint64_t request = 0;
    MessageId id;
    Target target;
    Content content;
    std::optional<UtcTime> expires;  ///< Off the screen and no longer delivered at this time.
    Schedule schedule{};
    bool each_session = false;  ///< Who acknowledges it in one session does not in the others.
    std::uint32_t quorum = 0;   ///< Of a question: it closes when so many percent have answered.
    bool dry_run = false;       ///< Check everything and count; store and show nothing.
    bool follow = false;        ///< Send `tally` frames for it until it is final.
    Bytes sealed{};             ///< Of a private message, as in Show.

    bool operator==(const Send&) const = default;
};

/// What a change says of a message; what is not there stays as it is.
struct Update {
    std::uint64_t request = 0;
    MessageId id;       ///< Of this request.
    MessageId message;  ///< Which message is to change.
    std::optional<std::string> text;
    std::optional<std::string> title;  ///< Empty: none from now on.
    std::optional<Severity> severity;
    std::optional<Style> style;
    std::optional<UtcTime> expires;
    std::optional<UtcTime> due{};  ///< Of a message that has not gone out yet.
    Milliseconds shift{0};         ///< All that its schedule has still to come, so much later.
    bool ask_again = false;        ///< Those who have acknowledged the message are shown it again.
    bool follow = false;           ///< Send `tally` frames for the message.

    bool operator==(const Update&) const = default;
};

/// Off every screen, and never shown again.
struct Recall {
    std::uint64_t request = 0;
    MessageId id;       ///< Of this request.
    MessageId message;  ///< Which message is recalled.
    bool follow = false;

    bool operator==(const Recall&) const = default;
};

/// A question takes no answers any more, and leaves every screen.
struct CloseQuestion {
    std::uint64_t request = 0;
    MessageId id;       ///< Of this request.
    MessageId message;  ///< Which question.
    bool follow = false;

    bool operator==(const CloseQuestion&) const = default;
};

/// Whether new sessions are let in.
struct SetAdmission {
    std::uint64_t request = 0;
    MessageId id;  ///< Of this request.
    bool is_open = true;
    std::string message;  ///< Closed: what those who are refused see.
    std::string except;   ///< Closed: a filter; those whom it matches come in all the same.

    bool operator==(const SetAdmission&) const = default;
};

struct AskAdmission {
    std::uint64_t request = 0;

    bool operator==(const AskAdmission&) const = default;
};

/// Sessions that a target names, in the order of their ids, after `after`.
struct ListSessions {
    std::uint64_t request = 0;
    Target target;
    std::optional<SessionId> after;

    bool operator==(const ListSessions&) const = default;
};

/// Messages, newest first, below `before`.
struct ListMessages {
    std::uint64_t request = 0;
    std::optional<std::uint64_t> before;  ///< A seq.
    std::uint32_t count_max = 20;
    bool scheduled = false;  ///< Only those whose schedule has something to come.

    bool operator==(const ListMessages&) const = default;
};

/// What became of one message on each session, in the order of the sessions' ids.
struct AskOutcome {
    std::uint64_t request = 0;
    MessageId id;
    std::optional<SessionId> after;

    bool operator==(const AskOutcome&) const = default;
};

struct Follow {
    std::uint64_t request = 0;
    MessageId id;

    bool operator==(const Follow&) const = default;
};

struct Watch {
    std::uint64_t request = 0;

    bool operator==(const Watch&) const = default;
};

struct AskIdentity {
    std::uint64_t request = 0;

    bool operator==(const AskIdentity&) const = default;
};

/// Which brokers the cluster has, and how they are.
struct AskCluster {
    std::uint64_t request = 0;

    bool operator==(const AskCluster&) const = default;
};

/// A broker that will not come back does not belong to the cluster any more.
struct ForgetBroker {
    std::uint64_t request = 0;
    BrokerId broker;

    bool operator==(const ForgetBroker&) const = default;
};

/// Answered by Done, once it is on disk.
struct SetKeys {
    std::uint64_t request = 0;
    MessageId id;  ///< Of the request.
    KeyChange change;

    bool operator==(const SetKeys&) const = default;
};

struct ListKeys {
    std::uint64_t request = 0;
    std::optional<PublicKey> after;  ///< The last key of the page before.

    bool operator==(const ListKeys&) const = default;
};

struct AskHealth {
    std::uint64_t request = 0;

    bool operator==(const AskHealth&) const = default;
};

/// Entries of the log, newest first.
struct ListEntries {
    std::uint64_t request = 0;
    std::optional<UtcTime> since;
    std::string by;    ///< A principal; empty: anybody's.
    std::string kind;  ///< By name; empty: any.
    std::optional<MessageId> about;
    std::optional<std::uint64_t> before;  ///< A seq.
    std::uint32_t count_max = 20;

    bool operator==(const ListEntries&) const = default;
};

struct AskAuditHead {
    std::uint64_t request = 0;

    bool operator==(const AskAuditHead&) const = default;
};

struct AskAuditVerify {
    std::uint64_t request = 0;
    std::optional<AuditHead> head;  ///< One that was kept elsewhere, to be compared.

    bool operator==(const AskAuditVerify&) const = default;
};

/// What was on screens at a time.
struct AskScreens {
    std::uint64_t request = 0;
    std::string where;  ///< A filter: whose screens.
    UtcTime at{};
    std::uint32_t skip = 0;  ///< So many elements, which earlier pages had.

    bool operator==(const AskScreens&) const = default;
};

using FromOperator =
    std::variant<OperatorHello, Send, Update, Recall, CloseQuestion, SetAdmission, AskAdmission,
                 ListSessions, ListMessages, AskOutcome, Follow, Watch, AskIdentity, AskHealth,
                 AskCluster, ForgetBroker, SetKeys, ListKeys, ListEntries, AskAuditHead,
                 AskAuditVerify, AskScreens, Heartbeat, Goodbye>;

// ---- Operator link, from the broker ------------------------------------------------------------

struct OperatorWelcome {
    std::uint32_t version = protocol::version;
    std::vector<std::uint32_t> features;
    std::string principal;
    std::vector<std::string> rights;
    UtcTime time{};
    Milliseconds heartbeat{limits::heartbeat_interval};
    std::string broker;
    std::vector<OtherPlace> others{};

    bool operator==(const OperatorWelcome&) const = default;
};

struct Accepted {
    std::uint64_t request = 0;
    MessageId id;
    std::uint64_t seq = 0;  ///< Zero after a dry run.
    Tally tally;
    bool already = false;  ///< The same request was accepted before; nothing was stored now.
    bool dry_run = false;
    std::optional<UtcTime> stands_until;  ///< Sessions that come until then get it too.
    std::uint32_t revision = 1;           ///< Of the message, now.
    Counts counts{};
    std::optional<UtcTime> due{};  ///< It goes out then.
    std::vector<SilentBroker> silent{};

    bool operator==(const Accepted&) const = default;
};

struct SessionPage {
    std::uint64_t request = 0;
    std::vector<Session> sessions;
    bool more = false;
    std::vector<SilentBroker> silent{};

    bool operator==(const SessionPage&) const = default;
};

struct MessageSummary {
    MessageId id;
    std::uint64_t seq = 0;
    std::uint32_t revision = 1;
    UtcTime sent{};
    std::string from;
    Target target;
    Content content;
    std::optional<UtcTime> expires;
    bool is_final = false;  ///< No state of it can change by itself any more.
    bool is_recalled = false;
    Tally tally;
    Counts counts{};
    Schedule schedule{};
    std::optional<UtcTime> next{};  ///< When it goes out next; nullopt: not any more.
    bool is_waiting = false;        ///< It has not gone out yet.
    std::optional<UtcTime> late{};  ///< When it was due, if it went out late.
    bool each_session = false;
    std::uint32_t quorum = 0;
    std::optional<UtcTime> closed{};  ///< Of a question: since when it takes no answers.

    bool operator==(const MessageSummary&) const = default;
};

struct MessagePage {
    std::uint64_t request = 0;
    std::vector<MessageSummary> messages;
    bool more = false;
    std::vector<SilentBroker> silent{};

    bool operator==(const MessagePage&) const = default;
};

struct SessionOutcome {
    SessionId session;
    std::string user;
    std::string system_user;
    std::string machine;
    std::string application;
    State state = State::waiting;
    UtcTime at{};  ///< When it came to this state, by the broker's clock.
    std::string cause;
    bool again = false;
    bool removed = false;
    bool user_verified = false;
    bool system_user_verified = false;
    bool dropped = false;                   ///< The message ended the session.
    std::optional<std::uint32_t> answer{};  ///< Which choice, from 0.
    bool digest = false;                    ///< Displayed as one of several in a digest.

    bool operator==(const SessionOutcome&) const = default;
};

struct OutcomePage {
    std::uint64_t request = 0;
    MessageSummary message;
    std::vector<SessionOutcome> outcomes;
    bool more = false;
    std::vector<SilentBroker> silent{};

    bool operator==(const OutcomePage&) const = default;
};

/// Sent at most every 100 ms for a followed message, and once when it becomes final.
struct TallyChanged {
    MessageId id;
    Tally tally;
    bool is_final = false;
    Counts counts{};
    bool is_closed = false;  ///< Of a question: it takes no answers any more.
    std::vector<SilentBroker> silent{};

    bool operator==(const TallyChanged&) const = default;
};

enum class Happening : std::uint8_t {
    session_opened = 0,
    session_unreachable = 1,
    session_returned = 2,
    session_closed = 3,
    message_accepted = 4,
    receipt = 5,
    message_updated = 6,
    message_recalled = 7,
    message_due = 8,  ///< It goes out by its schedule.
    session_dropped = 9,
    admission_changed = 10,
    question_closed = 11,
};
[[nodiscard]] std::string_view name_of(Happening happening) noexcept;

/// One line of `crier watch`.
struct Happened {
    Happening what = Happening::session_opened;
    UtcTime at{};
    std::optional<SessionId> session;
    std::string user;  ///< Of the session, if it said one.
    std::string machine;
    std::optional<MessageId> message;
    std::optional<std::uint64_t> seq;
    std::optional<State> state;  ///< With receipt.
    std::string detail;          ///< Why closed; how many targeted; the cause.
    bool user_verified = false;  ///< Else the session claims the name.

    bool operator==(const Happened&) const = default;
};

struct Done {
    std::uint64_t request = 0;

    bool operator==(const Done&) const = default;
};

struct Identity {
    std::uint64_t request = 0;
    std::string principal;
    std::vector<std::string> rights;
    std::string address;  ///< Where the broker sees the operator come from.

    bool operator==(const Identity&) const = default;
};

struct Health {
    std::uint64_t request = 0;
    bool is_healthy = false;
    std::string problem;  ///< Empty while healthy; else what is wrong and what to do.
    std::string broker;
    UtcTime started{};
    std::uint64_t seq = 0;  ///< Of the newest entry.
    std::uint32_t sessions = 0;
    std::uint32_t connected = 0;
    std::uint32_t live_messages = 0;

    bool operator==(const Health&) const = default;
};

struct ClusterStatus {
    std::uint64_t request = 0;
    std::vector<ClusterBroker> brokers;  ///< In the order of their names. Empty: it is alone.

    bool operator==(const ClusterStatus&) const = default;
};

/// Who answered a question, and what: as the journal keeps it.
struct Answers {
    struct One {
        SessionId session;
        std::string user;
        bool user_verified = false;
        std::uint32_t answer = 0;  ///< Which choice, from 0.
        UtcTime at{};

        bool operator==(const One&) const = default;
    };
    MessageId id;           ///< Of the question.
    std::vector<One> list;  ///< At most limits::answers_per_entry_max.

    bool operator==(const Answers&) const = default;
};

/// Answers SetAdmission, once it is on disk, and AskAdmission.
struct Admission {
    std::uint64_t request = 0;
    bool is_open = true;
    std::string message;
    std::string except;
    std::optional<UtcTime> since{};  ///< Not set: nobody ever changed it.
    std::string by;                  ///< The operator who changed it.
    bool already = false;            ///< The same request was accepted before.

    bool operator==(const Admission&) const = default;
};

/// One entry, with all that its chain value is over.
struct LogEntry {
    std::uint64_t seq = 0;
    MessageId id;
    std::string kind;
    std::optional<MessageId> about;
    UtcTime at{};
    std::string principal;
    Bytes32 content_hash{};
    Bytes32 chain{};
    Bytes body;  ///< The request's own frame.

    bool operator==(const LogEntry&) const = default;
};

struct EntryPage {
    std::uint64_t request = 0;
    std::vector<LogEntry> entries;
    bool more = false;

    bool operator==(const EntryPage&) const = default;
};

struct KeyPage {
    std::uint64_t request = 0;
    std::vector<RegisteredKey> keys;  ///< By key.
    bool more = false;

    bool operator==(const KeyPage&) const = default;
};

struct HeadSigned {
    std::uint64_t request = 0;
    AuditHead head;

    bool operator==(const HeadSigned&) const = default;
};

struct LogVerified {
    std::uint64_t request = 0;
    AuditVerdict verdict;

    bool operator==(const LogVerified&) const = default;
};

struct ScreenPage {
    std::uint64_t request = 0;
    std::vector<OnScreen> screens;  ///< By session, then in the order in which they were shown.
    bool more = false;
    std::optional<UtcTime> known_since{};  ///< Nothing is known of before.
    std::uint32_t sessions = 0;            ///< So many are known that the filter matches.

    bool operator==(const ScreenPage&) const = default;
};

using ToOperator =
    std::variant<OperatorWelcome, Refused, Accepted, SessionPage, MessagePage, OutcomePage,
                 TallyChanged, Happened, Done, Answers, Admission, Identity, Health, ClusterStatus,
                 KeyPage, EntryPage, HeadSigned, LogVerified, ScreenPage, Heartbeat, Goodbye>;

// ---- Bell --------------------------------------------------------------------------------------

/// The body of what the bell publishes under a topic.
struct BellMessage {
    enum class Kind : std::uint8_t { message = 0, changed = 1, removed = 2 };

    Kind kind = Kind::message;
    MessageId id;
    std::uint64_t seq = 0;
    std::uint32_t revision = 1;
    Content content;
    std::string from;
    UtcTime sent{};
    std::optional<UtcTime> off_screen_at;
    RemovalCause cause = RemovalCause::expired;  ///< Of Kind::removed.

    bool operator==(const BellMessage&) const = default;
};

/// The topics, as the bell spells them: each ends in NUL, because libzmq matches prefixes.
[[nodiscard]] std::string bell_topic_all();
[[nodiscard]] std::string bell_topic_of(const SessionId& session);

}  // namespace crier::protocol
