// Accepting: an entry is accepted when the stream's feed has shown it and the disk has it; what is
// refused is nowhere, and what is not known is called so.
// Method: three brokers, their stream and their disks in virtual time; or an ordering by hand.

#include "tests/unit/cluster/cluster_fixture.hpp"

namespace crier::testing {
namespace {

using broker::NotPublished;
using broker::Published;
using broker::Refuse;

class Accepting : public ClusterTest {};

TEST_F(Accepting, TakesAnEntryInOnEveryBrokerInOneOrder) {
    start_all();
    a.propose(entry_number(1));
    b.propose(entry_number(2));
    c.propose(entry_number(3));
    settle();
    EXPECT_EQ(a.stored().size(), 3u);
    EXPECT_EQ(b.stored(), a.stored());
    EXPECT_EQ(c.stored(), a.stored());
    EXPECT_TRUE(a.accepted.contains(message_id(1)));
    EXPECT_TRUE(c.accepted.contains(message_id(3)));
    EXPECT_EQ(b.accepted.size(), 1u);
}

TEST_F(Accepting, IsNotDoneBeforeTheDiskHasIt) {
    a.disk_delay_max = Milliseconds(500);
    start_all();
    pass(Milliseconds(1'000));
    a.propose(entry_number(1));
    settle();
    ASSERT_EQ(in_stream(), ids({1}));
    EXPECT_TRUE(a.accepted.empty());
    pass(Milliseconds(500));
    EXPECT_TRUE(a.accepted.contains(message_id(1)));
}

TEST_F(Accepting, RefusesWhatIsProposedWhileTheBackboneIsAway) {
    start_all();
    cut_all();
    a.propose(entry_number(1));
    EXPECT_EQ(a.refused[message_id(1)], ErrorCode::backbone_unreachable);
    connect_all();
    pass(Milliseconds(20'000));
    EXPECT_TRUE(in_stream().empty());
}

TEST_F(Accepting, PublishesAgainWhatNobodyAnswered) {
    start_all();
    stream.settings.lost = 1'000;
    a.propose(entry_number(1));
    pass(Milliseconds(2'500));
    EXPECT_TRUE(in_stream().empty());
    stream.settings.lost = 0;
    pass(Milliseconds(1'000));
    EXPECT_TRUE(a.accepted.contains(message_id(1)));
    EXPECT_EQ(copies_of(1), 1u);
}

TEST_F(Accepting, KnowsAnEntryByTheFeedWhenNobodySaidThatItWasPublished) {
    start_all();
    stream.settings.unanswered = 1'000;
    accept(a, 1);
    pass(Milliseconds(20'000));
    EXPECT_EQ(copies_of(1), 1u);
    EXPECT_TRUE(a.refused.empty());
}

TEST_F(Accepting, SaysThatItIsNotKnownWhenTheFeedHasNotShownItInTime) {
    start_all();
    stream.settings.lost = 1'000;
    a.propose(entry_number(1));
    pass(Milliseconds(9'900));
    EXPECT_TRUE(a.refused.empty());
    pass(Milliseconds(100));
    EXPECT_EQ(a.refused[message_id(1)], ErrorCode::outcome_unknown);
}

TEST_F(Accepting, TakesInLaterWhatWasCutOffOnItsWay) {
    start_all();
    stream.settings.delay_max = Milliseconds(0);
    a.propose(entry_number(1));
    stream.advance(now);  // The stream has it, and the others do.
    stream.cut(0);
    pass(Milliseconds(12'000));
    EXPECT_EQ(a.refused[message_id(1)], ErrorCode::outcome_unknown);
    connect_all();
    EXPECT_EQ(a.stored(), ids({1}));
    EXPECT_EQ(b.stored(), ids({1}));
}

TEST_F(Accepting, HoldsWhatCameTooLateForVoidEverywhere) {
    start_all();
    stream.settings.epoch += Milliseconds(8'001);
    a.propose(entry_number(1));
    settle();
    EXPECT_EQ(a.refused[message_id(1)], ErrorCode::backbone_unreachable);
    for (ClusterNode* node : all) {
        EXPECT_TRUE(node->stored().empty());
        EXPECT_EQ(node->count_of(broker::OrderingFact::void_entry), 1u);
    }
}

TEST_F(Accepting, TakesInTheLastMomentOfItsTime) {
    start_all();
    stream.settings.epoch += Milliseconds(8'000);
    accept(a, 1);
}

// Though the stream still knows the late one's id.
TEST_F(Accepting, TakesTheSameEntryAgainRightAfterItCameTooLate) {
    start_all();
    stream.settings.epoch += Milliseconds(9'000);
    a.propose(entry_number(1));
    settle();
    ASSERT_EQ(a.refused.count(message_id(1)), 1u);
    stream.settings.epoch -= Milliseconds(9'000);
    pass(Milliseconds(100));
    accept(a, 1);
    EXPECT_EQ(c.stored(), ids({1}));
}

TEST_F(Accepting, StoresOnceWhatTwoBrokersPropose) {
    start_all();
    a.propose(entry_number(1));
    b.propose(entry_number(1));
    settle();
    EXPECT_EQ(copies_of(1), 2u);
    EXPECT_EQ(a.stored(), ids({1}));
    EXPECT_TRUE(a.accepted.contains(message_id(1)));
    EXPECT_TRUE(b.accepted.contains(message_id(1)));
    EXPECT_EQ(a.place_of(1), (LogPosition{1, 2}));
}

TEST_F(Accepting, StoresOnceWhatTheStreamForgetsThatItHas) {
    start_all();
    stream.settings.unanswered = stream.settings.doubled = 1'000;
    a.break_disk();  // So that it is not seen, and published again.
    a.propose(entry_number(1));
    settle();
    a.recover_disk();
    pass(Milliseconds(3'000));
    EXPECT_GE(copies_of(1), 1u);
    EXPECT_EQ(b.stored(), ids({1}));
    EXPECT_EQ(a.stored(), ids({1}));
}

TEST_F(Accepting, KeepsTheBrokersOwnEntriesUntilTheBackboneIsBack) {
    start_all();
    cut_all();
    a.propose(entry_number(1), true);
    pass(Milliseconds(60'000));
    EXPECT_TRUE(a.refused.empty());
    connect_all();
    EXPECT_TRUE(a.accepted.contains(message_id(1)));
    EXPECT_EQ(c.stored(), ids({1}));
}

TEST_F(Accepting, NeverHoldsTheBrokersOwnEntriesForLate) {
    start_all();
    stream.settings.epoch += Milliseconds(60'000);
    a.propose(entry_number(1), true);
    settle();
    EXPECT_EQ(b.stored(), ids({1}));
}

TEST_F(Accepting, RefusesWhatIsMoreThanItCanHaveOnItsWay) {
    a.settings.proposals_max = 2;
    start_all();
    stream.settings.lost = 1'000;
    for (std::uint64_t number = 1; number <= 3; ++number) a.propose(entry_number(number));
    a.propose(entry_number(4), true);
    EXPECT_EQ(a.refused.size(), 1u);
    EXPECT_EQ(a.refused[message_id(3)], ErrorCode::overloaded);
    stream.settings.lost = 0;
    pass(Milliseconds(2'000));
    EXPECT_EQ(a.accepted.size(), 3u);
    accept(a, 5);
}

TEST_F(Accepting, FollowsAgainFromTheCursorWhenTheDiskIsBack) {
    start_all();
    accept(a, 1);
    a.break_disk();
    a.propose(entry_number(2));
    settle();
    accept(b, 3);
    EXPECT_FALSE(a.is_ready());
    EXPECT_EQ(a.stored(), ids({1}));
    EXPECT_TRUE(a.refused.empty());
    a.recover_disk();
    settle();
    EXPECT_TRUE(a.is_ready());
    EXPECT_EQ(a.stored(), ids({1, 2, 3}));
    EXPECT_TRUE(a.accepted.contains(message_id(2)));
}

TEST_F(Accepting, LetsTheFeedWaitForTheDisk) {
    b.settings.stores_max = 3;
    b.disk_delay_max = Milliseconds(50);
    start_all();
    pass(Milliseconds(100));
    std::vector<std::uint64_t> numbers;
    for (std::uint64_t number = 1; number <= 20; ++number) {
        numbers.push_back(number);
        accept(a, number);
    }
    pass(Milliseconds(2'000));
    EXPECT_EQ(b.stored(), ids(numbers));
}

// ---- By hand ------------------------------------------------------------------------------------

TEST(AcceptingAlone, KnowsThatWhatNeverLeftIsNowhere) {
    BareOrdering broker;
    broker.make_ready();
    for (broker.step(broker::Propose{entry_number(1)}); !broker.find<Refuse>();
         broker.pass(Milliseconds(1'000))) {
        const auto* published = broker.find<broker::Publish>();
        if (published == nullptr) continue;
        broker.step(NotPublished{published->id, NotPublished::Why::not_sent, {}});
    }
    EXPECT_EQ(broker.find<Refuse>()->error.code, ErrorCode::backbone_unreachable);
    EXPECT_EQ(broker.now.time_since_epoch(), Milliseconds(1'010'000));
}

TEST(AcceptingAlone, PublishesTheSameBytesUntilTheirTimeIsOver) {
    BareOrdering broker;
    broker.make_ready();
    broker.step(broker::Propose{entry_number(1)});
    const broker::Publish first = *broker.find<broker::Publish>();
    int attempts = 1;
    while (!broker.find<Refuse>()) {
        broker.pass(Milliseconds(1'000));
        const auto* again = broker.find<broker::Publish>();
        if (again == nullptr) continue;
        attempts += 1;
        EXPECT_EQ(again->body, first.body);
        EXPECT_EQ(again->id, first.id);
    }
    EXPECT_EQ(attempts, 8);
    EXPECT_EQ(broker.find<Refuse>()->error.code, ErrorCode::outcome_unknown);
}

TEST(AcceptingAlone, DoesNotCallVoidWhatMayHaveBeenInTimeInAnotherStream) {
    BareOrdering broker;
    broker.make_ready();
    broker.step(broker::Propose{entry_number(1)});
    const broker::Publish published = *broker.find<broker::Publish>();
    broker.step(broker::BackboneDown{{ErrorCode::broker_unreachable, "gone"}});
    broker.step(broker::BackboneUp{{1, 1}});
    broker.answer_journal();
    broker.now += Milliseconds(8'500);
    broker.step(broker::Fed{{1, broker.moment().utc, published.id, published.body}});
    ASSERT_TRUE(broker.find<Refuse>());
    EXPECT_EQ(broker.find<Refuse>()->error.code, ErrorCode::outcome_unknown);
}

TEST(AcceptingAlone, TakesAnAnswerThatComesAfterTheFeedForWhatItIs) {
    BareOrdering broker;
    broker.make_ready();
    broker.step(broker::Propose{entry_number(1)});
    const broker::Publish published = *broker.find<broker::Publish>();
    broker.step(broker::Fed{{1, broker.moment().utc, published.id, published.body}});
    EXPECT_TRUE(broker.find<broker::Store>());
    EXPECT_TRUE(broker.step(Published{published.id, 1, false}).empty());
    broker.step(broker::Stored{1});
    EXPECT_TRUE(broker.step(Published{published.id, 1, true}).empty());
}

TEST(AcceptingAlone, ShownTwiceTakesTheSameMessageInOnce) {
    BareOrdering broker;
    broker.make_ready();
    const StreamMessage message = broker.entry(1, 7);
    broker.step(broker::Fed{message});
    EXPECT_TRUE(broker.find<broker::Store>());
    EXPECT_TRUE(broker.step(broker::Fed{message}).empty());
}

TEST(AcceptingAlone, WondersAboutWhatIsThereAndDoesNotCome) {
    BareOrdering broker;
    broker.make_ready();
    broker.step(broker::Propose{entry_number(1)});
    broker.step(Published{broker.find<broker::Publish>()->id, 1, false});
    bool has_asked = false;
    for (int second = 0; second < 7; ++second) {
        broker.pass(Milliseconds(1'000));
        has_asked = has_asked || broker.find<broker::AskExtent>();
    }
    EXPECT_TRUE(has_asked);
}

}  // namespace
}  // namespace crier::testing
