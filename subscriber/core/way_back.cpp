#include "subscriber/core/way_back.hpp"

#include <algorithm>
#include <utility>

#include "shared/base/assert.hpp"
#include "subscriber/core/session_core.hpp"

namespace crier::subscriber {

namespace {
constexpr Milliseconds between_endpoints{100};
}  // namespace

WayBack::WayBack(std::vector<std::string> endpoints, std::uint64_t seed)
    : invited_(std::move(endpoints)), random_state_(seed) {
    CRIER_ASSERT(!invited_.empty(), "an invitation names at least one endpoint");
    endpoint_ = invited_.front();
}

void WayBack::on_welcome(const std::vector<protocol::OtherPlace>& others) {
    came_from_ = endpoint_;
    goes_elsewhere_ = !others.empty();
    if (goes_elsewhere_) others_ = others;
}

// ---- After what pause
// ----------------------------------------------------------------------------

Milliseconds WayBack::after_failure() {
    tried_.push_back(endpoint_);
    if (std::optional<std::string> next = next_untried()) {
        endpoint_ = std::move(*next);
        return random_up_to(between_endpoints);
    }
    begin_round();
    const std::uint32_t doublings = std::min<std::uint32_t>(failed_rounds_++, 16);
    const Milliseconds pause =
        std::min(core_limits::pause_max, core_limits::pause_min * (std::int64_t{1} << doublings));
    return pause / 2 + random_up_to(pause / 2);
}

Milliseconds WayBack::after_loss() {
    failed_rounds_ = 0;
    begin_round();
    return random_up_to(core_limits::pause_min);
}

Milliseconds WayBack::after_goodbye(Milliseconds come_back_after) {
    failed_rounds_ = 0;
    const Milliseconds named = std::min(come_back_after, core_limits::come_back_after_max);
    if (!goes_elsewhere_) {
        tried_.clear();
        return named + random_up_to(core_limits::pause_min);
    }
    begin_round();
    return random_up_to(named);
}

// ---- Where
// ---------------------------------------------------------------------------------------

void WayBack::begin_round() {
    tried_.clear();
    std::optional<std::string> first = next_untried();
    CRIER_ASSERT(first, "a round has an endpoint of the invitation at least");
    endpoint_ = std::move(*first);
}

std::optional<std::string> WayBack::next_untried() {
    if (goes_elsewhere_) {
        if (std::optional<std::string> other = untried_other()) return other;
    }
    for (const std::string& endpoint : invited_) {
        const bool is_for_last = goes_elsewhere_ && endpoint == came_from_;
        if (!is_for_last && !is_tried(endpoint)) return endpoint;
    }
    if (std::optional<std::string> other = untried_other()) return other;
    if (came_from_.empty() || is_tried(came_from_)) return std::nullopt;
    return came_from_;
}

/// Of two places the one with twice the weight is drawn twice as often.
std::optional<std::string> WayBack::untried_other() {
    std::vector<std::pair<std::uint64_t, std::string>> drawn;  // Weights, summed up.
    std::uint64_t sum = 0;
    for (const protocol::OtherPlace& place : others_) {
        const auto untried =
            std::find_if(place.endpoints.begin(), place.endpoints.end(),
                         [this](const auto& one) { return one != came_from_ && !is_tried(one); });
        if (untried == place.endpoints.end()) continue;
        sum += std::max(place.weight, 1u);
        drawn.emplace_back(sum, *untried);
    }
    if (drawn.empty()) return std::nullopt;
    const std::uint64_t number = random_below(sum);
    const auto chosen = std::find_if(drawn.begin(), drawn.end(),
                                     [number](const auto& one) { return number < one.first; });
    return chosen->second;
}

bool WayBack::is_tried(const std::string& endpoint) const {
    return std::find(tried_.begin(), tried_.end(), endpoint) != tried_.end();
}

// ---- Chance
// --------------------------------------------------------------------------------------

// splitmix64: three lines, the same on every platform.
std::uint64_t WayBack::random_below(std::uint64_t bound) {
    std::uint64_t value = random_state_ += 0x9e3779b97f4a7c15;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
    value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
    value ^= value >> 31;
    return value % bound;
}

Milliseconds WayBack::random_up_to(Milliseconds most) {
    return Milliseconds(
        static_cast<std::int64_t>(random_below(static_cast<std::uint64_t>(most.count()) + 1)));
}

}  // namespace crier::subscriber
