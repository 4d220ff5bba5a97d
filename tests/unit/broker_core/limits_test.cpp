// What peers can make the core hold and do, and where it ends. Method: as engine_test.cpp; where
// the order of commits and turns matters, the engine is stepped by hand.

#include <gtest/gtest.h>

#include "broker/core/pending.hpp"
#include "broker/core/refusals.hpp"
#include "broker/journal/memory_journal.hpp"
#include "shared/protocol/codec.hpp"
#include "tests/support/broker_driver.hpp"

namespace crier::testing {
namespace {

using broker::MemoryJournal;
using protocol::Refused;

TEST(Limits, CutASessionThatReportsOfMessagesThatNobodyKnows) {
    MemoryJournal journal;
    BrokerDriver broker(journal, insecure_settings());
    const auto session = broker.join("vanessa-1");
    protocol::Receipts receipts;
    receipts.receipts.assign(limits::receipts_per_frame_max,
                             {message_id(9), 1, State::displayed, {}, {}});
    for (receipts.number = 1; receipts.number <= 100 && !broker.was_cut(session);
         ++receipts.number) {
        broker.receive(session, protocol::FromSession{receipts});
    }
    ASSERT_TRUE(broker.was_cut(session));
    EXPECT_EQ(broker.last<Refused>(session)->code, ErrorCode::rate_exceeded);
    EXPECT_LE(receipts.number, 8u);
}

TEST(Limits, LetASessionReportWhatItRemembersOfHistory) {
    MemoryJournal journal;
    BrokerDriver broker(journal, insecure_settings());
    const auto session = broker.join("vanessa-1");
    protocol::Receipts receipts;
    receipts.receipts.assign(200, {message_id(9), 1, State::displayed, {}, {}});
    for (receipts.number = 1; receipts.number <= 4; ++receipts.number) {
        broker.receive(session, protocol::FromSession{receipts});
    }
    EXPECT_FALSE(broker.was_cut(session));
}

TEST(Limits, HoldBackNewSessionsWhileTheDiskIsBehind) {
    MemoryJournal journal;
    BrokerDriver broker(journal, insecure_settings());
    broker.hold_journal();
    std::optional<Refused> refused;
    int number = 0;
    for (; number < 20'000 && !refused; ++number) {
        const auto session = broker.join("session-" + std::to_string(number));
        broker.receive(session, protocol::FromSession{protocol::Goodbye{}});
        refused = broker.last<Refused>(session);
    }
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, ErrorCode::overloaded);
    EXPECT_GT(number, 1'000);
    broker.release_journal();
    EXPECT_TRUE(broker.last<protocol::SessionWelcome>(broker.join("vanessa-1")));
    EXPECT_EQ(journal.recover()->open_sessions.size(), 1u);
}

TEST(Limits, RefuseTheSessionBeyondTheLastAndLetInWhoIsOneOfThem) {
    auto settings = insecure_settings();
    settings.sessions_max = 2;
    MemoryJournal journal;
    BrokerDriver broker(journal, settings);
    broker.join("vanessa-1");
    const auto marc = broker.join("marc-1");
    const auto paula = broker.join("paula-1");
    EXPECT_TRUE(broker.was_cut(paula));
    EXPECT_EQ(broker.last<Refused>(paula)->code, ErrorCode::overloaded);
    broker.close(marc);
    EXPECT_TRUE(broker.last<protocol::SessionWelcome>(broker.join("marc-1")));
    const auto again = broker.join("marc-1");
    EXPECT_TRUE(broker.last<protocol::SessionWelcome>(again));
    broker.receive(again, protocol::FromSession{protocol::Goodbye{}});
    EXPECT_TRUE(broker.last<protocol::SessionWelcome>(broker.join("paula-1")));
}

TEST(Limits, AreNoneForWhoComesWhereOthersHaveOnlyComeAndGone) {
    auto settings = insecure_settings();
    settings.sessions_max = 3;
    MemoryJournal journal;
    BrokerDriver broker(journal, settings);
    const auto away = broker.join("vanessa-1");
    broker.advance(Milliseconds{10'000});
    broker.close(away);
    broker.join("paula-1");
    const auto op = broker.join_operator();
    broker.send(op, 1, "for those who are away, too");
    for (int number = 0; number < 10; ++number) {
        const auto stranger = broker.join("stranger-" + std::to_string(number));
        ASSERT_TRUE(broker.last<protocol::SessionWelcome>(stranger)) << number;
        broker.close(stranger);
    }
    EXPECT_EQ(broker.texts(broker.join("vanessa-1")),
              std::vector<std::string>{"for those who are away, too"})
        << "who was here for longer keeps its place";
    broker.join("marc-1");
    const auto one_too_many = broker.join("anna-1");
    EXPECT_EQ(broker.last<Refused>(one_too_many)->code, ErrorCode::overloaded)
        << "who is connected keeps it too";
}

TEST(Limits, RefuseTheMessageBeyondTheLastWhetherTheOthersAreStoredOrOnTheirWay) {
    auto settings = insecure_settings();
    settings.live_messages_max = 2;
    MemoryJournal journal;
    BrokerDriver broker(journal, settings);
    const auto op = broker.join_operator();
    const auto session = broker.join("vanessa-1");
    broker.send(op, 1, "stored");
    broker.hold_journal();
    broker.send(op, 2, "on its way");
    broker.send(op, 3, "too many");
    auto refused = broker.last<Refused>(op);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, ErrorCode::overloaded);
    broker.release_journal();
    broker.send(op, 3, "too many");
    EXPECT_EQ(broker.last<Refused>(op)->code, ErrorCode::overloaded);
    broker.receipt(session, 1, State::displayed);
    broker.send(op, 3, "there is room");
    EXPECT_TRUE(broker.last<protocol::Accepted>(op));
}

/// Keys, too, because who may change them must be known.
broker::EngineSettings settings_with_a_keeper(const Bytes32& kims_key) {
    auto settings = insecure_settings();
    settings.principals.add(kims_key, {"kim", broker::Rights::all()});
    return settings;
}

/// One message, one question and one session; then a disk that hangs, and requests until the broker
/// has all that it may have on their way.
class Overloaded : public ::testing::Test {
protected:
    void SetUp() override {
        broker.send(op, 1, "as it was");
        ask_question();
        broker.hold_journal();
        for (std::size_t number = 0; number < broker::pending_entries_max; ++number) {
            update(own_id(number), "changed");
        }
        ASSERT_FALSE(broker.last<Refused>(op));
        broker.to_session(session);
        before = journal.recover()->last_seq;
    }

    void ask_question() {
        protocol::Send send;
        send.id = message_id(2);
        send.content.text = "Log off now?";
        send.content.choices = {"now", "no"};
        send.expires = broker.now().utc + Milliseconds{60'000};
        broker.ask(op, send);
    }

    void update(const MessageId& id, const std::string& text) {
        protocol::Update change;
        change.id = id;
        change.message = message_id(1);
        change.text = text;
        broker.ask(op, change);
    }

    static MessageId own_id(std::size_t number) {
        MessageId id = message_id(100);
        id.bytes[0] = static_cast<std::uint8_t>(number >> 8);
        id.bytes[1] = static_cast<std::uint8_t>(number);
        return id;
    }

    /// All that an operator can ask for and that would change something, one kind after the other.
    void ask_for_everything() {
        broker.send(op, 11, "one more");
        expect_overloaded("send");
        protocol::Send drop;
        drop.id = message_id(12);
        drop.content.text = "Closing";
        drop.target.kind = Target::Kind::sessions;
        drop.target.sessions = {id_of("vanessa-1")};
        drop.schedule.drop = broker.now().utc;
        broker.ask(op, drop);
        expect_overloaded("drop");
        update(message_id(13), "too late");
        expect_overloaded("update");
        broker.recall(op, 14, 1);
        expect_overloaded("recall");
        broker.ask(op, protocol::CloseQuestion{0, message_id(15), message_id(2), false});
        expect_overloaded("close");
        broker.ask(op, protocol::SetAdmission{0, message_id(16), false, "Maintenance", ""});
        expect_overloaded("admission");
        RegisteredKey key;
        key.key = newcomer;
        key.name = "sam";
        key.rights = {"send"};
        broker.ask(op, protocol::SetKeys{0, message_id(17), {{key}, {}}});
        expect_overloaded("keys");
    }

    void expect_overloaded(const std::string& what) {
        const auto refused = broker.last<Refused>(op);
        ASSERT_TRUE(refused) << what;
        EXPECT_EQ(refused->code, ErrorCode::overloaded) << what << ": " << refused->detail;
        EXPECT_EQ(remedy_for(refused->code), Remedy::retry_later);
    }

    const Bytes32 kims_key{7};
    const Bytes32 newcomer{8};
    MemoryJournal journal;
    BrokerDriver broker{journal, settings_with_a_keeper(kims_key)};
    broker::PeerId op = broker.join_operator();
    broker::PeerId session = broker.join("vanessa-1");
    std::uint64_t before = 0;
};

TEST_F(Overloaded, RefusesEveryKindOfChangeAndDoesNothing) {
    ask_for_everything();
    broker.release_journal();
    EXPECT_EQ(journal.recover()->last_seq, before + broker::pending_entries_max)
        << "what was taken before is on the disk, and nothing else";
    for (const std::string& text : broker.texts(session)) EXPECT_EQ(text, "changed");
    for (const std::uint8_t number : std::initializer_list<std::uint8_t>{11, 12}) {
        const auto stored = journal.read_message(message_id(number));
        EXPECT_TRUE(stored && !*stored) << number;
    }
    broker.ask(op, protocol::AskOutcome{0, message_id(1), {}});
    const auto message = broker.last<protocol::OutcomePage>(op)->message;
    EXPECT_EQ(message.content.text, "changed");
    EXPECT_FALSE(message.is_recalled);
    broker.ask(op, protocol::AskOutcome{0, message_id(2), {}});
    EXPECT_FALSE(broker.last<protocol::OutcomePage>(op)->message.closed);
    broker.ask(op, protocol::AskAdmission{});
    EXPECT_TRUE(broker.last<protocol::Admission>(op)->is_open);
    EXPECT_FALSE(broker.admitted()->find(newcomer));
    EXPECT_FALSE(broker.was_cut(session));
}

TEST_F(Overloaded, TakesTheSameRequestsOnceThereIsRoom) {
    ask_for_everything();
    broker.release_journal();
    broker.to_session(session);
    broker.send(op, 11, "one more");
    const auto accepted = broker.last<protocol::Accepted>(op);
    ASSERT_TRUE(accepted);
    EXPECT_FALSE(accepted->already) << "nothing of it was kept";
    EXPECT_EQ(broker.texts(session), std::vector<std::string>{"one more"});
    broker.recall(op, 14, 1);
    EXPECT_TRUE(broker.last<protocol::Accepted>(op));
}

TEST_F(Overloaded, AnswersQuestionsMeanwhile) {
    broker.ask(op, protocol::AskHealth{});
    ASSERT_TRUE(broker.last<protocol::Health>(op));
    broker.ask(op, protocol::ListSessions{});
    EXPECT_EQ(broker.last<protocol::SessionPage>(op)->sessions.size(), 1u);
}

/// An engine whose commits and turns a test chooses.
class ByHand {
public:
    explicit ByHand(broker::EngineSettings settings = insecure_settings())
        : engine_(*broker::Engine::start(settings, {}, now_, effects_)) {}

    void step(const broker::Event& event) { engine_->step(event, now_, effects_); }

    void receive(broker::PeerId peer, const protocol::FromSession& frame) {
        const protocol::Bytes bytes = protocol::encode(frame);
        step(broker::FrameReceived{peer, bytes});
    }

    /// Journal effects since the last call.
    std::uint64_t take_writes() {
        std::uint64_t writes = 0;
        for (const broker::Effect& effect : effects_) {
            writes += std::holds_alternative<broker::RecordSession>(effect) ||
                      std::holds_alternative<broker::RecordLateReceipt>(effect) ||
                      std::holds_alternative<broker::RecordSightings>(effect) ||
                      std::holds_alternative<broker::RecordFacts>(effect);
            const auto* notice = std::get_if<broker::Notice>(&effect);
            is_stopped |= notice != nullptr && notice->fact == broker::Fact::stopped;
        }
        effects_.clear();
        return writes;
    }

    void advance(Milliseconds time) {
        now_.steady += time;
        now_.utc += time;
    }
    [[nodiscard]] bool is_due() const {
        const auto due = engine_->next_deadline();
        return due && *due <= now_.steady;
    }

    bool is_stopped = false;

private:
    Moment now_{Instant{}, utc_from_ms(1'700'000'000'000)};
    broker::Effects effects_;
    std::unique_ptr<broker::Engine> engine_;
};

TEST(Limits, CloseWhoIsGoneSomeAtATimeAndAllInTheEnd) {
    auto settings = insecure_settings();
    ByHand engine(settings);
    constexpr std::uint64_t sessions = 1'000;
    for (std::uint64_t number = 1; number <= sessions; ++number) {
        engine.step(broker::PeerOpened{broker::PeerId{number}, {}});
        engine.receive(broker::PeerId{number}, hello_of("session-" + std::to_string(number)));
        engine.step(broker::PeerClosed{broker::PeerId{number}});
    }
    EXPECT_EQ(engine.take_writes(), sessions);
    engine.advance(settings.closing_time);
    std::uint64_t closed = 0;
    int steps = 0;
    while (engine.is_due()) {
        engine.step(broker::TimePassed{});
        const std::uint64_t now = engine.take_writes();
        EXPECT_LE(now, sessions / 2);
        closed += now;
        ASSERT_LT(++steps, 100);
    }
    EXPECT_EQ(closed, sessions);
}

TEST(Limits, LetNoSessionKeepTheBrokerFromStopping) {
    ByHand engine;
    const broker::PeerId session{1};
    engine.step(broker::PeerOpened{session, {}});
    engine.receive(session, hello_of("vanessa-1"));
    std::uint64_t asked = engine.take_writes();
    std::uint64_t committed = asked;
    engine.step(broker::Committed{committed, {}});
    engine.step(broker::StopRequested{});
    // It goes on reporting: whatever is committed, something newer is not.
    protocol::Receipts receipts;
    receipts.receipts = {{message_id(9), 1, State::displayed, {}, {}}};
    for (receipts.number = 1; receipts.number <= 20 && !engine.is_stopped; ++receipts.number) {
        engine.receive(session, protocol::FromSession{receipts});
        engine.step(broker::Committed{committed, {}});
        engine.step(broker::TurnEnded{});
        committed = asked;
        asked += engine.take_writes();
    }
    EXPECT_TRUE(engine.is_stopped);
}

TEST(Limits, StopsOnlyWhenWhatWasAskedForBeforeIsOnDisk) {
    ByHand engine;
    const broker::PeerId session{1};
    engine.step(broker::PeerOpened{session, {}});
    engine.receive(session, hello_of("vanessa-1"));
    engine.step(broker::StopRequested{});
    engine.step(broker::TurnEnded{});
    const std::uint64_t asked = engine.take_writes();
    EXPECT_FALSE(engine.is_stopped);
    engine.step(broker::Committed{asked, {}});
    engine.step(broker::TurnEnded{});
    engine.take_writes();
    EXPECT_TRUE(engine.is_stopped);
}

TEST(Limits, LetEveryRefusalBeReadWhateverItQuotes) {
    for (const std::string& detail :
         {std::string("a\0b", 3), std::string("cut in \xc3"), std::string("\xff\x1b[31m"),
          std::string(3'000, 'a'), std::string(2'047, 'a') + "é"}) {
        const Refused said = broker::refused_by({ErrorCode::malformed_frame, detail});
        const auto read = protocol::decode_to_session(protocol::encode(protocol::ToSession{said}));
        ASSERT_TRUE(read) << detail << ": " << read.error().detail;
        EXPECT_EQ(std::get<Refused>(*read).detail, said.detail);
        EXPECT_NE(said.detail, "");
    }
}

}  // namespace
}  // namespace crier::testing
