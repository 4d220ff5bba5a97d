#include "shared/transport/newcomers.hpp"

namespace crier::transport {

std::optional<Connection> Newcomers::add(const std::string& name, const Connection& connection,
                                         Instant now) {
    if (max_ == 0) return std::nullopt;
    Place& place = places_[name];
    place.by_cookie[connection.cookie()] = ++place.last;
    place.waiting.emplace(place.last, One{connection, now});
    if (place.waiting.size() <= max_) return std::nullopt;
    const One& oldest = place.waiting.begin()->second;
    return now - oldest.since >= patience ? oldest.connection : connection;
}

void Newcomers::remove(const std::string& name, std::uint64_t cookie) {
    const auto place = places_.find(name);
    if (place == places_.end()) return;
    const auto number = place->second.by_cookie.find(cookie);
    if (number == place->second.by_cookie.end()) return;
    place->second.waiting.erase(number->second);
    place->second.by_cookie.erase(number);
    if (place->second.waiting.empty()) places_.erase(place);
}

std::size_t Newcomers::count(const std::string& name) const {
    const auto place = places_.find(name);
    return place == places_.end() ? 0 : place->second.waiting.size();
}

}  // namespace crier::transport
