#include "subscriber/core/back_off.hpp"

#include <algorithm>

#include "shared/base/assert.hpp"
#include "subscriber/core/session_core.hpp"

namespace crier::subscriber {

namespace {
constexpr Milliseconds between_endpoints{100};
}  // namespace

BackOff::BackOff(std::size_t endpoints, std::uint64_t seed)
    : endpoints_(endpoints), random_state_(seed) {
    CRIER_ASSERT(endpoints_ > 0, "an invitation names at least one endpoint");
}

Milliseconds BackOff::after_failure() {
    failures_ += 1;
    endpoint_ = (endpoint_ + 1) % endpoints_;
    if (failures_ % endpoints_ != 0) return random_up_to(between_endpoints);
    const std::size_t round = std::min<std::size_t>(failures_ / endpoints_ - 1, 16);
    const Milliseconds pause =
        std::min(core_limits::pause_max, core_limits::pause_min * (std::int64_t{1} << round));
    return pause / 2 + random_up_to(pause / 2);
}

Milliseconds BackOff::after_loss() {
    failures_ = 0;
    endpoint_ = 0;
    return random_up_to(core_limits::pause_min);
}

Milliseconds BackOff::after_goodbye(Milliseconds come_back_after) {
    failures_ = 0;
    return std::min(come_back_after, core_limits::come_back_after_max) +
           random_up_to(core_limits::pause_min);
}

// splitmix64: three lines, the same on every platform.
Milliseconds BackOff::random_up_to(Milliseconds most) {
    std::uint64_t value = random_state_ += 0x9e3779b97f4a7c15;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
    value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
    value ^= value >> 31;
    return Milliseconds(
        static_cast<std::int64_t>(value % static_cast<std::uint64_t>(most.count() + 1)));
}

}  // namespace crier::subscriber
