/// \file
/// Times and durations as people type and read them.

#pragma once

#include <string>
#include <string_view>

#include "crier/result.hpp"
#include "crier/time.hpp"

namespace crier::cli {

/// "90", "90s", "15m", "2h", "1d", "1h30m", "500ms"; a number alone means seconds. More than zero,
/// at most 366 days. Errors: usage_invalid (not understood), time_invalid (too long) — fix_request.
[[nodiscard]] Result<Milliseconds> parse_duration(std::string_view text);

/// A point in the future:
///   "22:00"                      the next time that a clock on the wall here shows it;
///   "+15m", "15m"                from now;
///   "2026-11-23T22:00:00+01:00"  ISO 8601 with seconds or without, with its zone ("Z" for UTC);
///   "2026-11-23T22:00"           the same as a clock on the wall here shows it.
///
/// The zone is the process's (TZ); one that this machine does not know is an error. When clocks are
/// put back, "02:30" comes twice, and the next one counts. When they are put forward it does not
/// come at all on that day: that is an error, because nobody can say which time was meant. Errors,
/// which begin with `option`: usage_invalid (not understood), time_invalid (it has passed, or there
/// is no such time) — fix_request.
[[nodiscard]] Result<UtcTime> parse_expiry(std::string_view text, UtcTime now,
                                           const std::string& option = "--expires");

/// A point in time as a filter compares `since` with one:
///   "09:00"                      the last time that a clock on the wall here showed it, or shows
///                                it now;
///   "2026-11-23T09:00:00+01:00"  as above, also in the future.
///
/// A duration is none: "since>2h" would be read both as the last two hours and as what was before
/// them, and a message that is sent again with its id would be another one. Where clocks jump it is
/// as above, backwards.
/// Errors: usage_invalid (not understood), time_invalid (there was no such time) — fix_request.
[[nodiscard]] Result<UtcTime> parse_since(std::string_view text, UtcTime now);

/// A point in the past, from which on something is looked at: as parse_since(), or a duration with
/// its unit, "2h" or "7d", before now.
/// Errors: usage_invalid (not understood), time_invalid (it is yet to come) — fix_request.
[[nodiscard]] Result<UtcTime> parse_past(std::string_view text, UtcTime now);

/// "2026-11-23 22:58:03" in the process's zone.
[[nodiscard]] std::string local_time(UtcTime time);

/// "22:58:03".
[[nodiscard]] std::string local_clock(UtcTime time);

/// "until 22:00" today, "until 2026-11-24 06:00" on another day: for sentences.
[[nodiscard]] std::string local_short(UtcTime time, UtcTime now);

}  // namespace crier::cli
