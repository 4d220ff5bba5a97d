/// \file
/// What the publisher and the subscriber of the C interface share: results and errors, ids,
/// contents, targets, tallies, sessions. Programs include crier/crier.h.
///
/// The rules of the whole interface:
///
/// Results. A function that can fail returns CRIER_OK or the code of what went wrong. Its last
///   parameter tells more: where it is not NULL, it becomes NULL on success, and on failure an
///   error that the caller gives back by crier_error_free(). No C++ exception leaves the library.
///   NULL where something is required is the error usage_invalid, never a crash.
///
/// Structs begin with their `size`. Set it to sizeof of the struct in each one that you fill, or
///   that you hand over to be filled; all other fields may stay zero, which asks for the default.
///   The library sets it in each struct that it fills. Later releases append fields; programs that
///   were built before go on working, because either side takes a struct for as long as it is.
///
/// Strings are UTF-8 and end in NUL; none can have a NUL inside. Those that you pass are copied.
///   NULL counts as the empty string. Those that the library hands out are never NULL.
///
/// Ownership. What a function returns through a `**` belongs to the caller, who gives it back by
///   the function named for it; what hangs on it lives as long. What a callback is given lives
///   until the callback returns. Every `_free` and every `_stop` takes NULL and does nothing then.
///
/// Times are milliseconds: since 1970-01-01T00:00:00Z where a point in time is meant, by the
///   broker's clock unless it says otherwise; zero: none, or the default.
///
/// Enumerations are plain 32-bit integers. A newer broker may send values without a name here.
///
/// Callbacks must return: no exception, no longjmp().

#ifndef CRIER_C_WORDS_H
#define CRIER_C_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CRIER_API __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

/// "0.1.0": the library that runs, which may be newer than this header. Never older: see above.
CRIER_API const char* crier_version(void);

// ---- Errors -------------------------------------------------------------------------------------

/// What went wrong (PROTOCOL.md, "Error codes"). Numbers are never reused. Thousands digit, who
/// must act: 4 the caller, 5 the broker, 6 the way to it, 7 this process (only in this interface).
typedef int32_t crier_code;
enum {
    CRIER_OK = 0,
    CRIER_ERROR_MALFORMED_FRAME = 4000,
    CRIER_ERROR_VERSION_UNSUPPORTED = 4001,
    CRIER_ERROR_TEXT_INVALID = 4002,
    CRIER_ERROR_TARGET_INVALID = 4003,
    CRIER_ERROR_FILTER_INVALID = 4004,
    CRIER_ERROR_REQUEST_ID_REUSED = 4005,
    CRIER_ERROR_TIME_INVALID = 4006,
    CRIER_ERROR_ATTRIBUTE_INVALID = 4007,
    CRIER_ERROR_USAGE_INVALID = 4008,
    CRIER_ERROR_CONFIGURATION_INVALID = 4010,
    CRIER_ERROR_INVITATION_INVALID = 4011,
    CRIER_ERROR_FILE_UNUSABLE = 4012,
    CRIER_ERROR_NOT_AUTHORIZED = 4030,
    CRIER_ERROR_NOT_ADMITTED = 4031,
    CRIER_ERROR_SERVER_KEY_WRONG = 4032,
    CRIER_ERROR_REPLACED = 4033,
    CRIER_ERROR_DROPPED = 4034,
    CRIER_ERROR_MISBEHAVED = 4035,
    CRIER_ERROR_TICKET_INVALID = 4036,
    CRIER_ERROR_SESSION_KEY_WRONG = 4037,
    CRIER_ERROR_SESSION_UNKNOWN = 4040,
    CRIER_ERROR_MESSAGE_UNKNOWN = 4041,
    CRIER_ERROR_HOST_UNKNOWN = 4042,
    CRIER_ERROR_ANSWER_UNKNOWN = 4043,
    CRIER_ERROR_IN_USE = 4090,
    CRIER_ERROR_MESSAGE_OVER = 4091,
    CRIER_ERROR_DRAIN_OVERLAPS = 4092,
    CRIER_ERROR_LIMIT_EXCEEDED = 4130,
    CRIER_ERROR_RATE_EXCEEDED = 4290,
    CRIER_ERROR_OVERLOADED = 5030,
    CRIER_ERROR_STOPPING = 5031,
    CRIER_ERROR_ADMISSION_CLOSED = 5032,
    CRIER_ERROR_STORAGE_FAILED = 5070,
    CRIER_ERROR_JOURNAL_DAMAGED = 5071,
    CRIER_ERROR_SELF_TEST_FAILED = 5072,
    CRIER_ERROR_BROKER_UNREACHABLE = 6040,
    CRIER_ERROR_OUTCOME_UNKNOWN = 6041,
    CRIER_ERROR_TIMED_OUT = 6042,
    CRIER_ERROR_BACKBONE_UNREACHABLE = 6043,
    CRIER_ERROR_OUT_OF_MEMORY = 7000,  ///< retry_later; whether a message was sent is not known.
    CRIER_ERROR_INTERNAL = 7001        ///< page_human: a bug of the library. Please report it.
};

