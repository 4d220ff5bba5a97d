// What was on screens at a time, asked of a broker. Method: as engine_test.cpp; every receipt says
// what it says a second after the one before.

#include <gtest/gtest.h>

#include "broker/journal/memory_journal.hpp"
#include "tests/support/broker_driver.hpp"

namespace crier::testing {
namespace {

using namespace std::chrono_literals;
using broker::MemoryJournal;
using broker::PeerId;
using Texts = std::vector<std::string>;

class EngineScreens : public ::testing::Test {
protected:
    explicit EngineScreens(broker::EngineSettings used = insecure_settings())
        : settings(std::move(used)) {
        start();
    }

    void start() {
        const Moment now = broker ? broker->now() : Moment{Instant{}, begin};
        broker.emplace(journal, settings, now);
        op = broker->join_operator();
    }

    /// A second later.
    protocol::Receipt receipt(State state, std::uint32_t revision = 1, std::uint8_t number = 1) {
        broker->advance(1s);
        protocol::Receipt receipt;
        receipt.id = message_id(number);
        receipt.revision = revision;
        receipt.state = state;
        receipt.at = broker->now().utc;
        return receipt;
    }
    void say(PeerId session, State state, std::uint32_t revision = 1) {
        broker->receipt(session, receipt(state, revision));
    }
    void say_gone(PeerId session) {
        protocol::Receipt gone = receipt(State::displayed);
        gone.at = after(1);
        gone.removed = true;
        gone.gone = broker->now().utc;
        broker->receipt(session, gone);
    }

    protocol::ScreenPage page(UtcTime at, const std::string& where, std::uint32_t skip = 0) {
        protocol::AskScreens ask;
        ask.where = where;
        ask.at = at;
        ask.skip = skip;
        op = broker->join_operator();  // The one before may have been silent for too long.
        broker->ask(op, ask);
        const auto page = broker->last<protocol::ScreenPage>(op);
        EXPECT_TRUE(page);
        return page.value_or(protocol::ScreenPage{});
    }
    std::vector<OnScreen> screens(UtcTime at, const std::string& where = "user=vanessa") {
        return page(at, where).screens;
    }
    Texts texts(UtcTime at, const std::string& where = "user=vanessa") {
        Texts texts;
        for (const OnScreen& shown : screens(at, where)) {
            texts.push_back(shown.content.text + (shown.is_certain ? "" : "?"));
        }
        return texts;
    }
    std::optional<protocol::Refused> refused_for(UtcTime at, const std::string& where) {
        protocol::AskScreens ask;
        ask.where = where;
        ask.at = at;
        broker->ask(op, ask);
        return broker->last<protocol::Refused>(op);
    }

    /// `seconds` after the beginning.
    static UtcTime after(int seconds) { return begin + std::chrono::seconds(seconds); }

