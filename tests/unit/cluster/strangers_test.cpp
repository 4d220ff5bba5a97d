// Whose stream it is: a broker with other keys than those who write there is refused, and changes
// nothing, wherever it comes from. Method: as accepting_test.cpp.

#include "tests/unit/cluster/cluster_fixture.hpp"

namespace crier::testing {
namespace {

using broker::OrderingFact;

/// With a data folder of its own, not with what `crierd join` makes.
class Strangers : public ClusterTest {
protected:
    void start_the_cluster() {
        a.start(now);
        b.start(now);
        settle();
        accept(a, 1);
        accept(b, 2);
        c.settings.key = Secret(Bytes32{9});
        c.know_members({});
    }
    void remove_the_beginning() {
        restore_from(2);
        stream.connect(0);
        stream.connect(1);
        settle();
    }
    void come_from_another_cluster() {
        c.know_members({broker_id(2)});
        broker::Batch history;
        history.entries = {entry_number(7), entry_number(8)};
        history.places = {{1, 1}, {1, 2}};
        history.cursor = LogCursor{{1, 2}, message_id(50)};
        ASSERT_TRUE(c.journal->append(history));
    }
    void expect_refused() {
        const std::size_t before = stream.messages().size();
        std::size_t starts = 0;
        for (const char* when : {"at its first start", "at the next"}) {
            c.start(now);
            pass(Milliseconds(30'000));
            EXPECT_FALSE(c.is_ready()) << when;
            ASSERT_TRUE(c.problem) << when;
            EXPECT_NE(c.problem->detail.find("crierd join"), std::string::npos)
                << c.problem->detail;
            EXPECT_EQ(c.count_of(OrderingFact::other_cluster), ++starts) << "once at each";
            EXPECT_EQ(stream.messages().size(), before) << when;
            c.crash();
        }
        accept(b, 3);
    }
};

TEST_F(Strangers, AreRefusedAndChangeNothing) {
    start_the_cluster();
    broker::Batch history;
    history.entries = {entry_number(7), entry_number(8)};
    ASSERT_TRUE(c.journal->append(history));
    expect_refused();
}

TEST_F(Strangers, AreRefusedWhereTheStreamsBeginningWasRemoved) {
    start_the_cluster();
    remove_the_beginning();
    expect_refused();
}

TEST_F(Strangers, AreRefusedThoughTheyWereInAClusterBefore) {
    start_the_cluster();
    come_from_another_cluster();
    expect_refused();
}

TEST_F(Strangers, AreRefusedThoughWhatTheyFollowedMayHaveBeenRemoved) {
    start_the_cluster();
    remove_the_beginning();
    come_from_another_cluster();
    expect_refused();
}

/// Its journal is from before what it wrote, and somebody else wrote first.
TEST_F(ClusterTest, ABrokerTakesInWhatItWroteItselfBehindAForeignMessage) {
    stream.write(std::nullopt, Bytes{1, 2, 3});
    const auto write = [this](const broker::Envelope& envelope) {
        const auto sealed = broker::seal(envelope, cluster_key());
        stream.write(sealed.id, sealed.body);
    };
    write({broker_id(0), 1, std::nullopt, broker::Joined{broker_id(0), {}}});
    write({broker_id(0), 1, std::nullopt, entry_number(1)});
    write({broker_id(1), 1, std::nullopt, entry_number(2)});
    a.know_members({});
    a.start(now);
    settle();
    EXPECT_TRUE(a.is_ready());
    EXPECT_EQ(a.stored(), ids({1, 2}));
    EXPECT_EQ(a.ordering().members(), std::vector<BrokerId>{broker_id(0)});
}

TEST_F(Strangers, ThatComeToAnEmptyStreamTogetherAreNotBothLetIn) {
    c.settings.key = Secret(Bytes32{9});
    for (ClusterNode* node : {&a, &c}) node->know_members({});
    a.start(now);
    c.start(now);
    pass(Milliseconds(10'000));
    EXPECT_NE(a.is_ready(), c.is_ready());
    ClusterNode& stranger = a.is_ready() ? c : a;
    EXPECT_EQ(stranger.count_of(OrderingFact::other_cluster), 1u);
    stranger.crash();
    stranger.start(now);
    pass(Milliseconds(10'000));
    EXPECT_FALSE(stranger.is_ready()) << "what it wrote itself does not make it welcome";
    accept(a.is_ready() ? a : c, 1);
}

TEST_F(ClusterTest, BrokersThatHearEachOtherGoOnWhereOnlyForeignMessagesAreLeft) {
    const MemoryStream::Copy empty = stream.copy();
    start_all();
    accept(a, 1);
    for (ClusterNode* node : all) node->crash();
    restore(empty);
    stream.write(std::nullopt, Bytes{1, 2, 3});
    start_all();
    EXPECT_EQ(a.count_of(OrderingFact::other_cluster), 1u) << "alone, nobody can tell";
    EXPECT_EQ(stream.messages().size(), 1u);
    for (ClusterNode* node : all) {
        node->step(broker::OtherFollowed{broker_id(node == &a ? 1 : 0), {}});
    }
    settle();
    expect_everywhere(ids({1}));
    accept(b, 2);
}

}  // namespace
}  // namespace crier::testing
