/// \file
/// Time as a value. The cores never read a clock: an edge hands them a Moment.

#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "crier/result.hpp"
#include "crier/time.hpp"

namespace crier {

/// A point on this process's steady clock; only differences mean something. For waiting.
struct SteadyClock {
    using duration = Milliseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<SteadyClock>;
    static constexpr bool is_steady = true;
};
using Instant = SteadyClock::time_point;

/// The two clocks, read at once. Deadlines between peers run on `steady`; what people were told
/// ("until 22:00") runs on `utc`.
struct Moment {
    Instant steady;
    UtcTime utc;
};

/// Reads both clocks of this machine. For edges only.
[[nodiscard]] Moment read_clocks();
[[nodiscard]] Instant steady_now();

/// "2026-11-23T21:58:03.120Z".
[[nodiscard]] std::string to_string(UtcTime time);

/// "14:59", "1:14:59", "2 d 1:14:59": in whole seconds, and "0:00" once it is over.
[[nodiscard]] std::string remaining_words(Milliseconds left);

enum class TimeFault : std::uint8_t { no_time, no_zone };

/// A date and a time with their zone, as ISO 8601 writes them: "2026-11-23T22:58:03.120+01:00". The
/// seconds and their fraction may be left out, and a blank may stand for the T.
/// no_zone: a time, but nobody can say which one.
[[nodiscard]] tl::expected<UtcTime, TimeFault> parse_time(std::string_view text);

}  // namespace crier
