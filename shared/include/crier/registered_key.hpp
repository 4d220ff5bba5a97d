/// \file
/// Who may come in by key, as operators manage it.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crier/result.hpp"
#include "crier/time.hpp"

namespace crier {

/// Of CURVE. People see it in base64url: 43 characters.
using PublicKey = std::array<std::uint8_t, 32>;

[[nodiscard]] std::string to_string(const PublicKey& key);
/// Errors: usage_invalid (fix_request).
[[nodiscard]] Result<PublicKey> parse_public_key(std::string_view text);

/// Whose key it is, and what it may do.
struct RegisteredKey {
    PublicKey key{};
    std::string name;  ///< One line, 1 to 64 bytes. Who sends is told by it.
    /// One for each, by its name: PROTOCOL.md 2.4 lists them. Empty: it may nothing.
    std::vector<std::string> rights;
    std::string
        user;  ///< Of the program, whose it is; one line, at most 256 bytes. Empty: nobody's.
    std::string note;                ///< For people; one line, at most 200 bytes.
    std::optional<UtcTime> expires;  ///< From then on it counts no more.
    /// In a list: since when this is so, and who said so. Not set: from the start.
    std::optional<UtcTime> since{};
    std::string by{};

    bool operator==(const RegisteredKey&) const = default;
};

/// A change of who may come in, made whole or not at all.
struct KeyChange {
    std::vector<RegisteredKey> set;  ///< Registered, or in place of what was said of the key.
    std::vector<PublicKey> revoke;
    /// Tickets by their id ("jti"), each a line of 1 to 128 bytes.
    std::vector<std::string> revoke_tickets{};
    /// Users whose tickets, issued before, count no more: each a line of 1 to 256 bytes.
    std::vector<std::string> revoke_tickets_of{};

    bool operator==(const KeyChange&) const = default;
};

}  // namespace crier