    static constexpr UtcTime begin{1'700'000'000s};
    broker::EngineSettings settings;
    MemoryJournal journal;
    std::optional<BrokerDriver> broker;
    PeerId op{};
};

TEST_F(EngineScreens, AreTheSessionsOwnWord) {
    const PeerId vanessa = broker->join("vanessa-1");
    const PeerId marc = broker->join("marc-1");
    broker->join("luc-1");
    broker->send(op, 1, "Salut");
    say(vanessa, State::displayed);
    say(marc, State::suppressed);
    say_gone(vanessa);
    broker->advance(1s);
    EXPECT_EQ(texts(begin), Texts{});
    EXPECT_EQ(texts(after(1)), Texts{"Salut"});
    EXPECT_EQ(texts(after(3)), Texts{});
    EXPECT_EQ(texts(after(2), "user=*"), Texts{"Salut"}) << "suppressed is on no screen";
    EXPECT_EQ(texts(after(30)), Texts{}) << "as of now: the operator's clock is ahead";
    start();
    EXPECT_EQ(texts(after(2)), Texts{"Salut"}) << "also after a restart";

    const OnScreen shown = screens(after(2)).at(0);
    EXPECT_EQ(shown.session, id_of("vanessa-1"));
    EXPECT_EQ(shown.user, "vanessa");
    EXPECT_EQ(shown.message, message_id(1));
    EXPECT_EQ(shown.by, "operators");
    EXPECT_EQ(shown.said, begin);
    EXPECT_EQ(shown.shown, after(1));
    EXPECT_EQ(page(after(2), "user=vanessa").known_since, begin);
}

TEST_F(EngineScreens, HaveTheWordsOfThatTime) {
    const PeerId vanessa = broker->join("vanessa-1");
    const PeerId marc = broker->join("marc-1");
    broker->send(op, 1, "Salut");
    say(vanessa, State::displayed);
    say(marc, State::displayed);
    broker->update(op, 2, 1, "Bonsoir");
    say(vanessa, State::displayed, 2);
    broker->update(op, 3, 1, "Bonne nuit");
    broker->advance(1s);
    EXPECT_EQ(texts(after(2)), Texts{"Salut"});
    EXPECT_EQ(texts(after(3)), Texts{"Bonsoir"}) << "the third has not been shown";
    EXPECT_EQ(texts(after(4), "user=marc"), Texts{"Salut"}) << "nor the second, there";
    EXPECT_EQ(screens(after(3)).at(0).said, after(2));
    EXPECT_EQ(screens(after(3)).at(0).revision, 2u);
}

TEST_F(EngineScreens, AreToldOfTimesThatAReceiptBringsLate) {
    const PeerId vanessa = broker->join("vanessa-1");
    broker->send(op, 1, "Salut");
    broker->update(op, 2, 1, "Bonsoir");
    broker->advance(9s);
    protocol::Receipt late = receipt(State::acknowledged);  // Of the first revision.
    late.at = after(4);
    late.shown = after(2);
    late.removed = true;
    late.gone = after(6);
    broker->receipt(vanessa, late);
    EXPECT_EQ(texts(after(1)), Texts{});
    EXPECT_EQ(texts(after(2)), Texts{"Salut"});
    EXPECT_EQ(texts(after(5)), Texts{"Salut"});
    EXPECT_EQ(texts(after(6)), Texts{});
}

TEST_F(EngineScreens, DoNotBelieveTimesThatCannotBe) {
    const PeerId vanessa = broker->join("vanessa-1");
    broker->advance(10s);
    op = broker->join_operator();
    broker->send(op, 1, "Salut");
    protocol::Receipt early = receipt(State::displayed);
    early.at = after(5);
    broker->receipt(vanessa, early);
    protocol::Receipt future = receipt(State::displayed);
    future.at = after(11);
    future.removed = true;
    future.gone = after(999);
    broker->receipt(vanessa, future);
    EXPECT_EQ(texts(after(9)), Texts{}) << "it had not been sent";
    EXPECT_EQ(texts(after(10)), Texts{"Salut"});
    EXPECT_EQ(texts(after(11)), Texts{"Salut"});
    EXPECT_EQ(texts(after(12)), Texts{});
}

TEST_F(EngineScreens, AreUncertainWhileTheSessionIsAway) {
    const PeerId vanessa = broker->join("vanessa-1");
    broker->send(op, 1, "Salut");
    say(vanessa, State::displayed);
    broker->close(vanessa);
    broker->advance(9s);
    EXPECT_EQ(texts(after(10)), Texts{"Salut?"});
    broker->join("vanessa-1", {{message_id(1), 1, State::displayed, true}});
    broker->advance(10s);
    EXPECT_EQ(texts(after(5)), Texts{"Salut?"}) << "still";
    EXPECT_EQ(texts(after(10)), Texts{"Salut"}) << "it has it on its screen";
    EXPECT_EQ(screens(after(20)).at(0).shown, after(1));
}

TEST_F(EngineScreens, LoseWhatAReturningSessionDoesNotName) {
    const PeerId vanessa = broker->join("vanessa-1");
    broker->send(op, 1, "Salut");
    say(vanessa, State::displayed);
    broker->close(vanessa);
    broker->advance(9s);
    broker->join("vanessa-1", {{message_id(1), 1, State::displayed, false}});
    broker->advance(10s);
    EXPECT_EQ(texts(after(9)), Texts{"Salut?"});
    EXPECT_EQ(texts(after(10)), Texts{});
}

TEST_F(EngineScreens, GoWithTheSession) {
    const PeerId vanessa = broker->join("vanessa-1");
    broker->send(op, 1, "Salut");
    say(vanessa, State::displayed);
    broker->advance(1s);
    broker->receive(vanessa, protocol::FromSession{protocol::Goodbye{}});
    broker->advance(5s);
    EXPECT_EQ(texts(after(1)), Texts{"Salut"}) << "whom it was of is still known";
    EXPECT_EQ(texts(after(2)), Texts{});
}

TEST_F(EngineScreens, AreUncertainFromWhenABrokerWasKilled) {
    const PeerId vanessa = broker->join("vanessa-1");
    broker->send(op, 1, "Salut");
    say(vanessa, State::displayed);
    broker->advance(9s);
    start();
    EXPECT_EQ(texts(after(1)), Texts{"Salut"}) << "that was the last that is written";
    EXPECT_EQ(texts(after(2)), Texts{"Salut?"});
    EXPECT_EQ(texts(after(10)), Texts{"Salut?"});
}

TEST_F(EngineScreens, AreCertainUntilABrokerStopped) {
    const PeerId vanessa = broker->join("vanessa-1");
    broker->send(op, 1, "Salut");
    say(vanessa, State::displayed);
    broker->advance(9s);
    broker->receive(vanessa, protocol::FromSession{protocol::SessionState{Presence::active}});
    broker->stop();
    broker->leap(9s);
    start();
    EXPECT_EQ(texts(after(10)), Texts{"Salut"});
    EXPECT_EQ(texts(after(15)), Texts{"Salut?"});
}

TEST_F(EngineScreens, AreKnownThoughTheDiskWasFull) {
    const PeerId vanessa = broker->join("vanessa-1");
    broker->send(op, 1, "Salut");
    broker->advance(1s);
    journal.break_disk();
    say(vanessa, State::displayed);
    broker->advance(1s);
    journal.repair();
    broker->recover_journal();
    EXPECT_EQ(texts(after(2)), Texts{"Salut"});
    start();
    EXPECT_EQ(texts(after(2)), Texts{"Salut"});
}

TEST_F(EngineScreens, AreNoEvidenceOfMessagesThatWereForOthers) {
    const PeerId vanessa = broker->join("vanessa-1");
    broker->join("marc-1");
    protocol::Send send;
    send.id = message_id(1);
    send.content.text = "For Marc";
    send.target = Target::of({id_of("marc-1")});
    broker->ask(op, send);
    say(vanessa, State::displayed);
    EXPECT_EQ(texts(after(1), "user=*"), Texts{});
}

/// Of which memory keeps nothing that is final.
class EngineScreensOfHistory : public EngineScreens {
protected:
    EngineScreensOfHistory() : EngineScreens(forgetful()) {}

