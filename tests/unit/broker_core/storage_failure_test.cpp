// The broker's core while its disk fails, and after: what was promised is kept, what was refused
// never appears. Method: as engine_test.cpp, with a disk that is full for some commits, and starts
// from what it has.

#include <gtest/gtest.h>

#include <functional>

#include "broker/core/resume_token.hpp"
#include "broker/journal/memory_journal.hpp"
#include "tests/support/broker_driver.hpp"

namespace crier::testing {
namespace {

using broker::EngineSettings;
using broker::MemoryJournal;
using protocol::Accepted;
using protocol::Refused;
using protocol::SessionWelcome;
using Texts = std::vector<std::string>;

EngineSettings forgetful_settings() {
    EngineSettings settings = insecure_settings();
    settings.remembered_cells_max = 0;
    return settings;
}

void say_goodbye(BrokerDriver& broker, broker::PeerId peer) {
    broker.receive(peer, protocol::FromSession{protocol::Goodbye{}});
}

std::size_t open_sessions(MemoryJournal& journal) {
    return journal.recover()->open_sessions.size();
}

TEST(StorageFailure, KeepsTheEndOfAMessageThatWasForgottenInTheLostBatch) {
    MemoryJournal journal;
    {
        BrokerDriver broker(journal, forgetful_settings());
        const auto op = broker.join_operator();
        const auto session = broker.join("vanessa-1");
        broker.send(op, 1, "Salut");
        journal.fill_disk(1);
        broker.receipt(session, 1, State::displayed);
        broker.to_session(session);
        broker.recover_journal();
        broker.advance(Milliseconds{100});
        const auto heartbeat = broker.last<protocol::Heartbeat>(session);
        ASSERT_TRUE(heartbeat);
        EXPECT_EQ(heartbeat->confirmed, 1u);
    }
    BrokerDriver broker(journal, forgetful_settings());
    EXPECT_EQ(broker.tally_of(broker.join_operator(), 1)[State::displayed], 1u);
}

TEST(StorageFailure, ClosesInTheJournalWhoLeftMeanwhile) {
    MemoryJournal journal;
    BrokerDriver broker(journal, insecure_settings());
    const auto op = broker.join_operator();
    const auto session = broker.join("vanessa-1");
    ASSERT_EQ(open_sessions(journal), 1u);
    journal.fill_disk(1);
    broker.send(op, 1, "lost");
    say_goodbye(broker, session);
    broker.recover_journal();
    EXPECT_EQ(open_sessions(journal), 0u);
}

TEST(StorageFailure, ClosesInTheJournalWhoseGoodbyeWasLost) {
    MemoryJournal journal;
    BrokerDriver broker(journal, insecure_settings());
    const auto session = broker.join("vanessa-1");
    journal.fill_disk(1);
    say_goodbye(broker, session);
    broker.recover_journal();
    EXPECT_EQ(open_sessions(journal), 0u);
}

TEST(StorageFailure, LeavesOpenInTheJournalWhoLeftAndCameBackMeanwhile) {
    MemoryJournal journal;
    const EngineSettings settings = insecure_settings();
    BrokerDriver driver(journal, settings);
    const auto op = driver.join_operator();
    auto session = driver.join("vanessa-1");
    auto hello = hello_of("vanessa-1");
    hello.resume = driver.last<SessionWelcome>(session)->resume;
    journal.fill_disk(1);
    driver.send(op, 1, "refused");
    say_goodbye(driver, session);
    session = driver.join(hello);
    const auto welcome = driver.last<SessionWelcome>(session);
    ASSERT_TRUE(welcome);
    // Nobody else can get the number that it had, so it keeps it.
    EXPECT_EQ(broker::verify(welcome->resume, settings.resume_key)->number,
              broker::verify(*hello.resume, settings.resume_key)->number);
    driver.recover_journal();
    EXPECT_EQ(open_sessions(journal), 1u);
}

TEST(StorageFailure, AcceptsOnceMoreWhatHistoryHas) {
    MemoryJournal journal;
    BrokerDriver broker(journal, forgetful_settings());
    const auto op = broker.join_operator();
    const auto session = broker.join("vanessa-1");
    broker.send(op, 1, "Salut");
    broker.receipt(session, 1, State::displayed);
    broker.to_operator(op);
    journal.fill_disk(1);
    for (const char* when : {"before the failure is known", "after it"}) {
        broker.send(op, 1, "Salut");
        const auto accepted = broker.last<Accepted>(op);
        ASSERT_TRUE(accepted) << when;
        EXPECT_TRUE(accepted->already) << when;
    }
    broker.send(op, 2, "new");
    EXPECT_EQ(broker.last<Refused>(op)->code, ErrorCode::storage_failed);
}

TEST(StorageFailure, NamesInHistoryWhoCameAndLeftMeanwhile) {
    MemoryJournal journal;
    BrokerDriver broker(journal, insecure_settings());
    const auto op = broker.join_operator();
    protocol::Send send;
    send.id = message_id(1);
    send.content.text = "until tomorrow";
    send.expires = broker.now().utc + Milliseconds{86'400'000};
    broker.receive(op, protocol::FromOperator{send});
    journal.fill_disk(1);
    broker.send(op, 2, "lost");
    const auto session = broker.join("vanessa-1");
    broker.receipt(session, 1, State::displayed);
    say_goodbye(broker, session);
    broker.recover_journal();

    broker.receive(op, protocol::FromOperator{protocol::AskOutcome{7, message_id(1), {}}});
    const auto page = broker.last<protocol::OutcomePage>(op);
    ASSERT_TRUE(page);
    ASSERT_EQ(page->outcomes.size(), 1u);
    EXPECT_EQ(page->outcomes[0].user, "vanessa");
    EXPECT_EQ(page->outcomes[0].state, State::displayed);
}

// A stay's number that the journal does not have yet may go to another session after a crash.
TEST(StorageFailure, NeverShowsOneSessionWhatWasMeantForAnother) {
    MemoryJournal journal;
    auto hello = hello_of("marc-1");
    {
        BrokerDriver broker(journal, insecure_settings());
        journal.fill_disk(1);
        broker.send(broker.join_operator(), 1, "lost");
        hello.resume = broker.last<SessionWelcome>(broker.join("marc-1"))->resume;
    }
    BrokerDriver broker(journal, insecure_settings());
    const auto op = broker.join_operator();
    const auto vanessa = broker.join("vanessa-1");
    protocol::Send send;
    send.id = message_id(2);
    send.content.text = "for Vanessa alone";
    send.target = Target::of({id_of("vanessa-1")});
    send.expires = broker.now().utc + Milliseconds{86'400'000};
    broker.receive(op, protocol::FromOperator{send});
    say_goodbye(broker, vanessa);
    EXPECT_EQ(broker.texts(broker.join(hello)), Texts{});
    EXPECT_EQ(broker.tally_of(op, 2)[State::gone_unseen], 1u);
}

// A full disk takes nothing from a session that the disk had before: its token still names its
// number, so that what it says later is of the cells that it has.
TEST(StorageFailure, LeavesASessionTheNumberThatTheDiskHadBefore) {
    MemoryJournal journal;
    const EngineSettings settings = insecure_settings();
    auto hello = hello_of("vanessa-1");
    {
        BrokerDriver broker(journal, settings);
        const auto op = broker.join_operator();
        const auto session = broker.join(hello);
        broker.send(op, 1, "Salut");
        broker.receipt(session, 1, State::displayed);
        journal.fill_disk(2);
        broker.send(op, 2, "lost");
        broker.recover_journal();  // And it is full again, so what is written anew is lost too.
        broker.close(session);
        hello.resume = broker.last<SessionWelcome>(broker.join(hello))->resume;
    }
    BrokerDriver broker(journal, settings);
    broker.advance(settings.closing_time);
    ASSERT_TRUE(broker.was_noticed(broker::Fact::session_closed));
    broker.receipt(broker.join(hello), 1, State::acknowledged);
    EXPECT_EQ(broker.tally_of(broker.join_operator(), 1)[State::acknowledged], 1u);
}

TEST(StorageFailure, ConfirmsNoReceiptThatItCannotHold) {
    MemoryJournal journal;
    BrokerDriver broker(journal, forgetful_settings());
    const auto op = broker.join_operator();
    const auto first = broker.join("session-0");
    broker.send(op, 1, "Salut");
    broker.receipt(first, 1, State::displayed);  // Now only history has it.
    journal.fill_disk(1);
    broker.send(op, 2, "lost");

    protocol::Receipts receipts;
    receipts.receipts.assign(250, {message_id(1), 1, State::acknowledged, {}, {}});
    std::uint64_t taken = 0;
    bool was_refused = false;
    for (int number = 1; number <= 20 && !was_refused; ++number) {
        const auto session = broker.join("session-" + std::to_string(number));
        for (receipts.number = 1; receipts.number <= 3 && !was_refused; ++receipts.number) {
            broker.receive(session, protocol::FromSession{receipts});
            was_refused = broker.was_cut(session);
            if (!was_refused) taken += receipts.receipts.size();
        }
        if (!was_refused) continue;
        EXPECT_EQ(broker.last<Refused>(session)->code, ErrorCode::overloaded);
    }
    EXPECT_TRUE(was_refused);
    broker.recover_journal();
    const auto stored = journal.read_message(message_id(1));
    ASSERT_TRUE(stored && *stored);
    EXPECT_GE((*stored)->late_receipts.size(), taken);
}

/// One thing after the other; every step may be the one at which the disk is full.
struct Story {
    explicit Story(MemoryJournal& journal, const EngineSettings& settings)
        : broker(journal, settings) {}

