/// \file
/// What a subscriber and a listener tell, shown to callbacks of C.

#pragma once

#include "crier/c_subscriber.h"
#include "crier/subscriber.hpp"
#include "shared/bindings/c_support.hpp"

namespace crier::c {

[[nodiscard]] Result<SubscriberHandler> read_handler(const crier_subscriber_handler* handler);
[[nodiscard]] Result<ListenerHandler> read_handler(const crier_listener_handler* handler);

/// Whether this thread runs a callback now.
[[nodiscard]] bool is_in_callback() noexcept;

}  // namespace crier::c
