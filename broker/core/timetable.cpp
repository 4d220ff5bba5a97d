#include "broker/core/timetable.hpp"

#include <algorithm>
#include <array>

namespace crier::broker {

std::optional<UtcTime> time_number(const Schedule& schedule, UtcTime accepted, std::uint32_t n) {
    const auto& times = schedule.announcements;
    if (!times.empty()) return n < times.size() ? std::optional(times[n]) : std::nullopt;
    const UtcTime first = schedule.due.value_or(accepted);
    if (n == 0) return first;
    if (schedule.every == Milliseconds{0}) return std::nullopt;
    const UtcTime at = first + schedule.every * static_cast<std::int64_t>(n);
    return at <= schedule.until ? std::optional(at) : std::nullopt;
}

std::uint32_t times_by(const Schedule& schedule, UtcTime accepted, UtcTime now) {
    const auto& times = schedule.announcements;
    if (!times.empty()) {
        return static_cast<std::uint32_t>(std::upper_bound(times.begin(), times.end(), now) -
                                          times.begin());
    }
    if (schedule.due && now < *schedule.due) return 0;
    const UtcTime first = schedule.due.value_or(accepted);
    if (schedule.every == Milliseconds{0}) return 1;
    const UtcTime last = std::max(first, std::min(now, *schedule.until));
    return static_cast<std::uint32_t>((last - first) / schedule.every) + 1;
}

std::optional<UtcTime> end_of(const Schedule& schedule) {
    std::optional<UtcTime> end = std::max({schedule.due, schedule.until, schedule.drop});
    if (!schedule.announcements.empty()) end = std::max(end, {schedule.announcements.back()});
    return end;
}

std::optional<UtcTime> start_of(const Schedule& schedule) {
    if (!schedule.announcements.empty()) return schedule.announcements.front();
    return schedule.due;
}

void shift(Schedule& schedule, Milliseconds by, UtcTime now) {
    const auto shift_one = [&](UtcTime& at) {
        if (at > now) at += by;
    };
    for (std::optional<UtcTime>* at :
         {&schedule.due, &schedule.until, &schedule.close_admission, &schedule.drop}) {
        if (*at) shift_one(**at);
    }
    for (UtcTime& at : schedule.announcements) shift_one(at);
}

}  // namespace crier::broker