    void tell(const std::function<void()>& between) {
        const auto step = [&](const std::function<void()>& happens) {
            happens();
            between();
        };
        step([&] { vanessa = broker.join("vanessa-1"); });
        step([&] { marc = broker.join("marc-1"); });
        step([&] { send(1); });
        step([&] { receipt(vanessa, 1, State::displayed); });
        step([&] { send(2); });
        step([&] { receipt(marc, 1, State::displayed); });
        step([&] { receipt(marc, 2, State::suppressed); });
        step([&] { say_goodbye(broker, marc); });
        step([&] { receipt(vanessa, 1, State::acknowledged); });
        step([&] { marc = broker.join("marc-1"); });
        step([&] { receipt(vanessa, 2, State::displayed); });
        step([&] { send(3); });
        step([&] { receipt(marc, 3, State::displayed); });
        step([&] { receipt(vanessa, 3, State::acknowledged); });
    }

    void send(std::uint8_t number) {
        broker.send(op, number, "Salut");
        if (broker.last<Accepted>(op)) accepted.insert(number);
    }

    void receipt(broker::PeerId peer, std::uint8_t number, State state) {
        if (accepted.contains(number)) broker.receipt(peer, number, state);
    }

    BrokerDriver broker;
    broker::PeerId op = broker.join_operator();
    broker::PeerId vanessa{};
    broker::PeerId marc{};
    std::set<std::uint8_t> accepted;
};

class FullDisk : public ::testing::TestWithParam<bool> {};

TEST_P(FullDisk, AtAnyCommitLosesNothingAndBringsNothingBack) {
    const EngineSettings settings = GetParam() ? forgetful_settings() : insecure_settings();
    MemoryJournal untroubled;
    Story(untroubled, settings).tell([] {});
    const std::uint64_t commits = untroubled.commits();
    ASSERT_GT(commits, 14u);

    for (std::uint64_t failing = 0; failing < commits; ++failing) {
        SCOPED_TRACE("the disk is full at commit " + std::to_string(failing));
        MemoryJournal journal;
        std::map<std::uint8_t, Tally> known;
        Story story(journal, settings);
        bool is_filled = false;
        bool is_noticed = false;
        const auto between = [&] {
            // One step happens while the disk is full.
            if (is_noticed) story.broker.recover_journal();
            is_noticed = story.broker.was_noticed(broker::Fact::storage_failed);
            if (!is_filled && journal.commits() == failing) {
                journal.fill_disk(1);
                is_filled = true;
            }
        };
        between();
        story.tell(between);
        story.broker.recover_journal();
        for (const std::uint8_t number : story.accepted) {
            known[number] = story.broker.tally_of(story.op, number);
        }
        const std::size_t open = open_sessions(journal);

        BrokerDriver restarted(journal, settings);
        const auto op = restarted.join_operator();
        EXPECT_EQ(open, 2u);
        EXPECT_EQ(journal.recover()->last_seq, story.accepted.size());
        for (const auto& [number, tally] : known) {
            EXPECT_EQ(restarted.tally_of(op, number), tally) << "message " << int{number};
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Memory, FullDisk, ::testing::Bool(), [](const auto& forgetful) {
    return forgetful.param ? "ForgetsAtOnce" : "Remembers";
});

}  // namespace
}  // namespace crier::testing
