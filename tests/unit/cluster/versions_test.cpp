// Brokers of different versions at one log: what an older one cannot read it does not skip.
// Method: as accepting_test.cpp; a newer broker's message is one of this version with a higher
// number of it, under the right seal.

#include "broker/cluster/log_mark.hpp"
#include "tests/unit/cluster/cluster_fixture.hpp"
#include "tests/unit/cluster/newer_envelope.hpp"

namespace crier::testing {
namespace {

using broker::OrderingFact;
using broker::SealedEnvelope;

class Versions : public ClusterTest {
protected:
    static SealedEnvelope entry_of(std::uint64_t number) {
        return broker::seal({broker_id(7), 1, std::nullopt, entry_number(number)}, cluster_key());
    }
    void write(const SealedEnvelope& sealed) { stream.write(sealed.id, sealed.body); }

    void expect_stopped(ClusterNode& node) {
        ASSERT_TRUE(node.problem);
        EXPECT_EQ(node.problem->code, ErrorCode::backbone_unreachable);
        EXPECT_NE(node.problem->detail.find("newer crierd"), std::string::npos)
            << node.problem->detail;
        EXPECT_EQ(node.stored(), ids({1}));
        EXPECT_EQ(node.ordering().followed(), (LogPosition{1, 1}));
    }
};

TEST_F(Versions, WhatOnlyANewerBrokerReadsStopsTheOthersBeforeIt) {
    start_all();
    accept(a, 1);
    write(newer(entry_of(2), cluster_key()));
    write(entry_of(3));
    settle();
    for (ClusterNode* node : all) expect_stopped(*node);
    ASSERT_EQ(b.count_of(OrderingFact::newer_message), 1u);
    EXPECT_EQ(b.noticed(OrderingFact::newer_message).front().number, 2u);
    EXPECT_EQ(b.noticed(OrderingFact::newer_message).front().detail,
              "it is of version 2, and this broker reads up to 1");
    EXPECT_EQ(b.count_of(OrderingFact::foreign_message), 0u);

    a.propose(entry_number(4));
    EXPECT_EQ(a.refused[message_id(4)], ErrorCode::backbone_unreachable);
}

TEST_F(Versions, StopItAgainAfterEveryConnectionAndStart) {
    start_all();
    accept(a, 1);
    write(newer(entry_of(2), cluster_key()));
    settle();
    cut_all();
    connect_all();
    pass(Milliseconds(20'000));
    c.crash();
    c.start(now);
    pass(Milliseconds(20'000));
    for (ClusterNode* node : all) expect_stopped(*node);
}

TEST_F(Versions, OfWhatIsOnItsWayNothingIsPromised) {
    start_all();
    accept(a, 1);
    write(newer(entry_of(2), cluster_key()));
    a.propose(entry_number(3));
    pass(a.settings.accept_window + a.settings.skew_max + Milliseconds(1));
    expect_stopped(a);
    EXPECT_EQ(a.refused[message_id(3)], ErrorCode::outcome_unknown) << "newer ones have it";
}

TEST_F(Versions, ANewerBrokerGoesOnWhereTheOlderOneStopped) {
    start_all();
    accept(a, 1);
    write(newer(entry_of(2), cluster_key()));
    write(entry_of(3));
    settle();
    c.crash();
    // What it reads there, and has on its disk.
    broker::Batch batch;
    batch.entries = {entry_number(2)};
    batch.places = {{1, 2}};
    batch.cursor = LogCursor{{1, 2}, broker::mark_of(stream.messages()[1])};
    ASSERT_TRUE(c.journal->append(batch));
    c.start(now);
    settle();
    EXPECT_TRUE(c.is_ready());
    EXPECT_EQ(c.stored(), ids({1, 2, 3}));
}

TEST_F(Versions, WhatAnotherBrokerHasIsNotSkippedEither) {
    start_all();
    accept(a, 1);
    c.crash();
    accept(a, 2);
    accept(a, 3);
    restore_from(3);
    c.start(now);
    connect_all();
    ASSERT_FALSE(c.asked_peers.empty());
    c.step(broker::PeerNewer{"it is of version 2"});
    expect_stopped(c);
    const std::size_t asked = c.asked_peers.size();
    pass(Milliseconds(20'000));
    EXPECT_EQ(c.asked_peers.size(), asked);
}

}  // namespace
}  // namespace crier::testing
