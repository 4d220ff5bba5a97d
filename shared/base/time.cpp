#include "shared/base/time.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace crier {

Moment read_clocks() {
    using std::chrono::duration_cast;
    const auto steady = std::chrono::steady_clock::now().time_since_epoch();
    const auto utc = std::chrono::system_clock::now().time_since_epoch();
    return {Instant(duration_cast<Milliseconds>(steady)),
            UtcTime(duration_cast<Milliseconds>(utc))};
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

}  // namespace crier
