// The stream that was followed, and the one that is there: a stream that was rolled back is seen,
// and what it lost is put back, whatever happens meanwhile; a single broker's log grows into one.
// Method: as accepting_test.cpp.

#include "broker/cluster/log_mark.hpp"
#include "tests/unit/cluster/cluster_fixture.hpp"

namespace crier::testing {
namespace {

using broker::AskPeer;
using broker::Envelope;
using broker::Looked;
using broker::NewGeneration;
using broker::OrderingFact;

class RolledBack : public ClusterTest {};

TEST_F(RolledBack, StreamIsSeenAtTheNextConnectionAndFilledUp) {
    start_all();
    accept(a, 1);
    const auto copy = stream.copy();
    accept(b, 2);
    accept(c, 3);
    restore(copy);
    connect_all();
    EXPECT_EQ(generations(), (std::vector<std::uint64_t>{2}));
    EXPECT_EQ(in_stream(),
              (std::vector<MessageId>{message_id(1), {}, message_id(2), message_id(3)}));
    expect_everywhere(ids({1, 2, 3}));
    EXPECT_EQ(a.place_of(3), (LogPosition{2, 4}));
}

// E was accepted here, the stream was rolled back, and F was accepted elsewhere in its place.
TEST_F(RolledBack, StreamThatHasGoneOnKeepsBoth) {
    start_all();
    accept(a, 1);
    stream.cut(1);
    settle();
    const auto copy = stream.copy();
    accept(a, 100);
    restore(copy);
    stream.connect(1);
    settle();
    accept(b, 200);
    connect_all();
    EXPECT_EQ(in_stream(),
              (std::vector<MessageId>{message_id(1), message_id(200), {}, message_id(100)}));
    expect_everywhere(ids({1, 200, 100}));
    EXPECT_EQ(b.count_of(OrderingFact::generation_began), 1u);
}

TEST_F(RolledBack, StreamIsSeenThoughItIsAsLongAsBefore) {
    start_all();
    accept(a, 1);
    stream.cut(1);
    stream.cut(2);
    settle();
    const auto copy = stream.copy();
    accept(a, 2);
    accept(a, 3);
    restore(copy);
    stream.connect(1);
    settle();
    accept(b, 4);
    accept(b, 5);
    connect_all();
    EXPECT_EQ(a.noticed(OrderingFact::rolled_back).front().detail, "another message is there");
    expect_everywhere(ids({1, 2, 3, 4, 5}));
}

/// Entry 3 and 4 come to the numbers again where they stood, behind something else than before.
class RolledBackAndRepeated : public RolledBack {
protected:
    struct Again {
        std::uint64_t generation = 1;
        Milliseconds clock{0};  ///< How far the stream's has moved meanwhile.
    };

