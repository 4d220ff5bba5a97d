/// \file
/// The seal of what the brokers of a cluster write for each other: a MAC over the bytes, behind
/// them (BLAKE2b-256, keyed with keys/cluster.key).

#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>

#include "shared/base/crypto.hpp"
#include "shared/protocol/messages.hpp"

namespace crier::broker {

/// Appends it, and says it.
inline Bytes32 append_mac(protocol::Bytes& bytes, const Secret& key) {
    const Bytes32 mac = blake2b(bytes, key.bytes());
    bytes.insert(bytes.end(), mac.begin(), mac.end());
    return mac;
}

struct Unsealed {
    std::span<const std::uint8_t> bytes;  ///< Those before the MAC.
    Bytes32 mac{};
};

/// nullopt: somebody without the key has written it, and nothing in it is to be parsed.
[[nodiscard]] inline std::optional<Unsealed> unseal(std::span<const std::uint8_t> sealed,
                                                    const Secret& key) {
    Unsealed found;
    if (sealed.size() <= found.mac.size()) return std::nullopt;
    found.bytes = sealed.first(sealed.size() - found.mac.size());
    std::copy_n(sealed.last(found.mac.size()).begin(), found.mac.size(), found.mac.begin());
    if (!equal(found.mac, blake2b(found.bytes, key.bytes()))) return std::nullopt;
    return found;
}

}  // namespace crier::broker
