// What operators ask: pages, outcomes, repeated requests, and answers in every case. Method: as
// engine_test.cpp.

#include <gtest/gtest.h>

#include <set>

#include "broker/journal/memory_journal.hpp"
#include "tests/support/broker_driver.hpp"
#include "tests/support/forwarding_journal.hpp"

namespace crier::testing {
namespace {

using broker::MemoryJournal;
using protocol::Accepted;
using protocol::AskOutcome;
using protocol::FromOperator;
using protocol::Refused;

/// In front of a journal in memory: counts what is read, and fails to read when told so.
class WatchedJournal final : public ForwardingJournal {
public:
    WatchedJournal() : ForwardingJournal(journal_) {}

    Result<std::vector<broker::StoredMessage>> read_messages(std::optional<std::uint64_t> before,
                                                             std::size_t count_max) override {
        if (fails_to_read) return fail(ErrorCode::journal_damaged, "unreadable");
        return journal_.read_messages(before, count_max);
    }
    Result<std::optional<broker::StoredMessage>> read_message(const MessageId& id) override {
        if (fails_to_read) return fail(ErrorCode::journal_damaged, "unreadable");
        if (has_pruned) return std::optional<broker::StoredMessage>{};
        return journal_.read_message(id);
    }
    Result<std::vector<broker::SessionRecord>> read_sessions(
        const std::vector<std::uint32_t>& numbers) override {
        sessions_read += numbers.size();
        return journal_.read_sessions(numbers);
    }

    bool fails_to_read = false;
    bool has_pruned = false;
    std::size_t sessions_read = 0;

private:
    MemoryJournal journal_;
};

class QueriesTest : public ::testing::Test {
protected:
    static broker::EngineSettings forgetful() {
        auto settings = insecure_settings();
        settings.remembered_cells_max = 0;
        return settings;
    }

    /// A message that only history has: seen by the one session there is.
    void send_and_see(std::uint8_t number, const protocol::Send& send) {
        broker.receive(op, FromOperator{send});
        broker.receipt(vanessa, number, State::displayed);
    }

    static protocol::Send salut(std::uint8_t number) {
        protocol::Send send;
        send.request = 77;
        send.id = message_id(number);
        send.content.text = "Salut";
        return send;
    }

