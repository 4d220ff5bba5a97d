#include "broker/journal/log_query.hpp"

#include <iterator>
#include <utility>

namespace crier::broker {
namespace {

/// Reading and hashing so many takes a millisecond or two.
constexpr std::size_t rows_at_once = 256;

constexpr Milliseconds head_period{24 * 3'600'000};

std::optional<SignedHead> kept_by(const AskLog& asked) {
    const auto* check = std::get_if<AskLog::Check>(&asked.question);
    return check == nullptr ? std::nullopt : check->kept;
}

}  // namespace

LogQuery::LogQuery(AskLog asked) : asked_(std::move(asked)), check_(kept_by(asked_)) {
    answered_.ticket = asked_.ticket;
    if (const auto* query = std::get_if<EntryQuery>(&asked_.question)) before_ = query->before;
    if (auto* screens = std::get_if<AskLog::Screens>(&asked_.question)) {
        screens_.emplace(std::move(*screens));
    }
}

std::optional<LogAnswered> LogQuery::work(Journal& journal) {
    if (const auto* head = std::get_if<AskLog::Head>(&asked_.question)) {
        auto is_signed = sign(journal, head->now);
        answered_.answer = is_signed ? decltype(answered_.answer)(*is_signed)
                                     : decltype(answered_.answer)(fail(is_signed.error()));
        return std::move(answered_);
    }
    const auto* query = std::get_if<EntryQuery>(&asked_.question);
    const bool is_done = query != nullptr ? search(journal, *query)
                         : screens_       ? look(journal)
                                          : check(journal);
    if (!is_done) return std::nullopt;
    return std::move(answered_);
}

Result<LogAnswered::Head> LogQuery::sign(Journal& journal, UtcTime now) {
    const Result<std::optional<SignedHead>> earlier = journal.newest_head();
    if (!earlier) return fail(earlier.error());
    const Result<SignedHead> head = journal.sign_head(now);
    if (!head) return fail(head.error());
    return LogAnswered::Head{*head, *earlier != *head};
}

bool LogQuery::search(Journal& journal, const EntryQuery& query) {
    EntryQuery rest = query;
    rest.before = before_;
    rest.count_max = query.count_max - found_.size();
    Result<EntriesFound> found = journal.read_entries(rest, rows_at_once);
    if (!found) {
        answered_.answer = fail(found.error());
        return true;
    }
    found_.insert(found_.end(), std::make_move_iterator(found->entries.begin()),
                  std::make_move_iterator(found->entries.end()));
    before_ = found->searched_to;
    if (found->searched_to > 0 && found_.size() < query.count_max) return false;
    answered_.answer = std::move(found_);
    return true;
}

bool LogQuery::check(Journal& journal) {
    const Result<AuditPiece> piece = journal.read_audit(check_.after(), rows_at_once);
    if (!piece) {
        answered_.answer = fail(piece.error());
        return true;
    }
    if (check_.take(*piece)) return false;
    answered_.answer = check_.checked();
    return true;
}

bool LogQuery::look(Journal& journal) {
    const Result<bool> is_done = screens_->work(journal);
    if (!is_done) {
        answered_.answer = fail(is_done.error());
        return true;
    }
    if (!*is_done) return false;
    answered_.answer = screens_->take_found();
    return true;
}

std::optional<LogAnswered> sign_head_if_due(Journal& journal, UtcTime now) {
    const Result<std::optional<SignedHead>> newest = journal.newest_head();
    if (!newest) return LogAnswered{0, fail(newest.error())};
    if (*newest && now - (*newest)->time < head_period) return std::nullopt;
    const Result<SignedHead> head = journal.sign_head(now);
    if (!head) return LogAnswered{0, fail(head.error())};
    if (head->seq == 0 || *newest == *head) return std::nullopt;  // There are no new entries.
    return LogAnswered{0, LogAnswered::Head{*head, true}};
}

/// Ranges that touch are not joined where one of them was signed with another key.
std::optional<PrunedRange> beginning_in(const AuditPiece& piece) {
    const std::uint64_t end =
        piece.rows.empty() ? piece.last_seq + 1 : piece.rows.front().entry.stored.seq;
    PrunedRange beginning{.first = 1};
    for (const PrunedRange& range : piece.pruned) {
        if (range.first != beginning.last + 1 || range.last >= end) continue;
        beginning.last = range.last;
        beginning.chain = range.chain;
    }
    const bool is_whole = end > 1 && beginning.last + 1 == end;
    return is_whole ? std::optional(beginning) : std::nullopt;
}

}  // namespace crier::broker
