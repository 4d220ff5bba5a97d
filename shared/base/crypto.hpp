/// \file
/// Hashes, random numbers and secrets, all by libsodium. The only file that includes sodium.h is
/// crypto.cpp. Every function may be called from any thread.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crier/id.hpp"
#include "crier/time.hpp"

namespace crier {

using Bytes32 = std::array<std::uint8_t, 32>;

/// 32 bytes that nobody else may see: wiped when destroyed, never printed, not comparable with ==.
class Secret {
public:
    Secret() = default;
    explicit Secret(const Bytes32& bytes) : bytes_(bytes) {}
    Secret(const Secret&) = default;
    Secret& operator=(const Secret&) = default;
    ~Secret();

    static Secret random();

    [[nodiscard]] const Bytes32& bytes() const { return bytes_; }

private:
    Bytes32 bytes_{};
};

/// Overwrites memory in a way that the compiler keeps.
void wipe(std::span<char> bytes) noexcept;
void wipe(std::span<std::uint8_t> bytes) noexcept;

void fill_random(std::span<std::uint8_t> bytes) noexcept;
[[nodiscard]] std::uint64_t random_number() noexcept;

/// BLAKE2b with 32 bytes of output; `key` empty: not keyed. (RFC 7693)
[[nodiscard]] Bytes32 blake2b(std::span<const std::uint8_t> data,
                              std::span<const std::uint8_t> key = {}) noexcept;

using Signature = std::array<std::uint8_t, 64>;

/// Signs with Ed25519 (RFC 8032). Who has the public key can check it; who has the secret can sign.
class SigningKey {
public:
    explicit SigningKey(const Secret& seed);

    [[nodiscard]] const Bytes32& public_key() const { return public_key_; }
    [[nodiscard]] Signature sign(std::span<const std::uint8_t> data) const noexcept;

private:
    Secret seed_;
    Bytes32 public_key_{};
};

[[nodiscard]] bool is_signed_by(const Bytes32& public_key, std::span<const std::uint8_t> data,
                                const Signature& signature) noexcept;

/// Of X25519, as CURVE uses it. Any 32 bytes are a secret key.
[[nodiscard]] Bytes32 public_key_of(const Secret& secret_key) noexcept;

/// A box of libsodium (crypto_box: X25519, XSalsa20, Poly1305): whoever has one of the two secret
/// keys and the other's public key can open it, and nobody can alter it.
using BoxNonce = std::array<std::uint8_t, 24>;
inline constexpr std::size_t box_overhead = 16;
/// nullopt: the public key is none that a secret belongs to.
[[nodiscard]] std::optional<std::vector<std::uint8_t>> make_box(std::span<const std::uint8_t> plain,
                                                                const BoxNonce& nonce,
                                                                const Bytes32& to_public_key,
                                                                const Secret& from_secret_key);
/// nullopt: it was made with other keys or another nonce, or was altered.
[[nodiscard]] std::optional<std::vector<std::uint8_t>> open_box(std::span<const std::uint8_t> box,
                                                                const BoxNonce& nonce,
                                                                const Bytes32& from_public_key,
                                                                const Secret& to_secret_key);

/// In constant time.
[[nodiscard]] bool equal(const Bytes32& left, const Bytes32& right) noexcept;

/// The id of the session that holds this CURVE public key: the first 16 bytes of the BLAKE2b-256
/// of "crier session" and the key (PROTOCOL.md, "Session ids").
[[nodiscard]] SessionId session_id_of(const Bytes32& public_key) noexcept;

/// Proves possession of a join secret: BLAKE2b-256 of the own public key, keyed with the secret.
[[nodiscard]] Bytes32 join_proof(const Secret& join_secret, const Bytes32& public_key) noexcept;

/// A fresh UUIDv7 (RFC 9562): 48 bits of milliseconds, then random bits. Sorts by time.
[[nodiscard]] MessageId new_message_id(UtcTime now) noexcept;

/// base64url without padding (RFC 4648, 5).
[[nodiscard]] std::string to_base64url(std::span<const std::uint8_t> bytes);
/// False, and `bytes` untouched, for text that is no base64url.
[[nodiscard]] bool from_base64url(std::string_view text, std::string& bytes);
/// The same of base64 with its padding (RFC 4648, 4), as JSON of other makers has it.
[[nodiscard]] bool from_base64(std::string_view text, std::string& bytes);

}  // namespace crier
