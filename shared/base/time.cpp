#include "shared/base/time.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <optional>

#include "shared/base/text.hpp"

namespace crier {
namespace {

/// "2026-11-23".
std::optional<std::chrono::sys_days> take_date(std::string_view& text) {
    const auto year = take_number(text, 4);
    const bool has_month = take(text, '-');
    const auto month = take_number(text, 2);
    const bool has_day = take(text, '-');
    const auto day = take_number(text, 2);
    if (!year || !has_month || !month || !has_day || !day) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(*year),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    return date.ok() ? std::optional(std::chrono::sys_days(date)) : std::nullopt;
}

/// Behind "12:30:05.": one to three digits.
std::optional<Milliseconds> take_fraction(std::string_view& text) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto number = digits <= 3 ? take_number(text, digits) : std::nullopt;
    if (!number) return std::nullopt;
    return Milliseconds(*number * (digits == 1 ? 100 : digits == 2 ? 10 : 1));
}

/// "22:58:03.120", "22:58".
std::optional<Milliseconds> take_clock(std::string_view& text) {
    const auto hour = take_number(text, 2);
    const bool has_minute = take(text, ':');
    const auto minute = take_number(text, 2);
    std::optional<int> second = 0;
    std::optional<Milliseconds> fraction = Milliseconds(0);
    if (take(text, ':')) {
        second = take_number(text, 2);
        if (take(text, '.')) fraction = take_fraction(text);
    }
    const bool is_shaped = hour && has_minute && minute && second && fraction;
    if (!is_shaped || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
    return std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
           std::chrono::seconds(*second) + *fraction;
}

/// "Z", "+01:00", "-0330".
std::optional<std::chrono::minutes> take_zone(std::string_view& text) {
    if (take(text, 'Z') || take(text, 'z')) return std::chrono::minutes(0);
    const bool is_west = text.starts_with('-');
    if (!take(text, '+') && !take(text, '-')) return std::nullopt;
    const auto hours = take_number(text, 2);
    take(text, ':');
    const auto minutes = take_number(text, 2);
    if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    return std::chrono::minutes((is_west ? -1 : 1) * (*hours * 60 + *minutes));
}

}  // namespace

Moment read_clocks() {
    using std::chrono::duration_cast;
    const auto steady = std::chrono::steady_clock::now().time_since_epoch();
    const auto utc = std::chrono::system_clock::now().time_since_epoch();
    return {Instant(duration_cast<Milliseconds>(steady)),
            UtcTime(duration_cast<Milliseconds>(utc))};
}

Instant steady_now() {
    return read_clocks().steady;
}

std::string to_string(UtcTime time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    const auto whole = static_cast<std::time_t>(seconds.time_since_epoch().count());
    const auto rest = static_cast<int>((time - seconds).count());
    std::tm parts{};
    if (gmtime_r(&whole, &parts) == nullptr) return "out of range";
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
                  parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
                  parts.tm_min, parts.tm_sec, rest);
    return text.data();
}

tl::expected<UtcTime, TimeFault> parse_time(std::string_view text) {
    const auto date = take_date(text);
    const bool has_clock = take(text, 'T') || take(text, 't') || take(text, ' ');
    const auto clock = take_clock(text);
    if (!date || !has_clock || !clock) return tl::unexpected(TimeFault::no_time);
    if (text.empty()) return tl::unexpected(TimeFault::no_zone);
    const auto zone = take_zone(text);
    if (!zone || !text.empty()) return tl::unexpected(TimeFault::no_time);
    return UtcTime(date->time_since_epoch() + *clock - *zone);
}

std::string remaining_words(Milliseconds left) {
    using std::chrono::seconds;
    const std::int64_t all = std::max<std::int64_t>(0, std::chrono::ceil<seconds>(left).count());
    const auto days = static_cast<long long>(all / 86'400);
    const auto hours = static_cast<int>(all / 3'600 % 24);
    const auto minutes = static_cast<int>(all / 60 % 60);
    const auto rest = static_cast<int>(all % 60);
    std::array<char, 64> text{};
    if (days > 0) {
        std::snprintf(text.data(), text.size(), "%lld d %d:%02d:%02d", days, hours, minutes, rest);
    } else if (hours > 0) {
        std::snprintf(text.data(), text.size(), "%d:%02d:%02d", hours, minutes, rest);
    } else {
        std::snprintf(text.data(), text.size(), "%d:%02d", minutes, rest);
    }
    return text.data();
}

}  // namespace crier
