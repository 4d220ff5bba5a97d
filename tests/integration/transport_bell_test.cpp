// The bell: topics, and who may listen.

#include <gtest/gtest.h>

#include "shared/transport/bell_client_link.hpp"
#include "shared/transport/xpub_socket.hpp"
#include "tests/integration/scene.hpp"

namespace crier::testing {
namespace {

using broker::domain::listeners;
using transport::BellClientLink;
using transport::BellEvent;
using transport::BellRang;
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
