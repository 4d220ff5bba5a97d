/// \file
/// What both kinds of server sockets have in common: where they listen and whom they let in.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "crier/time.hpp"
#include "shared/transport/keys.hpp"

namespace crier::transport {

/// Every option of a server socket that is not the same everywhere. The others are explicit too,
/// in door_options.cpp.
struct DoorSettings {
    std::vector<std::string> endpoints;  ///< tcp://HOST:PORT (port 0: any free one), ipc://PATH.
    std::string zap_domain;              ///< "sessions", "operators", "listeners"; never empty.
    std::optional<KeyPair> keys;         ///< nullopt: without CURVE (--insecure).
    int send_hwm = 256;                  ///< Messages queued for one peer.
    int receive_hwm = 64;                ///< Messages queued from one peer.
    int backlog = 4'096;
    unsigned ipc_mode = 0666;  ///< Of an ipc path: who may knock. Keys say who comes in.
    Milliseconds handshake_limit{3'000};
};

}  // namespace crier::transport
