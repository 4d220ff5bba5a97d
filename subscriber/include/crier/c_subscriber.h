/// \file
/// The C interface to crier::Subscriber and crier::Listener: a session of a program's own, or a
/// plain listener of the bell. Programs include crier/crier.h; the rules of the interface are in
/// crier/c_words.h, and what each call promises beyond this in crier/subscriber.hpp.

#ifndef CRIER_C_SUBSCRIBER_H
#define CRIER_C_SUBSCRIBER_H

#include "crier/c_words.h"

#ifdef __cplusplus
extern "C" {
#endif

// ---- What a program is told ---------------------------------------------------------------------

/// The broker knows this session now; messages may follow.
typedef struct crier_connected {
    size_t size;
    crier_id session;   ///< Always the same for the same key.
    int64_t opened_ms;  ///< Since when it has been this same session.
} crier_connected;

/// There is no connection. Told once per outage, and again when the reason changes; also when the
/// first attempt fails. Messages on the screen stay there.
typedef struct crier_disconnected {
    size_t size;
    const crier_error* error;  ///< Why, and what to do about it.
    bool will_return;          ///< It goes on trying. False just before on_ended.
} crier_disconnected;

/// A message to show, or a newer revision of one.
typedef struct crier_incoming {
    size_t size;
    crier_id id;
    uint32_t revision;  ///< From 1; a higher one replaces a lower one on the screen.
    uint64_t seq;       ///< Order of acceptance, for people; identifies nothing.
    const char* topic;  ///< "all", or "session/" and 32 hex digits.
    /// In the language that fits the session's locale best, with the session's own attributes in
    /// place of placeholders; a listener gets it as it was sent, in all languages. Untrusted text:
    /// keep control characters from a terminal.
    const crier_content* content;
    const char* from;          ///< The operator's principal, vouched for by the broker.
    int64_t sent_ms;           ///< When the broker accepted it.
    int64_t off_screen_at_ms;  ///< on_removed follows then. Zero: never.
    bool again;        ///< An earlier run of this program may have shown it (see state_folder).
    bool is_reminder;  ///< This revision says nothing new: it is said again.
    int64_t late_ms;   ///< When it was due, if it comes late. Else zero.
    /// With content->countdown_to_ms: the parts of the text between which the time that is left
    /// stands; crier_text_at() puts them together. One alone: the text does not say it.
    size_t text_part_count;
    const char* const* text_parts;
} crier_incoming;

/// Writes the text as it is to be shown at `now_ms`, by the broker's clock: with the time that is
/// left until content->countdown_to_ms. At most `text_size` bytes, of which the last is NUL.
/// Returns how many bytes there are without NUL, as snprintf() does: when that is text_size or
/// more, the text was cut, maybe inside a character. A program that counts down later gives a
/// struct of its own, with a copy of the content's text and countdown, and of the text parts. 0
/// without a message or its content, and when a struct has no size.
CRIER_API size_t crier_text_at(const crier_incoming* message, int64_t now_ms, char* text,
                               size_t text_size);

#define CRIER_REMAINING_TIME_SIZE 64

/// Writes "14:59", "1:14:59" or "2 d 1:14:59", and a NUL: in whole seconds, and "0:00" once it is
/// over. Does nothing when `text` is NULL.
CRIER_API void crier_remaining_time(int64_t left_ms, char text[CRIER_REMAINING_TIME_SIZE]);

typedef int32_t crier_removal_cause;
enum {
    CRIER_REMOVAL_EXPIRED = 0,
    CRIER_REMOVAL_RECALLED = 1,
    CRIER_REMOVAL_ACKNOWLEDGED = 2,  ///< By the same person, in another session.
    CRIER_REMOVAL_CLOSED = 3         ///< The question is.
};

/// Take it off the screen; if it waits to be shown, never show it.
typedef struct crier_removed {
    size_t size;
    crier_id id;
    crier_removal_cause cause;
} crier_removed;

/// Nobody has acknowledged it for a while, and its sender wants it to be more urgent now.
typedef struct crier_escalated {
    size_t size;
    crier_id id;
    uint32_t revision;
    crier_urgency urgency;
} crier_escalated;

typedef int32_t crier_ended_cause;
enum {
    CRIER_ENDED_REPLACED = 0,   ///< A newer connection with the same key took over.
    CRIER_ENDED_REFUSED = 1,    ///< The broker does not let this session in; the error says why.
    CRIER_ENDED_DISMISSED = 2,  ///< The broker said goodbye and not to come back.
    CRIER_ENDED_DROPPED = 3     ///< An operator ended this session: the program is to end.
};

/// The last event: this subscriber never comes back by itself. Free it; a program that wants to try
/// again starts a new one.
typedef struct crier_ended {
    size_t size;
    crier_ended_cause cause;
    const crier_error* error;
} crier_ended;

/// A ticket is needed: get one for this session from the program's server, and give it by
/// crier_subscriber_use_ticket().
typedef struct crier_ticket_wanted {
    size_t size;
    crier_id session;  ///< What the ticket has to name, in hex, as `cnf.kid`.
} crier_ticket_wanted;

/// What to call, with its `context`. Each may be NULL but on_message. Calls never overlap. They may
/// call every function of the subscriber. A call that takes long holds up later events, not the
/// connection. Without memory for an event the process ends, as no event is dropped.
typedef struct crier_subscriber_handler {
    size_t size;
    void* context;
    void (*on_connected)(const crier_connected* connected, void* context);
    void (*on_disconnected)(const crier_disconnected* disconnected, void* context);
    /// Show it. With CRIER_REPORT_AUTOMATIC, returning counts as displayed.
    void (*on_message)(const crier_incoming* message, void* context);
    /// A newer revision of a message that the program has: replace it. NULL: on_message is called.
    void (*on_changed)(const crier_incoming* message, void* context);
    void (*on_removed)(const crier_removed* removed, void* context);
    /// Something is wrong that does not end the session: storage_failed, when the state folder
    /// cannot be written; messages are shown all the same, but a crash may repeat or lose one.
    void (*on_problem)(const crier_error* problem, void* context);
    void (*on_ended)(const crier_ended* ended, void* context);
    /// Not called any more once the message was acknowledged, answered or removed.
    void (*on_escalated)(const crier_escalated* escalated, void* context);
    /// Set: the session comes in by tickets (PROTOCOL.md, "Tickets"), and nothing is tried before
    /// there is one. Called at the start, a minute before one expires, and when the broker has not
    /// taken one; again after 30 s, until crier_subscriber_use_ticket() was called. With
    /// CRIER_DELIVERY_OWN_THREAD the first call may come before crier_subscriber_start() has set
    /// *subscriber: the ticket is to be given after that then.
    void (*on_ticket_wanted)(const crier_ticket_wanted* wanted, void* context);
} crier_subscriber_handler;

// ---- Subscriber ---------------------------------------------------------------------------------

/// One session: connects, shows, reports, and comes back by itself after every outage. A revision
/// of a message is handed over once in one run, however often the connection ends.
///
/// Threads: any thread may call any function; crier_subscriber_dispatch() must not run in two
///   threads at once, and crier_subscriber_free() must not meet a call that begins. No function
///   waits for the network but crier_subscriber_stop() and crier_subscriber_free().
/// Errors of every function, beside its own: usage_invalid (NULL where something is required, a
///   value that is none of its enumeration, a struct without its size) — fix_request; out_of_memory
///   — retry_later; internal — page_human.
typedef struct crier_subscriber crier_subscriber;

/// Who says that a message was displayed.
typedef int32_t crier_report;
enum {
    CRIER_REPORT_AUTOMATIC = 0,  ///< Returning from on_message or on_changed does, unless it
                                 ///< reported otherwise.
    CRIER_REPORT_MANUAL = 1      ///< The program says what became of each message.
};

typedef struct crier_subscriber_options {
    size_t size;
    /// Required: the sessions' invitation, its line ("crier1.sessions.…") or the path of a file
    /// that holds it.
    const char* invitation;
    /// The session's own key pair: a file, made with mode 0600 if it is missing, and locked until
    /// the subscriber is freed. Empty: a fresh key in memory, and so a new session each time.
    const char* key_file;
    /// Keeps what must survive a crash. A folder, made with mode 0700 if it is missing, and locked
    /// likewise. With the same key and folder a program that crashed shows again, with `again`,
    /// what it may not have shown, and loses nothing. Empty: nothing is kept. Needs key_file.
    const char* state_folder;
    const crier_attributes* attributes;  ///< What the session says of itself. NULL: nothing.
    crier_presence presence;             ///< Active or locked.
    crier_report report;
    crier_delivery delivery;
    int64_t stop_timeout_ms;  ///< How long stopping may take to send what is pending and to say
                              ///< goodbye. Zero: 1,000.
} crier_subscriber_options;

#define CRIER_KEY_TEXT_SIZE 44  ///< 43 characters of base64url and a NUL.

/// Writes the public part of the key in `key_file`, which is made as crier_subscriber_options says
/// if it is not there: for `crier keys add KEY --rights session --user USER`, after which the
/// session comes in as that user. On failure `text` becomes empty.
/// Blocking: on the disk.
/// Errors: usage_invalid (no file is named), file_unusable — fix_request; out_of_memory —
///   retry_later; internal — page_human.
CRIER_API crier_code crier_session_public_key(const char* key_file, char text[CRIER_KEY_TEXT_SIZE],
                                              crier_error** error);

/// Returns at once: connecting goes on in the background, and its outcome is an event. On failure
/// *subscriber becomes NULL. With CRIER_DELIVERY_OWN_THREAD a callback may run before this has
/// returned, so it must not count on *subscriber; with CRIER_DELIVERY_BY_DISPATCH none runs before
/// the first crier_subscriber_dispatch(). The callbacks' context must live until the subscriber is
/// stopped or freed.
/// Blocking: reads and writes the key file and the state folder.
/// Errors, all fix_request: usage_invalid (no on_message, a state folder without a key file,
///   presence unreachable); invitation_invalid; attribute_invalid, limit_exceeded (attributes);
///   file_unusable (key or state cannot be read or written, or others can read the key); in_use
///   (another process holds the key or the state folder: take another one).
///   page_human: storage_failed (the state file is damaged in the middle; the detail says how to
///   set it aside).
CRIER_API crier_code crier_subscriber_start(const crier_subscriber_options* options,
                                            const crier_subscriber_handler* handler,
                                            crier_subscriber** subscriber, crier_error** error);

/// Sends what is pending, says goodbye, closes. The session is over at once for the broker. After
/// its return no callback runs. Idempotent.
/// Blocking: up to stop_timeout_ms, and until a running callback has returned. Inside a callback it
/// only begins to stop, and returns at once.
CRIER_API void crier_subscriber_stop(crier_subscriber* subscriber);

/// Stops it, and gives it back. Also inside a callback; then the rest happens after that.
CRIER_API void crier_subscriber_free(crier_subscriber* subscriber);

/// Sets *session to the session's id, the fingerprint of its key. Known before the first
/// connection.
CRIER_API crier_code crier_subscriber_session(const crier_subscriber* subscriber, crier_id* session,
                                              crier_error** error);

// Reports: what became of a message here. Each takes the id and revision of the crier_incoming it
// is about, returns at once, and is told to the broker within 20 ms, or after the next connect. A
// report about a message that is not known here, or about a revision that a newer one has replaced,
// or that would be a step back (displayed after acknowledged), is ignored.
// Errors: overloaded (retry_later) when 65,536 reports wait to be taken; nothing was noted.
//   stopping (reconnect) after crier_subscriber_stop().

/// The person can see it. Not needed with CRIER_REPORT_AUTOMATIC.
CRIER_API crier_code crier_subscriber_displayed(crier_subscriber* subscriber, const crier_id* id,
                                                uint32_t revision, crier_error** error);

/// The same, with what is not as it was asked for ("not kept on top"), for operators: a cause as in
/// crier_subscriber_suppressed(). Said again with another note, the newer one counts.
CRIER_API crier_code crier_subscriber_displayed_with_note(crier_subscriber* subscriber,
                                                          const crier_id* id, uint32_t revision,
                                                          const char* note, crier_error** error);

/// The person can see it as one of several in a digest, maybe cut short: displayed, and operators
/// see in which way. Also with CRIER_REPORT_AUTOMATIC, inside the callback. It stays so for this
/// revision if it is displayed by itself later.
CRIER_API crier_code crier_subscriber_displayed_in_digest(crier_subscriber* subscriber,
                                                          const crier_id* id, uint32_t revision,
                                                          crier_error** error);

/// It is held back for now ("do not disturb"); displayed may follow. The program still has it:
/// on_removed tells when it must no longer be shown. An earlier revision counts as on the screen
/// until this one is, or until removed. `cause`: one line, at most 160 bytes.
/// Errors besides: text_invalid, limit_exceeded (fix_request).
CRIER_API crier_code crier_subscriber_suppressed(crier_subscriber* subscriber, const crier_id* id,
                                                 uint32_t revision, const char* cause,
                                                 crier_error** error);

/// The person has answered "I have read this". Kept until the broker has confirmed it, over crashes
/// too if there is a state folder. The message counts as on the screen until removed.
CRIER_API crier_code crier_subscriber_acknowledged(crier_subscriber* subscriber, const crier_id* id,
                                                   uint32_t revision, crier_error** error);

/// The person has chosen an answer to a question, content->choices[choice]; they may choose another
/// one until the question is closed. Kept as acknowledged is. A choice that was not offered is
/// ignored.
CRIER_API crier_code crier_subscriber_answered(crier_subscriber* subscriber, const crier_id* id,
                                               uint32_t revision, uint32_t choice,
                                               crier_error** error);

/// It cannot be shown here at all. `cause` as in crier_subscriber_suppressed().
CRIER_API crier_code crier_subscriber_failed(crier_subscriber* subscriber, const crier_id* id,
                                             uint32_t revision, const char* cause,
                                             crier_error** error);

/// The program took it off the screen: say so when it happens, as operators are told until when it
/// was there. Not needed after on_removed.
CRIER_API crier_code crier_subscriber_removed(crier_subscriber* subscriber, const crier_id* id,
                                              uint32_t revision, crier_error** error);

/// The same, with who took it off, if that is worth saying: as in crier_subscriber_suppressed().
CRIER_API crier_code crier_subscriber_removed_with_cause(crier_subscriber* subscriber,
                                                         const crier_id* id, uint32_t revision,
                                                         const char* cause, crier_error** error);

/// The ticket to come in by from now on, which is copied; a connection goes on with it. Inside
/// on_ticket_wanted or later, as often as there is a new one.
/// Errors: usage_invalid (it is empty or more than one line, or on_ticket_wanted is not set),
///   limit_exceeded (more than 4,096 bytes) — fix_request; overloaded, stopping as of the reports.
CRIER_API crier_code crier_subscriber_use_ticket(crier_subscriber* subscriber, const char* ticket,
                                                 crier_error** error);

/// The screen was locked or unlocked: operators see it in the list of sessions.
/// Errors: usage_invalid (fix_request) for unreachable, which only a broker says.
CRIER_API crier_code crier_subscriber_set_presence(crier_subscriber* subscriber,
                                                   crier_presence presence, crier_error** error);

/// The broker's clock as far as it is known; this machine's before the first connection. For
/// "expires in": off_screen_at_ms is by this clock. 0 for NULL.
CRIER_API int64_t crier_subscriber_broker_time_ms(const crier_subscriber* subscriber);

/// With CRIER_DELIVERY_BY_DISPATCH: a descriptor to poll for reading; readable while there are
/// events, and once it is stopped. Owned by the subscriber, valid until it is freed. Else, and for
/// NULL, -1.
CRIER_API int crier_subscriber_descriptor(const crier_subscriber* subscriber);

/// With CRIER_DELIVERY_BY_DISPATCH: calls the handler for every event that waits, and returns how
/// many. Never blocks, besides in the handler. After crier_subscriber_stop(), and for NULL: 0.
CRIER_API size_t crier_subscriber_dispatch(crier_subscriber* subscriber);

// ---- Listener -----------------------------------------------------------------------------------

/// As crier_subscriber_handler.
typedef struct crier_listener_handler {
    size_t size;
    void* context;
    /// The bell is heard; what was published before is not replayed.
    void (*on_connected)(void* context);
    /// The bell is not heard. Told once per outage, and again when the reason changes. It goes on
    /// trying, unless the code is not_admitted: then it has ended; another invitation is needed.
    void (*on_disconnected)(const crier_error* error, void* context);
    void (*on_message)(const crier_incoming* message, void* context);
    void (*on_changed)(const crier_incoming* message, void* context);  ///< NULL: on_message.
    /// The broker said so. Only then: taking it off at off_screen_at_ms is left to the program.
    void (*on_removed)(const crier_removed* removed, void* context);
} crier_listener_handler;

typedef struct crier_listener_options {
    size_t size;
    /// Required: the listeners' invitation, its line ("crier1.listeners.…") or the path of a file.
    const char* invitation;
    bool ignore_all;  ///< Do not hear the topic `all`.
    size_t session_count;
    const crier_id* sessions;  ///< Hear these sessions' own topics besides.
    bool hear_every_session;   ///< Every session's topic: a message to n sessions is handed over
                               ///< once, under the first topic it is heard on.
    crier_delivery delivery;
} crier_listener_options;

/// A plain SUB client of the bell, for trusted programs: hears, reports nothing, is no session.
/// A message is handed over once, unless more than 4,096 others came between two copies.
/// Threads and errors, and each function but the first: as crier_subscriber.
typedef struct crier_listener crier_listener;

/// As crier_subscriber_start().
/// Errors, all fix_request: usage_invalid (no on_message, nothing to hear), invitation_invalid,
///   file_unusable (the invitation's file cannot be read).
CRIER_API crier_code crier_listener_start(const crier_listener_options* options,
                                          const crier_listener_handler* handler,
                                          crier_listener** listener, crier_error** error);
CRIER_API void crier_listener_stop(crier_listener* listener);
CRIER_API void crier_listener_free(crier_listener* listener);
CRIER_API int crier_listener_descriptor(const crier_listener* listener);
CRIER_API size_t crier_listener_dispatch(crier_listener* listener);

#ifdef __cplusplus
}  // extern "C"
#endif

#endif