    static broker::EngineSettings forgetful() {
        broker::EngineSettings settings = insecure_settings();
        settings.remembered_cells_max = 0;
        return settings;
    }
};

TEST_F(EngineScreensOfHistory, HaveMessagesThatMemoryHasLetGoOf) {
    const PeerId vanessa = broker->join("vanessa-1");
    broker->send(op, 1, "Salut");
    say(vanessa, State::displayed);
    broker->advance(8s);
    protocol::Receipt gone = receipt(State::displayed);
    gone.at = after(1);
    gone.removed = true;
    gone.gone = after(7);
    broker->receipt(vanessa, gone);
    EXPECT_EQ(texts(after(6)), Texts{"Salut"});
    EXPECT_EQ(texts(after(7)), Texts{});
}

TEST_F(EngineScreensOfHistory, AreNoEvidenceOfMessagesThatWereForOthers) {
    const PeerId vanessa = broker->join("vanessa-1");
    const PeerId marc = broker->join("marc-1");
    protocol::Send send;
    send.id = message_id(1);
    send.content.text = "For Marc";
    send.target = Target::of({id_of("marc-1")});
    broker->ask(op, send);
    say(marc, State::displayed);
    broker->advance(1s);
    say(vanessa, State::displayed);
    broker->advance(1s);
    EXPECT_EQ(texts(broker->now().utc, "user=vanessa"), Texts{});
    EXPECT_EQ(texts(broker->now().utc, "user=marc"), Texts{"For Marc"});
}

TEST_F(EngineScreens, AreToldInPages) {
    constexpr int count = 30;
    for (int i = 0; i < count; ++i) {
        const PeerId session = broker->join("vanessa-" + std::to_string(i));
        if (i == 0) broker->send(op, 1, std::string(4'000, 'x'));
        broker->receive(session, protocol::FromSession{protocol::SessionState{Presence::active}});
    }
    protocol::Send all;
    all.id = message_id(2);
    all.content.text = std::string(4'000, 'y');
    all.target = Target::everyone();
    broker->ask(op, all);
    std::uint32_t got = 0;
    for (int i = 0; i < count; ++i) {
        const PeerId session = broker->join("vanessa-" + std::to_string(i),
                                            {{message_id(2), 1, State::displayed, true}});
        static_cast<void>(session);
    }
    bool more = true;
    for (int pages = 0; more && pages < count; ++pages) {
        const protocol::ScreenPage one = page(broker->now().utc, "user=vanessa", got);
        EXPECT_FALSE(one.screens.empty());
        got += static_cast<std::uint32_t>(one.screens.size());
        more = one.more;
    }
    EXPECT_EQ(got, static_cast<std::uint32_t>(count));
}

TEST_F(EngineScreens, AreNotNamedAgainAndAgain) {
    std::vector<protocol::Known> known;
    for (int i = 0; i < 1'000; ++i) {
        protocol::Known one{message_id(0), 1, State::displayed, true};
        one.id.bytes[0] = static_cast<std::uint8_t>(i >> 8);
        one.id.bytes[1] = static_cast<std::uint8_t>(i);
        known.push_back(one);
    }
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(broker->was_cut(broker->join("vanessa-1", known)));
    const PeerId fourth = broker->join("vanessa-1", known);
    EXPECT_TRUE(broker->was_cut(fourth));
    EXPECT_EQ(broker->last<protocol::Refused>(fourth)->code, ErrorCode::rate_exceeded);
    broker->leap(100s);
    EXPECT_FALSE(broker->was_cut(broker->join("vanessa-1", known)));
}

TEST_F(EngineScreens, AreAskedForProperly) {
    broker->join("vanessa-1");
    const auto filter = refused_for(begin, "user=");
    ASSERT_TRUE(filter);
    EXPECT_EQ(filter->code, ErrorCode::filter_invalid);
    EXPECT_TRUE(filter->position);
    const auto nobody = refused_for(begin, "");
    ASSERT_TRUE(nobody);
    EXPECT_EQ(nobody->code, ErrorCode::filter_invalid);
    const auto future = refused_for(after(61), "user=vanessa");
    ASSERT_TRUE(future);
    EXPECT_EQ(future->code, ErrorCode::time_invalid);
}

}  // namespace
}  // namespace crier::testing
