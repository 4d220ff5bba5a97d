/// \file
/// Public API for programs that show messages: a session of its own, or a plain listener.
///
///     crier::SubscriberHandler handler;
///     handler.on_message = [](const crier::IncomingMessage& message) { show(message); };
///     auto subscriber = crier::Subscriber::start(options, handler);
///     if (!subscriber) return report(subscriber.error());
///
/// Needs no ZeroMQ header. Nothing here throws; failures are results or events.
/// Wire behaviour: PROTOCOL.md, "Session link" and "Bell".

#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "crier/id.hpp"
#include "crier/message.hpp"
#include "crier/registered_key.hpp"
#include "crier/result.hpp"
#include "crier/session.hpp"
#include "crier/time.hpp"

namespace crier {

// ---- What a program is told
// ----------------------------------------------------------------------

/// The broker knows this session now; messages may follow.
struct SubscriberConnected {
    SessionId session;  ///< Always the same for the same key.
    UtcTime opened;     ///< Since when it has been this same session, by the broker's clock.

    bool operator==(const SubscriberConnected&) const = default;
};

/// There is no connection. Told once per outage, and again when the reason changes; also when the
/// first attempt fails. Messages on the screen stay there.
struct SubscriberDisconnected {
    Error error;              ///< Why, and what to do about it.
    bool will_return = true;  ///< It goes on trying. False just before SubscriberEnded.

    bool operator==(const SubscriberDisconnected&) const = default;
};

/// A message to show, or a newer revision of one.
struct IncomingMessage {
    MessageId id;
    std::uint32_t revision = 1;  ///< From 1; a higher one replaces a lower one on the screen.
    std::uint64_t seq = 0;       ///< Order of acceptance, for people; identifies nothing.
    std::string topic;           ///< "all", or "session/" and 32 hex digits.
    /// In the language that fits the session's locale best, with the session's own attributes in
    /// place of placeholders. Untrusted text: keep control characters from a terminal.
    Content content;
    std::string from;                      ///< The operator's principal, vouched for by the broker.
    UtcTime sent{};                        ///< When the broker accepted it.
    std::optional<UtcTime> off_screen_at;  ///< By the broker's clock; on_removed follows then.
    bool again = false;  ///< An earlier run of this program may have shown it (see state_folder).
    std::optional<UtcTime> late{};  ///< When it was due, if it comes late.
    bool is_reminder = false;       ///< This revision says nothing new: it is said again.
    /// With content.countdown_to: the parts of the text between which the time that is left stands;
    /// text_at() puts them together. One alone: the text does not say it.
    std::vector<std::string> text_parts{};

    bool operator==(const IncomingMessage&) const = default;
};

/// The text as it is to be shown at `now`, by the broker's clock: with the time that is left until
/// content.countdown_to, "14:59" or "1:14:59", never less than nothing.
[[nodiscard]] std::string text_at(const IncomingMessage& message, UtcTime now);

/// "14:59", "1:14:59", "2 d 1:14:59": in whole seconds, and "0:00" once it is over.
[[nodiscard]] std::string remaining_time(Milliseconds left);

enum class MessageRemovalCause : std::uint8_t {
    expired = 0,
    recalled = 1,
    acknowledged = 2,  ///< By the same person, in another session.
    closed = 3,        ///< The question is.
};
[[nodiscard]] std::string_view name_of(MessageRemovalCause cause) noexcept;

/// Take it off the screen; if it waits to be shown, never show it.
struct MessageRemoved {
    MessageId id;
    MessageRemovalCause cause = MessageRemovalCause::expired;

    bool operator==(const MessageRemoved&) const = default;
};

/// Nobody has acknowledged it for a while, and its sender wants it to be more urgent now.
struct MessageEscalated {
    MessageId id;
    std::uint32_t revision = 1;
    Urgency urgency = Urgency::alert;

    bool operator==(const MessageEscalated&) const = default;
};

/// A ticket is needed: get one for this session from the program's server, and use_ticket() it.
struct TicketWanted {
    SessionId session;  ///< What the ticket has to name, in hex, as `cnf.kid`.

