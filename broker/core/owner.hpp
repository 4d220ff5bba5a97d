/// \file
/// Whose a session was for certain, so that nobody else goes on with what waits for it: a key may
/// come in as one person now and as another one, or as nobody, later.

#pragma once

#include "crier/session.hpp"
#include "shared/base/crypto.hpp"

namespace crier::broker {

struct Owner {
    Bytes32 person{};  ///< BLAKE2b of what person_of() says; zero: nobody.
    /// The kernel knew the account, no registration and no ticket said a user. Over a network the
    /// same session is nobody.
    bool is_account = false;

    bool operator==(const Owner&) const = default;
};

[[nodiscard]] Owner owner_of(const Session& session);

/// Whether who comes as `now` goes on with the session as it was `before`.
[[nodiscard]] bool may_go_on(const Owner& before, const Owner& now);

}  // namespace crier::broker
