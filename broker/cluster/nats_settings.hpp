/// \file
/// How a broker reaches its cluster's NATS servers, and who it says it is.

#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "crier/id.hpp"

namespace crier::broker {

/// Of the ways to say who one is, one at most is set; without any, a URL may carry its own.
struct NatsLogin {
    std::string user;
    std::string password;
    std::filesystem::path credentials_file;  ///< A user's JWT and its seed, as `nsc` writes them.
    std::string nkey;                        ///< A user's public NKey, and
    std::filesystem::path nkey_seed_file;    ///< the file that has its seed.
};

struct NatsTls {
    bool is_required = false;  ///< Also without a URL that begins with "tls://".
    /// Who signed the servers' certificates; empty: whom this machine trusts.
    std::filesystem::path ca_file;
    std::filesystem::path certificate_file;  ///< What this broker shows; with
    std::filesystem::path key_file;          ///< the file of its secret key. Both, or none.
};

struct NatsSettings {
    std::vector<std::string> urls;       ///< "nats://host:4222"; tried in turn.
    std::string cluster_name = "crier";  ///< [A-Za-z0-9_-]{1,32}; names the stream.
    BrokerId broker;                     ///< Hears what is told to this one.
    NatsLogin login;
    NatsTls tls;
    /// Copies of the stream. 0: three in a cluster of NATS servers, one where there is only one
    /// server. A stream that is there already with fewer is refused.
    std::uint32_t replicas = 0;
};

}  // namespace crier::broker
