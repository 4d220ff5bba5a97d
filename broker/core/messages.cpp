#include "broker/core/messages.hpp"

#include <algorithm>

#include "shared/base/assert.hpp"

namespace crier::broker {
namespace {

/// What a message costs in memory, counted in cells.
std::size_t cost_of(const Message& message) {
    constexpr std::size_t record = 64;
    const std::size_t text = message.content.text.size() + message.sealed.size();
    return record + text / sizeof(Cell) + message.cells.all().size();
}

}  // namespace

// NOLINTNEXTLINE(performance-unnecessary-value-param): it is moved on, which clang-tidy 14 misses.
Message& Messages::add(Message message) {
    const std::uint64_t seq = message.seq;
    const auto [place, is_new] = messages_.try_emplace(seq, std::move(message));
    CRIER_ASSERT(is_new, "the journal gives a seq once");
    Message& added = place->second;
    seqs_[added.id] = seq;
    pending_.insert(seq);
    if (added.is_recalled || added.closed) withdrawn_.insert(seq);
    if (added.holds_admission) holders_.insert(seq);
    reschedule(added);
    for (const TakenChange& change : added.changes) changes_[change.id] = seq;
    return added;
}

Message* Messages::find(std::uint64_t seq) {
    Recent& recent = recent_[seq % recent_count];
    if (recent.message != nullptr && recent.seq == seq) return recent.message;
    const auto found = messages_.find(seq);
    if (found == messages_.end()) return nullptr;
    recent = {seq, &found->second};
    return recent.message;
}

Message* Messages::find(const MessageId& id) {
    const auto found = seqs_.find(id);
    return found == seqs_.end() ? nullptr : find(found->second);
}

std::optional<Cell> Messages::cell_of(const MessageId& id, std::uint32_t session) {
    const Message* message = find(id);
    const Cell* cell = message != nullptr ? message->cells.find(session) : nullptr;
    return cell != nullptr ? std::optional(*cell) : std::nullopt;
}

Message* Messages::find_by_change(const MessageId& change) {
    const auto found = changes_.find(change);
    return found == changes_.end() ? nullptr : find(found->second);
}

void Messages::remember(Message& message, TakenChange change) {
    changes_[change.id] = message.seq;
    message.changes.push_back(std::move(change));
}

std::vector<std::uint64_t> Messages::not_final() const {
    return {pending_.begin(), pending_.end()};
}

std::vector<std::uint64_t> Messages::not_over() const {
    return {not_over_.begin(), not_over_.end()};
}

bool Messages::settle(Message& message) {
    if (message.is_final || message.changes_on_the_way > 0) return false;
    if (message.cells.has_moving()) return false;
    const Tally& tally = message.cells.tally();
    const bool may_return = message.expires && tally[State::gone_unseen] > 0;
    const bool is_waiting = tally[State::waiting] + tally[State::delivered] > 0;
    const bool may_change =
        is_waiting || may_return || message.is_standing() || message.is_to_go_on();
    if (!message.is_over && (may_change || message.is_question())) return false;
    if (message.is_to_drop() || message.holds_admission) return false;  // Known from it alone.
    message.is_final = true;
    message.frame.reset();
    pending_.erase(message.seq);
    settled_.push_back(message.seq);
    message.settled_cost = cost_of(message);
    settled_cells_ += message.settled_cost;
    return true;
}

void Messages::unsettle(Message& message) {
    if (!message.is_final) return;
    message.is_final = false;
    pending_.insert(message.seq);
    settled_.erase(std::find(settled_.begin(), settled_.end(), message.seq));
    settled_cells_ -= message.settled_cost;
}

std::vector<Message*> Messages::take_due(UtcTime now) {
    std::vector<Message*> due;
    while (!wakes_.empty() && wakes_.begin()->first <= now) {
        Message* message = find(wakes_.begin()->second);
        CRIER_ASSERT(message != nullptr, "forget() takes its wake away too");
        wakes_.erase(wakes_.begin());
        message->wake.reset();
        due.push_back(message);
    }
    return due;
}

std::optional<UtcTime> Messages::next_due() const {
    if (wakes_.empty()) return std::nullopt;
    return wakes_.begin()->first;
}

void Messages::reschedule(Message& message) {
    if (!message.is_over || message.is_to_drop()) {
        not_over_.insert(message.seq);
    } else {
        not_over_.erase(message.seq);
    }
    std::optional<UtcTime> wake;
    const auto consider = [&wake](std::optional<UtcTime> at) {
        if (at) wake = wake ? std::min(*wake, *at) : *at;
    };
    if (!message.is_over) {
        if (!message.is_held()) consider(message.next_time());
        consider(message.over_at());
    }
    const bool must_wait = message.does_drop_wait || message.is_held();
    if (message.is_to_drop() && !must_wait) consider(message.schedule.drop);
    if (wake == message.wake) return;
    if (message.wake) wakes_.erase({*message.wake, message.seq});
    if (wake) wakes_.emplace(*wake, message.seq);
    message.wake = wake;
}

void Messages::reopen(Message& message) {
    message.is_over = false;
    reschedule(message);
    unsettle(message);
}

void Messages::recall(Message& message) {
    message.is_over = message.is_recalled = true;
    message.readers.clear();
    message.holds_admission = false;
    reschedule(message);
    withdrawn_.insert(message.seq);
}

void Messages::close(Message& message, UtcTime at) {
    message.is_over = true;
    message.closed = at;
    reschedule(message);
    withdrawn_.insert(message.seq);
}

std::vector<std::uint64_t> Messages::take_settled(std::size_t cells) {
    std::vector<std::uint64_t> taken;
    std::size_t cost = 0;
    for (std::size_t left = settled_.size(); cost < cells && left > 0; --left) {
        const std::uint64_t seq = settled_.front();
        settled_.pop_front();
        const Message* message = find(seq);
        CRIER_ASSERT(message != nullptr, "what is settled is held until it is forgotten");
        if (message->cells.has_moving()) {
            settled_.push_back(seq);  // History would have a cell that another broker counts.
            continue;
        }
        cost += message->settled_cost;
        settled_cells_ -= message->settled_cost;
        taken.push_back(seq);
    }
    return taken;
}

void Messages::forget(std::uint64_t seq) {
    const auto found = messages_.find(seq);
    if (found == messages_.end()) return;
    const Message& message = found->second;
    seqs_.erase(message.id);
    for (const TakenChange& change : message.changes) changes_.erase(change.id);
    if (message.wake) wakes_.erase({*message.wake, seq});
    pending_.erase(seq);
    not_over_.erase(seq);
    withdrawn_.erase(seq);
    holders_.erase(seq);
    if (Recent& recent = recent_[seq % recent_count]; recent.seq == seq) recent = {};
    messages_.erase(found);
}

}  // namespace crier::broker
