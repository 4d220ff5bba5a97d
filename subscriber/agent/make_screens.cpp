#include "subscriber/agent/make_screens.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "subscriber/screens/command_screen.hpp"
#include "subscriber/screens/dbus_notification_server.hpp"
#include "subscriber/screens/json_screen.hpp"
#include "subscriber/screens/log_screen.hpp"
#include "subscriber/screens/terminal_screen.hpp"
#include "subscriber/screens/window_screen.hpp"

namespace crier::agent {
namespace fs = std::filesystem;

std::unique_ptr<screens::Screen> make_screen(screens::ScreenKind kind, const ScreenParts& parts) {
    switch (kind) {
        case screens::ScreenKind::json:
            return std::make_unique<screens::JsonScreen>(parts.input, parts.output);
        case screens::ScreenKind::desktop:
            return std::make_unique<screens::DesktopScreen>(
                parts.look, [] { return screens::open_session_bus("Crier"); });
        case screens::ScreenKind::window:
            return std::make_unique<screens::WindowScreen>(
                parts.look, screens::WindowScreen::Options{
                                window_program(), places_of(parts.surroundings).has_display});
        case screens::ScreenKind::command:
            return std::make_unique<screens::CommandScreen>(parts.options.command);
        case screens::ScreenKind::log:
            return std::make_unique<screens::LogScreen>(parts.options.log_file);
        case screens::ScreenKind::terminal:
            break;
    }
    return std::make_unique<screens::TerminalScreen>(
        parts.look, parts.input, parts.output, STDOUT_FILENO,
        screens::Tmux::around(parts.surroundings.variable("TMUX"),
                              parts.surroundings.variable("TMUX_PANE")));
}

MadeScreens make_screens(const screens::ScreenPlan& plan, const ScreenParts& parts) {
    MadeScreens made;
    std::vector<screens::Chain> chains;
    for (const auto& kinds : plan) {
        screens::Chain chain;
        for (const screens::ScreenKind kind : kinds) {
            chain.push_back(make_screen(kind, parts));
            if (kind == screens::ScreenKind::desktop) {
                made.desktop = static_cast<screens::DesktopScreen*>(chain.back().get());
            }
        }
        chains.push_back(std::move(chain));
    }
    made.set = std::make_unique<screens::ScreenSet>(std::move(chains));
    if (is_on_desktop(plan)) made.set->watch(std::make_unique<screens::DbusScreenLock>());
    return made;
}

screens::Places places_of(const Surroundings& surroundings) {
    const auto is_set = [&](const char* name) { return !surroundings.variable(name).empty(); };
    screens::Places places;
    places.has_display = is_set("DISPLAY") || is_set("WAYLAND_DISPLAY");
    std::error_code error;
    const fs::path runtime = surroundings.variable("XDG_RUNTIME_DIR");
    places.has_session_bus = is_set("DBUS_SESSION_BUS_ADDRESS") ||
                             (!runtime.empty() && fs::exists(runtime / "bus", error));
    places.has_terminal = isatty(STDOUT_FILENO) == 1;
    // systemd.exec(5): the device and inode of the stream that is connected to the journal.
    struct stat facts {};
    places.is_service = fstat(STDOUT_FILENO, &facts) == 0 &&
                        surroundings.variable("JOURNAL_STREAM") ==
                            std::to_string(facts.st_dev) + ":" + std::to_string(facts.st_ino);
    return places;
}

std::string window_program() {
    std::error_code error;
    const fs::path self = fs::read_symlink("/proc/self/exe", error);
    const fs::path beside = self.parent_path() / "crier-alert";
    return !error && fs::exists(beside, error) ? beside.string() : "crier-alert";
}

}  // namespace crier::agent
