/// \file
/// What a broker of the next version would put into the stream.

#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "broker/cluster/envelope.hpp"

namespace crier::testing {

/// The same envelope, for readers of version 2.
inline broker::SealedEnvelope newer(const broker::SealedEnvelope& sealed, const Secret& key) {
    broker::SealedEnvelope raised;
    raised.body.assign(sealed.body.begin(), sealed.body.end() - sizeof(Bytes32));
    constexpr std::array<std::uint8_t, 3> version{0xa1, 'v', 1};  // In MessagePack.
    const auto found =
        std::search(raised.body.begin(), raised.body.end(), version.begin(), version.end());
    *(found + 2) = 2;
    const Bytes32 mac = blake2b(raised.body, key.bytes());
    std::copy_n(mac.begin(), raised.id.bytes.size(), raised.id.bytes.begin());
    raised.body.insert(raised.body.end(), mac.begin(), mac.end());
    return raised;
}

}  // namespace crier::testing