/// What to do next. Branch on this; print the code.
typedef int32_t crier_remedy;
enum {
    CRIER_REMEDY_NONE = 0,         ///< Of CRIER_OK.
    CRIER_REMEDY_FIX_REQUEST = 1,  ///< The same request will fail again. Do not retry.
    CRIER_REMEDY_RETRY_LATER = 2,  ///< Nothing was done, or the same id makes asking again safe.
    CRIER_REMEDY_RECONNECT = 3,    ///< State on the other side is gone. Connect anew, then resend.
    CRIER_REMEDY_PAGE_HUMAN = 4    ///< Who says so cannot go on safely. Wake someone.
};

/// 16 opaque bytes: of a message or of a session. All zero: none.
typedef struct crier_id {
    uint8_t bytes[16];
} crier_id;

/// One failure. The library makes it; crier_error_free() gives it back.
typedef struct crier_error {
    size_t size;
    crier_code code;
    crier_remedy remedy;
    const char* name;    ///< "filter_invalid"; "" for a code without a name.
    const char* detail;  ///< A sentence for people that says what to do. Never parse it.
    const char* text;    ///< Detail, name and code, the one form in which people see an error.
    crier_id message;    ///< Of crier_publisher_send(): the message's id; of _update(), _recall()
                         ///< and _close_question(): the request's. Else zero.
    int64_t position;    ///< With filter_invalid: byte offset in the filter. Else -1.
    size_t unknown_count;
    const crier_id* unknown;  ///< With session_unknown: which ones.
} crier_error;

CRIER_API void crier_error_free(crier_error* error);

/// "filter_invalid"; "ok" for CRIER_OK; "" for a code without a name.
CRIER_API const char* crier_code_name(crier_code code);

/// Total: a code that this release does not know is treated by its thousands digit.
CRIER_API crier_remedy crier_code_remedy(crier_code code);

/// "fix_request" and so on; "" for others.
CRIER_API const char* crier_remedy_name(crier_remedy remedy);

// ---- Ids ----------------------------------------------------------------------------------------

#define CRIER_ID_TEXT_SIZE 33  ///< 32 hex digits and a NUL.

/// Writes 32 lower-case hex digits and a NUL. Does nothing when either is NULL.
CRIER_API void crier_id_format(const crier_id* id, char text[CRIER_ID_TEXT_SIZE]);

/// Reads 32 hex digits of either case. Errors: usage_invalid (fix_request).
CRIER_API crier_code crier_id_parse(const char* text, crier_id* id, crier_error** error);

// ---- Messages -----------------------------------------------------------------------------------

typedef int32_t crier_severity;
enum { CRIER_SEVERITY_INFO = 0, CRIER_SEVERITY_WARNING = 1, CRIER_SEVERITY_CRITICAL = 2 };

/// A notification may fade by itself, an alert stays until answered.
typedef int32_t crier_style;
enum { CRIER_STYLE_NOTIFICATION = 0, CRIER_STYLE_ALERT = 1 };

/// What became of one message at one session (PROTOCOL.md, "States").
typedef int32_t crier_state;
enum {
    CRIER_STATE_WAITING = 0,
    CRIER_STATE_DELIVERED = 1,
    CRIER_STATE_SUPPRESSED = 2,
    CRIER_STATE_DISPLAYED = 3,
    CRIER_STATE_ACKNOWLEDGED = 4,
    CRIER_STATE_ANSWERED = 5,
    CRIER_STATE_FAILED = 6,
    CRIER_STATE_EXPIRED_UNSEEN = 7,
    CRIER_STATE_RECALLED_UNSEEN = 8,
    CRIER_STATE_GONE_UNSEEN = 9
};

/// What a message becomes when nobody has acknowledged it for a while.
typedef int32_t crier_urgency;
enum {
    CRIER_URGENCY_ALERT = 1,  ///< It is an alert now, whatever its style.
    CRIER_URGENCY_SOUND = 2   ///< An alert that calls by a sound, again and again.
};

/// "warning", "alert", "displayed" and so on; "" for others. They live for ever.
CRIER_API const char* crier_severity_name(crier_severity severity);
CRIER_API const char* crier_style_name(crier_style style);
CRIER_API const char* crier_state_name(crier_state state);
CRIER_API const char* crier_urgency_name(crier_urgency urgency);

/// A message in another language.
typedef struct crier_translation {
    size_t size;
    const char* language;  ///< Required: BCP 47, "fr", "pt-BR"; at most 35 bytes.
    const char* text;      ///< Required: as that of crier_content.
    const char* title;     ///< Empty: that of crier_content.
} crier_translation;

