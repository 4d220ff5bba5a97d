// ListenerCore: each message once, and back after every outage.
// Method: made-up bells and instants.

#include "subscriber/core/listener_core.hpp"

#include <gtest/gtest.h>

#include "shared/protocol/codec.hpp"
#include "tests/unit/subscriber/core_bench.hpp"

namespace crier::subscriber {
namespace {

using Kind = protocol::BellMessage::Kind;

protocol::Bytes bell(int number, Kind kind = Kind::message, std::uint32_t revision = 1) {
    protocol::BellMessage body;
    body.kind = kind;
    body.id = message_id(number);
    body.revision = revision;
    body.content.text = "text";
    body.from = "ops";
    return protocol::encode(body);
}

std::vector<ListenerEvent> rang(ListenerCore& core, const std::string& topic,
                                const protocol::Bytes& body) {
    std::vector<ListenerEvent> events;
    core.on_rang(topic, body, events);
    return events;
}

TEST(ListenerCore, HandsOverWhatIsPublishedUnderItsTopicWithoutTheNul) {
    ListenerCore core({"a"}, 1);
    const auto events = rang(core, protocol::bell_topic_all(), bell(1));
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(std::get<IncomingMessage>(events[0]).topic, "all");
    EXPECT_EQ(std::get<IncomingMessage>(events[0]).content.text, "text");
}

TEST(ListenerCore, SpeaksTheLanguageOfWhoReadsIt) {
    protocol::BellMessage body;
    body.id = message_id(1);
    body.content.text = "Hello {user}";
    body.content.translations = {{"fr", "Salut {user}", ""}};
    body.content.is_template = true;
    body.from = "ops";
    Attributes reader;
    reader.user = "Vanessa";
    reader.locale = "fr_FR.UTF-8";
    ListenerCore own({"a"}, 1, reader);
    const auto spoken = rang(own, protocol::bell_topic_all(), protocol::encode(body));
    ASSERT_EQ(spoken.size(), 1u);
    EXPECT_EQ(std::get<IncomingMessage>(spoken[0]).content.text, "Salut Vanessa");
    ListenerCore plain({"a"}, 1);
    const auto raw = rang(plain, protocol::bell_topic_all(), protocol::encode(body));
    ASSERT_EQ(raw.size(), 1u);
    EXPECT_EQ(std::get<IncomingMessage>(raw[0]).content, body.content);
}

TEST(ListenerCore, HandsAMessageToSeveralSessionsOverOnce) {
    ListenerCore core({"a"}, 1);
    const std::string one = protocol::bell_topic_of(session_id_of(session_key(1)));
    const std::string other = protocol::bell_topic_of(session_id_of(session_key(2)));
    EXPECT_EQ(rang(core, one, bell(1)).size(), 1u);
    EXPECT_TRUE(rang(core, other, bell(1)).empty());
}

TEST(ListenerCore, TellsChangesAndRemovalsApart) {
    ListenerCore core({"a"}, 1);
    const std::string all = protocol::bell_topic_all();
    static_cast<void>(rang(core, all, bell(1)));
    const auto changed = rang(core, all, bell(1, Kind::changed, 2));
    ASSERT_EQ(changed.size(), 1u);
    EXPECT_EQ(std::get<MessageChanged>(changed[0]).message.revision, 2u);
    const auto removed = rang(core, all, bell(1, Kind::removed, 2));
    ASSERT_EQ(removed.size(), 1u);
    EXPECT_EQ(std::get<MessageRemoved>(removed[0]),
              (MessageRemoved{message_id(1), MessageRemovalCause::expired}));
    protocol::BellMessage recalled;
    recalled.kind = Kind::removed;
    recalled.id = message_id(2);
    recalled.content.text = "text";
    recalled.cause = protocol::RemovalCause::recalled;
    const auto events = rang(core, all, protocol::encode(recalled));
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(std::get<MessageRemoved>(events[0]).cause, MessageRemovalCause::recalled);
}

TEST(ListenerCore, DropsWhatDoesNotDecode) {
    ListenerCore core({"a"}, 1);
    EXPECT_TRUE(rang(core, protocol::bell_topic_all(), {0xc1}).empty());
    EXPECT_TRUE(rang(core, "", bell(1)).empty());
    EXPECT_TRUE(rang(core, "all", bell(1)).empty());  // Not a topic: it lacks its NUL.
}

TEST(ListenerCore, RemembersABoundedNumber) {
    ListenerCore core({"a"}, 1);
    const std::string all = protocol::bell_topic_all();
    for (std::uint32_t revision = 1; revision <= ListenerCore::remembered_max + 1; ++revision) {
        static_cast<void>(rang(core, all, bell(1, Kind::changed, revision)));
    }
    EXPECT_EQ(rang(core, all, bell(1, Kind::changed, 1)).size(), 1u);  // Forgotten.
    EXPECT_TRUE(rang(core, all, bell(1, Kind::changed, 3)).empty());
}

TEST(ListenerCore, OpensAtOnceAndAgainAfterAPause) {
    ListenerCore core({"a", "b"}, 1);
    std::vector<ListenerEvent> events;
    EXPECT_EQ(core.endpoint_to_open(Instant{}), "a");
    EXPECT_EQ(core.endpoint_to_open(Instant{}), std::nullopt);
    core.on_down({ErrorCode::broker_unreachable, ""}, Instant{}, events);
    const auto due = core.next_deadline();
    ASSERT_TRUE(due);
    EXPECT_EQ(core.endpoint_to_open(*due), "b");
}

TEST(ListenerCore, TellsAnOutageOnce) {
    ListenerCore core({"a"}, 1);
    std::vector<ListenerEvent> events;
    for (int attempt = 0; attempt < 3; ++attempt) {
        core.on_down({ErrorCode::broker_unreachable, ""}, Instant{}, events);
    }
    EXPECT_EQ(events.size(), 1u);
    core.on_up(Instant{}, events);
    core.on_down({ErrorCode::broker_unreachable, ""}, Instant{}, events);
    EXPECT_EQ(events.size(), 3u);
}

TEST(ListenerCore, DoesNotAskAgainWhenItsKeyIsNotKnown) {
    ListenerCore core({"a"}, 1);
    std::vector<ListenerEvent> events;
    static_cast<void>(core.endpoint_to_open(Instant{}));
    core.on_down({ErrorCode::not_admitted, "no such key"}, Instant{}, events);
    EXPECT_EQ(core.next_deadline(), std::nullopt);
    EXPECT_EQ(core.endpoint_to_open(Instant{} + 60 * minute), std::nullopt);
}

}  // namespace
}  // namespace crier::subscriber
