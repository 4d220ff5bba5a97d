// When a message goes out: its rules, and its keys.
#include <algorithm>

#include "crier/message.hpp"
#include "shared/protocol/codec.hpp"
#include "shared/protocol/fields.hpp"

namespace crier::protocol {

Status check(const Schedule& schedule) {
    const auto invalid = [](const char* why) { return fail(ErrorCode::time_invalid, why); };
    const bool repeats = schedule.every != Milliseconds{0};
    const auto& times = schedule.announcements;
    if (repeats && schedule.every < limits::repetition_min) {
        return invalid("schedule.every: shorter than a second");
    }
    if (repeats != schedule.until.has_value()) {
        return invalid("schedule: every and until come together");
    }
    if (schedule.until && schedule.due && *schedule.until < *schedule.due) {
        return invalid("schedule.until: before due");
    }
    if (!times.empty() && (repeats || schedule.due)) {
        return invalid("schedule.announcements: due and every say something else");
    }
    if (std::adjacent_find(times.begin(), times.end(), std::greater_equal<>()) != times.end()) {
        return invalid("schedule.announcements: not rising");
    }
    const auto is_after_drop = [&](std::optional<UtcTime> at) {
        return schedule.drop && at && *at > *schedule.drop;
    };
    if (is_after_drop(schedule.due) || is_after_drop(schedule.until) ||
        (!times.empty() && is_after_drop(times.back()))) {
        return invalid("schedule.drop: before it has gone out for the last time");
    }
    return {};
}

void write_schedule(MapWriter& map, const Schedule& schedule) {
    if (schedule == Schedule{}) return;
    MapWriter inner(map.map("schedule"));
    inner.time_if_any("due", schedule.due);
    if (schedule.every != Milliseconds{0}) {
        inner.uint("every", static_cast<std::uint64_t>(schedule.every.count()));
    }
    inner.time_if_any("until", schedule.until);
    inner.time_if_any("close_admission", schedule.close_admission);
    inner.time_if_any("drop", schedule.drop);
    if (schedule.announcements.empty()) return;
    Writer list = inner.list("announcements", schedule.announcements.size());
    for (const UtcTime at : schedule.announcements) list.time(at);
}

Schedule read_schedule(const MapReader& map) {
    const Value value = map.find("schedule");
    Schedule schedule;
    if (!value) return schedule;
    const MapReader inner = value.map();
    schedule.due = find_time(inner, "due");
    schedule.every = inner.find("every").milliseconds({0, lifetime_ms_max});
    schedule.until = find_time(inner, "until");
    schedule.close_admission = find_time(inner, "close_admission");
    schedule.drop = find_time(inner, "drop");
    const ListReader list = inner.find("announcements").list({0, limits::announcements_max});
    for (const Value at : list) schedule.announcements.push_back(at.time());
    if (const Status status = check(schedule); !status) map.place().refuse_part(status.error());
    return schedule;
}

void write_counts(MapWriter& map, const Counts& counts) {
    if (counts.removed != 0) map.uint("removed", counts.removed);
    if (counts.dropped != 0) map.uint("dropped", counts.dropped);
    if (counts.answers.empty()) return;
    Writer list = map.list("answers", counts.answers.size());
    for (const std::uint32_t count : counts.answers) list.uint(count);
}

Counts read_counts(const MapReader& map) {
    Counts counts;
    counts.removed = map.find("removed").uint32();
    counts.dropped = map.find("dropped").uint32();
    const ListReader list = map.find("answers").list({0, limits::choices_max});
    for (const Value count : list) counts.answers.push_back(count.uint32());
    return counts;
}

}  // namespace crier::protocol
