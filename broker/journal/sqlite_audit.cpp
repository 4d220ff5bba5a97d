#include "broker/journal/sqlite_audit.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace crier::broker {
namespace {

/// SQLite's integers are signed; no seq is beyond this.
constexpr std::uint64_t seq_max = std::numeric_limits<std::int64_t>::max();

/// Calls `take` for each row until it says that it has enough. False: an error, in `status`.
template <class Take>
Status each_row(Statement& statement, Take take) {
    while (true) {
        const Result<bool> found = statement.next();
        if (!found) return fail(found.error());
        if (!*found) return {};
        const Result<bool> more = take();
        if (more && *more) continue;
        statement.reset();
        if (!more) return fail(more.error());
        return {};
    }
}

}  // namespace

Result<std::optional<SignedHead>> SqliteAudit::newest_head() {
    std::optional<SignedHead> newest;
    const Status read = each_row(newest_head_.with(), [&]() -> Result<bool> {
        const Result<SignedHead> head = head_from(newest_head_, connection_);
        if (!head) return fail(head.error());
        newest = *head;
        return true;
    });
    if (!read) return fail(read.error());
    return newest;
}

// ---- Lists --------------------------------------------------------------------------------------

Result<EntriesFound> SqliteAudit::entries(const EntryQuery& query, std::size_t rows_max) {
    if (query.about) return entries_about(query);
    const std::uint64_t before = std::min(query.before.value_or(seq_max), seq_max);
    if (query.since) {
        const Result<bool> is_any = is_any_since(*query.since, before);
        if (!is_any) return fail(is_any.error());
        if (!*is_any) return EntriesFound{};
    }
    EntriesFound found;
    std::size_t rows = 0;
    const Status read = each_row(below_.with(before, rows_max), [&]() -> Result<bool> {
        Result<ChainedEntry> entry = chained_entry_from(below_, connection_);
        if (!entry) return fail(entry.error());
        ++rows;
        found.searched_to = entry->stored.seq;
        if (query.matches(entry->stored)) found.entries.push_back(std::move(*entry));
        return found.entries.size() < query.count_max;
    });
    if (!read) return fail(read.error());
    const bool is_enough = rows == rows_max || found.entries.size() == query.count_max;
    if (!is_enough) found.searched_to = 0;
    return found;
}

/// A message has few changes; there is an index of them.
Result<EntriesFound> SqliteAudit::entries_about(const EntryQuery& query) {
    EntriesFound found;
    for (Statement* statement : {&about_, &by_id_}) {
        statement->with(view(query.about->bytes));
        const Status read = each_row(*statement, [&]() -> Result<bool> {
            if (found.entries.size() == query.count_max) return false;
            Result<ChainedEntry> entry = chained_entry_from(*statement, connection_);
            if (!entry) return fail(entry.error());
            if (query.matches(entry->stored)) found.entries.push_back(std::move(*entry));
            return true;
        });
        if (!read) return fail(read.error());
    }
    return found;
}

/// Times rise with seqs, but for a clock that was put back: so whoever wants all since a time
/// cannot stop at the first entry before it. As they rise nearly always, the first that is looked
/// at is the answer; only when there are no more are all looked at.
Result<bool> SqliteAudit::is_any_since(UtcTime since, std::uint64_t before) {
    const Result<bool> found = since_.with(to_ms(since), before).next();
    since_.reset();
    return found;
}

// ---- Checks -------------------------------------------------------------------------------------

Result<AuditPiece> SqliteAudit::piece(const JournalState& state, std::uint64_t after,
                                      std::size_t rows_max) {
    AuditPiece piece;
    piece.last_seq = state.last_seq;
    piece.last_chain = state.chain;
    Status read = each_row(behind_.with(after, rows_max), [&]() -> Result<bool> {
        piece.rows.push_back(audit_row_from(behind_));
        return true;
    });
    if (!read) return fail(read.error());
    piece.is_last = piece.rows.size() < rows_max;
    const std::uint64_t end = piece.is_last ? seq_max : piece.rows.back().entry.stored.seq;
    read = each_row(pruned_.with(after, end), [&]() -> Result<bool> {
        const Result<PrunedRange> range = pruned_from(pruned_, connection_);
        if (!range) return fail(range.error());
        piece.pruned.push_back(*range);
        return true;
    });
    if (!read) return fail(read.error());
    read = each_row(heads_.with(after, end), [&]() -> Result<bool> {
        const Result<SignedHead> head = head_from(heads_, connection_);
        if (!head) return fail(head.error());
        piece.heads.push_back(*head);
        return true;
    });
    if (!read) return fail(read.error());
    return piece;
}

}  // namespace crier::broker
