#include "broker/core/stays.hpp"

#include <algorithm>

#include "shared/base/assert.hpp"

namespace crier::broker {

const std::string& person_of(const Session& session) {
    static const std::string nobody;
    if (session.user_verified) return session.attributes.user;
    return session.system_user_verified ? session.attributes.system_user : nobody;
}

Stay& Stays::open(Session session, std::optional<std::uint32_t> number) {
    const std::uint32_t chosen = number.value_or(last_number_ + 1);
    last_number_ = std::max(last_number_, chosen);
    const auto [place, is_new] = stays_.try_emplace(chosen);
    CRIER_ASSERT(is_new, "a number is used by one stay at a time");
    Stay& stay = place->second;
    stay.number = chosen;
    stay.said = session.state == Presence::unreachable ? Presence::active : session.state;
    describe(stay, std::move(session));
    numbers_[stay.session.id] = chosen;
    return stay;
}

void Stays::describe(Stay& stay, Session described) {
    persons_.erase({person_of(stay.session), stay.number});
    stay.session = std::move(described);
    const std::string& person = person_of(stay.session);
    if (!person.empty()) persons_.insert({person, stay.number});
}

void Stays::close(std::uint32_t number) {
    const auto found = stays_.find(number);
    if (found == stays_.end()) return;
    const auto named = numbers_.find(found->second.session.id);
    if (named != numbers_.end() && named->second == number) numbers_.erase(named);
    persons_.erase({person_of(found->second.session), number});
    hold(found->second, nullptr);
    stays_.erase(found);
}

void Stays::hold(Stay& stay, std::unique_ptr<const Ticket> ticket) {
    if (stay.ticket) ticket_ends_.erase({stay.ticket->expires, stay.number});
    stay.ticket = std::move(ticket);
    if (stay.ticket) ticket_ends_.insert({stay.ticket->expires, stay.number});
}

std::optional<UtcTime> Stays::next_ticket_end() const {
    if (ticket_ends_.empty()) return std::nullopt;
    return ticket_ends_.begin()->first;
}

Stay* Stays::with_expired_ticket(UtcTime now) {
    const auto next = next_ticket_end();
    return next && *next <= now ? find(ticket_ends_.begin()->second) : nullptr;
}

Stay* Stays::least_missed() {
    Stay* least = nullptr;
    Milliseconds shortest = Milliseconds::max();
    for (auto& [number, stay] : stays_) {
        const Session& session = stay.session;
        const bool is_verified = session.user_verified || session.system_user_verified;
        if (stay.peer != nullptr || is_verified || !session.unreachable_since) continue;
        const Milliseconds there = *session.unreachable_since - session.created;
        if (there >= shortest) continue;
        shortest = there;
        least = &stay;
    }
    return least;
}

Stay* Stays::find(std::uint32_t number) {
    const auto found = stays_.find(number);
    return found == stays_.end() ? nullptr : &found->second;
}

Stay* Stays::find(const SessionId& id) {
    const auto found = numbers_.find(id);
    return found == numbers_.end() ? nullptr : find(found->second);
}

std::vector<Stay*> Stays::of_person(const std::string& person) {
    std::vector<Stay*> found;
    auto place = persons_.lower_bound({person, 0});
    for (; place != persons_.end() && place->first == person; ++place) {
        found.push_back(&stays_.at(place->second));
    }
    return found;
}

std::vector<const Stay*> Stays::in_order_of_id(const std::optional<SessionId>& after) const {
    std::vector<const Stay*> ordered;
    auto place = after ? numbers_.upper_bound(*after) : numbers_.begin();
    for (; place != numbers_.end(); ++place) ordered.push_back(&stays_.at(place->second));
    return ordered;
}

}  // namespace crier::broker
