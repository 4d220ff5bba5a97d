// What operators ask of several brokers at the same moment: the log has one order of it, and every
// broker comes to the same. Method: cores driven by hand; the log is held while they ask.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "broker/journal/memory_journal.hpp"
#include "tests/support/cluster_driver.hpp"

namespace crier::testing {
namespace {

using namespace broker;
using protocol::Accepted;
using protocol::OutcomePage;
using protocol::Refused;

class OneLog : public ::testing::Test {
protected:
    OneLog() {
        for (std::size_t at = 0; at < ops.size(); ++at) {
            ops[at] = cluster.broker(at).join_operator();
            cluster.settle();
            cluster.broker(at).to_operator(ops[at]);
        }
    }

    /// Asked at that broker; its answer waits for the log.
    template <class Request>
    void ask(std::size_t at, Request request) {
        cluster.broker(at).ask(ops[at], std::move(request));
    }
    template <class Answer>
    std::optional<Answer> answer(std::size_t at) {
        return cluster.broker(at).last<Answer>(ops[at]);
    }
    static protocol::Send message(std::uint8_t number, const std::string& text) {
        protocol::Send send;
        send.id = message_id(number);
        send.target = Target::everyone();
        send.content.text = text;
        return send;
    }
    protocol::MessageSummary summary(std::size_t at, std::uint8_t number) {
        ask(at, protocol::AskOutcome{0, message_id(number), {}});
        cluster.settle();
        const auto page = answer<OutcomePage>(at);
        EXPECT_TRUE(page);
        return page ? page->message : protocol::MessageSummary{};
    }

