// A session's key comes to another broker with somebody else: what was for the one before does not
// follow. Method: cores driven by hand, one log, links that can be cut.

#include "tests/unit/broker_core/moves_fixture.hpp"

namespace crier::testing {
namespace {

class MovesOwner : public Moves {
protected:
    void send_to_vanessa(PeerId op) {
        protocol::Send send;
        send.id = message_id(1);
        send.target = Target::matching("user=vanessa");
        send.content.text = "Your salary";
        send.expires = cluster.broker(2).now().utc + Milliseconds{7'200'000};
        cluster.broker(2).ask(op, send);
        cluster.settle();
    }
};

TEST_F(MovesOwner, NothingIsHandedOverToSomebodyElse) {
    const PeerId op = join_operator(2);
    cluster.broker(0).close(join_local(0, "desk-1", "vanessa"));
    send_to_vanessa(op);
    const UtcTime before = find<SessionWelcome>()->opened;
    cluster.advance(Milliseconds{5'000});
    token.clear();
    join_local(1, "desk-1", "marc");
    ASSERT_NE(find<SessionWelcome>(), nullptr);
    EXPECT_GT(find<SessionWelcome>()->opened, before);
    EXPECT_EQ(find<protocol::Show>(), nullptr);
    const OutcomePage page = outcome(2, op, 1);
    EXPECT_EQ(page.message.tally.targeted(), 1u);
    EXPECT_EQ(page.message.tally[State::gone_unseen], 1u);
}

TEST_F(MovesOwner, WhatWasForThePersonFollowsThem) {
    const PeerId op = join_operator(2);
    cluster.broker(0).close(join_local(0, "desk-1", "vanessa"));
    send_to_vanessa(op);
    join_local(1, "desk-1", "vanessa");
    EXPECT_NE(find<protocol::Show>(), nullptr);
    EXPECT_EQ(outcome(2, op, 1).message.tally.targeted(), 1u);
}

TEST_F(MovesOwner, NothingIsHandedOverLaterWhenTheOtherBrokerWasAway) {
    const PeerId op = join_operator(2);
    cluster.broker(0).close(join_local(0, "desk-1", "vanessa"));
    send_to_vanessa(op);
    cluster.cut_link(0, 1);
    const PeerId marc = join_local(1, "desk-1", "marc");
    cluster.mend_link(0, 1);
    cluster.advance(Milliseconds{2'000});
    EXPECT_FALSE(cluster.broker(1).last<protocol::Show>(marc));
    EXPECT_FALSE(cluster.broker(1).was_cut(marc));
    EXPECT_EQ(outcome(2, op, 1).message.tally[State::gone_unseen], 1u);
}

TEST_F(MovesOwner, SomebodyElseDoesNotGoOnWhereTheSessionCameBackFrom) {
    const PeerId op = join_operator(2);
    cluster.broker(0).close(join_local(0, "desk-1", "vanessa"));
    send_to_vanessa(op);
    // It goes over, and is back before the other broker has it on its disk.
    cluster.broker(1).hold_journal();
    join_local(1, "desk-1", "vanessa");
    join_local(0, "desk-1", "marc");
    EXPECT_EQ(find<protocol::Show>(), nullptr);
    cluster.broker(1).release_journal();
    cluster.advance(Milliseconds{2'000});
    EXPECT_EQ(outcome(2, op, 1).message.tally[State::gone_unseen], 1u);
}

}  // namespace
}  // namespace crier::testing