    bool operator==(const TicketWanted&) const = default;
};

/// The last event: this subscriber never comes back by itself. stop() it; a program that wants to
/// try again starts a new one.
struct SubscriberEnded {
    enum class Cause : std::uint8_t {
        replaced,   ///< A newer connection with the same key took over.
        refused,    ///< The broker does not let this session in; `error` says why.
        dismissed,  ///< The broker said goodbye and not to come back.
        dropped,    ///< An operator ended this session: the program is to end.
    };

    Cause cause = Cause::replaced;
    Error error;

    bool operator==(const SubscriberEnded&) const = default;
};
[[nodiscard]] std::string_view name_of(SubscriberEnded::Cause cause) noexcept;

/// What to call. Each may be empty but on_message. Calls never overlap; they come on the
/// subscriber's delivery thread or, with Delivery::by_dispatch, inside dispatch(). They may call
/// every function of the subscriber but its destructor; they must not throw. A call that takes long
/// holds up later events, not the connection.
struct SubscriberHandler {
    std::function<void(const SubscriberConnected&)> on_connected;
    std::function<void(const SubscriberDisconnected&)> on_disconnected;
    /// Show it. With Report::automatic, returning counts as displayed.
    std::function<void(const IncomingMessage&)> on_message;
    /// A newer revision of a message that the program has: replace it. Empty: on_message is called.
    std::function<void(const IncomingMessage&)> on_changed;
    std::function<void(const MessageRemoved&)> on_removed;
    /// Not called any more once it was acknowledged, answered or removed.
    std::function<void(const MessageEscalated&)> on_escalated;
    /// Set: the session comes in by tickets (PROTOCOL.md, "Tickets"), and nothing is tried before
    /// there is one. Called at the start, a minute before one expires, and when the broker has not
    /// taken one; again after 30 s, until use_ticket() was called.
    std::function<void(const TicketWanted&)> on_ticket_wanted;
    /// Something is wrong that does not end the session: storage_failed, when the state folder
    /// cannot be written; messages are shown all the same, but a crash may repeat or lose one.
    std::function<void(const Error&)> on_problem;
    std::function<void(const SubscriberEnded&)> on_ended;
};

// ---- Options
// -------------------------------------------------------------------------------------

/// Who says that a message was displayed.
enum class Report : std::uint8_t {
    automatic,  ///< Returning from on_message or on_changed does, unless it reported otherwise.
    manual,     ///< The program calls displayed(), suppressed() or failed() for each message.
};

/// Where events are delivered.
enum class Delivery : std::uint8_t {
    own_thread,   ///< On a thread of the subscriber.
    by_dispatch,  ///< In dispatch(), when descriptor() is readable: for programs with an event
                  ///< loop.
};

struct SubscriberOptions {
    /// The sessions' invitation: its line ("crier1.sessions.…"), or the path of a file that holds
    /// it.
    std::string invitation;

    /// The session's own key pair: a file, made with mode 0600 if it is missing, and locked while
    /// the subscriber lives. Empty: a fresh key in memory, and so a new session each time.
    std::filesystem::path key_file;

    /// Keeps what must survive a crash: what was being shown, alerts without an answer, and answers
    /// that the broker has not confirmed. The folder is made with mode 0700 if it is missing, and
    /// locked while the subscriber lives. With the same key and folder a program that crashed shows
    /// again, with `again`, what it may not have shown, and loses nothing. Empty: nothing is kept.
    /// Needs key_file.
    std::filesystem::path state_folder;

    /// What the session says of itself (PROTOCOL.md, "hello").
    Attributes attributes;
    Presence presence = Presence::active;  ///< active or locked.
    Report report = Report::automatic;
    Delivery delivery = Delivery::own_thread;

