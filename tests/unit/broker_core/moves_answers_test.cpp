// A person answers at one broker, and otherwise at another one: the newest answer counts. Method:
// as moves_test.cpp.

#include "tests/unit/broker_core/moves_fixture.hpp"

namespace crier::testing {
namespace {

/// It answers at the first broker, and again at the second one, before that has heard of the first
/// answer.
class MovesOfAnswers : public Moves {
protected:
    void ask() {
        protocol::Send question;
        question.id = message_id(1);
        question.content.text = "Lunch?";
        question.content.choices = {"Yes", "No"};
        question.expires = cluster.broker(2).now().utc + Milliseconds{3'600'000};
        cluster.broker(2).ask(op, question);
        cluster.settle();
    }
    void answer(std::size_t broker, PeerId peer, std::uint32_t choice, UtcTime at) {
        protocol::Receipt receipt;
        receipt.id = message_id(1);
        receipt.state = State::answered;
        receipt.answer = choice;
        receipt.at = at;
        cluster.broker(broker).receive(peer,
                                       protocol::FromSession{protocol::Receipts{1, {receipt}}});
        cluster.settle();
    }
    void answer_twice(UtcTime first, UtcTime second) {
        const PeerId before = join(0, "vanessa-1");
        ask();
        cluster.advance(Milliseconds{100});
        answer(0, before, 0, first);
        cluster.cut_link(0, 1);
        cluster.advance(Milliseconds{100});
        answer(1, join(1, "vanessa-1", {{message_id(1), 1, State::answered, true}}), 1, second);
        cluster.mend_link(0, 1);
        cluster.settle();
        const OutcomePage page = outcome(2, op, 1);
        ASSERT_EQ(page.outcomes.size(), 1u);
        EXPECT_EQ(page.outcomes.front().answer, 1u) << "what the other broker knew is older";
    }

    const PeerId op = join_operator(2);
};

TEST_F(MovesOfAnswers, KeepTheNewestOne) {
    const UtcTime now = cluster.broker(0).now().utc;
    answer_twice(now + Milliseconds{100}, now + Milliseconds{200});
}

TEST_F(MovesOfAnswers, KeepTheNewestOneThoughTheNewBrokersClockIsBehind) {
    const UtcTime now = cluster.broker(0).now().utc + Milliseconds{1'000};
    cluster.broker(0).set_utc(now);
    answer_twice(now + Milliseconds{100}, now + Milliseconds{101});
}

TEST_F(MovesOfAnswers, HaveNoTimeThatIsOnNoClockOfTheCluster) {
    const PeerId session = join(0, "vanessa-1");
    ask();
    answer(0, session, 0, cluster.broker(0).now().utc + Milliseconds{10'000});
    const OutcomePage page = outcome(2, op, 1);
    ASSERT_EQ(page.outcomes.size(), 1u);
    EXPECT_LE(page.outcomes.front().at, cluster.broker(0).now().utc);
}

}  // namespace
}  // namespace crier::testing
