/// \file
/// The 16-byte ids of messages, sessions and brokers: raw on the wire, 32 hex digits for people.

#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "crier/result.hpp"

namespace crier {

/// 16 opaque bytes. `Tag` keeps the id of a session from being taken for the id of a message.
template <class Tag>
struct BasicId {
    static constexpr std::size_t size = 16;

    std::array<std::uint8_t, size> bytes{};

    auto operator<=>(const BasicId&) const = default;
    [[nodiscard]] bool is_zero() const { return *this == BasicId{}; }
};

using MessageId = BasicId<struct MessageTag>;
using SessionId = BasicId<struct SessionTag>;
using BrokerId = BasicId<struct BrokerTag>;

namespace detail {
std::string to_hex(std::span<const std::uint8_t> bytes);
bool from_hex(std::string_view text, std::span<std::uint8_t> bytes);
}  // namespace detail

/// 32 lower-case hex digits.
template <class Tag>
[[nodiscard]] std::string to_string(const BasicId<Tag>& id) {
    return detail::to_hex(id.bytes);
}

/// Reads 32 hex digits of either case. Errors: usage_invalid (fix_request).
template <class Id>
[[nodiscard]] Result<Id> parse_id(std::string_view text) {
    Id id;
    if (!detail::from_hex(text, id.bytes)) {
        return fail(ErrorCode::usage_invalid,
                    "\"" + std::string(text.substr(0, 64)) + "\" is no id: it has 32 hex digits");
    }
    return id;
}

}  // namespace crier

template <class Tag>
struct std::hash<crier::BasicId<Tag>> {
    /// Ids are hashes or random already, so eight of their bytes will do.
    std::size_t operator()(const crier::BasicId<Tag>& id) const noexcept {
        std::size_t value = 0;
        std::memcpy(&value, id.bytes.data() + 8, sizeof value);
        return value;
    }
};
