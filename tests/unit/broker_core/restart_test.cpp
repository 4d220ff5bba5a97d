// The broker's core across crashes and full disks: what the journal has is enough.

#include <gtest/gtest.h>

#include "broker/journal/memory_journal.hpp"
#include "tests/support/broker_driver.hpp"
#include "tests/support/forwarding_journal.hpp"

namespace crier::testing {
namespace {

using namespace std::chrono_literals;
using broker::MemoryJournal;
using Texts = std::vector<std::string>;

TEST(EngineRestart, StillHasTheMessagesThatSessionsWaitFor) {
    MemoryJournal journal;
    {
        BrokerDriver broker(journal, insecure_settings());
        const auto op = broker.join_operator();
        const auto session = broker.join("vanessa-1");
        broker.join("marc-1");
        broker.send(op, 1, "Salut");
        broker.receipt(session, 1, State::displayed);
    }
    BrokerDriver broker(journal, insecure_settings());
    const auto op = broker.join_operator();
    Tally expected;
    expected[State::displayed] = 1;
    expected[State::waiting] = 1;
    EXPECT_EQ(broker.tally_of(op, 1), expected);
    EXPECT_EQ(broker.texts(broker.join("marc-1")), Texts{"Salut"});
    EXPECT_EQ(broker.texts(broker.join("vanessa-1")), Texts{});
}

/// Entries go ahead of facts, and a crash may come between them.
class EntriesOnly : public ForwardingJournal {
public:
    using ForwardingJournal::ForwardingJournal;

    Result<std::vector<broker::EntryResult>> append(const broker::Batch& batch) override {
        broker::Batch kept = batch;
        if (is_losing) kept.facts.clear();
        if (is_losing) kept.outcomes.clear();
        return ForwardingJournal::append(kept);
    }

