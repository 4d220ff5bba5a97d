/// \file
/// The operator's side of private messages: for whose key one is sealed, and that no broker can
/// name another one. Pure, but for random bytes. (private_message.cpp has Publisher::Impl::seal()
/// too, which asks the broker.)

#pragma once

#include <vector>

#include "crier/message.hpp"
#include "crier/publisher.hpp"
#include "crier/registered_key.hpp"
#include "crier/result.hpp"
#include "crier/session.hpp"
#include "shared/base/time.hpp"
#include "shared/protocol/messages.hpp"

namespace crier::publisher {

/// What is sent of a private message.
struct Sealed {
    Content cover;  ///< What everybody may see of it.
    protocol::Bytes sealed;
};

/// Whether the message can be private at all. Errors: target_invalid (not to one session),
/// usage_invalid (what is said to others too).
[[nodiscard]] Status check_private(const Target& target, const SendOptions& options);

/// Proves the key that a broker names for a session: it is that of the id, and if the operator
/// keeps keys (`own`), one of those, and of the user that the broker names.
/// Errors: target_invalid (the session has no key), session_key_wrong (the broker lies).
[[nodiscard]] Result<PublicKey> proven_key(const SessionId& wanted, const Session& found,
                                           const std::optional<std::vector<RegisteredKey>>& own,
                                           UtcTime now);

/// Errors: session_key_wrong, for a key that is none.
[[nodiscard]] Result<Sealed> seal(const Content& content, const MessageId& id,
                                  const PublicKey& session_key);

}  // namespace crier::publisher
