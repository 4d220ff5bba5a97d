// Whose key is refused because its session broke the protocol, for how long, and what it is told.
// Method: the keys alone with made-up instants; then an engine driven by hand.

#include "broker/core/misbehaved_keys.hpp"

#include <gtest/gtest.h>

#include "broker/core/hello_counts.hpp"
#include "broker/journal/memory_journal.hpp"
#include "tests/support/broker_driver.hpp"

namespace crier::testing {
namespace {

using broker::HelloCounts;
using broker::MemoryJournal;
using broker::MisbehavedKeys;
using protocol::Refused;
using protocol::SessionWelcome;

const Error flood{ErrorCode::rate_exceeded, "too much"};

Moment at(std::int64_t ms) {
    return {Instant{Milliseconds{ms}}, utc_from_ms(1'700'000'000'000 + ms)};
}

SessionId session_number(std::uint32_t number) {
    SessionId id;
    for (std::size_t byte = 0; byte < 4; ++byte) {
        id.bytes[byte] = static_cast<std::uint8_t>(number >> (8 * byte));
    }
    return id;
}

TEST(MisbehavedKeys, AreRefusedUntilTheirTimeIsOver) {
    MisbehavedKeys keys{Milliseconds{1'000}};
    keys.add(session_number(1), flood, at(0));
    ASSERT_TRUE(keys.refusal_of(session_number(1), at(999).steady));
    EXPECT_FALSE(keys.refusal_of(session_number(2), at(999).steady));
    EXPECT_FALSE(keys.refusal_of(session_number(1), at(1'000).steady));
    EXPECT_EQ(keys.size(), 0u);
}

TEST(MisbehavedKeys, AreToldUntilWhenAndWhy) {
    MisbehavedKeys keys{Milliseconds{1'000}};
    keys.add(session_number(1), flood, at(0));
    const auto refused = keys.refusal_of(session_number(1), at(1).steady);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->code, ErrorCode::misbehaved);
    EXPECT_NE(refused->detail.find("until 2023-11-14T22:13:21"), std::string::npos);
    EXPECT_NE(refused->detail.find("too much (rate_exceeded, 4290)"), std::string::npos);
}

TEST(MisbehavedKeys, AreToldNoMoreThanADetailHasRoomFor) {
    MisbehavedKeys keys{Milliseconds{1'000}};
    keys.add(session_number(1), {ErrorCode::malformed_frame, std::string(2'048, 'x')}, at(0));
    EXPECT_LE(keys.refusal_of(session_number(1), at(1).steady)->detail.size(), 2'048u);
}

TEST(MisbehavedKeys, AreRefusedAnewFromTheLastTime) {
    MisbehavedKeys keys{Milliseconds{1'000}};
    keys.add(session_number(1), flood, at(0));
    keys.add(session_number(1), {ErrorCode::malformed_frame, "a bug"}, at(600));
    const auto refused = keys.refusal_of(session_number(1), at(1'599).steady);
    ASSERT_TRUE(refused);
    EXPECT_NE(refused->detail.find("a bug"), std::string::npos);
    EXPECT_FALSE(keys.refusal_of(session_number(1), at(1'600).steady));
}

TEST(MisbehavedKeys, AreNotThoseWhoDidNothingWrong) {
    MisbehavedKeys keys{Milliseconds{1'000}};
    for (const ErrorCode code :
         {ErrorCode::not_admitted, ErrorCode::version_unsupported, ErrorCode::replaced,
          ErrorCode::dropped, ErrorCode::misbehaved, ErrorCode::overloaded, ErrorCode::stopping,
          ErrorCode::admission_closed, ErrorCode::storage_failed}) {
        keys.add(session_number(1), {code, "no"}, at(0));
        EXPECT_EQ(keys.size(), 0u) << name_of(code);
    }
}

TEST(MisbehavedKeys, AreNobodyWithoutATime) {
    MisbehavedKeys keys{Milliseconds{0}};
    keys.add(session_number(1), flood, at(0));
    EXPECT_FALSE(keys.refusal_of(session_number(1), at(0).steady));
}

TEST(MisbehavedKeys, AreNoMoreThanThereIsRoomFor) {
    MisbehavedKeys keys{Milliseconds{1'000'000}};
    for (std::uint32_t number = 0; number <= MisbehavedKeys::keys_max; ++number) {
        keys.add(session_number(number), flood, at(number));
    }
    EXPECT_EQ(keys.size(), MisbehavedKeys::keys_max);
    EXPECT_FALSE(keys.refusal_of(session_number(0), at(20'000).steady));
    EXPECT_TRUE(keys.refusal_of(session_number(1), at(20'000).steady));
    EXPECT_TRUE(keys.refusal_of(session_number(MisbehavedKeys::keys_max), at(20'000).steady));
}

TEST(HelloCounts, LetASessionComeSoOftenAMinute) {
    HelloCounts counts;
    for (std::uint32_t hello = 0; hello < HelloCounts::a_minute_max; ++hello) {
        ASSERT_TRUE(counts.count(session_number(1), at(1'000).steady));
    }
    EXPECT_FALSE(counts.count(session_number(1), at(59'000).steady));
    EXPECT_TRUE(counts.count(session_number(2), at(59'000).steady));
    EXPECT_TRUE(counts.count(session_number(1), at(61'000).steady));
}

/// A broker, and a session that has sent what it may not.
class Misbehaving : public ::testing::Test {
protected:
    void misbehave(const std::string& name) {
        const auto session = broker.join(name);
        broker.receive(session, protocol::FromOperator{protocol::AskHealth{1}});
        EXPECT_EQ(broker.last<Refused>(session)->code, ErrorCode::not_authorized);
        EXPECT_TRUE(broker.was_cut(session));
    }

    MemoryJournal journal;
    BrokerDriver broker{journal, insecure_settings()};
};

TEST_F(Misbehaving, KeepsItsKeyOutForAMinute) {
    misbehave("vanessa-1");
    const auto again = broker.join("vanessa-1");
    ASSERT_TRUE(broker.was_cut(again));
    EXPECT_EQ(broker.last<Refused>(again)->code, ErrorCode::misbehaved);
    EXPECT_FALSE(broker.last<SessionWelcome>(again));
    broker.leap(limits::misbehaved_time);
    EXPECT_TRUE(broker.last<SessionWelcome>(broker.join("vanessa-1")));
}

TEST_F(Misbehaving, KeepsNobodyElseOut) {
    misbehave("vanessa-1");
    EXPECT_TRUE(broker.last<SessionWelcome>(broker.join("marc-1")));
}

TEST_F(Misbehaving, LosesNothingThatWasAcceptedMeanwhile) {
    misbehave("vanessa-1");
    broker.send(broker.join_operator(), 1, "meanwhile");
    broker.leap(limits::misbehaved_time);
    EXPECT_EQ(broker.texts(broker.join("vanessa-1")), std::vector<std::string>{"meanwhile"});
}

TEST_F(Misbehaving, IsAStormOfHellos) {
    const auto join = [this] {
        broker::PeerFacts facts;
        facts.public_key = key_of("vanessa-1");
        const auto session = broker.open(std::move(facts));
        broker.receive(session, protocol::FromSession{hello_of("vanessa-1")});
        return session;
    };
    for (std::uint32_t hello = 0; hello < HelloCounts::a_minute_max; ++hello) {
        ASSERT_FALSE(broker.was_cut(join()));
    }
    const auto stormy = join();
    EXPECT_TRUE(broker.was_cut(stormy));
    EXPECT_EQ(broker.last<Refused>(stormy)->code, ErrorCode::rate_exceeded);
    EXPECT_EQ(broker.last<Refused>(join())->code, ErrorCode::misbehaved);
}

}  // namespace
}  // namespace crier::testing
