/// \file
/// The times at which a message goes out, reckoned from its schedule. Every broker that has the
/// same entries reckons the same, so that nobody has to tell the others what is due.

#pragma once

#include <cstdint>
#include <optional>

#include "crier/message.hpp"
#include "shared/base/time.hpp"

namespace crier::broker {

/// The time number `n`, from 0, of a message that was accepted at `accepted`; nullopt: there are
/// not so many.
[[nodiscard]] std::optional<UtcTime> time_number(const Schedule& schedule, UtcTime accepted,
                                                 std::uint32_t n);

/// How many of its times have come by `now`, that one included.
[[nodiscard]] std::uint32_t times_by(const Schedule& schedule, UtcTime accepted, UtcTime now);

/// The last thing that the schedule brings about, if it brings about anything.
[[nodiscard]] std::optional<UtcTime> end_of(const Schedule& schedule);

/// The earliest one that is given as a time.
[[nodiscard]] std::optional<UtcTime> start_of(const Schedule& schedule);

/// All that is to come after `now`, so much later.
void shift(Schedule& schedule, Milliseconds by, UtcTime now);

}  // namespace crier::broker