    ClusterDriver cluster{3};
    std::array<PeerId, 3> ops{};
};

TEST_F(OneLog, KeepsWhatCameFirstOfTwoThingsWithOneId) {
    const PeerId carl = cluster.broker(1).join("carl-1");
    cluster.settle();
    cluster.hold_log();
    ask(0, message(1, "The first"));
    ask(1, message(1, "The second"));
    cluster.release_log();

    EXPECT_TRUE(answer<Accepted>(0));
    const auto refused = answer<Refused>(1);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, ErrorCode::request_id_reused);
    EXPECT_EQ(cluster.broker(1).texts(carl), std::vector<std::string>{"The first"});
    for (std::size_t at = 0; at < ops.size(); ++at) {
        EXPECT_EQ(summary(at, 1).content.text, "The first") << at;
    }
}

TEST_F(OneLog, AcceptsTheSameAtTwoBrokersOnceAndWithTheTimesOfTheFirst) {
    cluster.hold_log();
    const UtcTime at_nine = cluster.broker(0).now().utc + Milliseconds{3'600'000};
    protocol::Send first = message(1, "Maintenance");
    first.expires = at_nine;
    protocol::Send again = first;
    again.expires = at_nine + Milliseconds{60'000};
    ask(0, first);
    ask(1, again);
    cluster.release_log();

    EXPECT_TRUE(answer<Accepted>(0));
    EXPECT_TRUE(answer<Accepted>(1));
    for (std::size_t at = 0; at < ops.size(); ++at) {
        EXPECT_EQ(summary(at, 1).expires, at_nine) << at;
    }
}

TEST_F(OneLog, KeepsWhatCameFirstOfTwoChangesWithOneId) {
    ask(0, message(1, "Maintenance at nine"));
    cluster.settle();
    cluster.hold_log();
    protocol::Update update;
    update.id = message_id(2);
    update.message = message_id(1);
    update.text = "Maintenance at ten";
    ask(0, update);
    update.text = "Maintenance at eleven";
    ask(1, update);
    cluster.release_log();

    EXPECT_TRUE(answer<Accepted>(0));
    const auto refused = answer<Refused>(1);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, ErrorCode::request_id_reused);
    for (std::size_t at = 0; at < ops.size(); ++at) {
        EXPECT_EQ(summary(at, 1).content.text, "Maintenance at ten") << at;
        EXPECT_EQ(summary(at, 1).revision, 2u) << at;
    }
    // Nothing waits for a change that will not come: the message goes on as any other.
    update.id = message_id(3);
    ask(1, update);
    cluster.settle();
    EXPECT_TRUE(answer<Accepted>(1));
    EXPECT_EQ(summary(1, 1).content.text, "Maintenance at eleven");
}

// ---- Messages that end sessions, and admission --------------------------------------------------

TEST_F(OneLog, TakesBothOfTwoDrainsThatBeginAtTheSameMomentAtEveryBroker) {
    const PeerId vanessa = cluster.broker(0).join("vanessa-1");
    const PeerId carl = cluster.broker(1).join("carl-1");
    cluster.settle();
    const auto drain = [&](std::uint8_t number, Milliseconds grace) {
        protocol::Send send = message(number, "Please leave");
        send.schedule.drop = cluster.broker(0).now().utc + grace;
        return send;
    };
    cluster.hold_log();
    ask(0, drain(1, Milliseconds{120'000}));
    ask(1, drain(2, Milliseconds{60'000}));
    cluster.release_log();
    EXPECT_TRUE(answer<Accepted>(0));
    EXPECT_TRUE(answer<Accepted>(1));
    // Whoever asks from now on hears of them, whichever broker they ask.
    for (std::size_t at = 0; at < ops.size(); ++at) {
        ask(at, drain(static_cast<std::uint8_t>(3 + at), Milliseconds{90'000}));
        cluster.settle();
        const auto refused = answer<Refused>(at);
        ASSERT_TRUE(refused) << at;
        EXPECT_EQ(refused->code, ErrorCode::drain_overlaps) << at;
    }

    cluster.advance(Milliseconds{61'000});
    EXPECT_TRUE(cluster.broker(0).was_cut(vanessa));
    EXPECT_TRUE(cluster.broker(1).was_cut(carl));
    cluster.advance(Milliseconds{60'000});
    for (std::size_t at = 0; at < ops.size(); ++at) {
        EXPECT_EQ(summary(at, 2).counts.dropped, 2u) << at;
        EXPECT_EQ(summary(at, 1).counts.dropped, 0u) << "they had gone already, broker " << at;
        EXPECT_EQ(summary(at, 1).tally, summary(0, 1).tally) << at;
    }
}

TEST_F(OneLog, HasOneAdmissionWhateverIsAskedOfSeveralAtOnce) {
    cluster.hold_log();
    protocol::SetAdmission closed;
    closed.id = message_id(1);
    closed.is_open = false;
    closed.message = "Down until nine";
    protocol::SetAdmission opened;
    opened.id = message_id(2);
    ask(0, closed);
    ask(1, opened);
    cluster.release_log();
    const auto told = answer<protocol::Admission>(0);
    const auto other = answer<protocol::Admission>(1);
    ASSERT_TRUE(told && other);
    for (std::size_t at = 0; at < ops.size(); ++at) {
        ask(at, protocol::AskAdmission{});
        const auto now = answer<protocol::Admission>(at);
        ASSERT_TRUE(now);
        EXPECT_TRUE(now->is_open) << "the one with the higher id, of the same moment; broker "
                                  << at;
    }
}

TEST_F(OneLog, LetsWhoeverSawAnAdmissionHaveTheLastWordWhateverTheClockSays) {
    protocol::SetAdmission closed;
    closed.id = message_id(9);
    closed.is_open = false;
    closed.message = "Down until nine";
    ask(0, closed);
    cluster.settle();
    BrokerDriver& behind = cluster.broker(1);
    behind.set_utc(behind.now().utc - Milliseconds{5'000});
    protocol::SetAdmission opened;
    opened.id = message_id(1);
    ask(1, opened);
    cluster.settle();
    for (std::size_t at = 0; at < ops.size(); ++at) {
        ask(at, protocol::AskAdmission{});
        EXPECT_TRUE(answer<protocol::Admission>(at)->is_open) << at;
    }
}

/// As after a log was put back in order: two brokers have the same entries, in another order.
TEST(TwoOrders, OfAdmissionsComeToTheSame) {
    std::vector<Entry> entries;
    MemoryJournal writer_journal;
    BrokerDriver writer(writer_journal, patient_settings());
    writer.enter_cluster({[&](AppendEntry wanted) { entries.push_back(wanted.entry); }, {}, {}});
    const PeerId op = writer.join_operator();
    protocol::SetAdmission set;
    for (std::uint8_t number = 1; number <= 3; ++number) {
        set.id = message_id(number);
        set.is_open = number == 2;
        set.message = set.is_open ? "" : "Closed by " + std::to_string(number);
        writer.advance(Milliseconds{10});
        writer.ask(op, set);
    }
    ASSERT_EQ(entries.size(), 3u);

    std::sort(entries.begin(), entries.end(),
              [](const Entry& left, const Entry& right) { return left.id < right.id; });
    do {
        MemoryJournal journal;
        std::optional<BrokerDriver> broker{std::in_place, journal, patient_settings()};
        for (const Entry& entry : entries) broker->feed(entry);
        for (int life = 0; life < 2; ++life) {
            const PeerId asker = broker->join_operator();
            broker->ask(asker, protocol::AskAdmission{});
            EXPECT_EQ(broker->last<protocol::Admission>(asker)->message, "Closed by 3") << life;
            broker.emplace(journal, patient_settings(), broker->now());
        }
    } while (std::next_permutation(
        entries.begin(), entries.end(),
        [](const Entry& left, const Entry& right) { return left.id < right.id; }));
}

// ---- Answers ------------------------------------------------------------------------------------

class AnswersInTheLog : public OneLog {
protected:
    AnswersInTheLog() {
        vanessa = cluster.broker(0).join("vanessa-1");
        carl = cluster.broker(1).join("carl-1");
        cluster.settle();
        protocol::Send question = message(1, "Ready?");
        question.content.choices = {"Yes", "No"};
        question.expires = cluster.broker(2).now().utc + Milliseconds{600'000};
        ask(2, question);
        cluster.settle();
    }
    void choose(std::size_t at, PeerId session, std::uint32_t choice) {
        protocol::Receipt receipt;
        receipt.id = message_id(1);
        receipt.state = State::answered;
        receipt.answer = choice;
        cluster.broker(at).receipt(session, receipt);
        cluster.settle();
    }
    /// Who answered what, by the log of that broker.
    std::vector<std::pair<SessionId, std::uint32_t>> answered(std::size_t at) {
        std::vector<std::pair<SessionId, std::uint32_t>> all;
        const auto stored = *cluster.journal(at).read_message(message_id(1));
        for (const StoredEntry& change : stored->changes) {
            if (change.entry.kind != EntryKind::answers) continue;
            const auto body = protocol::decode_to_operator(change.entry.body);
            for (const auto& one : std::get<protocol::Answers>(*body).list) {
                EXPECT_FALSE(one.user.empty());
                all.emplace_back(one.session, one.answer);
            }
        }
        return all;
    }
    void restart(std::size_t at) {
        cluster.kill(at);
        cluster.start(at);
        cluster.settle();
        cluster.broker(at).change_backbone(Error{ErrorCode::backbone_unreachable, "not yet"});
        cluster.broker(at).change_backbone(std::nullopt);
        cluster.settle();
    }

    PeerId vanessa{};
    PeerId carl{};
};

TEST_F(AnswersInTheLog, AreWrittenAnewWhenACrashTookThemOnTheirWay) {
    cluster.hold_log();
    choose(0, vanessa, 1);
    cluster.lose_log();
    cluster.release_log();
    ASSERT_TRUE(answered(2).empty());
    restart(0);
    using Answered = std::vector<std::pair<SessionId, std::uint32_t>>;
    EXPECT_EQ(answered(2), (Answered{{id_of("vanessa-1"), 1}}));
    restart(0);
    EXPECT_EQ(answered(2), (Answered{{id_of("vanessa-1"), 1}})) << "and not once more";
    EXPECT_EQ(summary(2, 1).counts.answers, (std::vector<std::uint32_t>{0, 1}));
}

TEST_F(AnswersInTheLog, AreNotWrittenAnewWhenTheyCameThrough) {
    choose(0, vanessa, 1);
    choose(0, vanessa, 0);
    ASSERT_EQ(answered(2).size(), 2u);
    restart(0);
    EXPECT_EQ(answered(2).size(), 2u);
}

TEST_F(AnswersInTheLog, CountBehindTheCloseIfTheirBrokerDidNotKnowOfIt) {
    cluster.hold_log();
    protocol::CloseQuestion close;
    close.id = message_id(2);
    close.message = message_id(1);
    ask(2, close);
    choose(0, vanessa, 0);  // It comes into the log behind the close.
    cluster.release_log();
    choose(1, carl, 0);  // And this one comes to a broker that knows.
    for (std::size_t at = 0; at < ops.size(); ++at) {
        EXPECT_EQ(summary(at, 1).counts.answers, (std::vector<std::uint32_t>{1, 0})) << at;
        EXPECT_EQ(summary(at, 1).tally[State::answered], 1u) << at;
        EXPECT_EQ(answered(at).size(), 1u) << at;
    }
}

TEST_F(OneLog, ClosesAQuestionOnceThatTwoBrokersCloseInTheSameMoment) {
    for (std::size_t at = 0; at < 3; ++at) cluster.broker(at).change_backbone(std::nullopt);
    std::array<PeerId, 2> sessions{};
    for (std::size_t at = 0; at < 2; ++at) {
        sessions[at] = cluster.broker(at).join("session-" + std::to_string(at));
        cluster.broker(at).to_session(sessions[at]);
    }
    protocol::Send question = message(1, "Ready?");
    question.content.choices = {"Yes", "No"};
    question.expires = cluster.broker(2).now().utc + Milliseconds{600'000};
    question.quorum = 100;
    ask(2, question);
    cluster.settle();
    cluster.hold_log();
    for (std::size_t at = 0; at < 2; ++at) {
        protocol::Receipt receipt;
        receipt.id = message_id(1);
        receipt.state = State::answered;
        receipt.answer = 0;
        cluster.broker(at).receipt(sessions[at], receipt);
    }
    cluster.advance(Milliseconds{1'000});
    const auto is_close = [](const Entry& entry) { return entry.kind == EntryKind::close; };
    const auto& log = cluster.log();
    ASSERT_GE(std::count_if(log.begin(), log.end(), is_close), 2) << "each has seen the quorum";
    cluster.release_log();
    for (std::size_t at = 0; at < 3; ++at) {
        const auto stored = cluster.journal(at).read_message(message_id(1));
        ASSERT_TRUE(stored && *stored);
        const auto& changes = (*stored)->changes;
        EXPECT_EQ(std::count_if(changes.begin(), changes.end(),
                                [&](const auto& change) { return is_close(change.entry); }),
                  1);
        EXPECT_NE(summary(at, 1).closed, std::nullopt);
        if (at == 2) continue;
        const auto frames = cluster.broker(at).to_session(sessions[at]);
        EXPECT_EQ(std::count_if(frames.begin(), frames.end(),
                                [](const protocol::ToSession& frame) {
                                    return std::holds_alternative<protocol::Remove>(frame);
                                }),
                  1);
    }
}

}  // namespace
}  // namespace crier::testing
