/// \file
/// The C interface to crier::Publisher: puts messages on people's screens, and says what became of
/// them. Programs include crier/crier.h; the rules of the interface are in crier/c_words.h, and
/// what each call promises beyond this in crier/publisher.hpp.

#ifndef CRIER_C_PUBLISHER_H
#define CRIER_C_PUBLISHER_H

#include "crier/c_words.h"

#ifdef __cplusplus
extern "C" {
#endif

/// One connection to a broker, for sending and for asking what became of it.
///
/// Threads: any number of threads may call any functions at once, on one publisher. Only
///   crier_publisher_free() must not meet a call that begins.
/// Connection: when it is lost the publisher makes a new one by itself, to another broker where a
///   cluster has one. Requests that wait for an answer are asked again, under the same message id,
///   until their time is over; brokers store each at most once. So is what a broker of a cluster
///   cannot take now, or cannot say the outcome of; at the end of its time it fails with
///   backbone_unreachable (surely nothing was stored) or outcome_unknown.
/// Errors of every function that takes a publisher, beside its own: broker_unreachable, timed_out,
///   overloaded (more than 10,000 requests wait), out_of_memory — retry_later; stopping (after
///   crier_publisher_stop()) — reconnect; usage_invalid (NULL where something is required, a
///   negative time, a value that is none of its enumeration, a struct without its size),
///   not_authorized, not_admitted, server_key_wrong — fix_request; internal — page_human.
/// Callbacks run on the calling thread and may call every function of the same publisher.
typedef struct crier_publisher crier_publisher;

/// What a callback wants: more, or no more.
typedef int32_t crier_watching;
enum { CRIER_GO_ON = 0, CRIER_END = 1 };

// ---- Connecting ---------------------------------------------------------------------------------

/// How a publisher finds its broker.
typedef struct crier_publisher_options {
    size_t size;
    /// An operators' invitation: the line itself ("crier1.operators.…") or the path of a file that
    /// holds it. Empty: the environment's CRIER_INVITATION, else the one that `crier join` stored,
    /// else that of the broker on this machine.
    const char* invitation;
    const char* client;  ///< Your program and its version, for the broker's log; a line of at most
                         ///< 64 bytes. Empty: "program".
    int64_t connect_timeout_ms;  ///< Zero: 5,000.
} crier_publisher_options;

/// `options` may be NULL: the defaults. On failure *publisher becomes NULL.
/// Blocking: until the broker has said welcome, each of the invitation's endpoints has failed, or
///   the timeout has passed.
/// Errors: invitation_invalid, file_unusable (no invitation found, or not readable), usage_invalid,
///   server_key_wrong, not_admitted, host_unknown, version_unsupported — fix_request;
///   broker_unreachable, overloaded — retry_later.
CRIER_API crier_code crier_publisher_connect(const crier_publisher_options* options,
                                             crier_publisher** publisher, crier_error** error);

/// Makes every blocked and every later call return promptly, with the error stopping (or, for a
/// message that may have been accepted, outcome_unknown). Any thread; idempotent; final.
CRIER_API void crier_publisher_stop(crier_publisher* publisher);

/// Stops it, and gives it back. Calls that wait in other threads, or the one whose callback this
/// is called in, return promptly as after crier_publisher_stop(), maybe later than this function.
/// Blocking: when no call waits, until the connection is closed.
CRIER_API void crier_publisher_free(crier_publisher* publisher);

// ---- Sending and waiting ------------------------------------------------------------------------

/// A broker of a cluster that did not answer in time.
typedef struct crier_silent_broker {
    size_t size;
    const char* broker;  ///< Its name, or its id where nobody knows that.
    uint32_t sessions;   ///< So many it had when it was heard last.
} crier_silent_broker;

/// How far a message has come.
typedef struct crier_progress {
    size_t size;
    crier_id id;
    uint64_t seq;       ///< Its place in the broker's order; zero while not known.
    crier_tally tally;  ///< As last heard from the broker.
    bool is_complete;   ///< What was waited for is true of every targeted session.
    bool is_final;      ///< The broker says that nothing will change by itself any more.
    uint32_t removed;   ///< Sessions that have taken it off their screen.
    uint32_t dropped;   ///< Sessions that it has ended.
    uint32_t answers[CRIER_ANSWER_SLOTS];  ///< Of a question: for each choice.
    bool is_closed;                        ///< Of a question: it takes no answers any more.
    /// So many brokers of the cluster did not answer when it was accepted, or asked for, and so
    /// many sessions they had: of those the tally counts, as waiting, the ones alone that can be
    /// known to be targeted. crier_publisher_outcome() names the brokers.
    uint32_t silent_brokers;
    uint32_t silent_sessions;
} crier_progress;

/// CRIER_END ends the waiting, as the end of the timeout would.
typedef crier_watching (*crier_on_progress)(const crier_progress* progress, void* context);

/// When a message goes out, and what follows from it. All but `every_ms` are points in time, by the
/// broker's clock and at most 366 days away.
typedef struct crier_schedule {
    size_t size;
    int64_t due_ms;  ///< Not before. Zero: as soon as it is accepted.
    /// From then on again and again, to those who have not acknowledged it, so many milliseconds
    /// apart: at least 1,000. Zero: once.
    int64_t every_ms;
    int64_t until_ms;  ///< With every_ms: not after.
    /// Instead of due_ms and every_ms: the times at which it goes out, rising; at most 64.
    size_t announcement_count;
    const int64_t* announcements_ms;
    /// From then on new sessions are refused with the message's text, until admission is opened or
    /// the message is recalled. Zero: never; now is allowed, here and in drop_ms.
    int64_t close_admission_ms;
    /// Then the sessions that it was for are ended, and their keys refused for a day. Zero: never.
    int64_t drop_ms;
} crier_schedule;

typedef struct crier_send_options {
    size_t size;
    /// The message's id. Give one to make your own retry safe: the same id with the same content is
    /// one message, however often it is sent. Zero: a fresh one.
    crier_id id;
    /// From then on it is not delivered any more, and it leaves every screen; in the future and at
    /// most 366 days away. Zero: never; sessions that come later do not get the message.
    int64_t expires_ms;
    bool dry_run;  ///< Check everything and count the sessions; store and show nothing.
    /// Return only when every targeted session is at this state or further: delivered, displayed,
    /// acknowledged or answered; a question also when it closes. Zero: return when the broker has
    /// accepted the message.
    crier_state wait_for;
    int64_t timeout_ms;  ///< From call to return. Zero: 30,000 where it waits, else 10,000.
    crier_on_progress on_progress;   ///< With wait_for, while it waits. May be NULL.
    void* context;                   ///< Handed to on_progress.
    const crier_schedule* schedule;  ///< NULL: at once, and once.
    /// Of a question, in percent of the targeted sessions: it closes when so many have answered.
    /// Zero: when it expires.
    uint32_t quorum;
    /// A person whom the broker knows (a session with a verified system user) who acknowledges the
    /// message in one session has done so in all. True: not with this message.
    bool each_session;
    bool wait_for_drop;  ///< Return only when every targeted session has been ended.
} crier_send_options;

/// The broker has the message, safely on its disk (or, after a dry run, would have taken it).
typedef struct crier_send_result {
    size_t size;
    crier_id id;
    uint64_t seq;             ///< Zero after a dry run.
    crier_tally tally;        ///< As last heard from the broker.
    int64_t stands_until_ms;  ///< Sessions that come until then get it too; zero: none do.
    bool already;             ///< It was accepted by an earlier call with this id.
    bool dry_run;
    bool is_complete;   ///< What was waited for is true of every targeted session.
    bool is_final;      ///< Nothing will change by itself any more.
    uint32_t revision;  ///< Of the message, now. Zero after CRIER_END.
    uint32_t removed;   ///< Sessions that have taken it off their screen.
    uint32_t dropped;   ///< Sessions that it has ended.
    uint32_t answers[CRIER_ANSWER_SLOTS];  ///< Of a question: for each choice.
    int64_t due_ms;  ///< It has not gone out yet: it will then, to whoever is of the target at that
                     ///< time. Zero: it has. Not after CRIER_END.
    bool is_closed;  ///< Of a question: it takes no answers any more.
    uint32_t silent_brokers;  ///< As in crier_progress; likewise the next.
    uint32_t silent_sessions;
} crier_send_result;

/// Sends a message to the sessions of a target. An unknown session id is an error, and nothing is
/// sent to the others either. `options` and `result` may be NULL. When on_progress has answered
/// CRIER_END, the result has no `already` and no `stands_until_ms`.
/// Blocking: until the broker has it on disk; with wait_for until every targeted session is there
///   or cannot come there any more; at most the timeout. A wait that ends early is no error:
///   is_complete says whether all got there.
/// Errors: text_invalid, target_invalid, filter_invalid (with its position), session_unknown (with
///   the unknown ones), time_invalid, limit_exceeded, request_id_reused, drain_overlaps (another
///   message is to end the same sessions: extend or recall that one), usage_invalid (a quorum
///   without choices, wait_for_drop without drop_ms, …) — fix_request; outcome_unknown (it may have
///   been accepted: sending again with the error's message id is safe) — retry_later;
///   storage_failed (the broker cannot write) — page_human.
CRIER_API crier_code crier_publisher_send(crier_publisher* publisher, const crier_content* content,
                                          const crier_target* target,
                                          const crier_send_options* options,
                                          crier_send_result* result, crier_error** error);

/// What of a message is to change; what stays zero stays as it is.
typedef struct crier_message_update {
    size_t size;
    const char* text;   ///< NULL, which is no empty string here: as it is.
    const char* title;  ///< NULL: as it is. Empty: none from now on.
    bool has_severity;  ///< `severity` is to change; else it must be zero.
    crier_severity severity;
    bool has_style;  ///< Likewise.
    crier_style style;
    int64_t expires_ms;  ///< As in crier_send_options. An expiry cannot be taken away.
    bool ask_again;      ///< Show it again to those who have acknowledged or answered it; else they
                         ///< are left alone.
    int64_t due_ms;      ///< Of a message that has not gone out yet. Zero: as it is.
    int64_t shift_ms;    ///< All that its schedule has still to come, and its expiry and countdown,
                         ///< so many milliseconds later. Never negative.
} crier_message_update;

typedef struct crier_change_options {
    size_t size;
    /// The id of this request, as that of crier_send_options: the same id with the same change is
    /// one change. Zero: a fresh one.
    crier_id id;
    /// Of an update, as in crier_send_options. Of others zero: a recall always waits until the
    /// message is off every connected screen.
    crier_state wait_for;
    int64_t timeout_ms;  ///< From call to return. Zero: 30,000 with wait_for, else 10,000.
    crier_on_progress on_progress;  ///< While it waits. May be NULL.
    void* context;                  ///< Handed to on_progress.
} crier_change_options;

/// Changes a message on the screens that show it, and for those that are yet to get it, who get the
/// newest revision only. The tally begins anew with each revision, but for those who have
/// acknowledged it and are not asked again. `options` and `result` may be NULL; the result's id is
/// the message's own.
/// Blocking: as crier_publisher_send().
/// Errors: message_unknown, message_over (it has expired or was recalled, or is so old that only
///   history has it), text_invalid, time_invalid, limit_exceeded, request_id_reused, usage_invalid
///   (nothing to change) — fix_request; outcome_unknown (it may have been changed: the same again
///   with the error's message id as the request's is safe) — retry_later; storage_failed —
///   page_human.
CRIER_API crier_code crier_publisher_update(crier_publisher* publisher, const crier_id* message,
                                            const crier_message_update* changes,
                                            const crier_change_options* options,
                                            crier_send_result* result, crier_error** error);

/// Takes a message off every screen. Sessions that are away never see it, or remove it first thing
/// when they are back. Recalling what was recalled, or has expired, is a success with `already`.
/// `options` and `result` may be NULL; the result's id is the message's own.
/// Blocking: until every connected screen has said that it is off, at most the timeout; is_complete
///   says whether.
/// Errors: message_unknown, request_id_reused — fix_request; outcome_unknown — retry_later;
///   storage_failed — page_human.
CRIER_API crier_code crier_publisher_recall(crier_publisher* publisher, const crier_id* message,
                                            const crier_change_options* options,
                                            crier_send_result* result, crier_error** error);

/// Closes a question before its time: it leaves every screen, and takes no answers any more.
/// Closing what is closed, or has expired, is a success with `already`. `options` and `result` may
/// be NULL; the result's id is the question's own.
/// Blocking: until the broker has it on disk; at most the timeout.
/// Errors: message_unknown (also: it is no question), request_id_reused — fix_request;
///   outcome_unknown — retry_later; storage_failed — page_human.
CRIER_API crier_code crier_publisher_close_question(crier_publisher* publisher,
                                                    const crier_id* question,
                                                    const crier_change_options* options,
                                                    crier_send_result* result, crier_error** error);

typedef struct crier_wait_options {
    size_t size;
    int64_t timeout_ms;             ///< Zero: 30,000.
    crier_on_progress on_progress;  ///< While it waits. May be NULL.
    void* context;                  ///< Handed to on_progress.
} crier_wait_options;

/// Waits for a message that was sent before, by anyone. `options` and `progress` may be NULL.
/// Blocking: as crier_publisher_send() with wait_for. At the end of the timeout is_complete is
///   false.
/// Errors: message_unknown, usage_invalid (a state that cannot be waited for) — fix_request.
CRIER_API crier_code crier_publisher_wait(crier_publisher* publisher, const crier_id* id,
                                          crier_state state, const crier_wait_options* options,
                                          crier_progress* progress, crier_error** error);

// ---- Admission ----------------------------------------------------------------------------------

/// Whether new sessions are let in.
typedef struct crier_admission {
    size_t size;
    bool is_open;
    const char* message;  ///< Closed: what those who are refused see.
    const char* except;   ///< Closed: the filter that lets in all the same.
    int64_t since_ms;     ///< Zero: nobody ever changed it.
    const char* by;       ///< The operator who changed it, or whose message did.
    bool already;         ///< It was accepted by an earlier call with the same id.
} crier_admission;

/// Lets new sessions in again, or refuses them with a `message` of 1 to 1,024 bytes: all but those
/// that `except` matches, a filter that compares what the broker has verified (address; user and
/// system_user of local sessions); empty: nobody is excepted. Those that are in stay in. Lasts over
/// restarts of the broker. `admission` may be NULL; else the answer is the caller's. `timeout_ms`
/// zero: 10,000.
/// Blocking: until the broker has it on disk; at most the timeout.
/// Errors: text_invalid (closed without a message), limit_exceeded, filter_invalid — fix_request;
///   outcome_unknown — retry_later; storage_failed — page_human.
CRIER_API crier_code crier_publisher_open_admission(crier_publisher* publisher, int64_t timeout_ms,
                                                    crier_admission** admission,
                                                    crier_error** error);
CRIER_API crier_code crier_publisher_close_admission(crier_publisher* publisher,
                                                     const char* message, const char* except,
                                                     int64_t timeout_ms,
                                                     crier_admission** admission,
                                                     crier_error** error);
CRIER_API void crier_admission_free(crier_admission* admission);

// ---- Asking ------------------------------------------------------------------------------------

// Each blocks up to `timeout_ms`, for all pages of an answer together; zero: 10,000.

/// One session in a list.
typedef struct crier_session {
    size_t size;
    crier_id id;
    const crier_attributes* attributes;
    const char* address;  ///< Of its connection, seen by the broker: "10.1.2.3", "ipc".
    crier_presence state;
    int64_t created_ms;            ///< Since when it has been this same session.
    int64_t unreachable_since_ms;  ///< Set while state is unreachable.
    bool system_user_verified;     ///< The kernel said so; else the session claims it.
    bool user_verified;            ///< Likewise.
} crier_session;

typedef struct crier_session_list {
    size_t size;
    size_t count;
    const crier_session* const* sessions;  ///< In the order of their ids.
    size_t silent_count;
    const crier_silent_broker* const* silent;  ///< Of their sessions the list says nothing.
} crier_session_list;

/// Every session of a target: active, locked and unreachable ones. `target` may be NULL: everyone.
/// Errors: filter_invalid, target_invalid, session_unknown — fix_request.
CRIER_API crier_code crier_publisher_sessions(crier_publisher* publisher,
                                              const crier_target* target, int64_t timeout_ms,
                                              crier_session_list** list, crier_error** error);
CRIER_API void crier_session_list_free(crier_session_list* list);

/// A message as the broker's journal holds it.
typedef struct crier_sent_message {
    size_t size;
    crier_id id;
    uint64_t seq;
    uint32_t revision;
    int64_t sent_ms;
    const char* from;            ///< The principal that sent it.
    const crier_target* target;  ///< Of more than 20 session ids only the first 20 are told.
    const crier_content* content;
    int64_t expires_ms;  ///< Zero: it does not.
    crier_tally tally;
    bool is_final;
    bool is_recalled;
    bool is_waiting;    ///< It has not gone out yet.
    bool each_session;  ///< As in crier_send_options, likewise quorum.
    uint32_t quorum;
    uint32_t removed;                      ///< Sessions that have taken it off their screen.
    uint32_t dropped;                      ///< Sessions that it has ended.
    uint32_t answers[CRIER_ANSWER_SLOTS];  ///< Of a question: for each of content->choices.
    const crier_schedule* schedule;        ///< Never NULL.
    int64_t next_ms;                       ///< When it goes out next. Zero: not any more.
    int64_t late_ms;                       ///< When it was due, if it went out late. Else zero.
    int64_t closed_ms;  ///< Of a question: since when it takes no answers. Zero: it does.
} crier_sent_message;

typedef struct crier_message_list {
    size_t size;
    size_t count;
    const crier_sent_message* const* messages;  ///< Newest first.
    size_t silent_count;
    const crier_silent_broker* const* silent;  ///< What is counted is without their sessions.
} crier_message_list;

/// The newest `count` messages; `before` a seq, unless that is zero.
CRIER_API crier_code crier_publisher_messages(crier_publisher* publisher, size_t count,
                                              uint64_t before, int64_t timeout_ms,
                                              crier_message_list** list, crier_error** error);
CRIER_API void crier_message_list_free(crier_message_list* list);

/// Messages whose schedule has something to come, the newest first.
CRIER_API crier_code crier_publisher_scheduled(crier_publisher* publisher, int64_t timeout_ms,
                                               crier_message_list** list, crier_error** error);

/// What became of one message at one session.
typedef struct crier_session_outcome {
    size_t size;
    crier_id session;
    const char* user;
    const char* system_user;
    const char* machine;
    const char* application;
    crier_state state;
    int64_t at_ms;      ///< Since when.
    const char* cause;  ///< Why it is suppressed, failed or taken off; how it is displayed.
    bool again;         ///< Shown a second time, after a crash of the subscriber.
    bool removed;       ///< It is no longer on the screen.
    bool user_verified;
    bool system_user_verified;
    bool dropped;    ///< The message ended the session.
    int32_t answer;  ///< Which choice of a question, from 0; -1: none.
    bool digest;     ///< Displayed as one of several in a digest.
} crier_session_outcome;

typedef struct crier_outcome {
    size_t size;
    const crier_sent_message* message;
    size_t count;
    const crier_session_outcome* const* sessions;  ///< Every targeted one, in the order of ids;
    size_t silent_count;
    const crier_silent_broker* const* silent;  ///< but those of these brokers.
} crier_outcome;

/// What became of one message on each session.
/// Errors: message_unknown (never sent, or pruned from the history) — fix_request.
CRIER_API crier_code crier_publisher_outcome(crier_publisher* publisher, const crier_id* id,
                                             int64_t timeout_ms, crier_outcome** outcome,
                                             crier_error** error);
CRIER_API void crier_outcome_free(crier_outcome* outcome);

/// Whether new sessions are let in.
CRIER_API crier_code crier_publisher_admission(crier_publisher* publisher, int64_t timeout_ms,
                                               crier_admission** admission, crier_error** error);

/// Who the broker takes this publisher for.
typedef struct crier_identity {
    size_t size;
    const char* principal;
    const char* address;  ///< Where the broker sees it come from.
    size_t right_count;
    const char* const* rights;  ///< "send", "list", …
} crier_identity;

CRIER_API crier_code crier_publisher_whoami(crier_publisher* publisher, int64_t timeout_ms,
                                            crier_identity** identity, crier_error** error);
CRIER_API void crier_identity_free(crier_identity* identity);

typedef struct crier_health {
    size_t size;
    bool is_healthy;
    const char* problem;  ///< Empty while healthy; else what is wrong and what to do.
    const char* broker;   ///< Its program and version.
    int64_t started_ms;
    uint64_t seq;        ///< Of the newest entry in its journal.
    uint32_t sessions;   ///< All that are not closed.
    uint32_t connected;  ///< Those with a connection now.
    uint32_t live_messages;
} crier_health;

/// Whether the broker can accept messages.
CRIER_API crier_code crier_publisher_health(crier_publisher* publisher, int64_t timeout_ms,
                                            crier_health** health, crier_error** error);
CRIER_API void crier_health_free(crier_health* health);

// ---- Watching -----------------------------------------------------------------------------------

typedef int32_t crier_what;
enum {
    CRIER_WHAT_SESSION_OPENED = 0,
    CRIER_WHAT_SESSION_UNREACHABLE = 1,
    CRIER_WHAT_SESSION_RETURNED = 2,
    CRIER_WHAT_SESSION_CLOSED = 3,
    CRIER_WHAT_MESSAGE_ACCEPTED = 4,
    CRIER_WHAT_RECEIPT = 5,
    CRIER_WHAT_MESSAGE_UPDATED = 6,
    CRIER_WHAT_MESSAGE_RECALLED = 7,
    CRIER_WHAT_MISSED = 8,           ///< What happened meanwhile is not told: the connection was
                                     ///< lost and is back, or the callback was too slow.
    CRIER_WHAT_CONNECTION_LOST = 9,  ///< Where a new one can be made, MISSED follows when it is
                                     ///< there. `detail` says why.
    CRIER_WHAT_MESSAGE_DUE = 10,     ///< It goes out by its schedule.
    CRIER_WHAT_SESSION_DROPPED = 11,
    CRIER_WHAT_ADMISSION_CHANGED = 12,
    CRIER_WHAT_QUESTION_CLOSED = 13
};

/// "session_opened" and so on; "" for others.
CRIER_API const char* crier_what_name(crier_what what);

/// Something that happened at the broker.
typedef struct crier_happened {
    size_t size;
    crier_what what;
    int64_t at_ms;     ///< By the clock here with MISSED and CONNECTION_LOST.
    crier_id session;  ///< Zero: no session's matter.
    const char* user;
    const char* machine;
    crier_id message;   ///< Zero: no message's matter.
    uint64_t seq;       ///< Zero likewise.
    crier_state state;  ///< With RECEIPT.
    const char* detail;
    bool user_verified;  ///< Else the session claims the name.
} crier_happened;

typedef crier_watching (*crier_on_happened)(const crier_happened* happened, void* context);

/// Calls `on_happened` for everything that happens at the broker from now on, also across lost
/// connections.
/// Blocking: until the callback answers CRIER_END: CRIER_OK; or until crier_publisher_stop(): the
///   error stopping. A callback that is slower than the broker for 10,000 events loses some, and is
///   told so.
CRIER_API crier_code crier_publisher_watch(crier_publisher* publisher,
                                           crier_on_happened on_happened, void* context,
                                           crier_error** error);

#ifdef __cplusplus
}  // extern "C"
#endif

#endif
