// Private messages at the broker, which routes, tells apart, changes and recalls what it cannot
// read.
#include <gtest/gtest.h>

#include "broker/journal/memory_journal.hpp"
#include "shared/protocol/sealed_words.hpp"
#include "tests/support/broker_driver.hpp"

namespace crier::testing {
namespace {

using namespace broker;

constexpr const char* secret_words = "Nobody's business";

Secret join_secret() {
    Bytes32 bytes;
    bytes.fill(9);
    return Secret(bytes);
}

EngineSettings settings_with_curve() {
    EngineSettings settings = insecure_settings();
    settings.join_secret = join_secret();
    return settings;
}

class EnginePrivate : public ::testing::Test {
protected:
    /// A session with the key of that name, proven by CURVE.
    PeerId join(const std::string& name, bool opens_private = true) {
        PeerFacts facts;
        facts.door = Door::sessions;
        facts.address = "127.0.0.1";
        facts.public_key = key_of(name);
        const PeerId peer = broker->open(facts);
        protocol::SessionHello hello = hello_of(name);
        hello.key.reset();
        hello.proof = join_proof(join_secret(), key_of(name));
        if (opens_private) hello.features = {5, protocol::feature_private};
        broker->receive(peer, protocol::FromSession{hello});
        return peer;
    }

    protocol::Send sealed(std::uint8_t number, const std::string& name,
                          const std::string& text = secret_words) {
        Content content;
        content.text = text;
        content.title = text;
        content.severity = Severity::warning;
        protocol::Send send;
        send.id = message_id(number);
        send.target = Target::of({id_of(name)});
        send.content = protocol::cover_of(content);
        send.sealed = *protocol::seal_words(content, send.id, key_of(name));
        return send;
    }

    std::optional<protocol::Refused> refused() { return broker->last<protocol::Refused>(op); }
    std::optional<protocol::Accepted> accepted() { return broker->last<protocol::Accepted>(op); }
    void restart() {
        broker.emplace(journal, settings_with_curve(), broker->now());
        op = broker->join_operator();
    }

