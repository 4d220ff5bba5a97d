/// \file
/// The broker's secrets and its list of keys, in DIR/keys (0700):
///
///     broker.key    the broker's own CURVE key       join.key      the sessions' join secret
///     resume.key    signs resume tokens              operator.key  in the operators' invitation
///     principals    registered public keys           listener.key  in the listeners' invitation
///     audit.key     signs the log's heads            cluster.key   seals what brokers share
///     broker.id     names this broker in its cluster
///
/// All of them 0600. The brokers of a cluster have the same ones, but for audit.key and broker.id.

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
    Secret cluster_key;
    BrokerId broker_id;
    transport::KeyPair invited_operator;
    transport::KeyPair invited_listener;
    Principals principals;  ///< The two invited ones among them, unless their line was removed.
};

/// Reads `data_directory`/keys; the first time, makes it. Blocking: on the disk.
/// Errors: file_unusable (missing rights, modes that let others read, damaged files),
///   configuration_invalid (the file of principals).
[[nodiscard]] Result<KeyStore> open_key_store(const std::filesystem::path& data_directory);

/// One line with the keys that the brokers of a cluster share: "crier1.brokers." and base64url.
/// Whoever holds it can be a broker.
[[nodiscard]] std::string to_join_line(const KeyStore& keys);

/// Makes `data_directory`/keys with the keys of another broker's line. Blocking: on the disk.
/// Errors: invitation_invalid (it is no such line), file_unusable (the folder has keys already, or
///   cannot be written).
[[nodiscard]] Status join_cluster(const std::filesystem::path& data_directory,
                                  std::string_view line);

}  // namespace crier::broker
