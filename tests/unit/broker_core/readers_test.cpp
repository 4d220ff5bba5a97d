// What a person has read in one session is taken off that person's screens at all brokers. Method:
// as cluster_test.cpp.

#include "tests/unit/broker_core/cluster_fixture.hpp"

namespace crier::testing {
namespace {

using namespace broker;

/// One person at two brokers, who has message 1 on the screen at the second one.
class ClusterReaders : public Cluster {
protected:
    void SetUp() override {
        cluster.broker(2).send(op, 1, "Read me");
        cluster.settle();
        receipt(1, other, 1, State::displayed);
    }

    const PeerId one = join_local(0, "vanessa-1");
    const PeerId other = join_local(1, "vanessa-2");
    const PeerId op = join_operator(2);
};

TEST_F(ClusterReaders, AreNotAskedAgainAtAnotherBroker) {
    receipt(0, one, 1, State::acknowledged);
    const auto removal = cluster.broker(1).last<protocol::Remove>(other);
    ASSERT_TRUE(removal);
    EXPECT_EQ(removal->cause, protocol::RemovalCause::acknowledged);
    EXPECT_EQ(tally(2, op, 1)[State::acknowledged], 2u);
}

TEST_F(ClusterReaders, AreNotAskedAgainWhereWhatTheyReadIsYetToBeHeardOf) {
    cluster.hold_log_at(1);
    ask_again(2, op);
    protocol::Receipt read;
    read.id = message_id(1);
    read.state = State::acknowledged;
    read.revision = 2;
    cluster.broker(0).receipt(one, read);
    cluster.settle();
    cluster.release_log();
    EXPECT_TRUE(cluster.broker(1).last<protocol::Remove>(other));
    EXPECT_EQ(tally(2, op, 1)[State::acknowledged], 2u);
}

TEST_F(ClusterReaders, AreRememberedOfAMessageThatExpiredWhileTheBrokerWasNotThere) {
    const auto now = [this](std::size_t at) { return cluster.broker(at).now().utc; };
    protocol::Send send;
    send.id = message_id(2);
    send.content.text = "Read me too";
    send.schedule.due = now(1) + Milliseconds{1'000};
    send.expires = now(1) + Milliseconds{1'500};
    cluster.broker(0).set_utc(now(0) - Milliseconds{500});
    cluster.broker(2).ask(op, send);
    cluster.settle();
    cluster.kill(1);
    cluster.advance(Milliseconds{1'600});
    cluster.start(1);
    cluster.settle();
    receipt(0, one, 2, State::acknowledged);
    receipt(1, join_local(1, "vanessa-2"), 2, State::displayed);
    EXPECT_EQ(tally(2, op, 2)[State::acknowledged], 2u);
}

/// What the second broker was not told when it was said, it is told over a new link.
class ClusterReadersFarAway : public ClusterReaders {
protected:
    void SetUp() override {
        ClusterReaders::SetUp();
        cluster.cut_link(0, 1);
        receipt(0, one, 1, State::acknowledged);
        EXPECT_FALSE(is_cleared());
    }
    void say_goodbye() {
        cluster.broker(0).receive(one, protocol::FromSession{protocol::Goodbye{}});
        cluster.settle();
    }
    void mend_link(std::size_t from) {
        cluster.mend_link(from, 1);
        cluster.settle();
    }
    bool is_cleared() { return cluster.broker(1).last<protocol::Remove>(other).has_value(); }
};

TEST_F(ClusterReadersFarAway, AreNotAskedAgainWhenTheLinkIsBack) {
    mend_link(0);
    EXPECT_TRUE(is_cleared());
}

TEST_F(ClusterReadersFarAway, AreRememberedThoughTheirSessionHasEnded) {
    say_goodbye();
    mend_link(0);
    EXPECT_TRUE(is_cleared());
}

TEST_F(ClusterReadersFarAway, AreRememberedByABrokerThatStartsAgain) {
    cluster.kill(0);
    cluster.start(0);
    mend_link(0);
    EXPECT_TRUE(is_cleared());
}

TEST_F(ClusterReadersFarAway, AreRememberedByABrokerThatStartsAgainThoughTheirSessionHasEnded) {
    say_goodbye();
    cluster.kill(0);
    cluster.start(0);
    mend_link(0);
    EXPECT_TRUE(is_cleared());
}

TEST_F(ClusterReadersFarAway, AreToldOfByAThirdBroker) {
    cluster.cut_link(1, 2);
    cluster.kill(0);
    mend_link(2);
    EXPECT_TRUE(is_cleared());
}

TEST_F(Cluster, TakesNobodyForAReaderWhoWasDroppedBeforeAllWereAskedAnew) {
    const PeerId one = join_local(0, "vanessa-1");
    const PeerId op = join_operator(2);
    protocol::Send standing;
    standing.id = message_id(1);
    standing.content.text = "Stands";
    standing.expires = cluster.broker(2).now().utc + Milliseconds{3'600'000};
    standing.schedule.drop = cluster.broker(2).now().utc + Milliseconds{10'000};
    cluster.broker(2).ask(op, standing);
    cluster.settle();
    receipt(0, one, 1, State::acknowledged);
    cluster.advance(Milliseconds{11'000});
    EXPECT_TRUE(cluster.broker(0).was_cut(one));
    const PeerId other = join_local(1, "vanessa-2");
    ask_again(2, op);
    receipt(1, other, 1, State::displayed);
    cluster.kill(0);
    cluster.start(0);
    cluster.settle();
    EXPECT_FALSE(cluster.broker(1).last<protocol::Remove>(other));
}

}  // namespace
}  // namespace crier::testing
