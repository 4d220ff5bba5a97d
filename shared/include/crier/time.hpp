/// \file
/// Points in time as values: milliseconds since 1970-01-01T00:00:00Z, the unit of every time on
/// the wire and in the journal.

#pragma once

#include <chrono>
#include <cstdint>

namespace crier {

using Milliseconds = std::chrono::milliseconds;

/// A wall-clock instant in UTC. A tag type, so that it never mixes with a monotonic one.
struct UtcClock {
    using duration = Milliseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<UtcClock>;
    static constexpr bool is_steady = false;
};
using UtcTime = UtcClock::time_point;

[[nodiscard]] constexpr std::int64_t to_ms(UtcTime time) {
    return time.time_since_epoch().count();
}
[[nodiscard]] constexpr UtcTime utc_from_ms(std::int64_t ms) {
    return UtcTime(Milliseconds(ms));
}

}  // namespace crier