    WatchedJournal journal;
    BrokerDriver broker{journal, forgetful()};
    const broker::PeerId op = broker.join_operator();
    const broker::PeerId vanessa = broker.join("vanessa-1");
};

TEST_F(QueriesTest, AnswersARepeatedRequestOfHistoryThoughItCouldNotBeAskedAnew) {
    auto expiring = salut(1);
    expiring.expires = broker.now().utc + Milliseconds{1'000};
    auto gone = salut(2);
    gone.target = Target::of({id_of("vanessa-1")});
    send_and_see(1, expiring);
    send_and_see(2, gone);
    broker.receive(vanessa, protocol::FromSession{protocol::Goodbye{}});
    broker.advance(Milliseconds{2'000});

    // "In one second", said again.
    auto later = expiring;
    *later.expires += Milliseconds{3'000};
    for (const protocol::Send& again : {expiring, gone, later}) {
        broker.to_operator(op);
        broker.receive(op, FromOperator{again});
        const auto accepted = broker.last<Accepted>(op);
        ASSERT_TRUE(accepted);
        EXPECT_TRUE(accepted->already);
        EXPECT_EQ(accepted->request, 77u);
        EXPECT_EQ(accepted->tally[State::displayed], 1u);
    }
    // To have no end is something else.
    auto endless = expiring;
    endless.expires.reset();
    broker.receive(op, FromOperator{endless});
    EXPECT_EQ(broker.last<Refused>(op)->code, ErrorCode::request_id_reused);
    // Another content under the same id is another request, whatever else is wrong with it.
    expiring.content.text = "Another";
    broker.receive(op, FromOperator{expiring});
    EXPECT_EQ(broker.last<Refused>(op)->code, ErrorCode::request_id_reused);
}

TEST_F(QueriesTest, RefusesWhatHistoryDoesNotKnowForItsOwnReason) {
    auto past = salut(1);
    past.expires = broker.now().utc;
    broker.receive(op, FromOperator{past});
    EXPECT_EQ(broker.last<Refused>(op)->code, ErrorCode::time_invalid);
    auto unknown = salut(2);
    unknown.target = Target::of({id_of("nobody")});
    broker.receive(op, FromOperator{unknown});
    const auto refused = broker.last<Refused>(op);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, ErrorCode::session_unknown);
    EXPECT_EQ(refused->unknown, std::vector{id_of("nobody")});
    auto unclear = salut(3);
    unclear.target = Target::matching("user");
    broker.receive(op, FromOperator{unclear});
    EXPECT_EQ(broker.last<Refused>(op)->position, 4u);
}

TEST_F(QueriesTest, AnswersARepeatedRequestEvenWhenHistoryDoesNotRead) {
    send_and_see(1, salut(1));
    journal.fails_to_read = true;
    broker.receive(op, FromOperator{salut(1)});
    const auto refused = broker.last<Refused>(op);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->request, 77u);
    EXPECT_EQ(refused->code, ErrorCode::journal_damaged);
}

TEST_F(QueriesTest, AnswersARepeatedRequestThatWasPrunedJustNow) {
    send_and_see(1, salut(1));
    journal.has_pruned = true;
    broker.receive(op, FromOperator{salut(1)});
    const auto refused = broker.last<Refused>(op);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->request, 77u);
    EXPECT_EQ(refused->code, ErrorCode::outcome_unknown);
}

TEST_F(QueriesTest, FollowsAMessageWhoseEntryIsStillOnItsWay) {
    const auto other = broker.join_operator();
    broker.hold_journal();
    broker.receive(op, FromOperator{salut(1)});
    broker.receive(other, FromOperator{protocol::Follow{5, message_id(1)}});
    broker.release_journal();
    EXPECT_TRUE(broker.last<protocol::Done>(other));
    broker.receipt(vanessa, 1, State::displayed);
    const auto told = broker.last<protocol::TallyChanged>(other);
    ASSERT_TRUE(told);
    EXPECT_TRUE(told->is_final);
    EXPECT_EQ(told->tally[State::displayed], 1u);
}

TEST_F(QueriesTest, SaysNothingFinalOfAMessageThatIsNot) {
    broker.hold_journal();
    broker.receive(op, FromOperator{salut(1)});
    broker.receive(op, FromOperator{protocol::Follow{5, message_id(1)}});
    broker.release_journal();
    EXPECT_FALSE(broker.last<protocol::TallyChanged>(op));
}

TEST_F(QueriesTest, SaysWhatWasDisplayedInADigest) {
    broker.receive(op, FromOperator{salut(1)});
    protocol::Receipt receipt;
    receipt.id = message_id(1);
    receipt.state = State::displayed;
    receipt.digest = true;
    broker.receipt(vanessa, receipt);
    receipt.digest = false;
    receipt.state = State::acknowledged;
    broker.receipt(vanessa, receipt);
    broker.receive(op, FromOperator{AskOutcome{7, message_id(1), {}}});
    const auto page = broker.last<protocol::OutcomePage>(op);
    ASSERT_TRUE(page);
    ASSERT_FALSE(page->outcomes.empty());
    EXPECT_TRUE(page->outcomes.front().digest);
    EXPECT_EQ(page->outcomes.front().state, State::acknowledged);
}

TEST_F(QueriesTest, ListsEveryStayOfASessionThatATallyCounts) {
    auto standing = salut(1);
    standing.expires = broker.now().utc + Milliseconds{86'400'000};
    broker.receive(op, FromOperator{standing});
    // No token: each time it is a new session, for which the message stands anew.
    for (int stay = 0; stay < 3; ++stay) {
        broker.receive(broker.join("marc-1"), protocol::FromSession{protocol::Goodbye{}});
    }
    broker.receive(op, FromOperator{AskOutcome{7, message_id(1), {}}});
    const auto page = broker.last<protocol::OutcomePage>(op);
    ASSERT_TRUE(page);
    EXPECT_EQ(page->message.tally.targeted(), 4u);
    EXPECT_EQ(page->outcomes.size(), 4u);
}

TEST_F(QueriesTest, ReadsSessionsForOutcomesOnly) {
    for (std::uint8_t number = 1; number <= 5; ++number) send_and_see(number, salut(number));
    broker.receive(op, FromOperator{protocol::ListMessages{6, std::nullopt, 20}});
    ASSERT_EQ(broker.last<protocol::MessagePage>(op)->messages.size(), 5u);
    EXPECT_EQ(journal.sessions_read, 0u);
    broker.receive(op, FromOperator{AskOutcome{7, message_id(1), {}}});
    ASSERT_EQ(broker.last<protocol::OutcomePage>(op)->outcomes.size(), 1u);
    EXPECT_EQ(journal.sessions_read, 1u);
}

TEST_F(QueriesTest, RefusesMoreQuestionsToHistoryThanItCanHold) {
    broker.hold_journal();
    const auto eager = broker.join_operator();
    std::optional<Refused> refused;
    int asked = 0;
    for (; asked < 2'000 && !refused; ++asked) {
        broker.receive(eager, FromOperator{AskOutcome{7, message_id(1), {}}});
        refused = broker.last<Refused>(eager);
    }
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, ErrorCode::overloaded);
    EXPECT_EQ(refused->request, 7u);
    EXPECT_GT(asked, 100);
    broker.release_journal();
    broker.receive(eager, FromOperator{protocol::ListMessages{8, std::nullopt, 20}});
    EXPECT_TRUE(broker.last<protocol::MessagePage>(eager));
}

TEST_F(QueriesTest, RefusesMoreRepetitionsThanItCanHold) {
    broker.hold_journal();
    std::optional<Refused> refused;
    int asked = 0;
    for (; asked < 2'000 && !refused; ++asked) {
        broker.receive(op, FromOperator{salut(1)});
        refused = broker.last<Refused>(op);
    }
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, ErrorCode::overloaded);
    EXPECT_GT(asked, 10);
    broker.release_journal();
    EXPECT_TRUE(broker.last<Accepted>(op));
}

class PagesTest : public ::testing::Test {
protected:
    static constexpr int sessions = 900;

