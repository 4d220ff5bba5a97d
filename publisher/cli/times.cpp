#include "publisher/cli/times.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <optional>
#include <vector>

#include "shared/base/limits.hpp"

namespace crier::cli {
namespace {

std::optional<int> take_number(std::string_view& text, std::size_t digits) {
    int number = 0;
    const std::string_view head = text.substr(0, digits);
    const auto [end, error] = std::from_chars(head.data(), head.data() + head.size(), number);
    const bool is_whole = end == head.data() + digits && head.size() == digits;
    if (error != std::errc{} || !is_whole || head.front() == '-') return std::nullopt;
    text.remove_prefix(digits);
    return number;
}

bool take(std::string_view& text, char wanted) {
    if (!text.starts_with(wanted)) return false;
    text.remove_prefix(1);
    return true;
}

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

tl::unexpected<Error> not_understood(std::string_view text) {
    return fail(ErrorCode::usage_invalid, "--expires \"" + std::string(text.substr(0, 64)) +
                                              "\" is no time: give HH:MM, a duration with its unit "
                                              "such as 15m, or a date and time with "
                                              "its zone such as 2026-11-23T22:00:00+01:00");
}

Result<UtcTime> parse_clock(std::string_view text, UtcTime now) {
    std::string_view rest = text;
    const auto hour = take_number(rest, rest.find(':'));
    const bool has_colon = take(rest, ':');
    const auto minute = take_number(rest, 2);
    if (!hour || !has_colon || !minute || !rest.empty() || *hour > 23 || *minute > 59) {
        return not_understood(text);
    }
    for (int day = 0; day <= 1; ++day) {
        std::tm wanted = local_parts(now);
        wanted.tm_mday += day;
        wanted.tm_hour = 12;  // Normalises the date; noon exists on every day.
        wanted.tm_isdst = -1;
        std::mktime(&wanted);
        wanted.tm_hour = *hour;
        wanted.tm_min = *minute;
        wanted.tm_sec = 0;
        const std::vector<UtcTime> times = occurrences(wanted);
        for (const UtcTime time : times) {
            if (time > now) return time;
        }
        std::tm gap = wanted;
        gap.tm_isdst = -1;
        if (times.empty() && UtcTime{std::chrono::seconds(std::mktime(&gap))} > now) {
            return fail(ErrorCode::time_invalid,
                        "there is no " + std::string(text) +
                            " on that day, because the clocks are put forward: give another time");
        }
    }
    return not_understood(text);
}

/// "Z", "+01:00", "-0330": in minutes.
std::optional<int> take_zone(std::string_view& text) {
    if (take(text, 'Z') || take(text, 'z')) return 0;
    const bool is_west = text.starts_with('-');
    if (!take(text, '+') && !take(text, '-')) return std::nullopt;
    const auto hours = take_number(text, 2);
    take(text, ':');
    const auto minutes = take_number(text, 2);
    if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    return (is_west ? -1 : 1) * (*hours * 60 + *minutes);
}

Result<UtcTime> parse_date(std::string_view text, UtcTime now) {
    std::string_view rest = text;
    const auto year = take_number(rest, 4);
    const bool has_month = take(rest, '-');
    const auto month = take_number(rest, 2);
    const bool has_day = take(rest, '-');
    const auto day = take_number(rest, 2);
    const bool has_clock = take(rest, 'T') || take(rest, 't') || take(rest, ' ');
    const auto hour = take_number(rest, 2);
    const bool has_minute = take(rest, ':');
    const auto minute = take_number(rest, 2);
    std::optional<int> second = 0;
    if (take(rest, ':')) second = take_number(rest, 2);
    const bool is_shaped = year && has_month && month && has_day && day && has_clock && hour &&
                           has_minute && minute && second;
    if (!is_shaped || *hour > 23 || *minute > 59 || *second > 59) return not_understood(text);
    const std::chrono::year_month_day date{std::chrono::year(*year),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok()) return not_understood(text);
    if (rest.empty()) {
        return fail(ErrorCode::usage_invalid, "--expires \"" + std::string(text) +
                                                  "\" has no zone: add Z or, for example, +01:00");
    }
    const auto zone = take_zone(rest);
    if (!zone || !rest.empty()) return not_understood(text);
    const auto since_epoch = std::chrono::sys_days(date).time_since_epoch() +
                             std::chrono::hours(*hour) + std::chrono::minutes(*minute - *zone) +
                             std::chrono::seconds(*second);
    const UtcTime time{std::chrono::duration_cast<Milliseconds>(since_epoch)};
    if (time <= now) {
        return fail(ErrorCode::time_invalid, "--expires " + std::string(text) + " has passed");
    }
    return time;
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

Result<UtcTime> parse_expiry(std::string_view text, UtcTime now) {
    const std::size_t colon = text.find(':');
    if (colon == 1 || colon == 2) return parse_clock(text, now);
    if (text.find('-') == 4) return parse_date(text, now);
    std::string_view duration = text;
    const bool is_relative = take(duration, '+');
    const bool has_unit = duration.find_first_not_of("0123456789") != std::string_view::npos;
    const Result<Milliseconds> length = parse_duration(duration);
    if (!length && length.error().code == ErrorCode::time_invalid) {
        return fail(ErrorCode::time_invalid, "--expires " + length.error().detail);
    }
    // "22" may be meant as an hour: only a unit or a sign makes a duration of it.
    if (!length || (!is_relative && !has_unit)) return not_understood(text);
    return now + *length;
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
