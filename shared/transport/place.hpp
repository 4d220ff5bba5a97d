/// \file
/// Where a connection comes from, so that those of one place can be counted together: an address;
/// of IPv6 its network of 64 bits, because whoever has one address has all of it; of ipc the
/// account, "ipc:1000".

#pragma once

#include <sys/socket.h>

#include <string>
#include <string_view>

namespace crier::transport {

/// Of an address of IPv4 or IPv6.
[[nodiscard]] std::string place_of(const sockaddr_storage& address);

/// Of an address as ZeroMQ writes it: "192.0.2.1", "::ffff:192.0.2.1", "fe80::1%eth0",
/// "localhost:UID:GID:PID". Of anything else: itself.
[[nodiscard]] std::string place_of(std::string_view peer_address);

}  // namespace crier::transport