    /// How long stop() may take to send what is pending and to say goodbye. Milliseconds.
    Milliseconds stop_timeout{1'000};
};

/// The public part of the key in `key_file`, which is made as SubscriberOptions says if it is not
/// there: for `crier keys add KEY --rights session --user USER`, after which the session comes in
/// as that user. Blocking: on the disk. Errors: file_unusable.
[[nodiscard]] Result<PublicKey> session_public_key(const std::filesystem::path& key_file);

// ---- Subscriber
// ----------------------------------------------------------------------------------

/// One session: connects, shows, reports, and comes back by itself after every outage, trying the
/// invitation's endpoints in order with growing, jittered pauses (0.5 to 30 s).
///
/// A revision of a message is handed over once in one run, however often the connection ends.
///
/// Thread-safety: any thread may call any function, except the destructor and moves; dispatch()
/// must not run in two threads at once. No function waits for the network but stop(). Ownership:
/// moves, does not copy. The destructor stops. It must not run inside a handler.
class Subscriber {
public:
    /// Returns at once: connecting goes on in the background and its outcome is an event. With
    /// Delivery::own_thread a handler may run before this has returned, so it must not count on the
    /// variable that the result goes to; with by_dispatch none runs before the first dispatch().
    /// Blocking: reads and writes the key file and the state folder.
    /// Errors, all fix_request: usage_invalid (no on_message, a state folder without a key file,
    ///   presence unreachable); invitation_invalid; attribute_invalid, limit_exceeded (attributes);
    ///   file_unusable (key or state cannot be read or written, or others can read the key);
    ///   in_use (another process holds the key or the state folder: take another one).
    ///   page_human: storage_failed (the state file is damaged in the middle; the detail says how
    ///   to set it aside).
    static Result<Subscriber> start(SubscriberOptions options, SubscriberHandler handler);

    Subscriber(Subscriber&&) noexcept;
    Subscriber& operator=(Subscriber&&) noexcept;
    ~Subscriber();

    /// The session's id: the fingerprint of its key. Known before the first connection.
    [[nodiscard]] SessionId session() const noexcept;

    // Reports: what became of a message here. Each takes the id and revision of the IncomingMessage
    // it is about, returns at once, and is told to the broker within 20 ms, or after the next
    // connect. A report about a message that is not known here, or about a revision that a newer
    // one has replaced, or that would be a step back (displayed after acknowledged), is ignored.
    // Errors: overloaded (retry_later) when 65,536 reports wait to be taken; nothing was noted.
    //   stopping (fix_request) after stop().

    /// The person can see it. Not needed with Report::automatic. `note`: what is not as it was
    /// asked for ("not kept on top"), for operators; form and errors as of suppressed()'s cause.
    /// Said again with another note, because another screen shows it now, the newer one counts.
    Status displayed(const MessageId& id, std::uint32_t revision, std::string_view note = {});

    /// The person can see it as one of several in a digest ("7 messages, newest first"), maybe cut
    /// short: displayed, and operators see in which way. Also with Report::automatic, inside the
    /// handler. It stays so for this revision if it is displayed by itself later.
    Status displayed_in_digest(const MessageId& id, std::uint32_t revision,
                               std::string_view note = {});

    /// It is held back for now ("do not disturb", a full-screen film); displayed() may follow. The
    /// program still has it: on_removed tells when it must no longer be shown. An earlier revision
    /// counts as on the screen until this one is, or until removed().
    /// `cause`: one line of UTF-8, at most 160 bytes. Errors besides: text_invalid, limit_exceeded
    /// (fix_request).
    Status suppressed(const MessageId& id, std::uint32_t revision, std::string_view cause);

    /// The person has answered "I have read this". Kept until the broker has confirmed it, over
    /// crashes too if there is a state folder. The message counts as on the screen until removed().
    Status acknowledged(const MessageId& id, std::uint32_t revision);

    /// The person has chosen an answer to a question, content.choices[choice]; they may choose
    /// another one until the question is closed. Kept as acknowledged() is. A choice that was not
    /// offered is ignored.
    Status answered(const MessageId& id, std::uint32_t revision, std::uint32_t choice);

    /// It cannot be shown here at all. `cause` as in suppressed().
    Status failed(const MessageId& id, std::uint32_t revision, std::string_view cause);

    /// The program took it off the screen: dismissed by the person, or for good reasons of its own.
    /// Say so when it happens: operators are told until when it was there. The earlier revision of
    /// one that is held back can be taken off too.
    /// An alert that was removed without an answer is not shown again after a crash. Not needed
    /// after on_removed. `cause`: who took it off, if that is worth saying; as in suppressed().
    Status removed(const MessageId& id, std::uint32_t revision, std::string_view cause = {});