    MemoryJournal journal;
    std::optional<BrokerDriver> broker{std::in_place, journal, settings_with_curve()};
    PeerId op = broker->join_operator();
};

TEST_F(EnginePrivate, IsHandedOnAsItCame) {
    const PeerId vanessa = join("vanessa-1");
    const protocol::Send send = sealed(1, "vanessa-1");
    broker->ask(op, send);
    ASSERT_TRUE(accepted());
    const auto show = broker->last<protocol::Show>(vanessa);
    ASSERT_TRUE(show);
    EXPECT_EQ(show->sealed, send.sealed);
    EXPECT_EQ(show->content, send.content);
    EXPECT_EQ(show->content.severity, Severity::warning);
}

TEST_F(EnginePrivate, OperatorsAndTheBellAreToldThatThereIsOneAndNoMore) {
    join("vanessa-1");
    broker->ask(op, sealed(1, "vanessa-1"));
    broker->ask(op, protocol::ListMessages{});
    const auto page = broker->last<protocol::MessagePage>(op);
    ASSERT_TRUE(page && page->messages.size() == 1);
    EXPECT_EQ(page->messages[0].content.text, "(private)");
    EXPECT_EQ(page->messages[0].content.title, "");
    EXPECT_TRUE(page->messages[0].content.is_private);
    ASSERT_EQ(broker->bell().size(), 1u);
    EXPECT_EQ(broker->bell()[0].body.content, page->messages[0].content);
}

TEST_F(EnginePrivate, ASessionsKeyIsListedIfItsProgramOpensThem) {
    join("vanessa-1");
    join("marc-1", false);
    broker->ask(op, protocol::ListSessions{});
    auto page = broker->last<protocol::SessionPage>(op);
    ASSERT_TRUE(page && page->sessions.size() == 2);
    for (const Session& session : page->sessions) {
        const bool is_vanessa = session.id == id_of("vanessa-1");
        EXPECT_EQ(session.key, is_vanessa ? std::optional(key_of("vanessa-1")) : std::nullopt);
    }
    restart();
    broker->ask(op, protocol::ListSessions{0, Target::of({id_of("vanessa-1")}), {}});
    page = broker->last<protocol::SessionPage>(op);
    ASSERT_TRUE(page && page->sessions.size() == 1);
    EXPECT_EQ(page->sessions[0].key, key_of("vanessa-1")) << "also while it is away";
}

TEST_F(EnginePrivate, TheWelcomeSaysWhichFeaturesBothHave) {
    EXPECT_EQ(broker->last<protocol::SessionWelcome>(join("vanessa-1"))->features,
              std::vector<std::uint32_t>{protocol::feature_private});
    EXPECT_TRUE(broker->last<protocol::SessionWelcome>(join("marc-1", false))->features.empty());
}

TEST_F(EnginePrivate, ASessionWhoseProgramCannotOpenItIsNotSentAny) {
    const PeerId marc = join("marc-1", false);
    broker->ask(op, sealed(1, "marc-1"));
    const auto why = refused();
    ASSERT_TRUE(why);
    EXPECT_EQ(why->code, ErrorCode::target_invalid);
    EXPECT_NE(why->detail.find("cannot open private messages"), std::string::npos) << why->detail;
    EXPECT_FALSE(broker->last<protocol::Show>(marc));
    broker->ask(op, protocol::ListMessages{});
    EXPECT_TRUE(broker->last<protocol::MessagePage>(op)->messages.empty()) << "nothing is stored";
}

TEST_F(EnginePrivate, WaitsForTheProgramThatOpensItToComeBack) {
    broker->close(join("vanessa-1"));
    protocol::Send send = sealed(1, "vanessa-1");
    send.expires = broker->now().utc + std::chrono::minutes(10);
    broker->ask(op, send);
    const PeerId older = join("vanessa-1", false);
    EXPECT_FALSE(broker->last<protocol::Show>(older));
    EXPECT_EQ(broker->tally_of(op, 1)[State::waiting], 1u);
    broker->close(older);
    EXPECT_TRUE(broker->last<protocol::Show>(join("vanessa-1")));
}

TEST_F(EnginePrivate, WithoutCurveThereIsNoKeyToSealFor) {
    MemoryJournal other;
    BrokerDriver insecure(other, insecure_settings());
    const PeerId insecure_op = insecure.join_operator();
    protocol::SessionHello hello = hello_of("vanessa-1");
    hello.features = {protocol::feature_private};
    insecure.join(hello);
    insecure.ask(insecure_op, protocol::ListSessions{});
    EXPECT_FALSE(insecure.last<protocol::SessionPage>(insecure_op)->sessions.at(0).key);
    insecure.ask(insecure_op, sealed(1, "vanessa-1"));
    const auto why = insecure.last<protocol::Refused>(insecure_op);
    ASSERT_TRUE(why);
    EXPECT_NE(why->detail.find("without CURVE"), std::string::npos) << why->detail;
}

TEST_F(EnginePrivate, TheSameAgainIsOneMessageThoughItIsSealedToOtherBytes) {
    const PeerId vanessa = join("vanessa-1");
    broker->ask(op, sealed(1, "vanessa-1"));
    broker->last<protocol::Show>(vanessa);
    broker->ask(op, sealed(1, "vanessa-1"));
    const auto again = accepted();
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->already);
    EXPECT_FALSE(broker->last<protocol::Show>(vanessa));
    restart();
    broker->ask(op, sealed(1, "vanessa-1"));
    EXPECT_TRUE(accepted()->already);
    broker->ask(op, sealed(1, "vanessa-1", "Something longer than that"));
    EXPECT_EQ(refused()->code, ErrorCode::request_id_reused);
}

TEST_F(EnginePrivate, ItsWordsCannotBeChangedButWhatTheBrokerReadsCan) {
    const PeerId vanessa = join("vanessa-1");
    const protocol::Send send = sealed(1, "vanessa-1");
    broker->ask(op, send);
    broker->update(op, 2, 1, "in the open");
    EXPECT_EQ(refused()->code, ErrorCode::text_invalid);
    protocol::Update titled;
    titled.id = message_id(3);
    titled.message = message_id(1);
    titled.title = "in the open";
    broker->ask(op, titled);
    EXPECT_EQ(refused()->code, ErrorCode::text_invalid);
    broker->receipt(vanessa, 1, State::displayed);
    protocol::Update update;
    update.id = message_id(4);
    update.message = message_id(1);
    update.severity = Severity::critical;
    broker->ask(op, update);
    const auto show = broker->last<protocol::Show>(vanessa);
    ASSERT_TRUE(show);
    EXPECT_EQ(show->revision, 2u);
    EXPECT_EQ(show->content.severity, Severity::critical);
    EXPECT_EQ(show->sealed, send.sealed);
    broker->recall(op, 5, 1);
    EXPECT_TRUE(broker->last<protocol::Remove>(vanessa));
}

TEST_F(EnginePrivate, IsDeliveredAfterARestart) {
    broker->close(join("vanessa-1"));
    const protocol::Send send = sealed(1, "vanessa-1");
    broker->ask(op, send);
    restart();
    const auto show = broker->last<protocol::Show>(join("vanessa-1"));
    ASSERT_TRUE(show);
    EXPECT_EQ(show->sealed, send.sealed);
}

}  // namespace
}  // namespace crier::testing
