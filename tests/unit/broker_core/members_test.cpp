// Which brokers belong to a cluster, and what becomes of one that an operator has forgotten.

#include <gtest/gtest.h>

#include "tests/support/cluster_driver.hpp"

namespace crier::testing {
namespace {

using namespace broker;
using protocol::Accepted;
using protocol::Done;
using protocol::Refused;

class Members : public ::testing::Test {
protected:
    Members() {
        cluster.change_members({cluster.id(0), cluster.id(1), cluster.id(2)});
        cluster.broker(0).join("vanessa-1");
        cluster.settle();
        op = cluster.broker(2).join_operator();
        cluster.settle();
    }
    void forget(const BrokerId& broker) {
        cluster.broker(2).to_operator(op);
        cluster.broker(2).ask(op, protocol::ForgetBroker{0, broker});
        cluster.settle();
    }
    std::string refusal() {
        const auto refused = cluster.broker(2).last<Refused>(op);
        EXPECT_TRUE(refused);
        return refused ? to_string({refused->code, refused->detail}) : "";
    }
    std::vector<BrokerId> listed(std::size_t at) {
        const PeerId asker = cluster.broker(at).join_operator();
        cluster.broker(at).ask(asker, protocol::AskCluster{});
        const auto status = cluster.broker(at).last<protocol::ClusterStatus>(asker);
        std::vector<BrokerId> ids;
        for (const auto& one : status->brokers) {
            ids.push_back(one.id);
        }
        return ids;
    }

