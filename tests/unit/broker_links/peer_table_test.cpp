// PeerTable: numbers are never used again, and lead to one door.

#include "broker/links/peer_table.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <set>

namespace crier::broker {
namespace {

transport::RoutingId routing(std::uint8_t number) {
    transport::RoutingId id;
    id.bytes.fill(number);
    return id;
}

TEST(PeerTable, FindsAPeerByNumberAndByRoutingId) {
    PeerTable peers(Door::sessions);
    const PeerId id = peers.add(routing(1), std::nullopt).id;
    ASSERT_NE(peers.find(id), nullptr);
    EXPECT_EQ(peers.find(id)->routing, routing(1));
    EXPECT_EQ(peers.find(routing(1)), peers.find(id));
    EXPECT_EQ(peers.find(routing(2)), nullptr);
    EXPECT_EQ(peers.size(), 1u);
}

TEST(PeerTable, NeverUsesANumberAgain) {
    PeerTable peers(Door::sessions);
    std::set<PeerId> seen;
    for (int i = 0; i < 1'000; ++i) {
        const PeerId id = peers.add(routing(1), std::nullopt).id;
        EXPECT_TRUE(seen.insert(id).second);
        peers.remove(id);
        EXPECT_EQ(peers.find(id), nullptr);
    }
    EXPECT_EQ(peers.size(), 0u);
}

TEST(PeerTable, DoesNotTakeAnOldNumberForTheNewPeerInItsPlace) {
    PeerTable peers(Door::sessions);
    const PeerId old = peers.add(routing(1), std::nullopt).id;
    peers.remove(old);
    const PeerId young = peers.add(routing(2), std::nullopt).id;
    peers.remove(old);
    EXPECT_EQ(peers.find(old), nullptr);
    ASSERT_NE(peers.find(young), nullptr);
    EXPECT_EQ(peers.find(young)->routing, routing(2));
}

TEST(PeerTable, TellsTheDoorFromTheNumber) {
    PeerTable sessions(Door::sessions);
    PeerTable operators(Door::operators);
    const PeerId session = sessions.add(routing(1), std::nullopt).id;
    const PeerId op = operators.add(routing(1), std::nullopt).id;
    EXPECT_NE(session, op);
    EXPECT_EQ(PeerTable::door_of(session), Door::sessions);
    EXPECT_EQ(PeerTable::door_of(op), Door::operators);
    EXPECT_EQ(sessions.find(op), nullptr);
    EXPECT_EQ(operators.find(session), nullptr);
}

TEST(PeerTable, KnowsWhoWasBoundToADescriptorUntilItIsUnbound) {
    int pair[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    const auto connection = transport::Connection::at(pair[0]);
    ASSERT_TRUE(connection);
    PeerTable peers(Door::sessions);
    const PeerId first = peers.add(routing(1), connection).id;
    const PeerId second = peers.add(routing(2), connection).id;
    peers.add(routing(3), std::nullopt);
    EXPECT_EQ(peers.bound_to(pair[0]).size(), 2u);
    EXPECT_TRUE(peers.bound_to(pair[1]).empty());

    peers.unbind(*peers.find(first));
    EXPECT_EQ(peers.find(first)->connection, std::nullopt);
    EXPECT_EQ(peers.bound_to(pair[0]), (std::vector<PeerId>{second}));
    peers.remove(second);
    EXPECT_TRUE(peers.bound_to(pair[0]).empty());
    close(pair[0]);
    close(pair[1]);
}

}  // namespace
}  // namespace crier::broker
