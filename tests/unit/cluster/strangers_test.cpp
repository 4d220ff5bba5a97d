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
    restore_from(2);
    stream.connect(0);
    stream.connect(1);
    settle();
    expect_refused();
}

TEST_F(Strangers, AreRefusedThoughTheyWereInAClusterBefore) {
    start_the_cluster();
    c.know_members({broker_id(2)});
    broker::Batch history;
    history.entries = {entry_number(7), entry_number(8)};
    history.places = {{1, 1}, {1, 2}};
    history.cursor = LogCursor{{1, 2}, message_id(50)};
    ASSERT_TRUE(c.journal->append(history));
    expect_refused();
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
