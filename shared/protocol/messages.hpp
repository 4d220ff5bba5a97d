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

#include "crier/error.hpp"
#include "crier/message.hpp"
#include "crier/session.hpp"
#include "shared/base/crypto.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/time.hpp"

namespace crier::protocol {

using Bytes = std::vector<std::uint8_t>;
using BytesView = std::span<const std::uint8_t>;

/// What this code speaks: one major version, and the features that it knows.
inline constexpr std::uint32_t version = 1;

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
    std::string cause;     ///< With suppressed and failed: why.
    bool again = false;    ///< Shown a second time, after a crash of the subscriber.
    bool removed = false;  ///< It is no longer on the screen.

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

using FromSession = std::variant<SessionHello, Receipts, SessionState, Heartbeat, Goodbye>;

// ---- Session link, from the broker -------------------------------------------------------------

struct SessionWelcome {
    std::uint32_t version = protocol::version;
    std::vector<std::uint32_t> features;
    SessionId session;
    UtcTime opened{};  ///< Since when it has been this same session.
    Bytes resume;      ///< To be shown in the next hello. Opaque, 1 to 256 bytes.
    UtcTime time{};    ///< The broker's clock.
    Milliseconds heartbeat{limits::heartbeat_interval};
    std::string broker;  ///< Its software version.

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

    bool operator==(const Show&) const = default;
};

enum class RemovalCause : std::uint8_t { expired = 0, recalled = 1 };

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

using ToSession = std::variant<SessionWelcome, Refused, Show, Bundle, Remove, Heartbeat, Goodbye>;

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
    bool dry_run = false;            ///< Check everything and count; store and show nothing.
    bool follow = false;             ///< Send `tally` frames for it until it is final.

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
    bool ask_again = false;  ///< Those who have acknowledged the message are shown it again.
    bool follow = false;     ///< Send `tally` frames for the message.

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

struct AskHealth {
    std::uint64_t request = 0;

    bool operator==(const AskHealth&) const = default;
};

using FromOperator =
    std::variant<OperatorHello, Send, Update, Recall, ListSessions, ListMessages, AskOutcome,
                 Follow, Watch, AskIdentity, AskHealth, Heartbeat, Goodbye>;

// ---- Operator link, from the broker ------------------------------------------------------------

struct OperatorWelcome {
    std::uint32_t version = protocol::version;
    std::vector<std::uint32_t> features;
    std::string principal;
    std::vector<std::string> rights;
    UtcTime time{};
    Milliseconds heartbeat{limits::heartbeat_interval};
    std::string broker;

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
    std::uint32_t removed = 0;            ///< Sessions that have taken it off their screen.

    bool operator==(const Accepted&) const = default;
};

struct SessionPage {
    std::uint64_t request = 0;
    std::vector<Session> sessions;
    bool more = false;

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

    bool operator==(const MessageSummary&) const = default;
};

struct MessagePage {
    std::uint64_t request = 0;
    std::vector<MessageSummary> messages;
    bool more = false;

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

    bool operator==(const SessionOutcome&) const = default;
};

struct OutcomePage {
    std::uint64_t request = 0;
    MessageSummary message;
    std::vector<SessionOutcome> outcomes;
    bool more = false;

    bool operator==(const OutcomePage&) const = default;
};

/// Sent at most every 100 ms for a followed message, and once when it becomes final.
struct TallyChanged {
    MessageId id;
    Tally tally;
    bool is_final = false;
    std::uint32_t removed = 0;  ///< Sessions that have taken it off their screen.

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

using ToOperator =
    std::variant<OperatorWelcome, Refused, Accepted, SessionPage, MessagePage, OutcomePage,
                 TallyChanged, Happened, Done, Identity, Health, Heartbeat, Goodbye>;

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
