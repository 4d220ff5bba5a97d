// ZAP on real sockets, and the self-test that the broker runs at its start: it passes at doors that
// are as they must be, and names the one that is not.

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <utility>

#include "broker/security/peer_identity.hpp"
#include "broker/security/self_test.hpp"
#include "shared/protocol/codec.hpp"
#include "shared/transport/xpub_socket.hpp"
#include "tests/integration/scene.hpp"
#include "tests/support/raw_zmtp.hpp"
#include "tests/support/temporary_directory.hpp"

namespace crier::testing {
namespace {

using broker::DoorEndpoints;
using broker::SelfTest;
using broker::SelfTestSettings;
using broker::ZapServer;
using broker::domain::listeners;
using broker::domain::operators;
using broker::domain::sessions;
using transport::XpubSocket;

/// Whether the client comes up.
bool comes_in(Scene& scene, Client& client, const std::string& endpoint) {
    client.open(endpoint);
    EXPECT_TRUE(scene.until([&] { return client.is_up || client.down; }, Milliseconds(6'000)));
    return client.is_up;
}

TEST(Zap, LetsEachKeyInAtItsOwnDoorOnly) {
    Scene scene;
    Door& session_door = scene.open(sessions);
    Door& operator_door = scene.open(operators);
    const KeyPair stranger = KeyPair::generate();
    EXPECT_TRUE(comes_in(scene, scene.add_client(stranger), session_door.endpoint()));
    EXPECT_FALSE(comes_in(scene, scene.add_client(stranger), operator_door.endpoint()));
    EXPECT_TRUE(comes_in(scene, scene.add_client(scene.operator_keys), operator_door.endpoint()));
    EXPECT_FALSE(comes_in(scene, scene.add_client(scene.listener_keys), operator_door.endpoint()));
    EXPECT_EQ(scene.zap().counts().admitted, 2u);
    EXPECT_EQ(scene.zap().counts().refused, 2u);
}

TEST(Zap, KeepsPlaintextOutWhenTheBrokerHasKeys) {
    Scene scene;
    for (const std::string_view domain : {sessions, operators}) {
        Door& door = scene.open(domain);
        Client& client = scene.add_client(ZmqClientLink::Settings{});
        EXPECT_FALSE(comes_in(scene, client, door.endpoint()));
        EXPECT_EQ(client.down->code, ErrorCode::server_key_wrong) << client.down->detail;
        RawZmtp raw;
        ASSERT_TRUE(raw.connect(door.endpoint()));
        EXPECT_FALSE(raw.shake_hands());
    }
    EXPECT_EQ(scene.zap().counts().admitted, 0u);
}

TEST(Zap, IsMissedByNobodyWhoShouldStayOut) {
    for (const auto security : {Scene::Security::curve, Scene::Security::none}) {
        Scene scene(security, Scene::Zap::absent);
        DoorSettings settings = scene.settings(sessions);
        settings.handshake_limit = Milliseconds(300);
        Door& door = scene.open(settings);
        EXPECT_FALSE(comes_in(scene, scene.add_client(), door.endpoint()));
    }
}

TEST(Zap, KeepsSlowRepliesFromHoldingUpEachOther) {
    Scene scene;
    Door& door = scene.open(sessions);
    for (int number = 0; number < 40; ++number) scene.add_client().open(door.endpoint());
    ASSERT_TRUE(scene.until([&] {
        return std::all_of(scene.clients.begin(), scene.clients.end(),
                           [](const auto& client) { return client->is_up; });
    }));
    EXPECT_EQ(scene.zap().counts().admitted, 40u);
}

TEST(Zap, HasOneHandlerInAContext) {
    Scene scene;
    const auto second = ZapServer::start(scene.context, {}, {}, [] { return 0u; });
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::in_use);
}

TEST(Zap, TellsBusyOnesToComeBackLater) {
    Scene scene(Scene::Security::curve, Scene::Zap::absent);
    const auto zap = ZapServer::start(scene.context, {}, {}, [] { return 1'000'000u; });
    ASSERT_TRUE(zap);
    DoorSettings settings = scene.settings(sessions);
    settings.handshake_limit = Milliseconds(2'500);
    Door& door = scene.open(settings);
    Client& client = scene.add_client();
    EXPECT_FALSE(comes_in(scene, client, door.endpoint()));
    EXPECT_EQ(client.down->code, ErrorCode::broker_unreachable) << client.down->detail;
    EXPECT_GE((*zap)->counts().try_later, 1u);
}

/// Decides as a broker's handler does, and says so when it has had its time.
class PlayedHandler {
public:
    explicit PlayedHandler(Context& context) : socket_(*transport::ZapSocket::open(context)) {}

    Milliseconds delay{20};

    void take_turn() {
        const Instant now = read_clocks().steady;
        while (auto request = socket_.receive()) asked_.emplace_back(now + delay, *request);
        for (; !asked_.empty() && asked_.front().first <= now; asked_.pop_front()) {
            const transport::ZapRequest& request = asked_.front().second;
            socket_.reply(request, gatekeeper_.decide(request, 0, now));
        }
    }
    [[nodiscard]] bool has_answered_all() const { return asked_.empty(); }

private:
    transport::ZapSocket socket_;
    broker::Gatekeeper gatekeeper_{std::make_shared<const broker::Principals>(), {}};
    std::deque<std::pair<Instant, transport::ZapRequest>> asked_;
};

TEST(Zap, KeepsOnlyNewcomersWaitingWhileItIsSlow) {
    Scene scene(Scene::Security::curve, Scene::Zap::absent);
    PlayedHandler handler(scene.context);
    DoorSettings settings = scene.settings(sessions);
    settings.handshake_limit = Milliseconds(500);
    Door& door = scene.open(settings);
    const auto until = [&](const std::function<bool()>& is_so) {
        return scene.until([&] {
            handler.take_turn();
            return is_so();
        });
    };
    Client& first = scene.add_client();
    first.open(door.endpoint());
    ASSERT_TRUE(until([&] { return first.is_up; }));

    handler.delay = 3 * settings.handshake_limit;
    Client& late = scene.add_client();
    late.open(door.endpoint());
    ASSERT_TRUE(until([&] { return !handler.has_answered_all(); }));
    ASSERT_TRUE(first.send("meanwhile"));
    ASSERT_TRUE(until([&] { return door.find("meanwhile") != nullptr; }));
    ASSERT_EQ(door.send(door.seen[0].from, "goes on"), SendResult::sent);
    EXPECT_TRUE(until([&] { return !first.frames.empty(); }));
    EXPECT_FALSE(handler.has_answered_all()) << "or it was not slow";
    ASSERT_TRUE(until([&] { return late.is_up || late.down; }));
    EXPECT_FALSE(late.is_up);

    ASSERT_TRUE(until([&] { return handler.has_answered_all(); })) << "to nobody";
    handler.delay = Milliseconds(20);
    Client& next = scene.add_client();
    next.open(door.endpoint());
    EXPECT_TRUE(until([&] { return next.is_up; }));
    EXPECT_TRUE(first.is_up);
    EXPECT_EQ(door.seen.size(), 1u) << "nothing came from whom nobody let in";
}

TEST(Zap, GivesTheMemoryOfNewcomersBackAndKeepsThemAllTheSame) {
    for (const auto security : {Scene::Security::curve, Scene::Security::none}) {
        Scene scene(security, Scene::Zap::absent);
        broker::ZapSettings settings;
        settings.is_secure = scene.is_secure();
        settings.renewed_after = 20;
        const auto zap = ZapServer::start(scene.context, {}, settings, [] { return 0u; });
        ASSERT_TRUE(zap);
        Door& door = scene.open(sessions);
        const auto all = [&](const auto& is_so) {
            return scene.until(
                [&] { return std::all_of(scene.clients.begin(), scene.clients.end(), is_so); });
        };
        for (std::size_t round = 1; round <= 3; ++round) {
            // Those who are in stay, and whoever comes next is asked about as before.
            for (int number = 0; number < 20; ++number) scene.add_client().open(door.endpoint());
            ASSERT_TRUE(all([](const auto& client) { return client->is_up; }));
            ASSERT_TRUE(scene.until([&] { return (*zap)->counts().renewals == round; }));
        }
        for (const auto& client : scene.clients) ASSERT_TRUE(client->send("hello"));
        ASSERT_TRUE(scene.until([&] { return door.seen.size() == scene.clients.size(); }));
        for (const Seen& seen : door.seen) {
            ASSERT_EQ(door.send(seen.from, "welcome"), SendResult::sent);
        }
        EXPECT_TRUE(all([](const auto& client) { return client->frames.size() == 1; }));
        EXPECT_EQ((*zap)->counts().admitted, scene.clients.size());
    }
}

TEST(PeerFacts, ComeFromTheFirstFrameOfAConnection) {
    Scene scene;
    auto socket = RouterSocket::bind(scene.context, scene.settings(operators));
    ASSERT_TRUE(socket);
    Client& client = scene.add_client(scene.operator_keys);
    client.open(socket->endpoints().front());
    ASSERT_TRUE(scene.until([&] { return client.is_up; }));
    ASSERT_TRUE(client.send("hello"));
    Arrival arrival;
    ASSERT_TRUE(scene.until([&] { return socket->receive(arrival); }));
    const auto facts = broker::facts_of(arrival.body, broker::Door::operators, true);
    ASSERT_TRUE(facts);
    EXPECT_EQ(facts->principal, "") << "that is the engine's to know";
    EXPECT_EQ(facts->public_key, scene.operator_keys.public_key);
    EXPECT_EQ(facts->address, "127.0.0.1");
    EXPECT_FALSE(facts->system_user);
}

/// A broker's doors, served by the scene: who does not begin with a proven hello is refused and
/// cut.
class SelfTestTest : public ::testing::Test {
protected:
    void serve(Scene::Security security = Scene::Security::curve) {
        bell.reset();
        owner.reset();
        Scene& scene = owner.emplace(security);
        session_door = &scene.open(scene.settings(
            sessions, {"tcp://127.0.0.1:0", "ipc://" + (directory.path() / "s").string()}));
        operator_door = &scene.open(operators);
        auto socket = XpubSocket::bind(scene.context, scene.settings(listeners));
        ASSERT_TRUE(socket);
        bell.emplace(std::move(*socket));
    }
    Status run(Milliseconds limit = Milliseconds(5'000)) {
        Scene& scene = *owner;
        SelfTestSettings settings;
        settings.endpoints = {session_door->socket.endpoints(), operator_door->socket.endpoints(),
                              bell->endpoints()};
        if (scene.is_secure()) settings.server_key = scene.broker_keys.public_key;
        settings.limit = limit;
        SelfTest test(scene.context, settings);
        std::optional<Status> result;
        EXPECT_TRUE(scene.until(
            [&] {
                answer();
                result = test.result();
                return result.has_value();
            },
            limit + Milliseconds(5'000)));
        return result.value_or(Status{});
    }

    TemporaryDirectory directory;
    std::optional<Scene> owner;
    Door* session_door = nullptr;
    Door* operator_door = nullptr;
    std::optional<XpubSocket> bell;
    bool does_cut = true;
    protocol::ToSession says = protocol::Refused{{}, ErrorCode::not_admitted, "no", {}, {}};

private:
    void answer() {
        for (const Seen& seen : session_door->seen) {
            EXPECT_EQ(session_door->socket.send(seen.from, protocol::encode(says)),
                      SendResult::sent);
            leaving_.push_back(*seen.connection);
        }
        // What was said to it leaves before the next turn.
        if (session_door->seen.empty() && does_cut) {
            for (const Connection& connection : leaving_) connection.cut();
            leaving_.clear();
        }
        session_door->seen.clear();
    }

    std::vector<Connection> leaving_;
};

TEST_F(SelfTestTest, PassesAtDoorsThatAreAsTheyMustBe) {
    for (const auto security : {Scene::Security::curve, Scene::Security::none}) {
        serve(security);
        const Status passed = run();
        EXPECT_TRUE(passed) << passed.error().detail;
    }
}

TEST_F(SelfTestTest, FailsWhereAnyKeyComesInAtTheOperatorsDoor) {
    serve();
    operator_door = &owner->open(sessions);
    const Status status = run();
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::self_test_failed);
    EXPECT_NE(status.error().detail.find(operator_door->endpoint()), std::string::npos)
        << status.error().detail;
}

TEST_F(SelfTestTest, FailsWhereAnyKeyComesInAtTheBell) {
    serve();
    auto open_bell = XpubSocket::bind(owner->context, owner->settings(sessions));
    ASSERT_TRUE(open_bell);
    bell.emplace(std::move(*open_bell));
    const Status status = run();
    ASSERT_FALSE(status);
    EXPECT_NE(status.error().detail.find(bell->endpoints().front()), std::string::npos)
        << status.error().detail;
}

TEST_F(SelfTestTest, FailsWhereSomethingIsSaidBeforeAProvenHello) {
    serve();
    says = protocol::Heartbeat{};
    const Status status = run();
    ASSERT_FALSE(status);
    EXPECT_NE(status.error().detail.find(session_door->endpoint()), std::string::npos)
        << status.error().detail;
}

TEST_F(SelfTestTest, FailsWhereWhoSaysNoHelloIsNotCut) {
    serve();
    does_cut = false;
    const Status status = run(Milliseconds(500));
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::self_test_failed);
}

TEST_F(SelfTestTest, FailsWhereADoorDoesNotAnswer) {
    serve();
    owner->zap().stop();
    EXPECT_FALSE(run());
}

}  // namespace
}  // namespace crier::testing
