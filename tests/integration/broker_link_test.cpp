// Link: frames as events, effects as frames, on real sockets.
// Method: a link, real clients and a byte-by-byte peer in one thread; the engine is a list of what
// it was told. The time that the link is given is made up, the network's is not.

#include <gtest/gtest.h>
#include <pwd.h>
#include <unistd.h>

#include <stdexcept>

#include "broker/links/bell.hpp"
#include "broker/links/link.hpp"
#include "shared/protocol/codec.hpp"
#include "shared/protocol/messages.hpp"
#include "shared/transport/bell_client_link.hpp"
#include "tests/integration/scene.hpp"
#include "tests/support/raw_curve.hpp"
#include "tests/support/raw_zmtp.hpp"
#include "tests/support/temporary_directory.hpp"

namespace crier::broker {
namespace {

using testing::bytes_of;
using testing::Client;
using testing::RawZmtp;
using testing::Scene;
using testing::TemporaryDirectory;
using testing::text_of;

constexpr Instant start{Milliseconds{1'000'000}};

class LinkTest : public ::testing::Test {
protected:
    struct Told {
        enum class What : std::uint8_t { opened, frame, closed } what;
        PeerId peer{};
        std::string text;
    };

    void serve(Door door, Scene::Security security = Scene::Security::curve,
               std::vector<std::string> endpoints = {}, int send_hwm = 256) {
        scene.emplace(security);
        monitor.emplace(scene->context, hints);
        const auto name = door == Door::sessions ? domain::sessions : domain::operators;
        transport::DoorSettings settings = scene->settings(name, std::move(endpoints));
        settings.send_hwm = send_hwm;
        auto socket = transport::RouterSocket::bind(scene->context, settings);
        ASSERT_TRUE(socket) << socket.error().detail;
        endpoint = socket->endpoints().front();
        monitor->watch(*socket);
        link.emplace(std::move(*socket), *monitor,
                     LinkSettings{.door = door, .is_secure = scene->is_secure()});
    }

    std::size_t receive(std::size_t frames_max = 100) {
        return link->receive(frames_max, now, [this](const Event& event) { take(event); });
    }

    void take(const Event& event) {
        if (const auto* opened = std::get_if<PeerOpened>(&event)) {
            told.push_back({Told::What::opened, opened->peer, {}});
            facts.push_back(opened->facts);
        } else if (const auto* frame = std::get_if<FrameReceived>(&event)) {
            told.push_back({Told::What::frame, frame->peer, text_of(frame->frame)});
        } else if (const auto* closed = std::get_if<PeerClosed>(&event)) {
            told.push_back({Told::What::closed, closed->peer, {}});
        } else if (const auto* broke = std::get_if<KeyMisbehaved>(&event)) {
            misbehaved.push_back(*broke);
        }
    }

    [[nodiscard]] bool until(const std::function<bool()>& is_so) {
        return scene->until([&] {
            receive();
            return is_so();
        });
    }

    [[nodiscard]] std::size_t count(Told::What what) const {
        std::size_t found = 0;
        for (const Told& one : told) found += one.what == what ? 1 : 0;
        return found;
    }

    /// A client whose first frame, `text`, the link has told of.
    Client& join(const std::string& text, const transport::KeyPair& keys) {
        Client& client = scene->add_client(keys);
        client.open(endpoint);
        EXPECT_TRUE(until([&] { return client.is_up; }));
        EXPECT_TRUE(client.send(text));
        EXPECT_TRUE(until([&] { return !told.empty() && told.back().text == text; }));
        return client;
    }
    Client& join(const std::string& text) { return join(text, transport::KeyPair::generate()); }

    /// The one that has come in, as the broker has it.
    [[nodiscard]] transport::Connection client_connection() const {
        constexpr int descriptors = 1'024;
        for (int descriptor = 0; descriptor < descriptors; ++descriptor) {
            const auto connection = transport::Connection::at(descriptor);
            const bool is_it = connection && connection->came_in_at(endpoint);
            if (is_it && !connection->place().empty()) return *connection;
        }
        throw std::runtime_error("nobody has come in");
    }

