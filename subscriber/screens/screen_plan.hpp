/// \file
/// Which screens the agent shows messages on: `--screen`, or what fits where it runs. Pure.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "crier/result.hpp"

namespace crier::screens {

enum class ScreenKind : std::uint8_t { terminal, json, desktop, window, command, log };

[[nodiscard]] std::string_view name_of(ScreenKind kind) noexcept;

/// Chains side by side, and in each what to try in turn: screen_set.hpp.
using ScreenPlan = std::vector<std::vector<ScreenKind>>;

/// "desktop:terminal,log". Errors: usage_invalid (fix_request): a name that is none, one twice, or
/// two that need the same standard output.
[[nodiscard]] Result<ScreenPlan> parse_screen_plan(std::string_view text);

/// The same the other way round.
[[nodiscard]] std::string to_string(const ScreenPlan& plan);

/// What the machine has.
struct Places {
    bool has_display = false;      ///< DISPLAY or WAYLAND_DISPLAY.
    bool has_session_bus = false;  ///< DBUS_SESSION_BUS_ADDRESS, or the user's own bus.
    bool has_terminal = false;     ///< Standard output is one.
    bool is_service = false;       ///< Standard output is the systemd journal.
};

/// The screens of the desktop, if there is one; then the terminal, or the log for what a service or
/// a desktop has started. One that is missing only now, a notification server say, is found by
/// trying.
[[nodiscard]] ScreenPlan plan_for(const Places& places);

[[nodiscard]] bool has(const ScreenPlan& plan, ScreenKind kind) noexcept;

/// One of them is a part of the person's desktop, which is shared by all that runs there.
[[nodiscard]] bool is_on_desktop(const ScreenPlan& plan) noexcept;

}  // namespace crier::screens
