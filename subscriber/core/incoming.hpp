/// \file
/// A message as one session is to see it: in its language, with its own attributes.

#pragma once

#include "crier/subscriber.hpp"
#include "shared/protocol/messages.hpp"

namespace crier::subscriber {

/// `again` is left to the caller.
[[nodiscard]] IncomingMessage incoming_from(const protocol::Show& show, const SessionId& session,
                                            const Attributes& attributes);

/// Chooses its language and fills its placeholders for who has these attributes. A listener has no
/// session: then {session} is all zeros.
void speak_to(IncomingMessage& message, const SessionId& session, const Attributes& attributes);

}  // namespace crier::subscriber