    // In the order in which they may need each other.
    std::optional<Scene> scene;
    Mailbox<transport::ConnectionHint> hints{1'024};
    std::optional<transport::Monitor> monitor;
    std::optional<Link> link;
    std::string endpoint;
    Instant now = start;
    std::vector<Told> told;
    std::vector<PeerFacts> facts;
    std::vector<KeyMisbehaved> misbehaved;
};

TEST_F(LinkTest, OpensAPeerBeforeItsFirstFrameAndKnowsItsKey) {
    serve(Door::sessions);
    const auto keys = transport::KeyPair::generate();
    join("hello", keys);
    ASSERT_EQ(told.size(), 2u);
    EXPECT_EQ(told[0].what, Told::What::opened);
    EXPECT_EQ(told[1].what, Told::What::frame);
    EXPECT_EQ(told[0].peer, told[1].peer);
    EXPECT_EQ(facts[0].door, Door::sessions);
    EXPECT_EQ(facts[0].public_key, keys.public_key);
    EXPECT_EQ(facts[0].address, "127.0.0.1");
    EXPECT_EQ(facts[0].system_user, std::nullopt);
    EXPECT_EQ(link->open_count(), 1u);
}

TEST_F(LinkTest, OpensAPeerOnceHoweverMuchItSends) {
    serve(Door::sessions);
    Client& client = join("one");
    ASSERT_TRUE(client.send("two"));
    ASSERT_TRUE(client.send("three"));
    ASSERT_TRUE(until([&] { return count(Told::What::frame) == 3; }));
    EXPECT_EQ(count(Told::What::opened), 1u);
}

TEST_F(LinkTest, KnowsAnOperatorsNameAndRights) {
    serve(Door::operators);
    join("hello", scene->operator_keys);
    ASSERT_EQ(facts.size(), 1u);
    EXPECT_EQ(facts[0].public_key, scene->operator_keys.public_key)
        << "whose it is, the engine knows";
    EXPECT_EQ(PeerTable::door_of(told[0].peer), Door::operators);
}

TEST_F(LinkTest, KnowsTheAccountOfAPeerOverIpc) {
    const TemporaryDirectory folder;
    serve(Door::sessions, Scene::Security::curve, {"ipc://" + (folder.path() / "s").string()});
    join("hello");
    ASSERT_EQ(facts.size(), 1u);
    const passwd* account = getpwuid(geteuid());
    ASSERT_NE(account, nullptr);
    EXPECT_EQ(facts[0].address, "ipc");
    EXPECT_EQ(facts[0].system_user, account->pw_name);
}

TEST_F(LinkTest, ReadsNoMoreFramesThanItIsAllowedTo) {
    serve(Door::sessions);
    Client& client = join("first");
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(client.send("more"));
    std::size_t largest = 0;
    ASSERT_TRUE(scene->until([&] {
        largest = std::max(largest, receive(2));
        return count(Told::What::frame) == 6;
    }));
    EXPECT_LE(largest, 2u);
}

TEST_F(LinkTest, SendsToOnePeerAndNoOther) {
    serve(Door::sessions);
    Client& anna = join("anna");
    const PeerId peer = told.back().peer;
    Client& ben = join("ben");
    link->send(peer, bytes_of("for anna"));
    ASSERT_TRUE(until([&] { return anna.frames.size() == 1; }));
    EXPECT_EQ(anna.frames[0], "for anna");
    link->send(told.back().peer, bytes_of("for ben"));
    ASSERT_TRUE(until([&] { return !ben.frames.empty(); }));
    EXPECT_EQ(ben.frames, (std::vector<std::string>{"for ben"}));
}

TEST_F(LinkTest, SendsOneFrameToMany) {
    serve(Door::sessions);
    std::vector<Client*> clients;
    std::vector<PeerId> peers;
    for (const char* name : {"a", "b", "c"}) {
        clients.push_back(&join(name));
        peers.push_back(told.back().peer);
    }
    const std::string text(1'000, 'x');
    const transport::Frame frame(bytes_of(text));
    for (const PeerId peer : peers) link->send(peer, frame);
    for (const Client* client : clients) {
        ASSERT_TRUE(until([&] { return client->frames.size() == 1; }));
        EXPECT_EQ(client->frames[0], text);
    }
}

TEST_F(LinkTest, LetsARefusalReachThePeerBeforeItIsCut) {
    serve(Door::sessions);
    Client& client = join("nonsense");
    const PeerId peer = told.back().peer;
    link->send(peer, bytes_of("refused"));
    link->cut(peer, now);
    EXPECT_EQ(link->open_count(), 0u);
    ASSERT_EQ(link->next_deadline(), now + LinkSettings{}.cut_delay);
    ASSERT_TRUE(until([&] { return !client.frames.empty(); }));
    EXPECT_EQ(client.frames[0], "refused");
    EXPECT_TRUE(client.is_up);

    now = *link->next_deadline();
    link->on_time(now);
    ASSERT_TRUE(until([&] { return client.down.has_value(); }));
    EXPECT_EQ(count(Told::What::closed), 0u);  // Who cut it knows.
}

TEST_F(LinkTest, HearsNothingMoreOfAPeerThatIsToBeCut) {
    serve(Door::sessions);
    Client& anna = join("anna");
    link->cut(told.back().peer, now);
    ASSERT_TRUE(anna.send("still here"));
    Client& ben = join("ben");
    ASSERT_TRUE(ben.send("me too"));
    ASSERT_TRUE(until([&] { return told.back().text == "me too"; }));
    for (const Told& one : told) EXPECT_NE(one.text, "still here");
    EXPECT_EQ(count(Told::What::opened), 2u);
}

TEST_F(LinkTest, HearsWhatAPeerSaidLastBeforeItTellsOfItsEnd) {
    serve(Door::sessions);
    Client& client = join("hello");
    const PeerId peer = told.back().peer;
    ASSERT_TRUE(client.send("goodbye"));
    client.link.close();
    // Sending finds out that it is gone, while its last word is still unread.
    const Instant deadline = read_clocks().steady + Milliseconds{5'000};
    while (!link->has_closed() && read_clocks().steady < deadline) {
        link->send(peer, bytes_of("are you there"));
        scene->play_for(Milliseconds{5});
    }
    ASSERT_TRUE(link->has_closed());
    ASSERT_TRUE(until([&] { return count(Told::What::closed) == 1; }));
    EXPECT_EQ(told[told.size() - 2].text, "goodbye");
    EXPECT_EQ(told.back().peer, peer);
    EXPECT_EQ(link->count(LinkEnd::lost), 1u);
}

TEST_F(LinkTest, FindsOutByAHintThatAPeerIsGone) {
    serve(Door::sessions);
    Client& client = join("hello");
    link->send(told.back().peer, bytes_of("welcome"));
    ASSERT_TRUE(until([&] { return !client.frames.empty(); }));
    client.link.close();
    const transport::Frame probe(bytes_of("heartbeat"));
    std::vector<transport::ConnectionHint> came;
    ASSERT_TRUE(until([&] {
        hints.take_all(came);
        for (const auto& hint : came) link->on_hint(hint.descriptor, probe);
        return count(Told::What::closed) == 1;
    }));
    EXPECT_FALSE(came.empty());
    EXPECT_EQ(link->open_count(), 0u);
}

TEST_F(LinkTest, SaysNothingOnAHintToWhomTheEngineHasNotSpoken) {
    serve(Door::sessions);
    Client& client = join("hello");
    const transport::Frame probe(bytes_of("heartbeat"));
    for (int descriptor = 0; descriptor < 256; ++descriptor) link->on_hint(descriptor, probe);
    link->send(told.back().peer, bytes_of("welcome"));
    ASSERT_TRUE(until([&] { return !client.frames.empty(); }));
    EXPECT_EQ(client.frames[0], "welcome");

    for (int descriptor = 0; descriptor < 256; ++descriptor) link->on_hint(descriptor, probe);
    ASSERT_TRUE(until([&] { return client.frames.size() == 2; }));
    EXPECT_EQ(client.frames[1], "heartbeat");
}

TEST_F(LinkTest, CutsAPeerThatTakesNothingIn) {
    constexpr int send_hwm = 4;
    serve(Door::sessions, Scene::Security::none, {}, send_hwm);
    RawZmtp peer;
    ASSERT_TRUE(peer.connect(endpoint));
    ASSERT_TRUE(peer.shake_hands());
    ASSERT_TRUE(peer.send_frame(bytes_of("hello")));
    ASSERT_TRUE(until([&] { return count(Told::What::frame) == 1; }));
    const PeerId id = told.back().peer;

    // Kernels buffer some megabytes for one that does not read; far less than this.
    const transport::Frame frame(protocol::Bytes(60'000, 'x'));
    for (int i = 0; i < 10'000 && !link->has_closed(); ++i) link->send(id, frame);
    ASSERT_TRUE(until([&] { return count(Told::What::closed) == 1; }));
    EXPECT_EQ(link->count(LinkEnd::pipe_full), 1u);
    EXPECT_TRUE(peer.is_closed_within());
    const auto ended = link->take_ended();
    ASSERT_EQ(ended.size(), 1u);
    EXPECT_EQ(ended[0].peer, id);
}

TEST_F(LinkTest, CutsAStrangerWhoseMessageHasTwoParts) {
    serve(Door::sessions, Scene::Security::none);
    RawZmtp peer;
    ASSERT_TRUE(peer.connect(endpoint));
    ASSERT_TRUE(peer.shake_hands());
    ASSERT_TRUE(peer.send_frame(bytes_of("one"), true));
    ASSERT_TRUE(peer.send_frame(bytes_of("two")));
    ASSERT_TRUE(until([&] { return link->count(LinkEnd::misshapen) == 1; }));
    EXPECT_TRUE(peer.is_closed_within());
    EXPECT_TRUE(told.empty());
}

TEST_F(LinkTest, ClosesAPeerThatComesToSendTwoParts) {
    serve(Door::sessions, Scene::Security::none);
    RawZmtp peer;
    ASSERT_TRUE(peer.connect(endpoint));
    ASSERT_TRUE(peer.shake_hands());
    ASSERT_TRUE(peer.send_frame(bytes_of("hello")));
    ASSERT_TRUE(until([&] { return count(Told::What::frame) == 1; }));
    ASSERT_TRUE(peer.send_frame(bytes_of("one"), true));
    ASSERT_TRUE(peer.send_frame(bytes_of("two")));
    ASSERT_TRUE(until([&] { return count(Told::What::closed) == 1; }));
    EXPECT_TRUE(peer.is_closed_within());
    EXPECT_EQ(link->open_count(), 0u);
}

TEST_F(LinkTest, TellsWhoseKeyItIsThatSendsTwoParts) {
    serve(Door::sessions);
    const testing::CurveKeyPair own = testing::CurveKeyPair::generate();
    for (const std::size_t frames : {0, 1}) {
        testing::RawCurve peer(scene->broker_keys.public_key, own);
        ASSERT_TRUE(peer.connect(endpoint));
        ASSERT_TRUE(peer.shake_hands());
        if (frames == 1) {
            ASSERT_TRUE(peer.send(bytes_of("hello")));
            ASSERT_TRUE(until([&] { return count(Told::What::frame) == 1; }));
        }
        ASSERT_TRUE(peer.send(bytes_of("one"), true));
        ASSERT_TRUE(peer.send(bytes_of("two")));
        ASSERT_TRUE(until([&] { return misbehaved.size() == frames + 1; }));
        EXPECT_EQ(misbehaved.back().session, session_id_of(own.public_key));
        EXPECT_EQ(misbehaved.back().why.code, ErrorCode::malformed_frame);
        EXPECT_TRUE(peer.listen_until_closed().after);
        EXPECT_EQ(link->take_ended().back().address, "127.0.0.1");
    }
}

TEST_F(LinkTest, CutsWhoeverSendsAMessageWithoutAnEnd) {
    serve(Door::sessions);
    const auto keys = transport::KeyPair::generate();
    Client& client = join("hello", keys);
    const auto grow = [&](std::size_t times) {
        for (std::size_t i = 0; i < times; ++i) {
            const auto of = client_connection();
            link->on_bytes({transport::ConnectionHint::Kind::growing, of.descriptor(), of.cookie()},
                           [this](const Event& event) { take(event); });
        }
    };
    grow(transport::ConnectionHint::growths_max - 1);
    ASSERT_TRUE(client.send("a frame"));
    ASSERT_TRUE(until([&] { return told.back().text == "a frame"; }));
    grow(transport::ConnectionHint::growths_max - 1);
    EXPECT_EQ(link->open_count(), 1u);
    EXPECT_TRUE(misbehaved.empty());
    grow(1);
    EXPECT_TRUE(until([&] { return client.down.has_value(); }));
    ASSERT_EQ(misbehaved.size(), 1u);
    EXPECT_EQ(misbehaved[0].session, session_id_of(keys.public_key));
    EXPECT_EQ(misbehaved[0].why.code, ErrorCode::rate_exceeded);
    EXPECT_EQ(link->count(LinkEnd::endless), 1u);
}

TEST_F(LinkTest, TellsWhoseKeyItIsThatFloodsButNotOfWhoeverHasItsNumberNow) {
    serve(Door::sessions);
    const auto keys = transport::KeyPair::generate();
    join("hello", keys);
    const auto of = client_connection();
    const auto flood = [&](std::uint64_t cookie) {
        link->on_bytes({transport::ConnectionHint::Kind::flooding, of.descriptor(), cookie},
                       [this](const Event& event) { take(event); });
    };
    flood(of.cookie() + 1);
    EXPECT_TRUE(misbehaved.empty());
    flood(of.cookie());
    ASSERT_EQ(misbehaved.size(), 1u);
    EXPECT_EQ(misbehaved[0].session, session_id_of(keys.public_key));
}

TEST_F(LinkTest, CutsWhoDoesHarmAsSoonAsItsRefusalHasLeft) {
    serve(Door::sessions);
    const LinkSettings settings;
    join("harmless");
    link->cut(told.back().peer, now);
    EXPECT_EQ(link->next_deadline(), now + settings.cut_delay);
    Client& harmful = join("harmful");
    link->cut(told.back().peer, now, bytes_of("why"));
    EXPECT_TRUE(until([&] { return !harmful.frames.empty(); }));
    EXPECT_EQ(harmful.frames.front(), "why");
    EXPECT_EQ(link->next_deadline(), now + settings.look_interval);
    now += settings.look_interval;
    link->on_time(now);
    EXPECT_TRUE(until([&] { return harmful.down.has_value(); }));
    EXPECT_FALSE(scene->clients.front()->down);
}

TEST_F(LinkTest, WaitsAShortTimeForARefusalThatIsNotTakenIn) {
    serve(Door::sessions);
    const LinkSettings settings;
    const testing::CurveKeyPair own = testing::CurveKeyPair::generate();
    testing::RawCurve peer(scene->broker_keys.public_key, own);
    ASSERT_TRUE(peer.connect(endpoint));
    ASSERT_TRUE(peer.shake_hands());
    ASSERT_TRUE(peer.send(bytes_of("hello")));
    ASSERT_TRUE(until([&] { return count(Told::What::frame) == 1; }));
    const protocol::Bytes large(60'000);
    for (int i = 0; i < 200; ++i) link->send(told.back().peer, large);
    link->cut(told.back().peer, now, bytes_of("why"));
    const Instant end = now + settings.hasty_cut_delay;
    for (; now <= end; now += settings.look_interval) link->on_time(now);
    EXPECT_GT(link->next_deadline(), end) << "it is still to be cut";
    EXPECT_TRUE(peer.wire().is_closed_within());
}

TEST_F(LinkTest, GivesARefusalOverIpcAShortTime) {
    const TemporaryDirectory directory;
    serve(Door::sessions, Scene::Security::curve,
          {"ipc://" + (directory.path() / "door").string()});
    const LinkSettings settings;
    Client& harmful = join("harmful");
    link->cut(told.back().peer, now, bytes_of("why"));
    EXPECT_EQ(link->next_deadline(), now + settings.hasty_cut_delay);
    EXPECT_TRUE(until([&] { return !harmful.frames.empty(); }));
    link->on_time(now + settings.hasty_cut_delay);
    EXPECT_TRUE(until([&] { return harmful.down.has_value(); }));
}

// ---- The bell -----------------------------------------------------------------------------------

class BellTest : public ::testing::Test {
protected:
    void serve() {
        auto started = Bell::start(scene.context, scene.settings(domain::listeners));
        ASSERT_TRUE(started) << started.error().detail;
        bell = std::move(*started);
    }

    Scene scene;
    std::unique_ptr<Bell> bell;
};

protocol::BellMessage body_of(std::string_view text) {
    protocol::BellMessage body;
    body.content.text = text;
    return body;
}

/// Somebody who listens for all, and what they hear.
struct Ear {
    explicit Ear(Scene& scene)
        : link(scene.context,
               {.keys = scene.is_secure() ? std::optional(transport::ClientKeys{
                                                scene.broker_keys.public_key, scene.listener_keys})
                                          : std::nullopt,
                .topics = {protocol::bell_topic_all()}}) {}

    void drain() {
        std::vector<transport::BellEvent> events;
        link.drain(events);
        for (const auto& event : events) {
            is_down |= std::holds_alternative<transport::LinkDown>(event);
            if (const auto* rang = std::get_if<transport::BellRang>(&event)) {
                const auto body = protocol::decode_bell(rang->body);
                ASSERT_TRUE(body);
                heard.push_back(body->content.text);
            }
        }
    }

    transport::BellClientLink link;
    std::vector<std::string> heard;
    bool is_down = false;
};

/// A subscription takes a while to arrive, and until then rings are lost: it is rung until heard.
bool hears(Ear& ear, Bell& bell, Scene& scene, const std::string& text) {
    return scene.until([&] {
        bell.ring({{protocol::bell_topic_of(SessionId{})}, body_of("for one")});
        bell.ring({{protocol::bell_topic_all()}, body_of(text)});
        ear.drain();
        return !ear.heard.empty() && ear.heard.back() == text;
    });
}

TEST_F(BellTest, IsHeardOnTheTopicsThatItRingsFor) {
    serve();
    Ear listener(scene);
    listener.link.open(bell->endpoints().front());
    ASSERT_TRUE(hears(listener, *bell, scene, "for all"));
    for (const std::string& text : listener.heard) EXPECT_EQ(text, "for all");
}

TEST_F(BellTest, CutsWhoseKeyMayListenNoMore) {
    serve();
    Ear listener(scene);
    listener.link.open(bell->endpoints().front());
    ASSERT_TRUE(hears(listener, *bell, scene, "before"));
    auto principals = std::make_shared<Principals>();
    principals->add(scene.listener_keys.public_key, {"lisa", {Right::listen}});
    bell->admit(principals);
    ASSERT_TRUE(hears(listener, *bell, scene, "whose key counts"));
    principals = std::make_shared<Principals>();
    principals->add(scene.listener_keys.public_key, {"lisa", {Right::send}});
    bell->admit(principals);
    EXPECT_TRUE(scene.until([&] {
        listener.drain();
        return listener.is_down;
    }));
}

TEST_F(BellTest, LetsNobodyListenWhoWasRevokedBeforeTheySaidAnything) {
    serve();
    bell->admit(std::make_shared<Principals>());
    Ear listener(scene);  // ZAP has not heard of it yet.
    listener.link.open(bell->endpoints().front());
    EXPECT_TRUE(scene.until([&] {
        listener.drain();
        return listener.is_down;
    }));
}

TEST(BellListeners, AreCutWhenTheySayTooMuchAndTheOthersHearOn) {
    Scene scene(Scene::Security::none);
    Mailbox<std::string> cuts(10);
    auto bell = Bell::start(scene.context, scene.settings(domain::listeners),
                            [&cuts](std::string_view why, std::string_view) {
                                EXPECT_TRUE(cuts.post(std::string(why)));
                            });
    ASSERT_TRUE(bell) << bell.error().detail;
    Ear honest(scene);
    honest.link.open((*bell)->endpoints().front());
    ASSERT_TRUE(hears(honest, **bell, scene, "before"));

    RawZmtp mad;
    ASSERT_TRUE(mad.connect((*bell)->endpoints().front()));
    ASSERT_TRUE(mad.shake_hands({.socket_type = "SUB", .routing_id = {}}));
    int said = 0;
    while (said < 1'000'000 && mad.send_frame(bytes_of("\1" + std::to_string(said)))) ++said;
    EXPECT_LT(said, 1'000'000) << "it was let go on";
    EXPECT_TRUE(mad.is_closed_within());
    std::vector<std::string> why;
    ASSERT_TRUE(scene.until([&] {
        cuts.take_all(why);
        return !why.empty();
    }));
    EXPECT_EQ(why.front(), "more than 100 subscriptions a second");
    EXPECT_TRUE(hears(honest, **bell, scene, "after"));
    EXPECT_FALSE(honest.is_down);
}

TEST_F(BellTest, StopsAtOnceAndTakesNothingMoreThen) {
    serve();
    bell->stop();
    bell->stop();
    bell->ring({{protocol::bell_topic_all()}, body_of("too late")});
    EXPECT_EQ(bell->dropped(), 1u);
}

TEST_F(BellTest, SaysWhereItCannotRing) {
    serve();
    const auto second =
        Bell::start(scene.context, scene.settings(domain::listeners, {bell->endpoints().front()}));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::in_use);
}

}  // namespace
}  // namespace crier::broker
