// Who belongs to a cluster, by its log, and what is removed from the stream because all of them
// have it. Method: three orderings and a stream in memory, in virtual time.

#include "broker/cluster/envelope.hpp"
#include "tests/unit/cluster/cluster_fixture.hpp"

namespace crier::testing {
namespace {

using broker::Envelope;
using broker::Forgotten;
using broker::Joined;
using broker::OrderingFact;
using broker::OtherFollowed;
using broker::OtherLost;
using broker::ProposeForgotten;

class Members : public ClusterTest {
protected:
    void start_as_strangers() {
        for (ClusterNode* node : all) node->know_members({});
        start_all();
    }
    void forget(ClusterNode& at, std::size_t number) {
        const MessageId id = message_id(900 + number);
        at.open.insert(id);
        at.step(ProposeForgotten{{id, broker_id(number), at.moment().utc, "ops"}});
        settle();
    }
    [[nodiscard]] std::size_t joined() const {
        std::size_t count = 0;
        for (const StreamMessage& message : stream.messages()) {
            const auto envelope = broker::open(message, cluster_key());
            if (envelope && std::holds_alternative<Joined>(envelope->content)) ++count;
        }
        return count;
    }
    void expect_members(const std::vector<BrokerId>& expected) {
        for (ClusterNode* node : all) {
            if (!node->is_running()) continue;
            EXPECT_EQ(node->ordering().members(), expected);
            EXPECT_EQ(node->journal->recover()->members, expected) << "on the disk";
        }
    }
};

TEST_F(Members, AreThoseWhoHaveSaidSoInTheLogOnce) {
    start_as_strangers();
    pass(Milliseconds(5'000));
    expect_members(members());
    EXPECT_EQ(a.members, members()) << "as the engine is told";
    EXPECT_EQ(a.count_of(OrderingFact::broker_joined), 3u);
    c.crash();
    c.start(now);
    pass(Milliseconds(5'000));
    EXPECT_EQ(joined(), 3u) << "a restart is no joining";
    EXPECT_EQ(c.members, members()) << "from its journal";
}

TEST_F(Members, SaySoUntilTheStreamHasIt) {
    stream.settings.lost = 1'000;
    start_as_strangers();
    pass(Milliseconds(5'000));
    EXPECT_EQ(joined(), 0u);
    stream.settings.lost = 0;
    pass(Milliseconds(5'000));
    expect_members(members());
    EXPECT_EQ(joined(), 3u);
}

TEST_F(Members, AreNoMoreThanAClusterMayHave) {
    start_as_strangers();
    pass(Milliseconds(5'000));
    c.crash();
    forget(a, 2);
    const auto join = [this](std::size_t number) {
        const auto joined = broker::seal(
            {broker_id(number), 1, std::nullopt, Joined{broker_id(number), {}}}, cluster_key());
        stream.write(joined.id, joined.body);
    };
    for (std::size_t number = 3; number <= limits::brokers_max; ++number) join(number);
    settle();
    ASSERT_EQ(a.ordering().members().size(), limits::brokers_max);
    const std::size_t before = joined();
    c.start(now);
    pass(Milliseconds(10'000));
    EXPECT_EQ(joined(), before) << "it does not ask for a place that there is not";
    EXPECT_EQ(c.count_of(OrderingFact::cluster_full), 1u);
    forget(a, 3);
    pass(Milliseconds(5'000));
    EXPECT_EQ(joined(), before + 1);
    EXPECT_EQ(c.ordering().members().size(), limits::brokers_max);
}

TEST_F(Members, AreForgottenWhenTheLogSaysSoAndNotBefore) {
    start_all();
    c.crash();
    stream.settings.delay_max = Milliseconds(200);
    const MessageId id = message_id(900);
    a.open.insert(id);
    a.step(ProposeForgotten{{id, broker_id(2), {}, "ops"}});
    EXPECT_EQ(a.ordering().members(), members());
    pass(Milliseconds(2'000));
    expect_members({broker_id(0), broker_id(1)});
    EXPECT_EQ(b.members, (std::vector<BrokerId>{broker_id(0), broker_id(1)}));
    const auto noticed = b.noticed(OrderingFact::broker_forgotten);
    ASSERT_EQ(noticed.size(), 1u);
    EXPECT_EQ(noticed[0].broker, broker_id(2));
    EXPECT_EQ(noticed[0].detail, "by ops");
}

TEST_F(Members, NeedNotBeThoseWhoAreForgotten) {
    start_all();
    const MessageId id = message_id(900);
    a.open.insert(id);
    a.step(ProposeForgotten{{id, broker_id(7), {}, "ops"}});
    pass(Milliseconds(2'000));
    expect_members(members());
    EXPECT_EQ(b.forgotten, broker_id(7)) << "it may have been heard";
}

TEST_F(Members, ThatWereForgottenJoinAnewWhenTheyComeBack) {
    start_as_strangers();
    pass(Milliseconds(2'000));
    c.crash();
    forget(a, 2);
    expect_members({broker_id(0), broker_id(1)});
    c.start(now);
    pass(Milliseconds(2'000));
    expect_members(members());
}

TEST_F(Members, AreNotForgottenWithoutABackbone) {
    start_all();
    cut_all();
    forget(a, 2);
    EXPECT_EQ(a.refused.at(message_id(902)), ErrorCode::backbone_unreachable);
    connect_all();
    pass(Milliseconds(20'000));
    expect_members(members());
}

TEST_F(Members, AreNamedByWhoeverBeginsAGeneration) {
    start_all();
    accept(a, 1);
    c.crash();
    cut_all();
    stream.wipe(MemoryStream::Restart::noticed);
    connect_all();
    pass(Milliseconds(2'000));
    c.journal = std::make_unique<broker::MemoryJournal>();
    c.start(now);
    pass(Milliseconds(2'000));
    EXPECT_EQ(c.stored(), ids({1}));
    expect_members(members());
    EXPECT_EQ(joined(), 0u);
}

TEST_F(Members, SaySoAnewWhenTheStreamHasLostNothingElse) {
    start_as_strangers();
    pass(Milliseconds(2'000));
    cut_all();
    stream.wipe(MemoryStream::Restart::noticed);
    connect_all();
    pass(Milliseconds(5'000));
    EXPECT_EQ(joined(), 3u);
    expect_members(members());
}

// ---- What all have ------------------------------------------------------------------------------

class Purging : public Members {
protected:
    static constexpr Milliseconds hour{3'600'000};

    Purging() {
        for (ClusterNode* node : all) {
            node->settings.kept = hour;
            node->settings.purged_at_once = 2;
        }
        start_all();
        for (std::uint64_t number = 1; number <= 7; ++number) accept(a, number);
    }
    /// As its beats do.
    void hear_of(std::size_t number, std::optional<LogPosition> at = std::nullopt) {
        const LogPosition position = at ? *at : all[number]->ordering().followed().value();
        for (ClusterNode* node : all) {
            if (node != all[number] && node->is_running()) {
                node->step(OtherFollowed{broker_id(number), position});
            }
        }
    }
    void hear_of_all() {
        for (std::size_t number = 0; number < all.size(); ++number) hear_of(number);
    }
    [[nodiscard]] std::uint64_t first() const { return stream.extent().first; }
};

TEST_F(Purging, RemovesWhatAllHaveOnceItIsOld) {
    hear_of_all();
    pass(hour - Milliseconds(60'000));
    EXPECT_EQ(first(), 1u);
    pass(Milliseconds(120'000));
    EXPECT_EQ(first(), 7u) << "the last one stays, for it is what cursors are compared with";
    EXPECT_GT(a.count_of(OrderingFact::purged), 0u);
    EXPECT_EQ(b.count_of(OrderingFact::purged), 0u) << "one does it";
    for (ClusterNode* node : all) EXPECT_TRUE(node->is_ready());
    accept(c, 8);
    c.crash();
    c.start(now);
    pass(Milliseconds(1'000));
    EXPECT_TRUE(c.is_ready());
    EXPECT_TRUE(c.asked_peers.empty());
}

TEST_F(Purging, RemovesNothingThatAMemberLacks) {
    hear_of_all();
    hear_of(2, LogPosition{1, 4});
    c.crash();
    pass(hour + hour);
    EXPECT_EQ(first(), 3u);
}

TEST_F(Purging, RemovesNothingBeforeEachMemberWasHeard) {
    hear_of(0);
    hear_of(1);
    pass(hour + hour);
    EXPECT_EQ(first(), 1u);
}

TEST_F(Purging, TakesNoWordOfAnotherGeneration) {
    hear_of_all();
    hear_of(2, LogPosition{2, 7});
    pass(hour + hour);
    EXPECT_EQ(first(), 1u);
}

TEST_F(Purging, IsDoneByAnotherOneWhenTheFirstHasGone) {
    hear_of_all();
    a.crash();
    b.step(OtherLost{broker_id(0)});
    c.step(OtherLost{broker_id(0)});
    pass(hour + hour);
    EXPECT_EQ(first(), 7u);
    EXPECT_GT(b.count_of(OrderingFact::purged), 0u);
    EXPECT_EQ(c.count_of(OrderingFact::purged), 0u);
}

TEST_F(Purging, WaitsForNoBrokerThatWasForgotten) {
    hear_of_all();
    hear_of(2, LogPosition{1, 2});
    c.crash();
    forget(a, 2);
    // Those who know what the stream lacks by then are asked for it.
    hear_of(1);
    pass(hour + hour);
    EXPECT_EQ(first(), 7u);
}

TEST_F(Purging, LeavesWhatAPositionOnTheDiskDoesNotCover) {
    a.disk_delay_max = b.disk_delay_max = c.disk_delay_max = Milliseconds(10'000);
    a.propose(entry_number(8));
    settle();
    EXPECT_EQ(a.ordering().followed(), (LogPosition{1, 7}));
    pass(Milliseconds(20'000));
    EXPECT_EQ(a.ordering().followed(), (LogPosition{1, 8}));
}

// ---- A beginning that others have pruned --------------------------------------------------------

TEST_F(Members, BeginWhereTheOthersDoIfTheyHaveNothingYet) {
    a.start(now);
    settle();
    accept(a, 1);
    accept(a, 2);
    restore_from(2);
    c.know_members({});
    c.start(now);
    connect_all();
    ASSERT_FALSE(c.asked_peers.empty());
    broker::PrunedRange beginning{.first = 1, .last = 40};
    beginning.chain.fill(7);
    broker::PeerEntries entries{{entry_number(2)}, {{1, 2}}, *a.ordering().followed_cursor(), true};
    entries.members = {broker_id(0)};
    entries.beginning = beginning;
    c.step(entries);
    pass(Milliseconds(5'000));
    EXPECT_TRUE(c.is_ready());
    const auto piece = c.journal->read_audit(0, 10);
    ASSERT_EQ(piece->rows.size(), 1u);
    EXPECT_EQ(piece->rows[0].entry.stored.seq, 41u);
    ASSERT_EQ(piece->pruned.size(), 1u);
    EXPECT_EQ(piece->pruned[0].chain, beginning.chain);
    EXPECT_EQ(c.ordering().members(), (std::vector<BrokerId>{broker_id(0), broker_id(2)}));
}

TEST_F(Members, KeepTheirOwnBeginningIfTheyHaveOne) {
    start_all();
    accept(a, 1);
    c.crash();
    accept(a, 2);
    accept(a, 3);
    restore_from(3);
    c.start(now);
    connect_all();
    ASSERT_FALSE(c.asked_peers.empty());
    broker::PeerEntries entries{{entry_number(2), entry_number(3)},
                                {{1, 2}, {1, 3}},
                                *a.ordering().followed_cursor(),
                                true,
                                members()};
    entries.beginning = broker::PrunedRange{.first = 1, .last = 40};
    c.step(entries);
    pass(Milliseconds(5'000));
    EXPECT_TRUE(c.is_ready()) << "the journal has refused nothing";
    EXPECT_EQ(c.stored(), ids({1, 2, 3}));
    EXPECT_TRUE(c.violations.empty());
}

}  // namespace
}  // namespace crier::testing
