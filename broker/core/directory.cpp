#include "broker/core/directory.hpp"

namespace crier::broker {

void Directory::take(const SessionsAt& said) {
    if (said.is_first) forget(said.broker);
    for (const SessionId& session : said.closed) {
        const auto found = places_.find(session);
        if (found != places_.end() && found->second.broker == said.broker) forget(found);
    }
    for (const Served& served : said.opened) set(said.broker, served);
}

void Directory::set(const BrokerId& broker, const Served& served) {
    const auto [place, is_new] = places_.try_emplace(served.session);
    if (!is_new) {
        const bool is_older = place->second.broker != broker && place->second.claim > served.claim;
        if (is_older) return;
        counts_[place->second.broker] -= 1;
    }
    place->second = {broker, served.opened, served.claim};
    counts_[broker] += 1;
}

void Directory::forget(std::unordered_map<SessionId, Place>::iterator found) {
    counts_[found->second.broker] -= 1;
    places_.erase(found);
}

void Directory::forget(const SessionId& session) {
    if (const auto found = places_.find(session); found != places_.end()) forget(found);
}

void Directory::forget(const BrokerId& broker) {
    if (count(broker) == 0) return;
    std::erase_if(places_, [&](const auto& place) { return place.second.broker == broker; });
    counts_.erase(broker);
}

const Directory::Place* Directory::find(const SessionId& session) const {
    const auto found = places_.find(session);
    return found == places_.end() ? nullptr : &found->second;
}

std::size_t Directory::count(const BrokerId& broker) const {
    const auto found = counts_.find(broker);
    return found == counts_.end() ? 0 : found->second;
}

void Directory::for_each(const BrokerId& broker,
                         const std::function<void(const Served&)>& visit) const {
    for (const auto& [session, place] : places_) {
        if (place.broker == broker) visit({session, place.opened, place.claim});
    }
}

}  // namespace crier::broker