    void lose_and_repeat(const Again& again) {
        start_all();
        accept(a, 1);
        pass(Milliseconds(5'000));
        const auto copy = stream.copy();
        for (std::uint64_t number = 2; number <= 4; ++number) write(number, 1);
        settle();
        restore(copy);
        stream.settings.epoch += again.clock;
        if (again.generation == 1) {
            write(5, 1);
        } else {
            const auto begun = broker::seal(
                {broker_id(9), again.generation, std::nullopt, NewGeneration{0, members()}},
                cluster_key());
            stream.write(begun.id, begun.body);
        }
        write(3, again.generation);
        write(4, again.generation);
        connect_all();
        pass(Milliseconds(5'000));
    }

private:
    void write(std::uint64_t number, std::uint64_t generation) {
        const auto sealed = broker::seal(
            {broker_id(9), generation, std::nullopt, entry_number(number)}, cluster_key());
        stream.write(sealed.id, sealed.body);
    }
};

TEST_F(RolledBackAndRepeated, ByWhoHadPublishedThemTheyAreOthers) {
    lose_and_repeat({});
    expect_everywhere(ids({1, 2, 3, 4, 5}));
}

TEST_F(RolledBackAndRepeated, WithAClockThatWentBackALittleTheyAreOthers) {
    lose_and_repeat({.clock = Milliseconds(-2'500)});
    expect_everywhere(ids({1, 2, 3, 4, 5}));
}

TEST_F(RolledBackAndRepeated, ByWhoPutsThemBackTheyAreOthersWhateverTheClockSays) {
    lose_and_repeat({.generation = 2, .clock = Milliseconds(-60'000)});
    expect_everywhere(ids({1, 2, 3, 4}));
}

TEST_F(RolledBack, StreamIsSeenByWhatIsFedAtAnOldNumber) {
    start_all();
    accept(a, 1);
    const auto copy = stream.copy();
    accept(a, 2);
    accept(a, 3);
    stream.restore(copy, MemoryStream::Restart::silent);
    b.propose(entry_number(4));
    pass(Milliseconds(1'000));
    expect_everywhere(ids({1, 2, 3, 4}));
}

TEST_F(RolledBack, StreamIsSeenAtRest) {
    start_all();
    accept(a, 1);
    const auto copy = stream.copy();
    accept(a, 2);
    stream.restore(copy, MemoryStream::Restart::silent);
    pass(Milliseconds(10'000));
    expect_everywhere(ids({1, 2}));
}

TEST_F(RolledBack, ToNothingTheStreamGetsEverythingAgain) {
    start_all();
    for (std::uint64_t number = 1; number <= 10; ++number) accept(a, number);
    restore({});
    connect_all();
    EXPECT_EQ(generations(), (std::vector<std::uint64_t>{2}));
    EXPECT_EQ(in_stream().size(), 11u);
    expect_everywhere(ids({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
}

TEST_F(RolledBack, WhileABrokerProposesItIsPublishedAgain) {
    start_all();
    accept(a, 1);
    const auto copy = stream.copy();
    a.propose(entry_number(2));
    stream.advance(now);  // It is there, and nobody has heard of it.
    restore(copy);
    connect_all();
    expect_everywhere(ids({1, 2}));
    EXPECT_TRUE(a.accepted.contains(message_id(2)));
}

TEST_F(RolledBack, WhileItTakesNothingNobodyIsPromisedAnything) {
    start_all();
    accept(a, 1);
    restore({});
    stream.settings.lost = 1'000;
    connect_all();
    a.propose(entry_number(2));
    EXPECT_EQ(a.refused[message_id(2)], ErrorCode::backbone_unreachable);
    EXPECT_NE(a.problem->detail.find("put back in order"), std::string::npos);
    stream.settings.lost = 0;
    pass(Milliseconds(60'000));
    expect_everywhere(ids({1}));
}

TEST_F(RolledBack, TwoBrokersPutTheSameBackOnce) {
    start_all();
    const auto copy = stream.copy();
    for (std::uint64_t number = 1; number <= 5; ++number) accept(a, number);
    restore(copy);
    connect_all();
    EXPECT_EQ(generations().size(), 1u);
    for (std::uint64_t number = 1; number <= 5; ++number) EXPECT_EQ(copies_of(number), 1u);
    expect_everywhere(ids({1, 2, 3, 4, 5}));
}

TEST_F(RolledBack, TwoBrokersPutBackWhatEachOfThemHas) {
    start_all();
    accept(a, 1);
    const auto copy = stream.copy();
    stream.cut(1);
    settle();
    accept(a, 2);
    restore(copy);
    stream.connect(1);
    settle();
    accept(b, 3);
    // Rolled back once more, so that each of them has what the stream and the other have not.
    restore(copy);
    connect_all();
    expect_everywhere(ids({1, 2, 3}));
    const std::vector<std::uint64_t> begun = generations();
    EXPECT_TRUE(std::is_sorted(begun.begin(), begun.end()));
}

TEST_F(RolledBack, OnceMoreWhileItIsFilledUpItIsFilledUpAgain) {
    a.settings.refill_window = b.settings.refill_window = c.settings.refill_window = 1;
    start_all();
    accept(a, 1);
    const auto copy = stream.copy();
    for (std::uint64_t number = 2; number <= 6; ++number) accept(a, number);
    restore(copy);
    stream.settings.delay_max = Milliseconds(30);
    connect_all();
    while (stream.extent().last < 4) pass(Milliseconds(1));
    ASSERT_EQ(copies_of(6), 0u);
    restore(copy);
    connect_all();
    pass(Milliseconds(20'000));
    expect_everywhere(ids({1, 2, 3, 4, 5, 6}));
}

TEST_F(RolledBack, ACrashAtAnyPointOfFillingUpLosesNothing) {
    bool has_crashed = true;
    std::size_t point = 0;
    for (; has_crashed; ++point) {
        SCOPED_TRACE(point);
        MemoryStream one{StreamSettings{}};
        ClusterNode alone{0, one};
        alone.settings.refill_window = 2;
        Instant time = now;
        const auto run = [&](Milliseconds more) {
            for (const Instant end = time + more; time <= end; time += Milliseconds(100)) {
                one.advance(time);
                while (alone.turn(time)) one.advance(time);
                if (!alone.is_running()) alone.start(time);
            }
        };
        alone.start(time);
        run(Milliseconds(100));
        MemoryStream::Copy copy;
        for (std::uint64_t number = 1; number <= 6; ++number) {
            alone.propose(entry_number(number));
            run(Milliseconds(100));
            if (number == 2) copy = one.copy();
        }
        one.restore(copy, MemoryStream::Restart::noticed);
        run(Milliseconds(100));
        alone.crash_after = point;
        one.connect(0);
        run(Milliseconds(5'000));
        has_crashed = !alone.crash_after;
        EXPECT_EQ(alone.stored(), ids({1, 2, 3, 4, 5, 6}));
        EXPECT_TRUE(alone.is_ready());
        std::set<MessageId> there;
        for (const StreamMessage& message : one.messages()) {
            const auto envelope = broker::open(message, cluster_key());
            const auto* entry = std::get_if<Entry>(&envelope->content);
            if (entry != nullptr) there.insert(entry->id);
        }
        EXPECT_EQ(there.size(), 6u);
    }
    EXPECT_GT(point, 20u);  // So many things it does.
}

TEST_F(RolledBack, WhileABrokerWasAwayItFindsBackByItself) {
    start_all();
    accept(a, 1);
    const auto copy = stream.copy();
    accept(a, 2);
    c.crash();
    accept(a, 3);
    restore(copy);
    connect_all();
    accept(b, 4);
    const std::size_t length = stream.messages().size();
    c.start(now);
    settle();
    expect_everywhere(ids({1, 2, 3, 4}));
    EXPECT_EQ(stream.messages().size(), length);  // It had nothing to put back.
    EXPECT_EQ(c.ordering().followed(), a.ordering().followed());
}

// A broker that is away may have seen a later generation than those who put things in order.
TEST_F(RolledBack, BeginsAGenerationThatNobodyHasSeen) {
    start_all();
    const auto empty = stream.copy();
    accept(a, 1);
    restore(empty);
    connect_all();
    restore(empty);
    connect_all();
    EXPECT_EQ(generations(), (std::vector<std::uint64_t>{3}));
    expect_everywhere(ids({1}));
}

TEST_F(RolledBack, ForwardAgainToALaterCopyLosesNothing) {
    start_all();
    accept(a, 1);
    const auto older = stream.copy();
    accept(a, 2);
    accept(a, 3);
    const auto newer = stream.copy();
    restore(older);
    stream.connect(1);
    settle();
    accept(b, 4);
    b.crash();
    restore(newer);
    b.start(now);
    connect_all();
    expect_everywhere(ids({1, 2, 3, 4}));
}

// Whoever never had message 2 could make nothing of its change when it came.
TEST_F(RolledBack, AChangeFollowsOnceMoreBehindWhatItChanges) {
    start_all();
    accept(a, 1);
    c.crash();
    const auto copy = stream.copy();
    accept(a, 2);
    b.propose(entry_number(3));
    settle();
    stream.settings.epoch += Milliseconds(1);
    restore(copy);
    // B's change of 2 was on its way, and comes first.
    const auto early =
        broker::seal({broker_id(1), 1, std::nullopt, change_number(5, 2)}, cluster_key());
    stream.write(early.id, early.body);
    c.start(now);
    settle();
    EXPECT_EQ(c.stored(), ids({1}));
    connect_all();
    expect_everywhere(ids({1, 2, 3, 5}));
}

TEST_F(RolledBack, AFullDiskInTheMiddleOfFillingUpLosesNothing) {
    start_all();
    accept(a, 1);
    const auto copy = stream.copy();
    for (std::uint64_t number = 2; number <= 5; ++number) accept(a, number);
    restore(copy);
    a.disk_delay_max = Milliseconds(20);
    stream.connect(0);
    pass(Milliseconds(30));
    a.break_disk();
    pass(Milliseconds(1'000));
    a.recover_disk();
    pass(Milliseconds(2'000));
    connect_all();
    pass(Milliseconds(2'000));
    expect_everywhere(ids({1, 2, 3, 4, 5}));
}

// ---- Growing ------------------------------------------------------------------------------------

class Growing : public RolledBack {
protected:
    void write_alone(ClusterNode& node, std::uint64_t first, std::uint64_t last) {
        broker::Batch batch;
        for (; first <= last; ++first) batch.entries.push_back(entry_number(first));
        static_cast<void>(node.journal->append(batch));
    }
};

TEST_F(Growing, ASingleBrokersLogBecomesTheClusters) {
    write_alone(a, 1, 5);
    start_all();
    EXPECT_EQ(generations(), (std::vector<std::uint64_t>{1}));
    EXPECT_EQ(in_stream().front(), MessageId{});
    expect_everywhere(ids({1, 2, 3, 4, 5}));
    EXPECT_EQ(b.stored(), a.stored());
    EXPECT_EQ(a.count_of(OrderingFact::seeding), 1u);
    accept(b, 6);
}

TEST_F(Growing, WorksInWindowsHoweverLongTheLogIs) {
    write_alone(a, 1, 300);
    a.start(now);
    settle();
    EXPECT_EQ(in_stream().size(), 301u);
    EXPECT_TRUE(a.is_ready());
    EXPECT_EQ(a.noticed(OrderingFact::refilled).front().count, 300u);
}

TEST_F(Growing, EmptyBrokersLeaveTheStreamEmpty) {
    start_all();
    EXPECT_TRUE(stream.messages().empty());
    EXPECT_TRUE(a.is_ready() && b.is_ready() && c.is_ready());
}

TEST_F(Growing, TwoThatWereAloneHaveBothLogsThen) {
    write_alone(a, 1, 3);
    write_alone(b, 11, 13);
    start_all();
    expect_everywhere(ids({1, 2, 3, 11, 12, 13}));
}

TEST_F(Growing, SaysThatTheBeginningWasPruned) {
    write_alone(a, 1, 3);
    broker::Batch closing;
    closing.outcomes = {{1, {}, true}, {2, {}, true}};
    ASSERT_TRUE(a.journal->append(closing));
    ASSERT_EQ(*a.journal->prune(UtcTime::max(), 10), 2u);
    a.start(now);
    settle();
    const auto begun = broker::open(stream.messages().front(), cluster_key());
    ASSERT_TRUE(begun);
    EXPECT_EQ(std::get<NewGeneration>(begun->content).pruned_through, 2u);
}

TEST_F(Growing, BringsInWhatABrokerTookAloneAfterItHadBeenInTheCluster) {
    start_all();
    accept(a, 1);
    a.crash();
    write_alone(a, 2, 3);
    a.start(now);
    settle();
    expect_everywhere(ids({1, 2, 3}));
}

// ---- Strangers, members, and what was removed ---------------------------------------------------

class Following : public RolledBack {};

TEST_F(Following, ForeignMessagesAreSkippedByEverybody) {
    start_all();
    const auto forged =
        broker::seal({broker_id(1), 1, std::nullopt, entry_number(9)}, Secret(Bytes32{1}));
    stream.write(forged.id, forged.body);
    stream.write(std::nullopt, Bytes{1, 2, 3});
    settle();
    accept(a, 1);
    c.crash();
    c.start(now);
    settle();
    expect_everywhere(ids({1}));
    EXPECT_EQ(b.count_of(OrderingFact::foreign_message), 2u);
    EXPECT_EQ(b.ordering().followed(), (LogPosition{1, 3}));
}

TEST_F(Following, MembersAreNoticed) {
    start_all();
    const auto joined = broker::seal(
        {broker_id(1), 1, std::nullopt, broker::Joined{broker_id(7), {}}}, cluster_key());
    stream.write(joined.id, joined.body);
    settle();
    ASSERT_EQ(a.count_of(OrderingFact::broker_joined), 1u);
    EXPECT_EQ(a.noticed(OrderingFact::broker_joined).front().broker, broker_id(7));
    EXPECT_EQ(a.ordering().followed(), (LogPosition{1, 1}));
}

TEST_F(Following, WhatEverybodyHasMayBeRemoved) {
    start_all();
    for (std::uint64_t number = 1; number <= 5; ++number) accept(a, number);
    c.crash();
    accept(a, 6);
    restore_from(6);
    c.start(now);
    connect_all();
    EXPECT_EQ(c.stored(), ids({1, 2, 3, 4, 5, 6}));
    EXPECT_TRUE(c.is_ready());
    EXPECT_TRUE(c.asked_peers.empty());
}

TEST_F(Following, ABrokerThatIsBehindAsksAnotherOne) {
    start_all();
    accept(a, 1);
    c.crash();
    for (std::uint64_t number = 2; number <= 5; ++number) accept(a, number);
    const LogCursor third{{1, 3}, broker::mark_of(stream.messages()[2])};
    restore_from(4);
    c.start(now);
    connect_all();
    EXPECT_EQ(c.asked_peers, (std::vector<LogPosition>{{1, 1}}));
    EXPECT_FALSE(c.is_ready());

    c.step(broker::PeerEntries{{entry_number(2)}, {{1, 2}}, {{1, 2}, MessageId{}}, false});
    EXPECT_EQ(c.asked_peers.back(), (LogPosition{1, 2}));
    c.step(broker::PeerEntries{{entry_number(3)}, {{1, 3}}, third, true});
    settle();
    EXPECT_EQ(c.stored(), ids({1, 2, 3, 4, 5}));
    EXPECT_TRUE(c.is_ready());
}

TEST_F(Following, ANewBrokerAsksForTheBeginningThatWasRemoved) {
    a.start(now);
    b.start(now);
    settle();
    accept(a, 1);
    restore_from(2);
    c.start(now);
    connect_all();
    EXPECT_EQ(c.asked_peers, (std::vector<LogPosition>{{1, 0}}));
    EXPECT_EQ(c.count_of(OrderingFact::behind), 1u);
    pass(Milliseconds(5'000));
    EXPECT_EQ(c.asked_peers.size(), 2u);
}

// ---- By hand ------------------------------------------------------------------------------------

TEST(OrderingAlone, ComparesWhenSomebodyElseBeginsAGeneration) {
    BareOrdering broker;
    broker.make_ready();
    const StreamMessage first = broker.entry(1, 1);
    broker.step(broker::Fed{first});
    const StreamMessage begun =
        broker.message(2, {broker_id(1), 2, std::nullopt, NewGeneration{0, {broker_id(0)}}});
    broker.step(broker::Fed{begun});
    EXPECT_TRUE(broker.find<broker::StopFollowing>());
    EXPECT_TRUE(broker.find<broker::AskExtent>());
    broker.step(broker::ExtentRead{{1, 2}});
    ASSERT_TRUE(broker.find<broker::Look>());
    EXPECT_EQ(broker.find<broker::Look>()->number, 1u);
    broker.step(Looked{1, first});
    ASSERT_TRUE(broker.find<broker::Follow>());
    EXPECT_EQ(broker.find<broker::Follow>()->from, 1u) << "once more, to be compared";
    broker.step(broker::Fed{first});
    broker.step(broker::Fed{begun});
    EXPECT_TRUE(broker.is_ready());
    broker.step(broker::Stored{10});  // All of them.
    EXPECT_EQ(broker.ordering->followed(), (LogPosition{2, 2}));
}

TEST(OrderingAlone, ComparesWhenItHasMissedThatAGenerationBegan) {
    BareOrdering broker;
    broker.make_ready();
    const StreamMessage first = broker.entry(1, 1);
    broker.step(broker::Fed{first});
    const StreamMessage newer = broker.entry(2, 2, 5);
    broker.step(broker::Fed{newer});
    EXPECT_FALSE(broker.find<broker::Store>());
    ASSERT_TRUE(broker.find<broker::AskExtent>());
    // All is in order: the same message is no riddle twice.
    broker.step(broker::ExtentRead{{1, 2}});
    broker.step(Looked{1, first});
    broker.step(broker::Fed{newer});
    EXPECT_TRUE(broker.find<broker::Store>());
    EXPECT_TRUE(broker.is_ready());
    broker.step(broker::Fed{broker.entry(3, 3, 5)});
    EXPECT_TRUE(broker.find<broker::Store>());
}

TEST(OrderingAlone, ComparesWhenItsOwnMessageGetsANumberThatItHasPassed) {
    BareOrdering broker;
    broker.make_ready();
    broker.step(broker::Fed{broker.entry(1, 1)});
    broker.step(broker::Propose{entry_number(2)});
    const MessageId id = broker.find<broker::Publish>()->id;
    EXPECT_TRUE(broker.step(broker::Published{id, 1, true}).empty());
    broker.step(broker::Published{id, 1, false});
    EXPECT_TRUE(broker.find<broker::AskExtent>());
    EXPECT_FALSE(broker.is_ready());
}

TEST(OrderingAlone, DoesNotTakeAnAnswerFromBeforeForOneToALaterQuestion) {
    BareOrdering broker;
    broker.make_ready();
    const StreamMessage first = broker.entry(1, 1);
    broker.step(broker::Fed{first});
    const StreamMessage begun =
        broker.message(2, {broker_id(1), 2, std::nullopt, NewGeneration{0, {broker_id(0)}}});
    broker.step(broker::Fed{begun});
    broker.step(broker::ExtentRead{{1, 2}});
    ASSERT_TRUE(broker.find<broker::Look>());
    // While it looks, the disk fails and comes back: it asks anew.
    broker.step(broker::StoreFailed{{ErrorCode::storage_failed, "full"}});
    broker.step(broker::StoreRecovered{});
    ASSERT_TRUE(broker.find<broker::AskExtent>());
    EXPECT_TRUE(broker.step(Looked{1, first}).empty());
    broker.step(broker::ExtentRead{{1, 2}});
    EXPECT_TRUE(broker.find<broker::ReadPlaces>());  // Nothing was stored: no cursor.
}

TEST(OrderingAlone, DoesNotTakeTheAnswerToAProbeForThatToACheck) {
    BareOrdering broker;
    broker.make_ready();
    broker.step(broker::Fed{broker.entry(1, 1)});
    broker.pass(Milliseconds(10'000));
    ASSERT_TRUE(broker.find<broker::AskExtent>());
    broker.step(broker::Fed{
        broker.message(2, {broker_id(1), 2, std::nullopt, NewGeneration{0, {broker_id(0)}}})});
    ASSERT_TRUE(broker.find<broker::AskExtent>());
    EXPECT_TRUE(broker.step(broker::ExtentRead{{1, 1}}).empty());
    broker.step(broker::ExtentRead{{1, 2}});
    EXPECT_TRUE(broker.find<broker::Look>());
}

TEST(OrderingAlone, OffersNoMoreThanItsDiskHasWhenThatIsFull) {
    BareOrdering broker;
    broker.make_ready();
    broker.step(broker::Fed{broker.entry(1, 1)});
    broker.step(broker::Stored{1});
    broker.step(broker::Fed{broker.entry(2, 2)});
    EXPECT_EQ(broker.ordering->followed_cursor()->at, (LogPosition{1, 2})) << "that is written";
    broker.step(broker::StoreFailed{{ErrorCode::storage_failed, "full"}});
    EXPECT_EQ(broker.ordering->followed_cursor()->at, (LogPosition{1, 1}));
    broker.step(broker::StoreRecovered{});
    EXPECT_EQ(broker.ordering->followed_cursor()->at, (LogPosition{1, 1}));
}

TEST(OrderingAlone, ReadsPlacesWhenAllThatWasWrittenHasOne) {
    BareOrdering broker;
    broker.make_ready();
    broker.step(broker::Fed{broker.entry(1, 1)});
    ASSERT_TRUE(broker.find<broker::Store>());
    broker.step(broker::BackboneUp{{1, 0}});
    EXPECT_FALSE(broker.find<broker::ReadPlaces>());
    broker.step(broker::Stored{1});
    EXPECT_TRUE(broker.find<broker::ReadPlaces>());
}

TEST(OrderingAlone, IgnoresAnswersThatItDoesNotWaitFor) {
    BareOrdering broker;
    broker.step(broker::BackboneUp{{1, 3}});
    ASSERT_TRUE(broker.find<broker::ReadPlaces>());
    EXPECT_TRUE(broker.step(Looked{2, broker.entry(2, 2)}).empty());
    EXPECT_TRUE(broker.step(broker::ExtentRead{{1, 1}}).empty());
    EXPECT_TRUE(broker.step(broker::NotRead{}).empty());
    EXPECT_TRUE(broker.step(broker::PlacesRead{99, std::vector<broker::Place>{}}).empty());
    EXPECT_TRUE(broker.step(broker::Published{message_id(1), 1, false}).empty());
}

TEST(OrderingAlone, AsksAgainWhatWasNotAnswered) {
    const LogCursor cursor{{1, 3}, message_id(3)};
    BareOrdering broker(cursor);
    broker.step(broker::BackboneUp{{1, 5}});
    ASSERT_TRUE(broker.find<broker::Look>());
    broker.step(broker::NotRead{});
    broker.pass(Milliseconds(999));
    EXPECT_TRUE(broker.effects.empty());
    broker.pass(Milliseconds(1));
    EXPECT_TRUE(broker.find<broker::AskExtent>());
    broker.pass(Milliseconds(5'000));
    EXPECT_TRUE(broker.find<broker::AskExtent>());
}

TEST(OrderingAlone, ComparesWhenTheStreamWasRolledBackWhileItsFeedWasPaused) {
    BareOrdering broker;
    broker.make_ready();
    for (std::uint64_t number = 1; number <= broker.settings.stores_max; ++number) {
        broker.step(broker::Fed{broker.entry(number, number)});
    }
    ASSERT_TRUE(broker.find<broker::StopFollowing>());
    const std::uint64_t last = broker.settings.stores_max;
    broker.step(broker::Stored{last});
    ASSERT_TRUE(broker.find<broker::Follow>());
    EXPECT_EQ(broker.find<broker::Follow>()->from, last);
    // It has lost that one, and those before it, and has others there by now.
    broker.step(broker::Fed{broker.entry(last, last + 100)});
    EXPECT_FALSE(broker.find<broker::Store>());
    ASSERT_TRUE(broker.find<broker::AskExtent>());
    broker.step(broker::ExtentRead{{1, last + 1}});
    ASSERT_TRUE(broker.find<broker::Look>());
    EXPECT_EQ(broker.find<broker::Look>()->number, last);
}

TEST(OrderingAlone, TakesItsTimeWhenWhatIsFedIsNotWhatIsThere) {
    BareOrdering broker;
    broker.make_ready();
    const StreamMessage first = broker.entry(1, 1);
    broker.step(broker::Fed{first});
    const StreamMessage another = broker.entry(1, 2);
    broker.step(broker::Fed{another});
    broker.step(broker::ExtentRead{{1, 1}});
    broker.step(Looked{1, first});
    ASSERT_TRUE(broker.find<broker::Follow>());
    broker.step(broker::Fed{another});
    EXPECT_FALSE(broker.find<broker::AskExtent>());
    broker.pass(broker.settings.publish_retry);
    EXPECT_TRUE(broker.find<broker::AskExtent>());
}

TEST(OrderingAlone, AsksAnotherBrokerForAHoleThatStaysOne) {
    BareOrdering broker;
    broker.make_ready();
    const StreamMessage first = broker.entry(1, 1);
    broker.step(broker::Fed{first});
    for (int round = 0; round < 2; ++round) {
        broker.step(broker::Fed{broker.entry(3, 3)});
        EXPECT_FALSE(broker.find<broker::Store>());
        if (round == 1) break;
        broker.step(broker::ExtentRead{{1, 3}});
        broker.step(Looked{1, first});
        EXPECT_EQ(broker.find<broker::Follow>()->from, 1u);
    }
    ASSERT_TRUE(broker.find<AskPeer>());
    EXPECT_EQ(broker.find<AskPeer>()->after, (LogPosition{1, 1}));
}

TEST(OrderingAlone, WaitsForTheJournalWhenItDoesNotAnswer) {
    BareOrdering broker;
    broker.step(broker::BackboneUp{{1, 0}});
    const std::uint64_t ticket = broker.find<broker::ReadPlaces>()->ticket;
    broker.step(broker::PlacesRead{ticket, fail(ErrorCode::storage_failed, "no disk")});
    ASSERT_TRUE(broker.find<broker::OrderingNotice>());
    EXPECT_EQ(broker.find<broker::OrderingNotice>()->fact, OrderingFact::journal_unread);
    broker.pass(Milliseconds(1'000));
    EXPECT_TRUE(broker.find<broker::AskExtent>());
}

}  // namespace
}  // namespace crier::testing
