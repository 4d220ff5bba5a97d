#include "broker/security/turns.hpp"

#include <algorithm>
#include <chrono>

namespace crier::broker {

bool Turns::take(const std::string& place, Instant now) {
    const bool is_within = is_within_share(place, now);
    if (left_.spend(now, limits_)) return true;
    if (!is_within || left_.left() <= -reserve * limits_.burst) return false;
    left_.charge(1);
    return true;
}

bool Turns::is_within_share(const std::string& place, Instant now) {
    const Credit::Limits own{std::max(1.0, share * limits_.burst), share * limits_.a_second};
    auto found = places_.find(place);
    if (found == places_.end()) {
        if (places_.size() >= places_max) forget_quiet(now);
        if (places_.size() >= places_max) return false;
        found = places_.emplace(place, Place{Credit(own.burst), now}).first;
    }
    found->second.last = now;
    return found->second.left.spend(now, own);
}

/// Whose share is whole again is as if it had never come. It is not worth looking for them often.
void Turns::forget_quiet(Instant now) {
    constexpr std::chrono::seconds apart{1};
    if (now - forgot_ < apart) return;
    forgot_ = now;
    const std::chrono::duration<double> whole_after{limits_.burst / limits_.a_second};
    std::erase_if(places_, [&](const auto& one) { return now - one.second.last >= whole_after; });
}

}  // namespace crier::broker
