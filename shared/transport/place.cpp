#include "shared/transport/place.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <cstring>

namespace crier::transport {
namespace {

constexpr std::string_view account_start = "localhost:";

std::string text_of(int family, const void* address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    inet_ntop(family, address, text.data(), text.size());
    return text.data();
}

std::string place_of(in6_addr address) {
    constexpr std::size_t network_bytes = 8;
    constexpr std::size_t mapped_at = 12;
    if (IN6_IS_ADDR_V4MAPPED(&address)) return text_of(AF_INET, address.s6_addr + mapped_at);
    std::memset(address.s6_addr + network_bytes, 0, sizeof address.s6_addr - network_bytes);
    return text_of(AF_INET6, &address) + "/64";
}

}  // namespace

std::string place_of(const sockaddr_storage& address) {
    if (address.ss_family == AF_INET6) {
        return place_of(reinterpret_cast<const sockaddr_in6&>(address).sin6_addr);
    }
    return text_of(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr);
}

std::string place_of(std::string_view peer_address) {
    if (peer_address.substr(0, account_start.size()) == account_start) {
        const std::string_view ids = peer_address.substr(account_start.size());
        return "ipc:" + std::string(ids.substr(0, ids.find(':')));
    }
    const std::string text(peer_address.substr(0, peer_address.find('%')));
    in6_addr v6{};
    if (inet_pton(AF_INET6, text.c_str(), &v6) == 1) return place_of(v6);
    return text;
}

}  // namespace crier::transport
