/// \file
/// Public API for programs that put messages on people's screens.
///
///     auto publisher = crier::Publisher::connect();
///     if (!publisher) return report(publisher.error());
///     auto sent = publisher->send({.text = "The server restarts at 22:00."},
///                                 crier::Target::matching("system_user=Vanessa"),
///                                 {.wait_for = crier::State::displayed});
///     if (sent && !sent->is_complete) { /* accepted, but not on every screen in time */ }
///
/// Wire behaviour: shared/protocol/PROTOCOL.md, "Operator link".

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crier/audit.hpp"
#include "crier/cluster.hpp"
#include "crier/error.hpp"
#include "crier/id.hpp"
#include "crier/message.hpp"
#include "crier/registered_key.hpp"
#include "crier/result.hpp"
#include "crier/session.hpp"
#include "crier/time.hpp"

namespace crier {

/// How a Publisher finds its broker.
struct PublisherOptions {
    /// An operators' invitation: the line itself ("crier1.operators.…") or the path of a file that
    /// holds it. Empty: the environment's CRIER_INVITATION, else the one that `crier join` stored
    /// (~/.config/crier/operators.invitation), else that of the broker on this machine
    /// (/run/crier or $XDG_RUNTIME_DIR/crier, operators.invitation).
    std::string invitation{};
    std::string client =
        "program";  ///< Your program and its version, for the broker's log; a line.
    Milliseconds connect_timeout{5'000};  ///< For connect() only; more than zero.
};

/// How far a message has come.
struct Progress {
    MessageId id{};
    std::uint64_t seq = 0;     ///< Its place in the broker's order; zero while not known.
    Tally tally{};             ///< As last heard from the broker.
    bool is_complete = false;  ///< What was waited for is true of every targeted session.
    bool is_final = false;     ///< The broker says that nothing will change by itself any more.
    Counts counts{};           ///< What else is counted of its sessions.
    bool is_closed = false;    ///< Of a question: it takes no answers any more.
    /// Brokers of the cluster that did not answer when it was accepted, or asked for: of their
    /// sessions the tally counts, as waiting, those alone that can be known to be targeted.
    std::vector<SilentBroker> silent{};
};

using OnProgress = std::function<void(const Progress&)>;

struct SendOptions {
    /// The message's id. Give one to make your own retry safe: the same id with the same content is
    /// one message, however often it is sent. Default: a fresh one (UUIDv7).
    std::optional<MessageId> id{};
    /// From then on it is not delivered any more, and it leaves every screen; in the future and at
    /// most 366 days away. Without it, sessions that come later do not get the message.
    std::optional<UtcTime> expires{};
    Schedule schedule{};  ///< When it goes out, and what follows from it. Default: at once, once.
    /// A person whom the broker knows (a session with a verified system user) who acknowledges the
    /// message in one session has done so in all. True: not with this message.
    bool each_session = false;
    /// Of a question (Content::choices), in percent of the targeted sessions: it closes when so
    /// many have answered. Zero: when it expires.
    std::uint32_t quorum = 0;
    bool dry_run = false;  ///< Check everything and count the sessions; store and show nothing.
    /// Return only when every targeted session is at this state or further: delivered, displayed,
    /// acknowledged or answered; a question also when it closes. nullopt: return when the broker
    /// has accepted the message.
    std::optional<State> wait_for{};
    bool wait_for_drop = false;  ///< Return only when every targeted session has been ended.
    /// From the call to its return. Default: 30 s with wait_for, else 10 s.
    std::optional<Milliseconds> timeout{};
    OnProgress on_progress{};  ///< With wait_for: called by the calling thread while it waits.
    /// Of a private message: the keys that the operator keeps of those whom they know, such as
    /// `crier keys export` writes. The session's key must be one of them, and the user that the
    /// broker names the one whose it is. nullopt: the session's id alone proves its key.
    std::optional<std::vector<RegisteredKey>> own_keys{};
};

/// What of a message is to change; what is not given stays as it is.
struct MessageUpdate {
    std::optional<std::string> text{};
    std::optional<std::string> title{};  ///< Empty: none from now on.
    std::optional<Severity> severity{};
    std::optional<Style> style{};
    std::optional<UtcTime> expires{};  ///< As in SendOptions. An expiry cannot be taken away.
    std::optional<UtcTime> due{};      ///< Of a message that has not gone out yet.
    Milliseconds shift{0};  ///< All that its schedule has still to come, and its expiry and
                            ///< countdown, so much later.
    /// Show it again to those who have acknowledged or answered it; else they are left alone.
    bool ask_again = false;
};

struct ChangeOptions {
    /// The id of this request, as SendOptions::id: the same id with the same change is one change.
    std::optional<MessageId> id{};
    /// Of an update, as in SendOptions. A recall always waits until the message is off every
    /// connected screen.
    std::optional<State> wait_for{};
    /// From the call to its return. Default: 30 s with wait_for, else 10 s.
    std::optional<Milliseconds> timeout{};
    OnProgress on_progress{};  ///< Called by the calling thread while it waits.
};

struct WaitOptions {
    Milliseconds timeout{30'000};
    OnProgress on_progress{};  ///< Called by the calling thread while it waits.
};

/// The broker has the message, safely on its disk (or, after a dry run, would have taken it).
struct SendResult {
    MessageId id{};
    std::uint64_t seq = 0;  ///< Zero after a dry run.
    Tally tally{};          ///< As last heard from the broker.
    bool already = false;   ///< It was accepted by an earlier call with this id.
    bool dry_run = false;
    std::optional<UtcTime> stands_until{};  ///< Sessions that come until then get it too.
    bool is_complete = false;      ///< What was waited for is true of every targeted session.
    bool is_final = false;         ///< Nothing will change by itself any more.
    std::uint32_t revision = 1;    ///< Of the message, now.
    Counts counts{};               ///< What else is counted of its sessions.
    std::optional<UtcTime> due{};  ///< It has not gone out yet: it will then, to whoever is of the
                                   ///< target at that time.
    bool is_closed = false;        ///< Of a question: it takes no answers any more.
    std::vector<SilentBroker> silent{};  ///< As in Progress.
};

/// Why send() failed. Nothing was stored or shown, except with outcome_unknown.
struct SendError : Error {
    MessageId
        id;  ///< The message's id: with outcome_unknown, ask outcome(id), or send again with it.
    std::vector<SessionId> unknown{};         ///< With session_unknown: which ones.
    std::optional<std::uint32_t> position{};  ///< With filter_invalid: byte offset in the filter.
};

/// A message as the broker's journal holds it.
struct SentMessage {
    MessageId id{};
    std::uint64_t seq = 0;
    std::uint32_t revision = 1;
    UtcTime sent{};
    std::string from{};  ///< The principal that sent it.
    Target target{};     ///< Of more than 20 session ids only the first 20 are told.
    Content content{};
    std::optional<UtcTime> expires{};
    bool is_final = false;
    bool is_recalled = false;
    Tally tally{};
    Counts counts{};
    Schedule schedule{};
    std::optional<UtcTime> next{};  ///< When it goes out next; nullopt: not any more.
    bool is_waiting = false;        ///< It has not gone out yet.
    std::optional<UtcTime> late{};  ///< When it was due, if it went out late.
    bool each_session = false;
    std::uint32_t quorum = 0;
    std::optional<UtcTime> closed{};  ///< Of a question: since when it takes no answers.
};

/// What became of one message at one session.
struct SessionOutcome {
    SessionId session{};
    std::string user{};
    std::string system_user{};
    std::string machine{};
    std::string application{};
    State state = State::waiting;
    UtcTime at{};                       ///< Since when, by the broker's clock.
    std::string cause{};                ///< Why suppressed, failed or removed; how displayed.
    bool again = false;                 ///< Shown a second time, after a crash of the subscriber.
    bool removed = false;               ///< It is no longer on the screen.
    bool user_verified = false;         ///< Else the session claims the name.
    bool system_user_verified = false;  ///< Likewise.
    bool dropped = false;               ///< The message ended the session.
    std::optional<std::uint32_t> answer{};  ///< Which choice, from 0.
    bool digest = false;                    ///< Displayed as one of several in a digest.
};

struct Outcome {
    SentMessage message{};
    std::vector<SessionOutcome> sessions{};  ///< Every targeted one, in the order of their ids;
    std::vector<SilentBroker> silent{};      ///< but those of brokers that did not answer.
};

/// Something that happened at the broker.
struct Happened {
    enum class What : std::uint8_t {
        session_opened,
        session_unreachable,
        session_returned,
        session_closed,
        message_accepted,
        receipt,
        message_updated,
        message_recalled,
        message_due,  ///< It goes out by its schedule.
        session_dropped,
        admission_changed,
        question_closed,
        missed,  ///< What happened meanwhile is not told: the connection was lost and is back, or
                 ///< the callback was too slow. Only `at` is set, by the clock here.
        connection_lost,  ///< Where a new one can be made, `missed` follows when it is there. Only
                          ///< `at`, by the clock here, and `detail`, why, are set.
    };

