/// \file
/// The C interface to the broker's log: what operators did, proof that nobody has changed that
/// since, and what was on somebody's screens. Programs include crier/crier.h; what each call
/// promises beyond this is in crier/publisher.hpp.

#ifndef CRIER_C_AUDIT_H
#define CRIER_C_AUDIT_H

#include "crier/c_publisher.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { CRIER_CHAIN_SIZE = 32 };

/// Something that an operator did.
typedef struct crier_audit_entry {
    size_t size;
    uint64_t seq;
    crier_id id;                      ///< Of the request; of a message its own.
    const char* kind;                 ///< "message", "update", "recall"; others may come.
    crier_id about;                   ///< Of a change: the message that it changes. Else all zero.
    int64_t at_ms;                    ///< When the broker took it in.
    const char* by;                   ///< Who asked.
    uint8_t chain[CRIER_CHAIN_SIZE];  ///< Over this entry and all before it.
    const char* text;                 ///< NULL: it says none.
    const char* title;                ///< Likewise.
} crier_audit_entry;

typedef struct crier_audit_list {
    size_t size;
    size_t count;
    const crier_audit_entry* const* entries;
} crier_audit_list;

/// Which entries; what is zero or NULL is not asked about.
typedef struct crier_audit_filter {
    size_t size;
    int64_t since_ms;  ///< Taken in then or later.
    const char* by;    ///< This operator's.
    const char* kind;  ///< "message", "update", ….
    crier_id about;    ///< This message, and its changes.
    uint64_t before;   ///< With a seq below this one.
} crier_audit_filter;

/// What operators did, newest first: at most `count` entries. `filter` may be NULL.
/// Errors: malformed_frame (no such kind) — fix_request; journal_damaged — page_human.
CRIER_API crier_code crier_publisher_entries(crier_publisher* publisher, size_t count,
                                             const crier_audit_filter* filter, int64_t timeout_ms,
                                             crier_audit_list** list, crier_error** error);
CRIER_API void crier_audit_list_free(crier_audit_list* list);

/// Says what the log was, as of one entry: kept elsewhere, it proves later that nothing up to there
/// was changed.
typedef struct crier_audit_head {
    size_t size;
    const char* line;  ///< All of it, to be kept: "crier1.head.…".
    uint64_t seq;      ///< Zero: of an empty log.
    int64_t time_ms;   ///< When it was signed.
} crier_audit_head;

/// The signed head of the log as it is now.
/// Errors: storage_failed, journal_damaged — page_human.
CRIER_API crier_code crier_publisher_audit_head(crier_publisher* publisher, int64_t timeout_ms,
                                                crier_audit_head** head, crier_error** error);
CRIER_API void crier_audit_head_free(crier_audit_head* head);

/// What is wrong with a log (PROTOCOL.md, "audit fault").
typedef int32_t crier_fault;
enum {
    CRIER_FAULT_EDITED = 0,
    CRIER_FAULT_MISSING = 1,
    CRIER_FAULT_INSERTED = 2,
    CRIER_FAULT_REWRITTEN = 3,
    CRIER_FAULT_CUT_OFF = 4,
    CRIER_FAULT_HEAD_WRONG = 5
};

typedef struct crier_audit_verdict {
    size_t size;
    bool is_whole;
    bool is_compared;  ///< False: the head that was given is of an entry that was pruned.
    uint64_t entries;  ///< Checked.
    uint64_t pruned;   ///< Older ones, by the broker.
    uint64_t heads;    ///< Checked.
    uint64_t seq;      ///< Of the last entry that was.
    // Unless it is whole, the first thing that is wrong:
    crier_fault fault;
    uint64_t first;  ///< The entry, or the first of those entries.
    uint64_t last;
    const char* detail;
} crier_audit_verdict;

/// Has the broker check its whole log. `kept`: the line of a head that was kept elsewhere, or NULL.
/// That something is wrong with it is no error. A million entries take some seconds: `timeout_ms`
/// zero is ten minutes here.
/// Errors: usage_invalid (`kept` is no head), malformed_frame (it has no valid signature) —
///   fix_request; journal_damaged, storage_failed — page_human.
CRIER_API crier_code crier_publisher_audit_verify(crier_publisher* publisher, const char* kept,
                                                  int64_t timeout_ms, crier_audit_verdict** verdict,
                                                  crier_error** error);
CRIER_API void crier_audit_verdict_free(crier_audit_verdict* verdict);

/// A message on the screen of a session, at the time that was asked about.
typedef struct crier_on_screen {
    size_t size;
    crier_id session;
    const char* user;
    bool user_verified;  ///< Else the session claims the name.
    const char* system_user;
    bool system_user_verified;  ///< Likewise.
    const char* machine;
    const char* application;
    crier_id message;
    uint64_t seq;
    uint32_t revision;
    const char* by;   ///< Who put it there: who sent the message, or changed it to what it said.
    int64_t said_ms;  ///< When they did.
    const crier_content* content;  ///< What it said then, in all its languages.
    int64_t shown_ms;              ///< Since when it was there, as the session says.
    bool is_certain;  ///< False: it was there when the broker last heard of it, and nobody knows
                      ///< whether it still was.
} crier_on_screen;

typedef struct crier_screens {
    size_t size;
    size_t count;
    /// By session, then in the order in which they were shown.
    const crier_on_screen* const* list;
    /// Nothing is known of before: the broker's records begin then. Zero: there are none.
    int64_t known_since_ms;
    /// So many sessions match, of those that the records know. Zero: perhaps a name is misspelt.
    size_t sessions;
} crier_screens;

/// What was on the screens of the sessions that the filter `where` matches, at a time that has
/// passed, and who put it there. Years of records may take minutes: `timeout_ms` zero is ten
/// minutes here.
/// Errors: filter_invalid, target_invalid (no filter), time_invalid (still to come), limit_exceeded
///   (there were more than 10,000 messages) — fix_request; journal_damaged, storage_failed —
///   page_human.
CRIER_API crier_code crier_publisher_screens(crier_publisher* publisher, const char* where,
                                             int64_t at_ms, int64_t timeout_ms,
                                             crier_screens** screens, crier_error** error);
CRIER_API void crier_screens_free(crier_screens* screens);

#ifdef __cplusplus
}
#endif

#endif
