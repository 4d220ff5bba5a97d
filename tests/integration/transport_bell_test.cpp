// The bell: topics, and who may listen.

#include <gtest/gtest.h>

#include "shared/transport/bell_client_link.hpp"
#include "shared/transport/xpub_socket.hpp"
#include "tests/integration/scene.hpp"
#include "tests/support/raw_zmtp.hpp"

namespace crier::testing {
namespace {

using broker::domain::listeners;
using transport::BellClientLink;
using transport::BellEvent;
using transport::BellRang;
using transport::Frame;
using transport::XpubSocket;

const std::string to_all("all\0", 4);
const std::string to_one("session/1\0", 10);
const std::string to_another("session/12\0", 11);

struct Listener {
    Listener(Scene& scene, const KeyPair& own, std::vector<std::string> topics)
        : link(scene.context, {.keys = scene.is_secure() ? std::optional(ClientKeys{
                                                               scene.broker_keys.public_key, own})
                                                         : std::nullopt,
                               .topics = std::move(topics)}) {}

    BellClientLink link;
    bool is_up = false;
    std::optional<Error> down;
    std::vector<std::pair<std::string, std::string>> rang;

    void drain() {
        std::vector<BellEvent> events;
        link.drain(events);
        for (BellEvent& event : events) {
            if (std::holds_alternative<transport::LinkUp>(event)) is_up = true;
            if (auto* ended = std::get_if<transport::LinkDown>(&event)) down = ended->error;
            if (auto* one = std::get_if<BellRang>(&event)) {
                rang.emplace_back(one->topic, text_of(one->body));
            }
        }
    }
};

TEST(Bell, RingsForTheTopicsThatAListenerWants) {
    Scene scene;
    auto bell = XpubSocket::bind(scene.context, scene.settings(listeners));
    ASSERT_TRUE(bell);
    Listener one(scene, scene.listener_keys, {to_all, to_one});
    one.link.open(bell->endpoints().front());
    // A subscription takes effect some time after the handshake: ring until it has.
    ASSERT_TRUE(scene.until([&] {
        one.drain();
        bell->take_subscriptions();
        bell->publish(to_one, Frame(bytes_of("mine")));
        return !one.rang.empty();
    }));
    EXPECT_TRUE(one.is_up);
    one.rang.clear();
    bell->publish(to_another, Frame(bytes_of("not mine")));
    bell->publish(to_all, Frame(bytes_of("everyone's")));
    ASSERT_TRUE(scene.until([&] {
        one.drain();
        return !one.rang.empty() && one.rang.back().second == "everyone's";
    }));
    for (const auto& [topic, body] : one.rang) EXPECT_NE(body, "not mine");
    EXPECT_EQ(one.rang.back().first, to_all);
}

/// So that nobody can make the broker believe that nobody listens.
TEST(Bell, KnowsItsSubscribersWhateverAPeerSaysThatItNeverSubscribedTo) {
    Scene scene(Scene::Security::none);
    auto bell = XpubSocket::bind(scene.context, scene.settings(listeners));
    ASSERT_TRUE(bell);
    EXPECT_FALSE(bell->has_subscribers());
    Listener honest(scene, scene.listener_keys, {to_all});
    honest.link.open(bell->endpoints().front());
    const auto looks = [&](bool has_subscribers) {
        return scene.until([&] {
            honest.drain();
            bell->take_subscriptions();
            return bell->has_subscribers() == has_subscribers;
        });
    };
    ASSERT_TRUE(looks(true));

    RawZmtp peer;
    ASSERT_TRUE(peer.connect(bell->endpoints().front()));
    ASSERT_TRUE(peer.shake_hands({.socket_type = "SUB", .routing_id = {}}));
    const auto is_reached = [&] {
        bell->take_subscriptions();
        bell->publish("mark", Frame(bytes_of("…")));
        return peer.receive_frame(Limit(50)).has_value();
    };
    ASSERT_TRUE(peer.send_frame(bytes_of("\1mark")));
    ASSERT_TRUE(scene.until(is_reached));
    ASSERT_TRUE(peer.send_frame(bytes_of(std::string_view("\0never", 6))));
    ASSERT_TRUE(peer.send_frame(bytes_of(std::string_view("\0all\0", 5)))) << "another one's";
    ASSERT_TRUE(peer.send_frame(bytes_of(std::string_view("\0mark", 5))));
    ASSERT_TRUE(scene.until([&] { return !is_reached(); }));
    EXPECT_TRUE(bell->has_subscribers());
    honest.link.close();
    EXPECT_TRUE(looks(false));
}

TEST(Bell, RefusesKeysWithoutTheRightToListen) {
    Scene scene;
    auto bell = XpubSocket::bind(scene.context, scene.settings(listeners));
    ASSERT_TRUE(bell);
    for (const KeyPair& keys : {KeyPair::generate(), scene.operator_keys}) {
        Listener listener(scene, keys, {to_all});
        listener.link.open(bell->endpoints().front());
        ASSERT_TRUE(scene.until([&] {
            listener.drain();
            return listener.is_up || listener.down;
        }));
        ASSERT_TRUE(listener.down);
        EXPECT_EQ(listener.down->code, ErrorCode::not_admitted);
    }
}

TEST(Bell, TellsAListenerThatItIsGone) {
    Scene scene(Scene::Security::none);
    auto bell = XpubSocket::bind(scene.context, scene.settings(listeners));
    ASSERT_TRUE(bell);
    Listener listener(scene, scene.listener_keys, {to_all});
    listener.link.open(bell->endpoints().front());
    ASSERT_TRUE(scene.until([&] {
        listener.drain();
        return listener.is_up;
    }));
    { const XpubSocket gone = std::move(*bell); }
    ASSERT_TRUE(scene.until([&] {
        listener.drain();
        return listener.down.has_value();
    }));
    EXPECT_EQ(listener.down->code, ErrorCode::broker_unreachable);
}

}  // namespace
}  // namespace crier::testing