    What what = What::session_opened;
    UtcTime at{};
    std::optional<SessionId> session{};
    std::string user{};
    bool user_verified = false;  ///< Else the session claims the name.
    std::string machine{};
    std::optional<MessageId> message{};
    std::optional<std::uint64_t> seq{};
    std::optional<State> state{};  ///< With receipt.
    std::string detail{};
};

/// "session_opened" and so on.
[[nodiscard]] std::string_view name_of(Happened::What what) noexcept;

enum class Watching : std::uint8_t { go_on, end };
/// Whether new sessions are let in.
struct Admission {
    bool is_open = true;
    std::string message{};           ///< Closed: what those who are refused see.
    std::string except{};            ///< Closed: the filter that lets in all the same.
    std::optional<UtcTime> since{};  ///< nullopt: nobody ever changed it.
    std::string by{};                ///< The operator who changed it, or whose message did.
    bool already = false;            ///< It was accepted by an earlier call with this id.
};

using OnHappened = std::function<Watching(const Happened&)>;

/// Who the broker takes this publisher for.
struct Identity {
    std::string principal{};
    std::vector<std::string> rights{};  ///< "send", "list", …
    std::string address{};              ///< Where the broker sees it come from.
};

struct Health {
    bool is_healthy = false;
    std::string problem{};  ///< Empty while healthy; else what is wrong and what to do.
    std::string broker{};   ///< Its program and version.
    UtcTime started{};
    std::uint64_t seq = 0;        ///< Of the newest entry in its journal.
    std::uint32_t sessions = 0;   ///< All that are not closed.
    std::uint32_t connected = 0;  ///< Those with a connection now.
    std::uint32_t live_messages = 0;
};

/// One connection to a broker, for sending and for asking what became of it.
///
/// Thread-safety: any number of threads may call any functions at once, on one object. Only moving
/// and destroying want it for themselves.
/// Ownership: moves, does not copy; keeps a thread of its own, which the destructor ends.
/// Everything passed is copied, everything returned belongs to the caller.
/// Connection: when it is lost the Publisher makes a new one by itself, at once and then after
/// growing delays of up to 10 s: to the next of the invitation's endpoints, and of those of the
/// other brokers of a cluster, which each broker names. Requests that wait for an answer are asked
/// again, under the same message id, until their time is over; brokers store each at most once.
/// Likewise what a broker of a cluster cannot take now, or cannot say the outcome of: at the end of
/// its time it fails with backbone_unreachable (surely nothing was stored) or outcome_unknown.
/// Lists and outcomes are of all brokers of a cluster; who did not answer within a second is
/// `silent` in them. A seq is one broker's: the same message may have another one elsewhere.
/// Errors of every function, beside its own: broker_unreachable, timed_out, overloaded (more than
///   10,000 requests wait in this object) — retry_later; stopping (after stop()) — reconnect;
///   not_authorized (the key may not do this), not_admitted, server_key_wrong — fix_request.
/// Callbacks run on the calling thread and may call other functions of the same Publisher. An
/// exception that one throws passes through to the caller.
class Publisher {
public:
    /// Blocking: until the broker has said welcome, each of the invitation's endpoints has failed,
    /// or connect_timeout has passed.
    /// Errors: invitation_invalid (of another kind, or damaged), file_unusable (none found, or not
    ///   readable), usage_invalid, server_key_wrong, not_admitted, host_unknown,
    ///   version_unsupported — fix_request; broker_unreachable, overloaded — retry_later.
    [[nodiscard]] static Result<Publisher> connect(PublisherOptions options = {});

