/// \file
/// Whose key is whose, and what it may do. The default is nothing.

#pragma once

#include <map>
#include <string>
#include <string_view>

#include "broker/core/rights.hpp"
#include "crier/result.hpp"
#include "shared/base/crypto.hpp"

namespace crier::broker {

struct Principal {
    std::string name;  ///< One line, 1 to 64 bytes.
    Rights rights;

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

/// One line for each: key in base64url, the lines of its rights joined by commas, name. '#' begins
/// a comment.
[[nodiscard]] std::string to_text(const Principals& principals);
/// Errors: configuration_invalid (fix_request), with the line's number and what is wrong in it.
[[nodiscard]] Result<Principals> parse_principals(std::string_view text);

}  // namespace crier::broker
