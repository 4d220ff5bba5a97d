/// \file
/// Which notification servers say that they hold notifications back, and where.

#pragma once

#include <array>
#include <string_view>

namespace crier::screens {

/// A flag on the session bus.
struct DoNotDisturb {
    std::string_view server;  ///< How the name begins that the server gives itself; empty: any.
    std::string_view cause;   ///< For the sender.
    std::string_view service, path;
    /// Of a property; with `xfconf`, of a method that takes a channel and a property; with
    /// `method`, of a method without arguments.
    enum class Kind : unsigned char { property, method, xfconf } kind;
    std::string_view interface, member;
    std::string_view signal;  ///< Of that interface: ask again then; empty: PropertiesChanged.
    bool shows_critical;      ///< Critical notifications are shown all the same.
};

/// Read off these servers: dunst 1.9, xfce4-notifyd 0.7, SwayNotificationCenter 0.7, Plasma 5.
inline constexpr std::array<DoNotDisturb, 4> do_not_disturb{{
    {"dunst", "dunst is paused", "org.freedesktop.Notifications", "/org/freedesktop/Notifications",
     DoNotDisturb::Kind::property, "org.dunstproject.cmd0", "paused", "", false},
    {"Xfce Notify Daemon", "do not disturb is on", "org.xfce.Xfconf", "/org/xfce/Xfconf",
     DoNotDisturb::Kind::xfconf, "org.xfce.Xfconf", "GetProperty", "PropertyChanged", true},
    {"SwayNotificationCenter", "do not disturb is on", "org.erikreider.swaync.cc",
     "/org/erikreider/swaync/cc", DoNotDisturb::Kind::method, "org.erikreider.swaync.cc", "GetDnd",
     "Subscribe", true},
    // KDE's extension, which other servers may have too.
    {"", "notifications are inhibited", "org.freedesktop.Notifications",
     "/org/freedesktop/Notifications", DoNotDisturb::Kind::property,
     "org.freedesktop.Notifications", "Inhibited", "", true},
}};

[[nodiscard]] constexpr const DoNotDisturb& do_not_disturb_of(std::string_view server) noexcept {
    for (const DoNotDisturb& one : do_not_disturb) {
        if (server.starts_with(one.server)) return one;
    }
    return do_not_disturb.back();
}

}  // namespace crier::screens