    Publisher(Publisher&&) noexcept;
    Publisher& operator=(Publisher&&) noexcept;
    ~Publisher();

    /// Sends a message to the sessions of a target. An unknown session id is an error, and nothing
    /// is sent to the others either.
    /// One with Content::is_private is sealed here for the key of the one session that it is for:
    /// the broker is asked for it (which needs the right `list`), and has to be that of the id.
    /// Blocking: until the broker has it on disk; with wait_for until every targeted session is
    /// there or cannot come there any more; at most the timeout. A wait that ends early is no
    /// error: is_complete says whether all got there.
    /// Errors: text_invalid, target_invalid, filter_invalid, session_unknown, time_invalid,
    ///   limit_exceeded, request_id_reused, session_key_wrong (private: the broker names a key that
    ///   is not the session's, and nothing was sent), usage_invalid — fix_request;
    ///   outcome_unknown (it may have been accepted: the same id again is safe) — retry_later;
    ///   storage_failed (the broker cannot write) — page_human.
    [[nodiscard]] tl::expected<SendResult, SendError> send(const Content& content,
                                                           const Target& target,
                                                           const SendOptions& options = {});

    /// Changes a message on the screens that show it, and for those that are yet to get it, who get
    /// the newest revision only. The tally begins anew with each revision, but for those who have
    /// acknowledged it and are not asked again.
    /// Blocking: as send(). Its result's id is the message's own.
    /// Errors: message_unknown, message_over (it has expired or was recalled, or is so old that
    /// only
    ///   history has it), text_invalid, time_invalid, limit_exceeded, request_id_reused,
    ///   usage_invalid (nothing to change) — fix_request; outcome_unknown — retry_later;
    ///   storage_failed — page_human.
    [[nodiscard]] tl::expected<SendResult, SendError> update(const MessageId& message,
                                                             const MessageUpdate& changes,
                                                             const ChangeOptions& options = {});

