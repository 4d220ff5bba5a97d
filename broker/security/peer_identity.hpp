/// \file
/// Who a peer is, from what ZAP and the kernel say of its connection. Nothing that it claims.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "broker/core/engine.hpp"
#include "shared/transport/frame.hpp"

namespace crier::broker {

struct PeerOrigin {
    std::string address;                     ///< "10.1.2.3", "2001:db8::1", or "ipc".
    std::optional<std::string> system_user;  ///< On ipc: the account's name, from the kernel.
};

/// `peer_address`: ZeroMQ's property "Peer-Address". May ask the name service for the account.
[[nodiscard]] PeerOrigin origin_of(std::string_view peer_address);

/// The public key that the connection of a frame has proven; nullopt: none, or without CURVE.
[[nodiscard]] std::optional<Bytes32> proven_key(const transport::Frame& frame);

/// For PeerOpened, from the first frame of a connection. With CURVE the engine knows whose key it
/// is; without it everyone at the operators' door is "operator" and may do all. nullopt: the
/// connection was not admitted by our ZAP handler; cut it.
[[nodiscard]] std::optional<PeerFacts> facts_of(const transport::Frame& first_frame, Door door,
                                                bool is_secure);

}  // namespace crier::broker
