/// \file
/// From a plan to screens: each with what it needs of the program and of where it runs.

#pragma once

#include <memory>

#include "subscriber/agent/options.hpp"
#include "subscriber/agent/surroundings.hpp"
#include "subscriber/screens/desktop_screen.hpp"
#include "subscriber/screens/input.hpp"
#include "subscriber/screens/output.hpp"
#include "subscriber/screens/panel.hpp"
#include "subscriber/screens/screen_plan.hpp"
#include "subscriber/screens/screen_set.hpp"

namespace crier::agent {

/// What screens share; outlives them.
struct ScreenParts {
    const AgentOptions& options;
    const Surroundings& surroundings;
    const screens::Look& look;
    screens::Input& input;
    screens::Output& output;
};

struct MadeScreens {
    std::unique_ptr<screens::ScreenSet> set;
    screens::DesktopScreen* desktop = nullptr;  ///< One of them, if it is there.
};

[[nodiscard]] std::unique_ptr<screens::Screen> make_screen(screens::ScreenKind kind,
                                                           const ScreenParts& parts);
[[nodiscard]] MadeScreens make_screens(const screens::ScreenPlan& plan, const ScreenParts& parts);

/// What of the machine decides where messages are shown.
[[nodiscard]] screens::Places places_of(const Surroundings& surroundings);

/// `crier-alert` beside this program, else the one in PATH.
[[nodiscard]] std::string window_program();

}  // namespace crier::agent
