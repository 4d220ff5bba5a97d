/// \file
/// From what a screen says to what the broker is told.

#pragma once

#include "subscriber/screens/screen.hpp"

namespace crier::screens {

/// Reports it by the subscriber, and tells the screen what came of a reply.
void pass_on(const ScreenEvent& event, Subscriber& subscriber, Screen& screen, UtcTime now);

}  // namespace crier::screens
