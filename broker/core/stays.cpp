#include "broker/core/stays.hpp"

#include <algorithm>

#include "shared/base/assert.hpp"

namespace crier::broker {

void Outbox::pop() {
    if (++next_ == seqs_.size()) return clear();
    // Half of it at a time, so that a session that is always behind costs no more than it waits
    // for.
    constexpr std::size_t popped_min = 64;
    if (next_ >= popped_min && next_ * 2 >= seqs_.size()) forget_popped();
}

void Outbox::forget_popped() {
    seqs_.erase(seqs_.begin(), seqs_.begin() + static_cast<std::ptrdiff_t>(next_));
    next_ = 0;
}

void Outbox::clear() {
    // The memory is given back: a session that was slow once need not cost more for ever.
    if (seqs_.capacity() > kept) std::vector<std::uint64_t>().swap(seqs_);
    seqs_.clear();
    next_ = 0;
}

Stay& Stays::open(Session session, std::optional<std::uint32_t> number) {
    const std::uint32_t chosen = number.value_or(last_number_ + 1);
    last_number_ = std::max(last_number_, chosen);
    const auto [place, is_new] = stays_.try_emplace(chosen);
    CRIER_ASSERT(is_new, "a number is used by one stay at a time");
    Stay& stay = place->second;
    stay.number = chosen;
    stay.said = session.state == Presence::unreachable ? Presence::active : session.state;
    stay.session = std::move(session);
    numbers_[stay.session.id] = chosen;
    return stay;
}

void Stays::close(std::uint32_t number) {
    const auto found = stays_.find(number);
    if (found == stays_.end()) return;
    const auto named = numbers_.find(found->second.session.id);
    if (named != numbers_.end() && named->second == number) numbers_.erase(named);
    stays_.erase(found);
}

Stay* Stays::find(std::uint32_t number) {
    const auto found = stays_.find(number);
    return found == stays_.end() ? nullptr : &found->second;
}

Stay* Stays::find(const SessionId& id) {
    const auto found = numbers_.find(id);
    return found == numbers_.end() ? nullptr : find(found->second);
}

std::vector<const Stay*> Stays::in_order_of_id(const std::optional<SessionId>& after) const {
    std::vector<const Stay*> ordered;
    auto place = after ? numbers_.upper_bound(*after) : numbers_.begin();
    for (; place != numbers_.end(); ++place) ordered.push_back(&stays_.at(place->second));
    return ordered;
}

}  // namespace crier::broker