    ClusterDriver cluster{3};
    PeerId op{};
};

TEST_F(Members, ThatHaveGoneAreForgottenByAllWithTheirSessions) {
    cluster.kill(0);
    ASSERT_EQ(listed(1).size(), 3u);
    forget(cluster.id(0));
    EXPECT_TRUE(cluster.broker(2).last<Done>(op));
    for (const std::size_t at : {1u, 2u}) {
        EXPECT_EQ(listed(at), (std::vector<BrokerId>{cluster.id(1), cluster.id(2)})) << at;
    }
    cluster.broker(2).send(op, 1, "Salut", Target::of({id_of("vanessa-1")}));
    cluster.settle();
    EXPECT_NE(refusal().find("session_unknown"), std::string::npos);
    cluster.broker(2).send(op, 2, "To all");
    cluster.settle();
    const auto accepted = cluster.broker(2).last<Accepted>(op);
    ASSERT_TRUE(accepted);
    EXPECT_TRUE(accepted->silent.empty()) << "nobody waits for it";
}

TEST_F(Members, AreNotForgottenBeforeTheLogSaysSo) {
    cluster.kill(0);
    cluster.hold_log();
    forget(cluster.id(0));
    EXPECT_FALSE(cluster.broker(2).last<Done>(op));
    EXPECT_EQ(listed(2).size(), 3u);
    cluster.release_log();
    EXPECT_TRUE(cluster.broker(2).last<Done>(op));
}

TEST_F(Members, ThatAreAliveAreNotForgotten) {
    forget(cluster.id(0));
    EXPECT_EQ(refusal(), "broker broker-0 is alive: stop it first (target_invalid, 4003)");
    forget(cluster.id(2));
    EXPECT_EQ(refusal(),
              "that is this broker itself: ask another one, when this one has stopped for good "
              "(target_invalid, 4003)");
    EXPECT_EQ(listed(2).size(), 3u);
}

TEST_F(Members, AreThoseThatCanBeForgotten) {
    const BrokerId stranger{};
    forget(stranger);
    EXPECT_NE(refusal().find("no broker " + to_string(stranger) + " belongs to the cluster"),
              std::string::npos);
}

TEST_F(Members, AreForgottenByWhoeverHasTheRight) {
    cluster.kill(0);
    const PeerId looker = cluster.broker(2).join_operator({Right::send, Right::list, Right::watch});
    cluster.broker(2).ask(looker, protocol::ForgetBroker{0, cluster.id(0)});
    cluster.settle();
    const auto refused = cluster.broker(2).last<Refused>(looker);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, ErrorCode::not_authorized);
    EXPECT_EQ(listed(2).size(), 3u);
}

TEST_F(Members, AreNotForgottenWhileTheLogTakesNothing) {
    cluster.kill(0);
    cluster.broker(2).change_backbone(Error{ErrorCode::backbone_unreachable, "no backbone"});
    forget(cluster.id(0));
    EXPECT_NE(refusal().find("backbone_unreachable"), std::string::npos);
}

TEST_F(Members, ThatComeBackAreListedOnceMore) {
    cluster.kill(0);
    forget(cluster.id(0));
    cluster.start(0);
    cluster.change_members({cluster.id(0), cluster.id(1), cluster.id(2)});
    EXPECT_EQ(listed(1).size(), 3u);
    cluster.broker(2).send(op, 1, "Salut", Target::of({id_of("vanessa-1")}));
    cluster.settle();
    EXPECT_TRUE(cluster.broker(2).last<Accepted>(op)) << "with the session that it had";
}

TEST_F(Members, ThatNobodyHasHeardAreListedAsSilentAndCanBeForgotten) {
    BrokerId dead;
    dead.bytes.fill(77);
    cluster.change_members({cluster.id(0), cluster.id(1), cluster.id(2), dead});
    cluster.broker(2).ask(op, protocol::AskCluster{});
    const auto status = cluster.broker(2).last<protocol::ClusterStatus>(op);
    ASSERT_TRUE(status);
    ASSERT_EQ(status->brokers.size(), 4u);
    const auto found = std::find_if(status->brokers.begin(), status->brokers.end(),
                                    [&](const ClusterBroker& one) { return one.id == dead; });
    ASSERT_NE(found, status->brokers.end());
    EXPECT_FALSE(found->is_reachable);
    EXPECT_EQ(found->heard, UtcTime{});
    forget(dead);
    EXPECT_EQ(listed(2).size(), 3u);
}

TEST_F(Members, ThatABrokerStillHearsAreForgottenByItWhenTheyAreSilentThereToo) {
    cluster.cut_link(0, 2);
    forget(cluster.id(0));
    EXPECT_TRUE(cluster.broker(2).last<Done>(op));
    EXPECT_EQ(listed(1).size(), 3u) << "it can be asked there";
    cluster.kill(0);
    EXPECT_EQ(listed(1), (std::vector<BrokerId>{cluster.id(1), cluster.id(2)}));
}

TEST(MembersThatNeverWereOnes, CanBeForgotten) {
    ClusterDriver cluster{3};
    cluster.change_members({cluster.id(1), cluster.id(2)});
    const PeerId op = cluster.broker(2).join_operator();
    cluster.kill(0);
    cluster.broker(2).ask(op, protocol::ForgetBroker{0, cluster.id(0)});
    cluster.settle();
    EXPECT_TRUE(cluster.broker(2).last<Done>(op));
    for (const std::size_t at : {1u, 2u}) {
        const PeerId asker = cluster.broker(at).join_operator();
        cluster.broker(at).ask(asker, protocol::AskCluster{});
        EXPECT_EQ(cluster.broker(at).last<protocol::ClusterStatus>(asker)->brokers.size(), 2u);
    }
}

TEST_F(Members, ThatWereForgottenDoNotComeBackByHearsay) {
    cluster.kill(0);
    cluster.cut_link(1, 2);
    cluster.broker(2).change_members({cluster.id(1), cluster.id(2)});
    // Broker 1 has not followed the log so far, and tells of all that it knows.
    cluster.mend_link(1, 2);
    cluster.settle();
    EXPECT_EQ(listed(1).size(), 3u);
    EXPECT_EQ(listed(2), (std::vector<BrokerId>{cluster.id(1), cluster.id(2)}));
}

TEST(MembersThatAreSought, AreMissedUntilTheirTimeIsOver) {
    ClusterDriver cluster{1};
    BrokerDriver& broker = cluster.broker(0);
    cluster.change_members({cluster.id(0), cluster.id(1)});
    broker.change_backbone(std::nullopt);
    const PeerId op = broker.join_operator();
    broker.send(op, 1, "To whom?");
    const auto refused = broker.last<Refused>(op);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, ErrorCode::backbone_unreachable);
    broker.ask(op, protocol::ListSessions{});
    const auto page = broker.last<protocol::SessionPage>(op);
    ASSERT_TRUE(page);
    EXPECT_EQ(page->silent, (std::vector<SilentBroker>{{to_string(cluster.id(1)), 0}}));

    cluster.advance(Milliseconds{3'000});
    broker.send(op, 2, "To all that are there");
    cluster.settle();
    EXPECT_TRUE(broker.last<Accepted>(op));
}

}  // namespace
}  // namespace crier::testing
