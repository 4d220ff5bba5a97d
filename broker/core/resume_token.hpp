/// \file
/// What lets a session prove, on a later connection, since when it has been the same session.
///
/// Bytes: version 3; session id, 16; opened, 8, big-endian ms; number, 4, big-endian; claim, 4;
/// broker id, 16; its owner: BLAKE2b-256, 32, and 1 if it was an account, 1; then the keyed
/// BLAKE2b-256 of all that. Version 2, without the owner, is read too, and version 1, without claim
/// and broker either; whose it was they do not say, so their number counts for nothing. Opaque to
/// the session.

#pragma once

#include <optional>

#include "broker/core/owner.hpp"
#include "broker/journal/journal.hpp"
#include "crier/session.hpp"
#include "shared/base/crypto.hpp"

namespace crier::broker {

struct ResumeToken {
    SessionId session;
    UtcTime opened{};
    /// Of the stay, in the journal of the broker that gave the token; 0: it was not there yet.
    std::uint32_t number = 0;
    std::uint32_t claim = 0;  ///< How often the session has come to a broker of the cluster.
    BrokerId broker;          ///< Which gave the token; zero: it was alone.
    Owner owner{};            ///< Whose session it was then.

    bool operator==(const ResumeToken&) const = default;
};

[[nodiscard]] Bytes sign(const ResumeToken& token, const Secret& resume_key);

/// nullopt: not signed with this key, or no token at all.
[[nodiscard]] std::optional<ResumeToken> verify(const Bytes& bytes, const Secret& resume_key);

}  // namespace crier::broker
