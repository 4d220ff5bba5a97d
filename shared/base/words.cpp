// The names of states, severities and styles, and the arithmetic of a tally.
#include <algorithm>
#include <numeric>

#include "crier/message.hpp"
#include "crier/session.hpp"

namespace crier {
namespace {

constexpr std::array<std::string_view, 3> severities{"info", "warning", "critical"};
constexpr std::array<std::string_view, 2> styles{"notification", "alert"};
constexpr std::array<std::string_view, 3> presences{"active", "locked", "unreachable"};
constexpr std::array<std::string_view, state_count> states{
    "waiting",  "delivered", "suppressed",     "displayed",       "acknowledged",
    "answered", "failed",    "expired_unseen", "recalled_unseen", "gone_unseen"};

template <class Enum, std::size_t n>
std::string_view name_in(const std::array<std::string_view, n>& names, Enum value) noexcept {
    const auto index = static_cast<std::size_t>(value);
    return index < n ? names[index] : std::string_view{};
}

template <class Enum, std::size_t n>
std::optional<Enum> value_in(const std::array<std::string_view, n>& names,
                             std::string_view name) noexcept {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return std::nullopt;
    return static_cast<Enum>(found - names.begin());
}

}  // namespace

std::string_view name_of(Severity severity) noexcept { return name_in(severities, severity); }
std::string_view name_of(Style style) noexcept { return name_in(styles, style); }
std::string_view name_of(State state) noexcept { return name_in(states, state); }
std::string_view name_of(Presence presence) noexcept { return name_in(presences, presence); }

std::optional<Severity> severity_from(std::string_view name) noexcept {
    return value_in<Severity>(severities, name);
}
std::optional<Style> style_from(std::string_view name) noexcept {
    return value_in<Style>(styles, name);
}
std::optional<State> state_from(std::string_view name) noexcept {
    return value_in<State>(states, name);
}

std::uint32_t Tally::targeted() const {
    return std::accumulate(counts.begin(), counts.end(), std::uint32_t{0});
}

std::uint32_t Tally::reached(State state) const {
    std::uint32_t sum = 0;
    for (auto index = static_cast<std::size_t>(state);
         index <= static_cast<std::size_t>(State::answered); ++index) {
        sum += counts[index];
    }
    return sum;
}

std::uint32_t Tally::lost() const {
    return (*this)[State::failed] + (*this)[State::expired_unseen] +
           (*this)[State::recalled_unseen] + (*this)[State::gone_unseen];
}

}  // namespace crier
