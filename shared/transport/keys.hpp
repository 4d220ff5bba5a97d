/// \file
/// CURVE keys, and the files in which secrets lie.
///
/// A secret's file is one line: the 32 bytes in base64url. Nobody but its owner may read it.

#pragma once

#include <filesystem>

#include "crier/result.hpp"
#include "shared/base/crypto.hpp"

namespace crier::transport {

struct KeyPair {
    Bytes32 public_key{};
    Secret secret_key;

    [[nodiscard]] static KeyPair generate();
    /// Any 32 bytes are a secret key.
    [[nodiscard]] static KeyPair of(const Secret& secret_key);
};

/// What a client needs to be let in. Without a server key it speaks plaintext, which only a broker
/// that was started with --insecure takes.
struct ClientKeys {
    Bytes32 server_key{};
    KeyPair own;
};

/// Reads a secret that write_secret() has written.
/// Errors: file_unusable, when it cannot be read, is no secret, or others than its owner may read
///   or write it; the detail says which chmod helps.
[[nodiscard]] Result<Secret> read_secret(const std::filesystem::path& file);

/// Writes a new file, mode 0600, whole or not at all, on disk when this returns.
/// Errors: file_unusable, when it exists already (it is never replaced) or cannot be written.
[[nodiscard]] Status write_secret(const std::filesystem::path& file, const Secret& secret);

/// Reads the secret, or makes a random one and writes it where there is no file yet. Of several
/// programs that do so at once all get the same.
/// Errors: as the two above.
[[nodiscard]] Result<Secret> read_or_make_secret(const std::filesystem::path& file);

}  // namespace crier::transport
