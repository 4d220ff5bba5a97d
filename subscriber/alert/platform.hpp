/// \file
/// Where the window can be, and what that place does for it.

#pragma once

#include <optional>
#include <string>

namespace crier::alert {

/// What says where there is a display; nullopt or empty: not set.
struct DisplayVariables {
    std::optional<std::string> display{};          ///< DISPLAY.
    std::optional<std::string> wayland_display{};  ///< WAYLAND_DISPLAY.
    std::optional<std::string> qt_platform{};      ///< QT_QPA_PLATFORM.
};
[[nodiscard]] DisplayVariables read_display_variables();

/// For QT_QPA_PLATFORM. X11 comes first where there is both: only there can a window stay above the
/// others, and come up in its place. nullopt: there is no display.
[[nodiscard]] std::optional<std::string> choose_platform(const DisplayVariables& variables);

/// Qt's name: "xcb", "wayland". Wants a QGuiApplication, as the next does.
[[nodiscard]] std::string platform_name();

/// The window really stays above the others: a window manager runs that lists it among what it
/// does. Never on Wayland, which has no such wish; and not without a window manager, where whatever
/// is raised last covers the rest.
[[nodiscard]] bool is_kept_on_top();

/// What was asked of an X server until now is sent. Qt leaves bells, raising and the wish for
/// attention lying until something else is sent.
void flush_to_display();

}  // namespace crier::alert
