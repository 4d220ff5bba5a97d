/// \file
/// Whose key is whose, and what it may do. The default is nothing.

#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "crier/result.hpp"
#include "shared/base/crypto.hpp"

namespace crier::broker {

namespace rights {
inline constexpr std::string_view send = "send";
inline constexpr std::string_view list = "list";      ///< Sessions, messages, outcomes.
inline constexpr std::string_view watch = "watch";    ///< Events as they happen.
inline constexpr std::string_view listen = "listen";  ///< To the bell.
}  // namespace rights

struct Principal {
    std::string name;                 ///< One line, 1 to 64 bytes.
    std::vector<std::string> rights;  ///< Of namespace rights, each once.

    [[nodiscard]] bool has(std::string_view right) const;
    /// Has a right that is used on the operators' door.
    [[nodiscard]] bool is_operator() const;

    bool operator==(const Principal&) const = default;
};

/// Registered public keys. A value: made at start, then only read, from any thread.
class Principals {
public:
    /// False: the key is registered already, and nothing was changed.
    bool add(const Bytes32& public_key, Principal principal);

    /// nullptr: not registered. Valid as long as this is.
    [[nodiscard]] const Principal* find(const Bytes32& public_key) const;

    [[nodiscard]] const std::map<Bytes32, Principal>& all() const { return by_key_; }

private:
    std::map<Bytes32, Principal> by_key_;
};

/// One line for each: key in base64url, rights joined by commas, name. '#' begins a comment.
[[nodiscard]] std::string to_text(const Principals& principals);
/// Errors: configuration_invalid (fix_request), with the line's number and what is wrong in it.
[[nodiscard]] Result<Principals> parse_principals(std::string_view text);

}  // namespace crier::broker
