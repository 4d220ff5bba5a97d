#include "shared/protocol/network.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace crier::protocol {
namespace {

constexpr std::size_t v4_size = 4;
constexpr std::size_t v6_size = 16;
constexpr std::array<std::uint8_t, 12> mapped_start{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned mapped_bits = 8 * mapped_start.size();

struct Address {
    std::array<std::uint8_t, v6_size> bytes{};
    std::size_t size = 0;

    [[nodiscard]] bool is_mapped() const {
        return size == v6_size &&
               std::equal(mapped_start.begin(), mapped_start.end(), bytes.begin());
    }
    /// Requires: is_mapped().
    void unmap() {
        std::copy(bytes.begin() + mapped_start.size(), bytes.end(), bytes.begin());
        size = v4_size;
    }
};

std::optional<Address> parse_address(std::string_view text) noexcept {
    std::array<char, INET6_ADDRSTRLEN> terminated{};
    if (text.size() >= terminated.size()) return std::nullopt;
    std::copy(text.begin(), text.end(), terminated.begin());
    const bool is_v6 = text.find(':') != std::string_view::npos;
    Address address;
    address.size = is_v6 ? v6_size : v4_size;
    const int family = is_v6 ? AF_INET6 : AF_INET;
    if (inet_pton(family, terminated.data(), address.bytes.data()) != 1) return std::nullopt;
    return address;
}

std::optional<unsigned> parse_bits(std::string_view text) {
    unsigned bits = 0;
    const bool is_padded = text.size() > 1 && text.front() == '0';
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bits);
    if (error != std::errc{} || end != text.data() + text.size() || is_padded) return std::nullopt;
    return bits;
}

}  // namespace

tl::expected<Network, NetworkError> Network::parse(std::string_view text) {
    const std::size_t slash = std::min(text.find('/'), text.size());
    auto address = parse_address(text.substr(0, slash));
    if (!address) {
        return tl::unexpected<NetworkError>(
            {0,
             "no IP address stands before /; a network is, for example, 10.1.0.0/16 or "
             "2001:db8::/32"});
    }
    const std::size_t behind = std::min(slash + 1, text.size());
    auto bits = parse_bits(text.substr(behind));
    if (!bits || *bits > 8 * address->size) {
        return tl::unexpected<NetworkError>({behind, "behind / stands how many bits count: 0 to " +
                                                         std::to_string(8 * address->size) +
                                                         " of an address like this one"});
    }
    if (address->is_mapped() && *bits >= mapped_bits) {
        address->unmap();
        *bits -= mapped_bits;
    }
    Network network;
    network.bytes_ = address->bytes;
    network.size_ = static_cast<std::uint8_t>(address->size);
    network.bits_ = static_cast<std::uint8_t>(*bits);
    return network;
}

bool Network::contains(std::string_view address) const noexcept {
    auto parsed = parse_address(address.substr(0, address.find('%')));
    if (!parsed) return false;
    if (parsed->is_mapped()) parsed->unmap();
    if (parsed->size != size_) return false;
    const std::size_t whole = bits_ / 8;
    const unsigned rest = bits_ % 8;
    if (!std::equal(bytes_.begin(), bytes_.begin() + whole, parsed->bytes.begin())) return false;
    if (rest == 0) return true;
    const auto mask = static_cast<std::uint8_t>(0xff << (8 - rest));
    return ((bytes_[whole] ^ parsed->bytes[whole]) & mask) == 0;
}

}  // namespace crier::protocol