typedef struct crier_escalation_step {
    size_t size;
    int64_t after_ms;  ///< Since it was displayed at that session; more than zero.
    crier_urgency urgency;
} crier_escalation_step;

/// What is shown.
typedef struct crier_content {
    size_t size;
    const char* text;   ///< Required: 1 to 16,384 bytes; lines end in '\n'.
    const char* title;  ///< At most 200 bytes, one line; empty: none.
    crier_severity severity;
    crier_style style;
    const char* language;  ///< Of text and title, as in crier_translation; empty: not said.
    /// At most 32, and 32,768 bytes of texts and titles in all. A session shows the one that fits
    /// its locale best, or text and title where none does.
    size_t translation_count;
    const crier_translation* const* translations;
    /// {user}, {machine} and the like in texts and titles stand for the session's own attributes,
    /// {remaining} for the time until countdown_to_ms, {{ and }} for braces (PROTOCOL.md,
    /// "Placeholders"). Else all is shown as it is.
    bool is_template;
    int64_t countdown_to_ms;  ///< What the screen counts down to. Zero: nothing.
    size_t escalation_count;  ///< At most 8 steps, each later and more urgent than the one before.
    const crier_escalation_step* const* escalation;
    /// Makes it a question: what can be answered, 2 to 9 lines of at most 80 bytes, no two alike.
    size_t choice_count;
    const char* const* choices;
    /// Sealed for the one session that it is for: nobody else can read it, nor the broker. Whoever
    /// lists it has "(private)" for a text, and "1", "2", … for choices.
    bool is_private;
} crier_content;

/// Zero is none of them, so that a target that was not filled reaches nobody.
typedef int32_t crier_target_kind;
enum { CRIER_TARGET_EVERYONE = 1, CRIER_TARGET_SESSIONS = 2, CRIER_TARGET_MATCHING = 3 };

/// Who should see it. What does not belong to the kind stays zero.
typedef struct crier_target {
    size_t size;
    crier_target_kind kind;
    size_t session_count;  ///< Of CRIER_TARGET_SESSIONS: 1 to 1,000, no duplicates.
    const crier_id* sessions;
    const char* where;  ///< Of CRIER_TARGET_MATCHING: a filter (PROTOCOL.md, "Filters").
    /// Of CRIER_TARGET_MATCHING: by what the broker has verified of a session, not by what it
    /// claims to be.
    bool is_verified;
} crier_target;

/// A message's receipts, counted, by crier_state. The rest is zero, for later states.
#define CRIER_TALLY_SLOTS 16
typedef struct crier_tally {
    uint32_t counts[CRIER_TALLY_SLOTS];
} crier_tally;

/// All of them. 0 for NULL, as with the other two.
CRIER_API uint32_t crier_tally_targeted(const crier_tally* tally);

/// How many are at `state` or further on the way waiting, delivered, suppressed, displayed,
/// acknowledged, answered. 0 for a state that is not on it.
CRIER_API uint32_t crier_tally_reached(const crier_tally* tally, crier_state state);

/// How many can no longer come to be displayed: failed, expired, recalled or gone, unseen.
CRIER_API uint32_t crier_tally_lost(const crier_tally* tally);

/// How many have answered a question with each of its choices. The rest is zero.
#define CRIER_ANSWER_SLOTS 16

// ---- Sessions -----------------------------------------------------------------------------------

typedef int32_t crier_presence;
enum { CRIER_PRESENCE_ACTIVE = 0, CRIER_PRESENCE_LOCKED = 1, CRIER_PRESENCE_UNREACHABLE = 2 };

/// "active" and so on; "" for others.
CRIER_API const char* crier_presence_name(crier_presence presence);

/// What a session says of itself. Each string has no control characters and at most 256 bytes;
/// empty: not said.
typedef struct crier_attributes {
    size_t size;
    const char* persistent_id;  ///< The same over sign-ins of one user on one machine.
    const char* user;           ///< The user's name in the program.
    const char* system_user;    ///< The account on the operating system.
    const char* machine;
    const char* host_type;  ///< "linux", "windows", …
    const char* application;
    const char* type;    ///< "agent", "embedded" or "listener".
    const char* locale;  ///< BCP 47 or POSIX form: "fr-FR", "fr_FR.UTF-8".
    size_t group_count;  ///< At most 32.
    const char* const* groups;
} crier_attributes;

/// Where callbacks of a subscriber or a listener run.
typedef int32_t crier_delivery;
enum {
    CRIER_DELIVERY_OWN_THREAD = 0,  ///< On a thread of the library's.
    CRIER_DELIVERY_BY_DISPATCH = 1  ///< In the `_dispatch` function, when the `_descriptor` is
                                    ///< readable: for programs with an event loop.
};

#ifdef __cplusplus
}  // extern "C"
#endif

#endif
