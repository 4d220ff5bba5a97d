#include "shared/protocol/network.hpp"

#include <gtest/gtest.h>

namespace crier::protocol {
namespace {

bool contains(std::string_view network, std::string_view address) {
    const auto parsed = Network::parse(network);
    EXPECT_TRUE(parsed) << network << ": " << (parsed ? "" : parsed.error().detail);
    return parsed && parsed->contains(address);
}

struct Sample {
    const char* network;
    const char* address;
};

TEST(Network, HasTheAddressesThatBeginWithItsBits) {
    for (const auto& [network, address] : std::vector<Sample>{
             {"10.1.0.0/16", "10.1.0.0"},
             {"10.1.0.0/16", "10.1.255.255"},
             {"10.1.2.3/16", "10.1.99.1"},  // What is set behind the bits does not count.
             {"0.0.0.0/0", "255.255.255.255"},
             {"10.9.8.7/0", "0.0.0.0"},
             {"10.1.2.3/32", "10.1.2.3"},
             {"10.1.2.2/31", "10.1.2.3"},
             {"128.0.0.0/1", "200.1.1.1"},
             {"10.96.0.0/11", "10.127.1.1"},
             {"::/0", "2001:db8::1"},
             {"2001:db8::/32", "2001:db8:ffff::1"},
             {"2001:DB8::/32", "2001:0db8:0::1"},
             {"2001:db8::1/128", "2001:db8:0:0:0:0:0:1"},
             {"2001:db8::2/127", "2001:db8::3"},
             {"fe80::/10", "fe80::1%eth0"},
             {"fe80::/10", "febf::1"},
             {"10.1.0.0/16", "::ffff:10.1.2.3"},
             {"::ffff:10.1.0.0/112", "10.1.2.3"},
             {"::ffff:0:0/96", "10.1.2.3"},
         }) {
        EXPECT_TRUE(contains(network, address)) << network << " " << address;
    }
}

TEST(Network, HasNoOthers) {
    for (const auto& [network, address] : std::vector<Sample>{
             {"10.1.0.0/16", "10.2.0.0"},
             {"10.1.0.0/16", "10.0.255.255"},
             {"10.1.2.3/32", "10.1.2.2"},
             {"10.1.2.2/31", "10.1.2.4"},
             {"128.0.0.0/1", "127.255.255.255"},
             {"10.96.0.0/11", "10.128.0.0"},
             {"2001:db8::1/128", "2001:db8::2"},
             {"2001:db8::2/127", "2001:db8::4"},
             {"2001:db8::/32", "2001:db9::"},
             {"fe80::/10", "fec0::1"},
             {"::/0", "10.1.2.3"},  // The other family.
             {"0.0.0.0/0", "::1"},
             {"0.0.0.0/0", "2001:db8::1"},
             {"::/0", "::ffff:10.1.2.3"},
             {"::ffff:0:0/95", "10.1.2.3"},
         }) {
        EXPECT_FALSE(contains(network, address)) << network << " " << address;
    }
}

TEST(Network, HasNothingThatIsNoAddress) {
    for (const char* address :
         {"", "ipc", "10.1.2", "10.1.2.3.4", "10.1.2.256", " 10.1.2.3", "10.1.2.3 ", "010.1.2.3",
          "10.1.2.3/32", "::g", ":", "%eth0", "vanessa.example"}) {
        EXPECT_FALSE(contains("0.0.0.0/0", address)) << address;
        EXPECT_FALSE(contains("::/0", address)) << address;
    }
    EXPECT_FALSE(contains("0.0.0.0/0", std::string(5'000, '1')));
}

TEST(Network, SaysWhereATextIsNone) {
    struct Bad {
        std::string text;
        std::size_t position;
        std::string detail;
    };
    const std::vector<Bad> bad{
        {"", 0, "no IP address"},
        {"/16", 0, "no IP address"},
        {"10.1/16", 0, "no IP address"},
        {"10.1.*.*/16", 0, "no IP address"},
        {"ipc/16", 0, "no IP address"},
        {"fe80::1%eth0/64", 0, "no IP address"},
        {"10.1.0.256/16", 0, "no IP address"},
        {std::string(500, '1') + "/16", 0, "no IP address"},
        {"10.1.0.0", 8, "0 to 32"},
        {"10.1.0.0/", 9, "0 to 32"},
        {"10.1.0.0/33", 9, "0 to 32"},
        {"10.1.0.0/-1", 9, "0 to 32"},
        {"10.1.0.0/+1", 9, "0 to 32"},
        {"10.1.0.0/08", 9, "0 to 32"},
        {"10.1.0.0/16/8", 9, "0 to 32"},
        {"10.1.0.0/255.255.0.0", 9, "0 to 32"},
        {"10.1.0.0/4294967312", 9, "0 to 32"},
        {"10.1.0.0/*", 9, "0 to 32"},
        {"2001:db8::/129", 11, "0 to 128"},
    };
    for (const auto& [text, position, detail] : bad) {
        const auto network = Network::parse(text);
        ASSERT_FALSE(network) << text;
        EXPECT_EQ(network.error().position, position) << text;
        EXPECT_NE(network.error().detail.find(detail), std::string::npos)
            << text << ": " << network.error().detail;
    }
}

}  // namespace
}  // namespace crier::protocol
