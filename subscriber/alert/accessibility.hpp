/// \file
/// What a screen reader is told that Qt does not say by itself: a message is an alert,
/// its choices are one or the other.

#pragma once

namespace crier::alert {

/// Once, before the first window.
void tell_screen_readers_of_alerts();

}  // namespace crier::alert
