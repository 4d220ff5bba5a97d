/// \file
/// Networks of IP addresses: "10.1.0.0/16", "2001:db8::/32".

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "crier/result.hpp"

namespace crier::protocol {

/// What text is no network, and where it is wrong.
struct NetworkError {
    std::size_t position;  ///< Byte offset.
    std::string detail;
};

/// The addresses of one family that begin with the same bits.
class Network {
public:
    /// An address, a slash, and how many of its bits count; those behind them may be set.
    /// An IPv4 address that is written as one of IPv6 (::ffff:10.1.2.3) is one of IPv4.
    static tl::expected<Network, NetworkError> parse(std::string_view text);

    /// False for what is no IP address ("ipc"), and for one of the other family. Of a link-local
    /// address, the interface behind '%' does not count.
    [[nodiscard]] bool contains(std::string_view address) const noexcept;

private:
    std::array<std::uint8_t, 16> bytes_{};  ///< In network order.
    std::uint8_t size_ = 0;                 ///< Of the family's addresses: 4 or 16 bytes.
    std::uint8_t bits_ = 0;
};

}  // namespace crier::protocol
