// Who a peer is, from what the transport wrote down of its connection.

#include "broker/security/peer_identity.hpp"

#include <gtest/gtest.h>
#include <pwd.h>
#include <unistd.h>

namespace crier::broker {
namespace {

TEST(PeerOrigin, IsTheAccountOnAPath) {
    const passwd* own = getpwuid(geteuid());
    ASSERT_NE(own, nullptr);
    const PeerOrigin origin = origin_of("localhost:" + std::to_string(geteuid()) + ":0:907");
    EXPECT_EQ(origin.address, "ipc");
    EXPECT_EQ(origin.system_user, own->pw_name);
}

TEST(PeerOrigin, IsTheNumberOfAnAccountWithoutAName) {
    EXPECT_EQ(origin_of("localhost:3999999999:0:907").system_user, "3999999999");
}

TEST(PeerOrigin, IsTheAddressOverTheNetwork) {
    EXPECT_EQ(origin_of("10.1.2.3").address, "10.1.2.3");
    EXPECT_EQ(origin_of("2001:db8::1").address, "2001:db8::1");
    EXPECT_EQ(origin_of("::ffff:10.1.2.3").address, "10.1.2.3");
    for (const char* address : {"10.1.2.3", "2001:db8::1", "::1", ""}) {
        EXPECT_FALSE(origin_of(address).system_user) << address;
    }
}

TEST(PeerOrigin, HasNoAccountWhenTheKernelsAnswerIsNotUnderstood) {
    for (const char* address : {"localhost:", "localhost:x:0:1", "localhost:-1:0:1", "localhost:0",
                                "localhost:99999999999:0:1"}) {
        EXPECT_EQ(origin_of(address).address, "ipc");
        EXPECT_FALSE(origin_of(address).system_user) << address;
    }
}

TEST(PeerFacts, AreNoneWithoutAKeyFromZap) {
    const transport::Frame frame;
    EXPECT_FALSE(facts_of(frame, Door::sessions, true));
    EXPECT_FALSE(facts_of(frame, Door::operators, true));
}

TEST(PeerFacts, AreThoseOfAnyoneWhenTheBrokerRunsWithoutKeys) {
    const auto session = facts_of(transport::Frame(), Door::sessions, false);
    ASSERT_TRUE(session);
    EXPECT_FALSE(session->public_key);
    EXPECT_EQ(session->principal, "");
    EXPECT_EQ(session->rights, Rights());
    const auto someone = facts_of(transport::Frame(), Door::operators, false);
    EXPECT_EQ(someone->principal, "operator");
    EXPECT_EQ(someone->rights, Rights::all());
}

}  // namespace
}  // namespace crier::broker
