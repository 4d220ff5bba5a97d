/// \file
/// Whose key is whose, and what it may do. The default is nothing.

#pragma once

#include <map>
#include <string>
#include <utility>

#include "broker/core/rights.hpp"
#include "shared/base/crypto.hpp"

namespace crier::broker {

struct Principal {
    std::string name;  ///< One line, 1 to 64 bytes.
    Rights rights;
    std::string within{};  ///< The filter for whom messages may reach; empty: everybody.
    std::string user{};    ///< Of the program, whose key it is; empty: nobody's.

    bool operator==(const Principal&) const = default;
};

/// Public keys that count now. A value: made, then only read, from any thread.
class Principals {
public:
    /// False: the key is there already, and nothing was changed.
    bool add(const Bytes32& public_key, Principal principal) {
        return by_key_.emplace(public_key, std::move(principal)).second;
    }

    /// nullptr: not registered. Valid as long as this is.
    [[nodiscard]] const Principal* find(const Bytes32& public_key) const {
        const auto found = by_key_.find(public_key);
        return found == by_key_.end() ? nullptr : &found->second;
    }

    [[nodiscard]] const std::map<Bytes32, Principal>& all() const { return by_key_; }

    bool operator==(const Principals&) const = default;

private:
    std::map<Bytes32, Principal> by_key_;
};

}  // namespace crier::broker
