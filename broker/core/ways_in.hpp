/// \file
/// How sessions come in, and what is known of them by that.
///
///     ticket       its program's server says who it is, and the broker knows that server
///     enrolled     its key is registered, with its user
///     invitation   it knows the join secret, as all who were invited do: it claims who it is

#pragma once

#include <memory>
#include <string>

#include "broker/core/engine.hpp"
#include "broker/core/key_ring.hpp"
#include "broker/core/ticket.hpp"

namespace crier::broker {

/// Whom a hello has proven to be.
struct Identity {
    SessionId id;
    std::string user{};                ///< For certain. Empty: it claims one.
    std::unique_ptr<Ticket> ticket{};  ///< By which it comes in.
};

/// Who decides, with what there is now.
struct Gate {
    const EngineSettings& settings;
    const KeyRing& keys;
    const Principals& admitted;
    UtcTime now{};

    /// Errors: not_admitted, ticket_invalid; malformed_frame, without CURVE.
    [[nodiscard]] Result<Identity> identify(const PeerFacts& peer,
                                            const protocol::SessionHello& hello) const;
    /// For that session, now. Errors: ticket_invalid.
    [[nodiscard]] Result<std::unique_ptr<Ticket>> read(std::string_view token,
                                                       const SessionId& session) const;
};

/// Why a key that was revoked does not come in, and is not in any more.
[[nodiscard]] Error revoked_key();

/// Puts in place of what a session says of itself what is known.
void apply(const Identity& identity, Session& session);

}  // namespace crier::broker
