/// \file
/// A message as one session is to see it: in its language, with its own attributes.

#pragma once

#include "crier/subscriber.hpp"
#include "shared/protocol/messages.hpp"

namespace crier::subscriber {

/// `again` is left to the caller.
[[nodiscard]] IncomingMessage incoming_from(const protocol::Show& show, const SessionId& session,
                                            const Attributes& attributes);

}  // namespace crier::subscriber
