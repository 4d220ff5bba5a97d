#include "publisher/cli/times.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"
#include "shared/base/time.hpp"

namespace crier::cli {
namespace {

std::tm local_parts(UtcTime time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
    const auto whole = static_cast<std::time_t>(seconds);
    std::tm parts{};
    localtime_r(&whole, &parts);
    return parts;
}

std::string formatted(UtcTime time, const char* format) {
    const std::tm parts = local_parts(time);
    std::array<char, 64> text{};
    return {text.data(), std::strftime(text.data(), text.size(), format, &parts)};
}

bool shows(UtcTime time, const std::tm& wanted) {
    const std::tm parts = local_parts(time);
    return parts.tm_year == wanted.tm_year && parts.tm_mon == wanted.tm_mon &&
           parts.tm_mday == wanted.tm_mday && parts.tm_hour == wanted.tm_hour &&
           parts.tm_min == wanted.tm_min;
}

/// When a clock on the wall shows this on that day: never, once or twice.
std::vector<UtcTime> occurrences(const std::tm& wanted) {
    std::vector<UtcTime> times;
    for (const int is_summer_time : {1, 0}) {
        std::tm parts = wanted;
        parts.tm_isdst = is_summer_time;
        const std::time_t seconds = std::mktime(&parts);
        if (seconds == static_cast<std::time_t>(-1)) continue;
        const UtcTime time{std::chrono::seconds(seconds)};
        const bool is_new = times.empty() || times.front() != time;
        if (is_new && shows(time, wanted)) times.push_back(time);
    }
    std::sort(times.begin(), times.end());
    return times;
}

std::string quoted(std::string_view text) {
    return "\"" + std::string(text.substr(0, 64)) + "\"";
}

tl::unexpected<Error> no_expiry(std::string_view text, const std::string& option) {
    return fail(ErrorCode::usage_invalid, option + " " + quoted(text) +
                                              " is no time: give HH:MM, a duration with its unit "
                                              "such as 15m, or a date and time with "
                                              "its zone such as 2026-11-23T22:00:00+01:00");
}

tl::unexpected<Error> skipped(int hour, int minute) {
    std::array<char, 8> shown{};
    std::snprintf(shown.data(), shown.size(), "%02d:%02d", hour % 24, minute % 60);
    return fail(ErrorCode::time_invalid,
                "there is no " + std::string(shown.data()) +
                    " on that day, because the clocks are put forward: give another time");
}

/// The C library takes a zone that it does not know for UTC, and says nothing.
/// Errors: time_invalid, when TZ names one.
Status check_zone() {
    const char* const named = std::getenv("TZ");
    if (named == nullptr) return {};
    std::string_view zone = named;
    take(zone, ':');
    // "CET-1CEST", "<+03>-3": rules instead of a name.
    const bool is_rule = zone.find_first_of("0123456789<,") != std::string_view::npos;
    if (zone.empty() || is_rule || zone == "UTC" || zone == "GMT") return {};
    const char* const folder = std::getenv("TZDIR");
    const std::filesystem::path zones = folder != nullptr ? folder : "/usr/share/zoneinfo";
    std::error_code ignored;
    if (std::filesystem::is_regular_file(zones / zone, ignored)) return {};
    return fail(ErrorCode::time_invalid,
                "the zone " + quoted(zone) +
                    " that TZ names is not known on this machine: set another one, or give a date "
                    "and time with its zone such as 2026-11-23T22:00:00+01:00");
}

struct ClockTime {
    int hour = 0;
    int minute = 0;
};

std::optional<ClockTime> parse_clock(std::string_view text) {
    const auto hour = take_number(text, text.find(':'));
    const bool has_colon = take(text, ':');
    const auto minute = take_number(text, 2);
    const bool is_shaped = hour && has_colon && minute && text.empty();
    if (!is_shaped || *hour > 23 || *minute > 59) return std::nullopt;
    return ClockTime{*hour, *minute};
}

bool looks_like_clock(std::string_view text) {
    const std::size_t colon = text.find(':');
    return colon == 1 || colon == 2;
}

/// On the day that is so many after the one of `now`.
std::tm on_day(UtcTime now, int days, ClockTime clock) {
    std::tm wanted = local_parts(now);
    wanted.tm_mday += days;
    wanted.tm_hour = 12;  // Normalises the date; noon exists on every day.
    wanted.tm_isdst = -1;
    std::mktime(&wanted);
    wanted.tm_hour = clock.hour;
    wanted.tm_min = clock.minute;
    wanted.tm_sec = 0;
    return wanted;
}

enum class Side : std::uint8_t { past, future };

/// The nearest time on that side of `now` at which a clock on the wall shows it; now itself is
/// past. Errors: time_invalid, when the nearest one is skipped.
Result<UtcTime> nearest(ClockTime clock, UtcTime now, Side side) {
    if (Status known = check_zone(); !known) return fail(std::move(known.error()));
    const auto is_on_side = [&](UtcTime time) { return (time > now) == (side == Side::future); };
    for (const int days : {0, side == Side::future ? 1 : -1}) {
        const std::tm wanted = on_day(now, days, clock);
        std::vector<UtcTime> times = occurrences(wanted);
        if (side == Side::past) std::reverse(times.begin(), times.end());
        const auto found = std::find_if(times.begin(), times.end(), is_on_side);
        if (found != times.end()) return *found;
        std::tm as_told = wanted;
        as_told.tm_isdst = -1;
        if (times.empty() && is_on_side(UtcTime{std::chrono::seconds(std::mktime(&as_told))}))
            break;
    }
    return skipped(clock.hour, clock.minute);
}

/// "2026-11-23T22:00", as a clock on the wall here shows it; of two, the first that is to come.
Result<UtcTime> on_the_wall(std::string_view text, UtcTime now) {
    if (Status known = check_zone(); !known) return fail(std::move(known.error()));
    const UtcTime as_utc = *parse_time(std::string(text) + "Z");
    const auto whole = std::chrono::floor<std::chrono::seconds>(as_utc);
    const auto seconds = static_cast<std::time_t>(whole.time_since_epoch().count());
    std::tm wanted{};
    gmtime_r(&seconds, &wanted);
    const std::vector<UtcTime> times = occurrences(wanted);
    if (times.empty()) return skipped(wanted.tm_hour, wanted.tm_min);
    const UtcTime time = times.front() > now ? times.front() : times.back();
    return time + (as_utc - whole);
}

/// "2026-11-23T22:00 Mars", "2026-11-23T22:00+99:00": a time, but for its end.
bool has_bad_zone(std::string_view text) {
    while (!text.empty()) {
        text.remove_suffix(1);
        if (parse_time(std::string(text) + "Z")) return true;
    }
    return false;
}

Result<UtcTime> parse_future_date(std::string_view text, UtcTime now, const std::string& option) {
    const auto with_zone = parse_time(text);
    Result<UtcTime> time = with_zone ? Result<UtcTime>(*with_zone) : UtcTime{};
    if (!with_zone) {
        if (with_zone.error() != TimeFault::no_zone) {
            if (!has_bad_zone(text)) return no_expiry(text, option);
            return fail(ErrorCode::usage_invalid,
                        option + " " + quoted(text) +
                            " has no such zone: give Z or hours and minutes, as +01:00, or none, "
                            "for the clock here");
        }
        time = on_the_wall(text, now);
    }
    if (!time)
        return fail(time.error().code, option + " " + quoted(text) + ": " + time.error().detail);
    if (*time <= now) {
        return fail(ErrorCode::time_invalid, option + " " + std::string(text) + " has passed");
    }
    return *time;
}

}  // namespace

Result<Milliseconds> parse_duration(std::string_view text) {
    struct Unit {
        std::string_view name;
        Milliseconds length;
    };
    static constexpr std::array units{Unit{"ms", Milliseconds(1)}, Unit{"s", Milliseconds(1'000)},
                                      Unit{"m", Milliseconds(60'000)},
                                      Unit{"h", Milliseconds(3'600'000)},
                                      Unit{"d", Milliseconds(24 * 3'600'000)}};
    const auto invalid = [text] {
        return fail(ErrorCode::usage_invalid, "\"" + std::string(text.substr(0, 64)) +
                                                  "\" is no duration of more than 0: give seconds, "
                                                  "or 30s, 15m, 2h, 1h30m …");
    };
    std::string_view rest = text;
    Milliseconds sum{};
    while (!rest.empty()) {
        const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
        if (digits == 0 || digits > 9) return invalid();
        const auto number = take_number(rest, digits);
        const std::size_t letters = std::min(rest.find_first_of("0123456789"), rest.size());
        const std::string_view name = rest.substr(0, letters);
        rest.remove_prefix(letters);
        const bool is_bare = name.empty() && sum == Milliseconds::zero();
        const auto unit = std::find_if(units.begin(), units.end(), [&](const Unit& one) {
            return one.name == (is_bare ? "s" : name);
        });
        if (!number || unit == units.end()) return invalid();
        sum += unit->length * *number;
        if (sum > limits::lifetime_max) {
            return fail(ErrorCode::time_invalid,
                        std::string(text.substr(0, 64)) + " is more than 366 days");
        }
    }
    if (sum == Milliseconds::zero()) return invalid();
    return sum;
}

Result<UtcTime> parse_expiry(std::string_view text, UtcTime now, const std::string& option) {
    if (looks_like_clock(text)) {
        const auto clock = parse_clock(text);
        if (!clock) return no_expiry(text, option);
        Result<UtcTime> time = nearest(*clock, now, Side::future);
        if (time) return time;
        return fail(time.error().code, option + " " + quoted(text) + ": " + time.error().detail);
    }
    if (text.find('-') == 4) return parse_future_date(text, now, option);
    std::string_view duration = text;
    const bool is_relative = take(duration, '+');
    const bool has_unit = duration.find_first_not_of("0123456789") != std::string_view::npos;
    const Result<Milliseconds> length = parse_duration(duration);
    if (!length && length.error().code == ErrorCode::time_invalid) {
        return fail(ErrorCode::time_invalid, option + " " + length.error().detail);
    }
    // "22" may be meant as an hour: only a unit or a sign makes a duration of it.
    if (!length || (!is_relative && !has_unit)) return no_expiry(text, option);
    return now + *length;
}

Result<UtcTime> parse_since(std::string_view text, UtcTime now) {
    if (const auto clock = parse_clock(text)) return nearest(*clock, now, Side::past);
    const auto time = parse_time(text);
    if (time) return *time;
    if (time.error() == TimeFault::no_zone) {
        return fail(ErrorCode::usage_invalid,
                    "this time has no zone: add Z or, for example, +01:00");
    }
    return fail(ErrorCode::usage_invalid,
                "no time: give HH:MM, which is the last one on the clock here, or a date and time "
                "with its zone such as 2026-11-23T09:00:00+01:00");
}

Result<UtcTime> parse_past(std::string_view text, UtcTime now) {
    const bool has_unit = text.find_first_of("smhd") != std::string_view::npos;
    const Result<Milliseconds> length = parse_duration(text);
    if (has_unit && length) return now - *length;
    if (has_unit && length.error().code == ErrorCode::time_invalid) return fail(length.error());
    const Result<UtcTime> time = parse_since(text, now);
    if (time && *time > now) {
        return fail(ErrorCode::time_invalid, quoted(text) + " is yet to come");
    }
    if (time || time.error().code == ErrorCode::time_invalid) return time;
    return fail(ErrorCode::usage_invalid,
                quoted(text) +
                    " is no time: give HH:MM, a duration with its unit such as 2h or 7d, or a date "
                    "and time with its zone such as 2026-11-23T09:00:00+01:00");
}

std::string local_time(UtcTime time) {
    return formatted(time, "%Y-%m-%d %H:%M:%S");
}

std::string local_clock(UtcTime time) {
    return formatted(time, "%H:%M:%S");
}

std::string local_short(UtcTime time, UtcTime now) {
    const bool is_today = formatted(time, "%Y-%m-%d") == formatted(now, "%Y-%m-%d");
    return formatted(time, is_today ? "%H:%M" : "%Y-%m-%d %H:%M");
}

}  // namespace crier::cli
