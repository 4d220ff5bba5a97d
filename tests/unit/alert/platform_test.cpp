// Where the alert window comes up: which of Qt's platforms for which environment.
// Method: variables in, a choice out; no display.

#include "subscriber/alert/platform.hpp"

#include <gtest/gtest.h>

namespace crier::alert {
namespace {

TEST(AlertPlatform, X11ComesFirstBecauseOnlyThereAWindowStaysAboveTheOthers) {
    EXPECT_EQ(choose_platform({.display = ":0"}), "xcb");
    EXPECT_EQ(choose_platform({.wayland_display = "wayland-1"}), "wayland");
    EXPECT_EQ(choose_platform({.display = ":0", .wayland_display = "wayland-1"}), "xcb;wayland");
}

TEST(AlertPlatform, WhoeverNamesAPlatformGetsIt) {
    EXPECT_EQ(choose_platform({.qt_platform = "offscreen"}), "offscreen");
    EXPECT_EQ(choose_platform({.display = ":0", .qt_platform = "wayland"}), "wayland");
}

TEST(AlertPlatform, WithoutAnyOfThemThereIsNoDisplay) {
    EXPECT_EQ(choose_platform({}), std::nullopt);
    EXPECT_EQ(choose_platform({.display = "", .wayland_display = "", .qt_platform = ""}),
              std::nullopt);
}

}  // namespace
}  // namespace crier::alert
