#include "broker/core/stays.hpp"

#include <algorithm>

#include "shared/base/assert.hpp"

namespace crier::broker {

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
    persons_.erase({stay.session.attributes.system_user, stay.number});
    stay.session = std::move(described);
    if (!stay.session.system_user_verified) return;
    persons_.insert({stay.session.attributes.system_user, stay.number});
}

void Stays::close(std::uint32_t number) {
    const auto found = stays_.find(number);
    if (found == stays_.end()) return;
    const auto named = numbers_.find(found->second.session.id);
    if (named != numbers_.end() && named->second == number) numbers_.erase(named);
    persons_.erase({found->second.session.attributes.system_user, number});
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

std::vector<Stay*> Stays::of_person(const std::string& system_user) {
    std::vector<Stay*> found;
    auto place = persons_.lower_bound({system_user, 0});
    for (; place != persons_.end() && place->first == system_user; ++place) {
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