    /// The ticket to come in by from now on; a connection goes on with it. Inside the handler or
    /// later. Errors, all fix_request: usage_invalid (it is no line, or on_ticket_wanted is not
    /// set), limit_exceeded (more than 4,096 bytes).
    Status use_ticket(std::string ticket);

    /// The screen was locked or unlocked: operators see it in the list of sessions.
    /// Errors: usage_invalid (fix_request) for unreachable, which only a broker says.
    Status set_presence(Presence presence);

    /// The broker's clock as far as it is known: it follows the welcome and every heartbeat, and
    /// runs on the steady clock in between. This machine's clock before the first connection. For
    /// "expires in": off_screen_at is by this clock.
    [[nodiscard]] UtcTime broker_time() const noexcept;

    /// With Delivery::by_dispatch: a descriptor to poll for reading; readable while there are
    /// events. Owned by the subscriber, valid as long as it lives. Else -1.
    [[nodiscard]] int descriptor() const noexcept;

    /// With Delivery::by_dispatch: calls the handler for every event that waits, and returns how
    /// many. Never blocks, besides in the handler. After stop(): 0.
    std::size_t dispatch();

    /// Sends what is pending, says goodbye, closes. The session is over at once for the broker.
    /// After its return no handler runs. Idempotent.
    /// Blocking: up to stop_timeout, and until a running handler has returned. Inside a handler it
    /// only begins to stop, and returns at once.
    void stop() noexcept;

    class Impl;  ///< Not for programs.
    explicit Subscriber(std::unique_ptr<Impl> impl);

private:
    std::unique_ptr<Impl> impl_;
};

// ---- Listener
// ------------------------------------------------------------------------------------

/// As SubscriberHandler: calls never overlap, and must not throw.
struct ListenerHandler {
    /// The bell is heard; what was published before is not replayed.
    std::function<void()> on_connected;
    /// The bell is not heard. Told once per outage, and again when the reason changes. It goes on
    /// trying, unless the code is not_admitted: then it has ended; another invitation is needed.
    std::function<void(const Error&)> on_disconnected;
    std::function<void(const IncomingMessage&)> on_message;
    std::function<void(const IncomingMessage&)> on_changed;  ///< Empty: on_message is called.
    /// The broker said so. Only then: taking it off at off_screen_at is left to the program.
    std::function<void(const MessageRemoved&)> on_removed;
};

struct ListenerOptions {
    /// The listeners' invitation: its line ("crier1.listeners.…"), or the path of a file.
    std::string invitation;

    bool hear_all = true;             ///< The topic `all`.
    std::vector<SessionId> sessions;  ///< And these sessions' own topics.
    bool hear_every_session = false;  ///< Every session's topic: a message to n sessions is handed
                                      ///< over once, under the first topic it is heard on.
    /// Who reads it: messages come in the language of that locale, with placeholders filled. Not
    /// set: as they were sent, in all their languages.
    std::optional<Attributes> attributes{};
    Delivery delivery = Delivery::own_thread;
};

/// A plain SUB client of the bell, for trusted programs: hears, reports nothing, is no session.
/// A message is handed over once, unless more than 4,096 others came between two copies.
///
/// Thread-safety, ownership, descriptor(), dispatch() and stop(): as Subscriber.
class Listener {
public:
    /// Errors, all fix_request: usage_invalid (no on_message, nothing to hear), invitation_invalid,
    ///   file_unusable (the invitation's file cannot be read).
    static Result<Listener> start(ListenerOptions options, ListenerHandler handler);

    Listener(Listener&&) noexcept;
    Listener& operator=(Listener&&) noexcept;
    ~Listener();

    [[nodiscard]] int descriptor() const noexcept;
    std::size_t dispatch();
    void stop() noexcept;

    class Impl;  ///< Not for programs.
    explicit Listener(std::unique_ptr<Impl> impl);

private:
    std::unique_ptr<Impl> impl_;
};

}  // namespace crier