    void SetUp() override {
        for (int number = 0; number < sessions; ++number) {
            peers.push_back(broker.join("user" + std::to_string(number) + "-1"));
        }
        broker.send(op, 1, "Salut");
    }

    /// Every page of the outcome of message 1.
    std::vector<protocol::OutcomePage> outcome_pages() {
        std::vector<protocol::OutcomePage> pages;
        std::optional<SessionId> after;
        do {
            broker.receive(op, FromOperator{AskOutcome{7, message_id(1), after}});
            auto page = broker.last<protocol::OutcomePage>(op);
            if (!page || page->outcomes.empty()) break;
            after = page->outcomes.back().session;
            pages.push_back(std::move(*page));
        } while (pages.back().more);
        return pages;
    }

    MemoryJournal journal;
    BrokerDriver broker{journal, insecure_settings()};
    const broker::PeerId op = broker.join_operator();
    std::vector<broker::PeerId> peers;
};

TEST_F(PagesTest, TellAnOutcomeOfManySessionsWholeAndInOrder) {
    for (int number = 0; number < sessions; number += 3) {
        broker.receipt(peers[static_cast<std::size_t>(number)], 1, State::displayed);
    }
    // Those that have left are in it as well.
    for (int number = 1; number < sessions; number += 3) {
        broker.receive(peers[static_cast<std::size_t>(number)],
                       protocol::FromSession{protocol::Goodbye{}});
    }
    const auto pages = outcome_pages();
    EXPECT_GT(pages.size(), 1u);
    std::vector<SessionId> ids;
    Tally tally;
    for (const auto& page : pages) {
        for (const protocol::SessionOutcome& one : page.outcomes) {
            ids.push_back(one.session);
            tally[one.state] += 1;
            EXPECT_FALSE(one.user.empty());
        }
    }
    EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
    EXPECT_EQ(ids.size(), static_cast<std::size_t>(sessions));
    EXPECT_EQ(tally, pages.back().message.tally);
    EXPECT_EQ(tally[State::displayed], 300u);
    EXPECT_EQ(tally[State::gone_unseen], 300u);
}

TEST_F(PagesTest, NeverPartTheStaysOfOneSession) {
    protocol::Send send;
    send.id = message_id(2);
    send.content.text = "until tomorrow";
    send.expires = broker.now().utc + Milliseconds{86'400'000};
    broker.receive(op, FromOperator{send});
    // Each of these comes again and again without its token, so that pages end within one.
    for (int stay = 0; stay < 7; ++stay) {
        for (int number = 0; number < 100; ++number) {
            const auto peer = broker.join("user" + std::to_string(number) + "-1");
            broker.receive(peer, protocol::FromSession{protocol::Goodbye{}});
        }
    }
    std::map<SessionId, int> counts;
    std::optional<SessionId> after;
    std::uint32_t counted = 0;
    for (bool more = true; more;) {
        broker.receive(op, FromOperator{AskOutcome{7, message_id(2), after}});
        const auto page = broker.last<protocol::OutcomePage>(op);
        ASSERT_TRUE(page && !page->outcomes.empty());
        for (const protocol::SessionOutcome& one : page->outcomes) {
            counts[one.session] += 1;
            counted += 1;
        }
        after = page->outcomes.back().session;
        more = page->more;
        EXPECT_TRUE(more || counted == page->message.tally.targeted());
    }
    EXPECT_EQ(counts.size(), static_cast<std::size_t>(sessions));
    EXPECT_EQ(counts[id_of("user7-1")], 7);
}

TEST_F(PagesTest, TellSessionsWholeAndInOrder) {
    std::vector<SessionId> ids;
    std::optional<SessionId> after;
    int pages = 0;
    for (bool more = true; more; ++pages) {
        broker.receive(op, FromOperator{protocol::ListSessions{7, Target::everyone(), after}});
        const auto page = broker.last<protocol::SessionPage>(op);
        ASSERT_TRUE(page && !page->sessions.empty());
        for (const Session& session : page->sessions) ids.push_back(session.id);
        after = ids.back();
        more = page->more;
    }
    EXPECT_GT(pages, 1);
    EXPECT_EQ(ids.size(), static_cast<std::size_t>(sessions));
    EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
}

TEST_F(PagesTest, EndWhereTheMessagesEnd) {
    for (std::uint8_t number = 2; number <= 10; ++number) broker.send(op, number, "Salut");
    const auto page_of = [&](std::optional<std::uint64_t> before, std::uint32_t count_max) {
        broker.receive(op, FromOperator{protocol::ListMessages{6, before, count_max}});
        return *broker.last<protocol::MessagePage>(op);
    };
    const auto all = page_of(std::nullopt, 10);
    EXPECT_EQ(all.messages.size(), 10u);
    EXPECT_FALSE(all.more);
    const auto first = page_of(std::nullopt, 9);
    EXPECT_EQ(first.messages.size(), 9u);
    EXPECT_TRUE(first.more);
    const auto rest = page_of(first.messages.back().seq, 9);
    EXPECT_EQ(rest.messages.size(), 1u);
    EXPECT_FALSE(rest.more);
}

}  // namespace
}  // namespace crier::testing
