/// \file
/// The broker's secrets and its list of keys, in DIR/keys (0700):
///
///     broker.key    the broker's own CURVE key       join.key      the sessions' join secret
///     resume.key    signs resume tokens              operator.key  in the operators' invitation
///     principals    registered public keys           listener.key  in the listeners' invitation
///     audit.key     signs the log's heads
///
/// All of them 0600.

#pragma once

#include <filesystem>

#include "broker/security/principals.hpp"
#include "crier/result.hpp"
#include "shared/transport/keys.hpp"

namespace crier::broker {

struct KeyStore {
    transport::KeyPair broker;
    Secret join_secret;
    Secret resume_key;
    Secret audit_key;
    transport::KeyPair invited_operator;
    transport::KeyPair invited_listener;
    Principals principals;  ///< The two invited ones among them, unless their line was removed.
};

/// Reads `data_directory`/keys; the first time, makes it. Blocking: on the disk.
/// Errors: file_unusable (missing rights, modes that let others read, damaged files),
///   configuration_invalid (the file of principals).
[[nodiscard]] Result<KeyStore> open_key_store(const std::filesystem::path& data_directory);

}  // namespace crier::broker