    bool is_losing = false;
};

TEST(EngineRestart, KnowsWhomAMessageWasForThatWasRecalledBeforeThatWasWritten) {
    MemoryJournal memory;
    EntriesOnly journal(memory);
    {
        BrokerDriver broker(journal, insecure_settings());
        broker.join("vanessa-1");
        const auto op = broker.join_operator();
        journal.is_losing = true;
        broker.send(op, 1, "Salut");
        broker.recall(op, 2, 1);
    }
    journal.is_losing = false;
    BrokerDriver broker(journal, insecure_settings());
    EXPECT_EQ(broker.tally_of(broker.join_operator(), 1)[State::recalled_unseen], 1u);
}

TEST(EngineRestart, CountsWhatWentOutBeforeThatWasWrittenAndExpiredMeanwhile) {
    MemoryJournal memory;
    EntriesOnly journal(memory);
    Moment now;
    {
        BrokerDriver broker(journal, patient_settings());
        const auto vanessa = broker.join("vanessa-1");
        broker.join("marc-1");
        protocol::Send send;
        send.id = message_id(1);
        send.content.text = "Salut";
        send.schedule.due = broker.now().utc + 10s;
        send.expires = broker.now().utc + 20s;
        broker.ask(broker.join_operator(), send);
        journal.is_losing = true;
        broker.advance(10s);
        ASSERT_EQ(broker.texts(vanessa), Texts{"Salut"});
        now = broker.now();
    }
    journal.is_losing = false;
    now.steady += 1min;
    now.utc += 1min;
    Tally expected;
    expected[State::displayed] = 1;
    expected[State::expired_unseen] = 1;
    {
        BrokerDriver broker(journal, patient_settings(), now);
        const auto op = broker.join_operator();
        EXPECT_EQ(broker.tally_of(op, 1).targeted(), 0u) << "nobody has said that they have it";
        broker.join("luc-1");
        broker.receipt(broker.join("vanessa-1"), 1, State::displayed);
        EXPECT_EQ(broker.tally_of(op, 1), expected);
    }
    BrokerDriver broker(journal, patient_settings(), now);
    EXPECT_EQ(broker.tally_of(broker.join_operator(), 1), expected) << "at another start";
}

TEST(EngineRestart, CountsSessionsThatWereOpenAsTargets) {
    MemoryJournal journal;
    { BrokerDriver(journal, insecure_settings()).join("vanessa-1"); }
    BrokerDriver broker(journal, insecure_settings());
    const auto op = broker.join_operator();
    broker.send(op, 1, "Salut", Target::of({id_of("vanessa-1")}));
    const auto accepted = broker.last<protocol::Accepted>(op);
    ASSERT_TRUE(accepted);
    EXPECT_EQ(accepted->tally[State::waiting], 1u);
    EXPECT_EQ(broker.texts(broker.join("vanessa-1")), Texts{"Salut"});
}

TEST(EngineRestart, DoesNotWelcomeASessionThatACrashCouldForget) {
    MemoryJournal journal;
    BrokerDriver broker(journal, insecure_settings());
    broker.hold_journal();
    const auto session = broker.join("vanessa-1");
    EXPECT_FALSE(broker.last<protocol::SessionWelcome>(session));
    broker.release_journal();
    EXPECT_TRUE(broker.last<protocol::SessionWelcome>(session));
}

TEST(EngineRestart, AnswersARepeatedRequestFromBeforeTheCrash) {
    MemoryJournal journal;
    {
        BrokerDriver broker(journal, insecure_settings());
        broker.send(broker.join_operator(), 1, "Salut");
    }
    BrokerDriver broker(journal, insecure_settings());
    const auto op = broker.join_operator();
    broker.send(op, 1, "Salut");
    auto accepted = broker.last<protocol::Accepted>(op);
    ASSERT_TRUE(accepted);
    EXPECT_TRUE(accepted->already);
    broker.send(op, 1, "Another text");
    EXPECT_EQ(broker.last<protocol::Refused>(op)->code, ErrorCode::request_id_reused);
}

TEST(EngineRestart, StillKnowsWhenAMessageExpired) {
    MemoryJournal journal;
    const auto expired_at = [](BrokerDriver& broker) {
        const auto op = broker.join_operator();
        broker.receive(op, protocol::FromOperator{protocol::AskOutcome{7, message_id(1), {}}});
        const auto page = broker.last<protocol::OutcomePage>(op);
        EXPECT_TRUE(page && page->outcomes.size() == 1);
        EXPECT_EQ(page->outcomes[0].state, State::expired_unseen);
        return page->outcomes[0].at;
    };
    UtcTime before{};
    Moment later{};
    {
        BrokerDriver broker(journal, insecure_settings());
        broker.join("vanessa-1");
        protocol::Send send;
        send.id = message_id(1);
        send.content.text = "Salut";
        send.expires = broker.now().utc + Milliseconds{1'000};
        broker.receive(broker.join_operator(), protocol::FromOperator{send});
        broker.advance(Milliseconds{1'000});
        before = expired_at(broker);
        later = {broker.now().steady, broker.now().utc + Milliseconds{3'600'000}};
    }
    BrokerDriver broker(journal, insecure_settings(), later);
    EXPECT_EQ(expired_at(broker), before);
}

TEST(EngineRestart, ForgetsOldFinalMessagesAndStillAnswersForThem) {
    MemoryJournal journal;
    auto settings = insecure_settings();
    settings.remembered_cells_max = 0;
    BrokerDriver broker(journal, settings);
    const auto op = broker.join_operator();
    const auto session = broker.join("vanessa-1");
    broker.send(op, 1, "Salut");
    broker.receipt(session, 1, State::displayed);
    EXPECT_TRUE(journal.recover()->open_messages.empty());

    EXPECT_EQ(broker.tally_of(op, 1)[State::displayed], 1u);
    broker.receipt(session, 1, State::acknowledged);
    EXPECT_EQ(broker.tally_of(op, 1)[State::acknowledged], 1u);
    broker.send(op, 1, "Salut");
    const auto accepted = broker.last<protocol::Accepted>(op);
    ASSERT_TRUE(accepted);
    EXPECT_TRUE(accepted->already);
    EXPECT_EQ(accepted->tally[State::acknowledged], 1u);
}

TEST(EngineRestart, ReplacesFactsByOutcomesWithoutLosingAReceipt) {
    MemoryJournal journal;
    auto settings = insecure_settings();
    settings.facts_bytes_max = 0;
    {
        BrokerDriver broker(journal, settings);
        const auto op = broker.join_operator();
        const auto session = broker.join("vanessa-1");
        broker.join("marc-1");
        broker.send(op, 1, "Salut");
        broker.receipt(session, 1, State::acknowledged);
    }
    EXPECT_TRUE(journal.recover()->facts.empty());
    BrokerDriver broker(journal, settings);
    EXPECT_EQ(broker.tally_of(broker.join_operator(), 1)[State::acknowledged], 1u);
}

TEST(EngineRestart, ComesBackFromATokenAsTheSameSessionAfterItWasClosed) {
    MemoryJournal journal;
    BrokerDriver broker(journal, insecure_settings());
    const auto op = broker.join_operator();
    const auto session = broker.join("vanessa-1");
    const auto welcome = broker.last<protocol::SessionWelcome>(session);
    ASSERT_TRUE(welcome);
    protocol::Send send;
    send.id = message_id(1);
    send.content.text = "tomorrow";
    send.target = Target::of({id_of("vanessa-1")});
    send.expires = broker.now().utc + Milliseconds{86'400'000};
    broker.close(session);
    broker.receive(op, protocol::FromOperator{send});
    broker.advance(limits::closing_time);

    protocol::SessionHello hello;
    hello.key = key_of("vanessa-1");
    hello.resume = welcome->resume;
    const auto back = broker.open();
    broker.receive(back, protocol::FromSession{hello});
    EXPECT_EQ(broker.texts(back), Texts{"tomorrow"});
}

TEST(EngineRestart, StillOwesASessionThatCameBackByItsTokenWhatItMissed) {
    MemoryJournal journal;
    {
        BrokerDriver broker(journal, insecure_settings());
        const auto op = broker.join_operator();
        const auto vanessa = broker.join("vanessa-1");
        const auto marc = broker.join("marc-1");
        auto hello = hello_of("vanessa-1");
        hello.resume = broker.last<protocol::SessionWelcome>(vanessa)->resume;
        broker.receive(vanessa, protocol::FromSession{protocol::Goodbye{}});
        broker.send(op, 1, "Salut");
        broker.receipt(marc, 1, State::displayed);  // The journal has it as final.
        EXPECT_EQ(broker.texts(broker.join(hello)), Texts{"Salut"});
    }
    BrokerDriver broker(journal, insecure_settings());
    EXPECT_EQ(broker.texts(broker.join("vanessa-1")), Texts{"Salut"});
}

TEST(EngineRestart, RemembersWhatASessionThatCameBackByItsTokenSaid) {
    MemoryJournal journal;
    {
        BrokerDriver broker(journal, insecure_settings());
        const auto op = broker.join_operator();
        auto hello = hello_of("vanessa-1");
        const auto vanessa = broker.join("vanessa-1");
        hello.resume = broker.last<protocol::SessionWelcome>(vanessa)->resume;
        broker.send(op, 1, "Salut");
        broker.receive(vanessa, protocol::FromSession{protocol::Goodbye{}});
        EXPECT_EQ(broker.tally_of(op, 1)[State::gone_unseen], 1u);
        broker.receipt(broker.join(hello), 1, State::failed);
        EXPECT_EQ(broker.tally_of(op, 1)[State::failed], 1u);
    }
    BrokerDriver broker(journal, insecure_settings());
    EXPECT_EQ(broker.tally_of(broker.join_operator(), 1)[State::failed], 1u);
}

TEST(EngineRestart, SendsNothingWhoseTimeIsOverWhenTheDiskHasIt) {
    MemoryJournal journal;
    BrokerDriver broker(journal, insecure_settings());
    const auto op = broker.join_operator();
    const auto session = broker.join("vanessa-1");
    broker.hold_journal();
    protocol::Send send;
    send.request = 1;
    send.id = message_id(1);
    send.content.text = "Salut";
    send.expires = broker.now().utc + Milliseconds{1'000};
    broker.receive(op, protocol::FromOperator{send});
    broker.advance(Milliseconds{2'000});
    broker.release_journal();
    EXPECT_EQ(broker.texts(session), Texts{});
    const auto accepted = broker.last<protocol::Accepted>(op);
    ASSERT_TRUE(accepted);
    EXPECT_EQ(accepted->tally[State::expired_unseen], 1u);
}

TEST(EngineRestart, RefusesToSendWhileTheDiskIsFullAndGoesOnAfterwards) {
    MemoryJournal journal;
    BrokerDriver broker(journal, insecure_settings());
    const auto op = broker.join_operator();
    const auto session = broker.join("vanessa-1");
    journal.fill_disk(1);
    broker.send(op, 1, "lost");
    EXPECT_EQ(broker.last<protocol::Refused>(op)->code, ErrorCode::storage_failed);
    EXPECT_EQ(broker.texts(session), Texts{});
    broker.receive(op, protocol::FromOperator{protocol::AskHealth{5}});
    EXPECT_FALSE(broker.last<protocol::Health>(op)->is_healthy);

    broker.recover_journal();
    broker.send(op, 2, "kept");
    EXPECT_EQ(broker.texts(session), Texts{"kept"});
    broker.receive(op, protocol::FromOperator{protocol::AskHealth{6}});
    EXPECT_TRUE(broker.last<protocol::Health>(op)->is_healthy);
}

TEST(EngineRestart, KeepsReceiptsThatCameWhileTheDiskWasFull) {
    MemoryJournal journal;
    {
        BrokerDriver broker(journal, insecure_settings());
        const auto op = broker.join_operator();
        const auto session = broker.join("vanessa-1");
        broker.join("marc-1");
        broker.send(op, 1, "Salut");
        journal.fill_disk(1);
        broker.receipt(session, 1, State::displayed);
        broker.receipt(session, 1, State::acknowledged);
        broker.recover_journal();
    }
    BrokerDriver broker(journal, insecure_settings());
    EXPECT_EQ(broker.tally_of(broker.join_operator(), 1)[State::acknowledged], 1u);
}

}  // namespace
}  // namespace crier::testing