    /// Takes a message off every screen. Sessions that are away never see it, or remove it first
    /// thing when they are back. Recalling what was recalled, or has expired, is a success with
    /// `already`.
    /// Blocking: until every connected screen has said that it is off, at most the timeout;
    /// is_complete says whether. Its result's id is the message's own.
    /// Errors: message_unknown, request_id_reused — fix_request; outcome_unknown — retry_later;
    ///   storage_failed — page_human.
    [[nodiscard]] tl::expected<SendResult, SendError> recall(const MessageId& message,
                                                             const ChangeOptions& options = {});

    /// Closes a question before its time: it leaves every screen, and takes no answers any more.
    /// Blocking: until the broker has it on disk; at most the timeout. Its result's id is the
    /// question's own. Closing what is closed, or has expired, is a success with `already`.
    /// Errors: message_unknown (also: it is no question), request_id_reused — fix_request;
    ///   outcome_unknown — retry_later; storage_failed — page_human.
    [[nodiscard]] tl::expected<SendResult, SendError> close_question(
        const MessageId& question, const ChangeOptions& options = {});

    /// Lets new sessions in, or refuses them: all but those that `except` matches, a filter that
    /// compares what the broker has verified (address; user and system_user of local sessions).
    /// Those that are in stay in. Lasts over restarts of the broker.
    /// Blocking: until the broker has it on disk; at most `timeout`.
    /// Errors: text_invalid (closed without a message), filter_invalid — fix_request;
    ///   outcome_unknown — retry_later; storage_failed — page_human.
    [[nodiscard]] Result<Admission> open_admission(Milliseconds timeout = default_timeout);
    [[nodiscard]] Result<Admission> close_admission(std::string message, std::string except = {},
                                                    Milliseconds timeout = default_timeout);
    [[nodiscard]] Result<Admission> admission(Milliseconds timeout = default_timeout);

    /// Messages whose schedule has something to come, the newest first.
    /// Blocking: up to `timeout`, for all pages together.
    [[nodiscard]] Result<Gathered<SentMessage>> scheduled(Milliseconds timeout = default_timeout);

    /// Waits for a message that was sent before, by anyone.
    /// Blocking: as send() with wait_for. At the end of the timeout is_complete is false.
    /// Errors: message_unknown, usage_invalid (a state that cannot be waited for) — fix_request.
    [[nodiscard]] Result<Progress> wait(const MessageId& id, State state,
                                        const WaitOptions& options = {});

    /// Every session of a target, in the order of their ids: active, locked and unreachable ones.
    /// Blocking: up to `timeout`, for all pages together.
    /// Errors: filter_invalid, target_invalid, session_unknown — fix_request.
    [[nodiscard]] Result<Gathered<Session>> sessions(const Target& target = Target::everyone(),
                                                     Milliseconds timeout = default_timeout);

    /// The newest `count` messages (at least 1), newest first; `before` a seq, if it is given.
    /// Blocking: up to `timeout`, for all pages together.
    [[nodiscard]] Result<Gathered<SentMessage>> messages(
        std::size_t count, std::optional<std::uint64_t> before = std::nullopt,
        Milliseconds timeout = default_timeout);

    /// What became of one message on each session.
    /// Blocking: up to `timeout`, for all pages together.
    /// Errors: message_unknown (never sent, or pruned from the history) — fix_request.
    [[nodiscard]] Result<Outcome> outcome(const MessageId& id,
                                          Milliseconds timeout = default_timeout);

    /// Calls `on_happened` for everything that happens at the broker from now on, also across lost
    /// connections (Happened::What::missed tells of the gap, connection_lost of its beginning).
    /// Blocking: until the callback answers `end`: success; or until stop(): the error stopping.
    /// A callback that is slower than the broker for 10,000 events loses some, and is told so.
    [[nodiscard]] Status watch(const OnHappened& on_happened);

