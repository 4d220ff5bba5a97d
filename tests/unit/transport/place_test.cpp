// Places: the same one however an address is written, and one for whoever has many addresses.

#include "shared/transport/place.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <string>

namespace crier::transport {
namespace {

sockaddr_storage v4(const char* text) {
    sockaddr_storage storage{};
    auto& address = reinterpret_cast<sockaddr_in&>(storage);
    address.sin_family = AF_INET;
    EXPECT_EQ(inet_pton(AF_INET, text, &address.sin_addr), 1);
    return storage;
}

sockaddr_storage v6(const char* text) {
    sockaddr_storage storage{};
    auto& address = reinterpret_cast<sockaddr_in6&>(storage);
    address.sin6_family = AF_INET6;
    EXPECT_EQ(inet_pton(AF_INET6, text, &address.sin6_addr), 1);
    return storage;
}

TEST(Place, IsAnAddressOfIpv4) {
    EXPECT_EQ(place_of(v4("192.0.2.1")), "192.0.2.1");
    EXPECT_EQ(place_of(v6("::ffff:192.0.2.1")), "192.0.2.1");
    EXPECT_EQ(place_of("192.0.2.1"), "192.0.2.1");
    EXPECT_EQ(place_of("::ffff:192.0.2.1"), "192.0.2.1");
}

TEST(Place, IsANetworkOfIpv6) {
    for (const char* text : {"2001:db8:1:2::3", "2001:db8:1:2:ffff:ffff:ffff:ffff"}) {
        EXPECT_EQ(place_of(v6(text)), "2001:db8:1:2::/64");
        EXPECT_EQ(place_of(std::string_view(text)), "2001:db8:1:2::/64");
    }
    EXPECT_EQ(place_of("fe80::1%eth0"), "fe80::/64");
}

TEST(Place, IsTheAccountOnThisMachine) {
    EXPECT_EQ(place_of("localhost:1000:1000:4711"), "ipc:1000");
    EXPECT_EQ(place_of("localhost:1000:1000:4712"), "ipc:1000");
}

TEST(Place, IsWhateverElseIsSaid) {
    EXPECT_EQ(place_of(""), "");
    EXPECT_EQ(place_of("localhost"), "localhost");
}

}  // namespace
}  // namespace crier::transport
