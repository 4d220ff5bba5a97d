// The C interface to the broker's log, and to what was on screens.
#include "crier/c_audit.h"

#include <algorithm>
#include <utility>

#include "publisher/bindings/c_answers.hpp"
#include "publisher/bindings/c_call.hpp"

namespace crier::c {
namespace {

static_assert(CRIER_FAULT_HEAD_WRONG == static_cast<int>(AuditFault::head_wrong));

const char* text_or_null(const std::optional<std::string>& text) {
    return text ? text->c_str() : nullptr;
}

struct ShownAuditEntry : crier_audit_entry {
    explicit ShownAuditEntry(const AuditEntry& entry)
        : crier_audit_entry{.size = sizeof(crier_audit_entry),
                            .seq = entry.seq,
                            .id = id_of(entry.id),
                            .kind = entry.kind.c_str(),
                            .about = id_of(entry.about.value_or(MessageId{})),
                            .at_ms = to_ms(entry.at),
                            .by = entry.principal.c_str(),
                            .chain = {},
                            .text = text_or_null(entry.text),
                            .title = text_or_null(entry.title)} {
        std::copy(entry.chain.begin(), entry.chain.end(), std::begin(chain));
    }
};

struct OwnedAuditList : crier_audit_list {
    using Struct = crier_audit_list;
    explicit OwnedAuditList(std::vector<AuditEntry> entries_listed)
        : crier_audit_list{}, values_(std::move(entries_listed)), rows_(values_) {
        size = sizeof(crier_audit_list);
        count = rows_.size();
        entries = rows_.data();
    }

private:
    std::vector<AuditEntry> values_;
    ShownRows<crier_audit_entry, ShownAuditEntry> rows_;
};

struct OwnedAuditHead : crier_audit_head {
    using Struct = crier_audit_head;
    explicit OwnedAuditHead(const AuditHead& head) : crier_audit_head{}, line_(to_line(head)) {
        size = sizeof(crier_audit_head);
        line = line_.c_str();
        seq = head.seq;
        time_ms = to_ms(head.time);
    }

private:
    std::string line_;
};

struct OwnedAuditVerdict : crier_audit_verdict {
    using Struct = crier_audit_verdict;
    explicit OwnedAuditVerdict(AuditVerdict verdict)
        : crier_audit_verdict{}, value_(std::move(verdict)) {
        size = sizeof(crier_audit_verdict);
        is_whole = value_.is_whole();
        is_compared = value_.is_compared;
        entries = value_.entries;
        pruned = value_.pruned;
        heads = value_.heads;
        seq = value_.seq;
        detail = "";
        if (!value_.finding) return;
        fault = static_cast<crier_fault>(value_.finding->fault);
        first = value_.finding->first;
        last = value_.finding->last;
        detail = value_.finding->detail.c_str();
    }

private:
    AuditVerdict value_;
};

struct ShownOnScreen : crier_on_screen {
    explicit ShownOnScreen(const OnScreen& shown) : crier_on_screen{}, content_(shown.content) {
        size = sizeof(crier_on_screen);
        session = id_of(shown.session);
        user = shown.user.c_str();
        user_verified = shown.user_verified;
        system_user = shown.system_user.c_str();
        system_user_verified = shown.system_user_verified;
        machine = shown.machine.c_str();
        application = shown.application.c_str();
        message = id_of(shown.message);
        seq = shown.seq;
        revision = shown.revision;
        by = shown.by.c_str();
        said_ms = to_ms(shown.said);
        content = &content_;
        shown_ms = to_ms(shown.shown);
        is_certain = shown.is_certain;
    }
    ShownOnScreen(const ShownOnScreen&) = delete;
    ShownOnScreen& operator=(const ShownOnScreen&) = delete;

private:
    ShownContent content_;
};

struct OwnedScreens : crier_screens {
    using Struct = crier_screens;
    explicit OwnedScreens(Screens screens)
        : crier_screens{}, value_(std::move(screens)), rows_(value_.list) {
        size = sizeof(crier_screens);
        count = rows_.size();
        list = rows_.data();
        known_since_ms = time_of(value_.known_since);
        sessions = value_.sessions;
    }

private:
    Screens value_;
    ShownRows<crier_on_screen, ShownOnScreen> rows_;
};

Result<AuditFilter> read_filter(const crier_audit_filter* given) {
    const auto filter = read(given, "filter", true);
    if (!filter) return fail(filter.error());
    AuditFilter read{.since = optional_time(filter->since_ms),
                     .by = text_of(filter->by),
                     .kind = text_of(filter->kind)};
    if (const auto about = read_message_id(&filter->about); !about->is_zero()) read.about = *about;
    if (filter->before != 0) read.before = filter->before;
    return read;
}

}  // namespace
}  // namespace crier::c

using crier::fail;
using crier::Milliseconds;
using crier::Publisher;
using crier::Result;

namespace c = crier::c;

crier_code crier_publisher_entries(crier_publisher* publisher, size_t count,
                                   const crier_audit_filter* filter, int64_t timeout_ms,
                                   crier_audit_list** list, crier_error** error) {
    using Entries = Result<std::vector<crier::AuditEntry>>;
    return c::ask<c::OwnedAuditList>(publisher, timeout_ms, list, error,
                                     [&](Publisher& asker, Milliseconds timeout) -> Entries {
                                         const auto which = c::read_filter(filter);
                                         if (!which) return fail(which.error());
                                         return asker.entries(count, *which, timeout);
                                     });
}

crier_code crier_publisher_audit_head(crier_publisher* publisher, int64_t timeout_ms,
                                      crier_audit_head** head, crier_error** error) {
    return c::ask<c::OwnedAuditHead>(
        publisher, timeout_ms, head, error,
        [](Publisher& asker, Milliseconds timeout) { return asker.audit_head(timeout); });
}

crier_code crier_publisher_audit_verify(crier_publisher* publisher, const char* kept,
                                        int64_t timeout_ms, crier_audit_verdict** verdict,
                                        crier_error** error) {
    // A million entries take longer than other questions.
    if (timeout_ms == 0) timeout_ms = Publisher::verify_timeout.count();
    const auto check = [&](Publisher& asker, Milliseconds timeout) -> Result<crier::AuditVerdict> {
        if (kept == nullptr) return asker.audit_verify(std::nullopt, timeout);
        const auto head = crier::parse_audit_head(kept);
        if (!head) return fail(head.error());
        return asker.audit_verify(*head, timeout);
    };
    return c::ask<c::OwnedAuditVerdict>(publisher, timeout_ms, verdict, error, check);
}

crier_code crier_publisher_screens(crier_publisher* publisher, const char* where, int64_t at_ms,
                                   int64_t timeout_ms, crier_screens** screens,
                                   crier_error** error) {
    // Years of records take longer than other questions.
    if (timeout_ms == 0) timeout_ms = Publisher::screens_timeout.count();
    const auto look = [&](Publisher& asker, Milliseconds timeout) {
        return asker.screens(c::text_of(where), crier::utc_from_ms(at_ms), timeout);
    };
    return c::ask<c::OwnedScreens>(publisher, timeout_ms, screens, error, look);
}

void crier_audit_list_free(crier_audit_list* list) {
    delete static_cast<c::OwnedAuditList*>(list);
}

void crier_audit_head_free(crier_audit_head* head) {
    delete static_cast<c::OwnedAuditHead*>(head);
}

void crier_audit_verdict_free(crier_audit_verdict* verdict) {
    delete static_cast<c::OwnedAuditVerdict*>(verdict);
}

void crier_screens_free(crier_screens* screens) {
    delete static_cast<c::OwnedScreens*>(screens);
}