    /// Blocking: up to `timeout`.
    [[nodiscard]] Result<Identity> whoami(Milliseconds timeout = default_timeout);

    /// Whether the broker can accept messages. Blocking: up to `timeout`.
    [[nodiscard]] Result<Health> health(Milliseconds timeout = default_timeout);

    /// The brokers of the cluster, in the order of their names, as the one knows them that is
    /// asked; none where it is alone. Blocking: up to `timeout`.
    [[nodiscard]] Result<std::vector<ClusterBroker>> cluster(
        Milliseconds timeout = default_timeout);

    /// A broker of the cluster that will not come back belongs to it no more: nothing waits for it,
    /// and its sessions are unknown. One that comes back all the same belongs to it again.
    /// Blocking: up to `timeout`. Errors: not_authorized, target_invalid (it is alive, or does not
    ///   belong to the cluster) — fix_request; backbone_unreachable, outcome_unknown — retry_later.
    [[nodiscard]] Status forget_broker(const BrokerId& broker,
                                       Milliseconds timeout = default_timeout);

    /// Whose keys are registered, those included that have expired; by key. Blocking: up to
    /// `timeout`. Errors: not_authorized — fix_request.
    [[nodiscard]] Result<std::vector<RegisteredKey>> keys(Milliseconds timeout = default_timeout);

    /// Changes who may come in by key, on every broker within a second: all of it, or nothing. Who
    /// is in with a key that is revoked, or may less, is cut. At most 256 of each, and 64 KiB, at
    /// once. Blocking: up to `timeout`. Errors: not_authorized, usage_invalid, limit_exceeded,
    ///   target_invalid (no such right; not registered; nobody could change keys any more) —
    ///   fix_request; storage_failed, backbone_unreachable, outcome_unknown — retry_later.
    [[nodiscard]] Status set_keys(const KeyChange& change, Milliseconds timeout = default_timeout);

    /// What operators did, newest first: at most `count` entries of the broker's log (at least 1).
    /// Blocking: up to `timeout`, for all pages together.
    /// Errors: malformed_frame (no such kind) — fix_request; journal_damaged (an entry does not
    ///   read back; audit_verify() says more) — page_human.
    [[nodiscard]] Result<std::vector<AuditEntry>> entries(std::size_t count,
                                                          const AuditFilter& filter = {},
                                                          Milliseconds timeout = default_timeout);

    /// The signed head of the log as it is now. Kept elsewhere, it can be given to audit_verify().
    /// Blocking: up to `timeout`. Errors: storage_failed, journal_damaged — page_human.
    [[nodiscard]] Result<AuditHead> audit_head(Milliseconds timeout = default_timeout);

    /// Has the broker check its whole log: every entry, every head, and a head that was `kept`
    /// elsewhere. A log with which something is wrong is no error; AuditVerdict says what.
    /// Blocking: up to `timeout`; a million entries take some seconds.
    /// Errors: malformed_frame (`kept` has no valid signature) — fix_request; journal_damaged (it
    ///   cannot even be read), storage_failed — page_human.
    [[nodiscard]] Result<AuditVerdict> audit_verify(
        const std::optional<AuditHead>& kept = std::nullopt, Milliseconds timeout = verify_timeout);

    /// What was on the screens of the sessions that a filter matches, at a time that has passed,
    /// and who put it there; of sessions that have closed since, too. That nothing is known of the
    /// time is no error: Screens::known_since says so. Blocking: up to `timeout`, for all pages
    /// together; years of records may take minutes. Errors: filter_invalid, target_invalid (no
    /// filter), time_invalid (still to come, by the
    ///   broker's clock), limit_exceeded (there were more than 10,000 messages: narrow the filter)
    ///   — fix_request; journal_damaged, storage_failed — page_human.
    [[nodiscard]] Result<Screens> screens(std::string_view where, UtcTime at,
                                          Milliseconds timeout = screens_timeout);

    /// Makes every blocked and every later call return promptly, with the error stopping (or, for a
    /// message that may have been accepted, outcome_unknown). Any thread; idempotent; final.
    void stop() noexcept;

    static constexpr Milliseconds default_timeout{10'000};
    static constexpr Milliseconds verify_timeout{600'000};
    static constexpr Milliseconds screens_timeout{600'000};

    class Impl;  ///< Not for programs.

private:
    explicit Publisher(std::unique_ptr<Impl> impl);

    std::unique_ptr<Impl> impl_;
};

}  // namespace crier
