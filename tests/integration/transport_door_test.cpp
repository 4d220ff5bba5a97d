// The broker's sockets: whose frames come in under which name, what a peer can do to others
// (nothing), and how it is cut.
// Method: real sockets; peers that break rules speak ZMTP by hand.

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "shared/base/limits.hpp"
#include "shared/transport/zap_socket.hpp"
#include "tests/integration/scene.hpp"
#include "tests/support/raw_zmtp.hpp"
#include "tests/support/temporary_directory.hpp"

namespace crier::testing {
namespace {

using broker::domain::sessions;

/// Shakes hands by hand while the scene goes on.
RawZmtp raw_peer(Door& door, const std::string& claimed = "") {
    RawZmtp peer;
    EXPECT_TRUE(peer.connect(door.endpoint()));
    EXPECT_TRUE(peer.shake_hands({.socket_type = "DEALER", .routing_id = claimed}));
    return peer;
}

std::string claim_of(const RoutingId& id) {
    return {id.bytes.begin(), id.bytes.end()};
}

TEST(Door, ReportsTheRealPort) {
    Scene scene;
    const TemporaryDirectory directory;
    const std::string path = "ipc://" + (directory.path() / "s").string();
    Door& door = scene.open(scene.settings(sessions, {"tcp://127.0.0.1:0", path}));
    ASSERT_EQ(door.socket.endpoints().size(), 2u);
    EXPECT_EQ(door.endpoint().substr(0, 16), "tcp://127.0.0.1:");
    EXPECT_GT(std::stoi(door.endpoint().substr(16)), 0);
    EXPECT_EQ(door.socket.endpoints()[1], path);
}

TEST(Door, RefusesEndpointsThatCannotBeBound) {
    Scene scene;
    Door& door = scene.open(sessions);
    const auto taken =
        RouterSocket::bind(scene.context, scene.settings(sessions, {door.endpoint()}));
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().code, ErrorCode::in_use) << taken.error().detail;
    for (const std::string& endpoint :
         {std::string("tcp://no-such-interface:0"), std::string("tcp://192.0.2.1:0"),
          std::string("inproc://crier"), std::string("nonsense"), "ipc://" + std::string(200, 'x'),
          std::string("ipc:///no/such/folder/socket")}) {
        const auto bad = RouterSocket::bind(scene.context, scene.settings(sessions, {endpoint}));
        ASSERT_FALSE(bad) << endpoint;
        EXPECT_EQ(bad.error().code, ErrorCode::configuration_invalid) << bad.error().detail;
    }
}

TEST(Door, LetsEveryoneOfThisMachineKnockAtAPath) {
    Scene scene;
    const TemporaryDirectory directory;
    const std::string path = directory.path() / "s";
    scene.open(scene.settings(sessions, {"ipc://" + path}));
    struct stat facts {};
    ASSERT_EQ(stat(path.c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777u, 0666u);
}

TEST(Door, NamesEachConnectionByAnIdOfItsOwnAndSaysWhoseKeyItIs) {
    Scene scene;
    Door& door = scene.open(sessions);
    const KeyPair keys = KeyPair::generate();
    for (const char* text : {"one", "two"}) {
        Client& client = scene.add_client(keys);
        client.open(door.endpoint());
        ASSERT_TRUE(scene.until([&] { return client.is_up; }));
        ASSERT_TRUE(client.send(text));
        ASSERT_TRUE(scene.until([&] { return door.find(text) != nullptr; }));
    }
    EXPECT_NE(door.find("one")->from, door.find("two")->from);
    EXPECT_EQ(door.find("one")->session_id, to_string(session_id_of(keys.public_key)));
    EXPECT_EQ(door.find("two")->session_id, door.find("one")->session_id);
    EXPECT_EQ(door.find("one")->key, detail::to_hex(keys.public_key));
    EXPECT_EQ(door.find("one")->address, "127.0.0.1");
}

TEST(Door, SaysWhichAccountIsAtTheOtherEndOfAPath) {
    Scene scene;
    const TemporaryDirectory directory;
    Door& door =
        scene.open(scene.settings(sessions, {"ipc://" + (directory.path() / "s").string()}));
    scene.add_client_to(door, "hello");
    EXPECT_EQ(door.seen[0].address, "localhost:" + std::to_string(geteuid()) + ":" +
                                        std::to_string(getegid()) + ":" + std::to_string(getpid()));
    EXPECT_TRUE(door.seen[0].connection);
}

TEST(Door, DoesNotObeyAClaimedRoutingId) {
    Scene scene(Scene::Security::none);
    Door& door = scene.open(sessions);
    Client& victim = scene.add_client_to(door, "victim");
    const RoutingId victims_id = door.seen[0].from;

    RawZmtp claimant = raw_peer(door, claim_of(victims_id));
    ASSERT_TRUE(claimant.send_frame(bytes_of("claimant")));
    ASSERT_TRUE(scene.until([&] { return door.find("claimant") != nullptr; }));
    EXPECT_EQ(door.find("claimant")->kind, Arrival::Kind::frame);
    EXPECT_NE(door.find("claimant")->from, victims_id);

    ASSERT_EQ(door.send(victims_id, "for the victim"), SendResult::sent);
    ASSERT_EQ(door.send(door.find("claimant")->from, "for the claimant"), SendResult::sent);
    ASSERT_TRUE(scene.until([&] { return !victim.frames.empty(); }));
    EXPECT_EQ(victim.frames, std::vector<std::string>{"for the victim"});
    const auto heard = claimant.receive_frame();
    ASSERT_TRUE(heard);
    EXPECT_EQ(text_of(heard->body), "for the claimant");
}

TEST(Door, ReadsBothOfTwoThatClaimTheSameId) {
    Scene scene(Scene::Security::none);
    Door& door = scene.open(sessions);
    RawZmtp first = raw_peer(door, "the same for both");
    RawZmtp second = raw_peer(door, "the same for both");
    ASSERT_TRUE(second.send_frame(bytes_of("second")));
    ASSERT_TRUE(first.send_frame(bytes_of("first")));
    ASSERT_TRUE(scene.until([&] { return door.seen.size() == 2; }));
    EXPECT_NE(door.seen[0].from, door.seen[1].from);
}

TEST(Door, SurvivesManyClaimsAndStillLetsOthersIn) {
    Scene scene(Scene::Security::none);
    Door& door = scene.open(sessions);
    std::vector<RawZmtp> claimants;
    for (std::size_t number = 0; number < 10; ++number) {
        claimants.push_back(raw_peer(door, std::string(1 + 28 * number, 'x')));
    }
    for (RawZmtp& claimant : claimants) ASSERT_TRUE(claimant.send_frame(bytes_of("x")));
    scene.add_client_to(door, "honest");
    ASSERT_TRUE(scene.until([&] { return door.seen.size() == 11; }));
    std::set<RoutingId> ids;
    for (const Seen& seen : door.seen) ids.insert(seen.from);
    EXPECT_EQ(ids.size(), 11u);
}

TEST(Door, ReportsFramesOfAConnectionThatNobodyPinned) {
    Scene scene(Scene::Security::none, Scene::Zap::absent);
    auto zap = transport::ZapSocket::open(scene.context);
    ASSERT_TRUE(zap);
    Door& door = scene.open(sessions);
    Client& client = scene.add_client();
    client.open(door.endpoint());
    ASSERT_TRUE(scene.until([&] {
        if (const auto request = zap->receive()) {
            zap->reply(*request, {transport::ZapReply::Verdict::admitted, "", {}});
        }
        return client.is_up;
    }));
    ASSERT_TRUE(client.send("hello"));
    ASSERT_TRUE(scene.until([&] { return !door.seen.empty(); }));
    EXPECT_EQ(door.seen[0].kind, Arrival::Kind::impostor);
    ASSERT_TRUE(door.seen[0].connection);
    EXPECT_TRUE(door.seen[0].connection->cut());
    EXPECT_TRUE(scene.until([&] { return client.down.has_value(); }));
}

TEST(Door, ReportsMessagesOfSeveralPartsAndDropsThemWhole) {
    Scene scene(Scene::Security::none);
    Door& door = scene.open(sessions);
    RawZmtp peer = raw_peer(door);
    ASSERT_TRUE(peer.send_frame(bytes_of("one"), true));
    ASSERT_TRUE(peer.send_frame(bytes_of("two"), true));
    ASSERT_TRUE(peer.send_frame(bytes_of("three")));
    ASSERT_TRUE(peer.send_frame(bytes_of("whole")));
    ASSERT_TRUE(scene.until([&] { return door.find("whole") != nullptr; }));
    ASSERT_EQ(door.seen.size(), 2u);
    EXPECT_EQ(door.seen[0].kind, Arrival::Kind::misshapen);
    EXPECT_EQ(door.seen[0].from, door.seen[1].from);
    EXPECT_EQ(door.seen[1].kind, Arrival::Kind::frame);
}

TEST(Door, TakesTheLongestFrameAndEndsTheConnectionOfALongerOne) {
    for (const auto security : {Scene::Security::curve, Scene::Security::none}) {
        Scene scene(security);
        Door& door = scene.open(sessions);
        Client& client = scene.add_client_to(door, "hello");
        Client& other = scene.add_client_to(door, "other");
        ASSERT_TRUE(client.send(std::string(limits::frame_bytes_max, 'x')));
        ASSERT_TRUE(scene.until([&] { return door.seen.size() == 3; }));
        EXPECT_EQ(door.seen[2].text.size(), limits::frame_bytes_max);
        ASSERT_TRUE(client.send(std::string(limits::frame_bytes_max + 1, 'x')));
        ASSERT_TRUE(scene.until([&] { return client.down.has_value(); }));
        EXPECT_EQ(door.seen.size(), 3u);
        EXPECT_TRUE(other.is_up);
    }
}

TEST(Door, EndsAConnectionThatOnlyAnnouncesAHugeFrame) {
    Scene scene(Scene::Security::none);
    Door& door = scene.open(sessions);
    RawZmtp peer = raw_peer(door);
    ASSERT_TRUE(peer.send_head(std::uint64_t{1} << 62));
    EXPECT_TRUE(peer.is_closed_within());
}

TEST(Door, SaysThatOnePipeIsFullAndServesTheOthers) {
    Scene scene(Scene::Security::none);
    DoorSettings settings = scene.settings(sessions);
    settings.send_hwm = 8;
    Door& door = scene.open(settings);
    RawZmtp stuck = raw_peer(door);  // never reads
    ASSERT_TRUE(stuck.send_frame(bytes_of("stuck")));
    ASSERT_TRUE(scene.until([&] { return door.find("stuck") != nullptr; }));
    Client& other = scene.add_client_to(door, "other");
    const RoutingId stuck_id = door.find("stuck")->from;
    const RoutingId other_id = door.find("other")->from;

    const Frame frame(Bytes(limits::frame_bytes_max, 'x'));
    SendResult result = SendResult::sent;
    // The kernel's buffers take some before the pipe fills; they are finite.
    ASSERT_TRUE(scene.until([&] {
        result = door.socket.send(stuck_id, frame);
        return result != SendResult::sent;
    }));
    EXPECT_EQ(result, SendResult::would_block);
    for (int number = 0; number < 50; ++number) {
        ASSERT_EQ(door.send(other_id, "news"), SendResult::sent);
        ASSERT_TRUE(scene.until(
            [&] { return other.frames.size() == static_cast<std::size_t>(number) + 1; }));
    }
    EXPECT_EQ(door.socket.send(stuck_id, frame), SendResult::would_block);
}

TEST(Door, SaysThatAPeerIsGone) {
    Scene scene;
    Door& door = scene.open(sessions);
    Client& client = scene.add_client_to(door, "hello");
    const RoutingId id = door.seen[0].from;
    EXPECT_EQ(door.send(id, "x"), SendResult::sent);
    EXPECT_EQ(door.send(RoutingId{}, "x"), SendResult::gone);
    client.link.close();
    EXPECT_TRUE(scene.until([&] { return door.send(id, "x") == SendResult::gone; }));
}

TEST(Door, SendsOneFrameToManyByReference) {
    Scene scene;
    Door& door = scene.open(sessions);
    for (int number = 0; number < 10; ++number) scene.add_client_to(door, std::to_string(number));
    const std::string text(10'000, 'x');
    {
        const Frame frame(bytes_of(text));
        for (const Seen& seen : door.seen) {
            ASSERT_EQ(door.socket.send(seen.from, frame), SendResult::sent);
        }
        EXPECT_EQ(text_of(frame.bytes()), text);
    }
    ASSERT_TRUE(scene.until([&] {
        return std::all_of(scene.clients.begin(), scene.clients.end(), [&](const auto& client) {
            return client->frames == std::vector<std::string>{text};
        });
    }));
}

TEST(Door, ClosesSilentConnectionsAtTheHandshakeLimit) {
    Scene scene;
    DoorSettings settings = scene.settings(sessions);
    settings.handshake_limit = Milliseconds(200);
    Door& door = scene.open(settings);
    std::vector<RawZmtp> silent(20);
    for (RawZmtp& peer : silent) ASSERT_TRUE(peer.connect(door.endpoint()));
    for (RawZmtp& peer : silent) EXPECT_TRUE(peer.is_closed_within());
}

TEST(Door, EndsConnectionsOnceWhatWasSentHasLeft) {
    Scene scene;
    Door& door = scene.open(sessions);
    Client& client = scene.add_client_to(door, "hello");
    for (int number = 0; number < 100; ++number) {
        ASSERT_EQ(door.send(door.seen[0].from, "goodbye"), SendResult::sent);
    }
    RouterSocket last = std::move(door.socket);
    last.close(Milliseconds(1'000));
    ASSERT_TRUE(scene.until([&] { return client.down.has_value(); }));
    EXPECT_EQ(client.frames.size(), 100u);
}

TEST(Door, KeepsConnectionsButLetsNobodyNewInOnceZapHasStopped) {
    Scene scene;
    Door& door = scene.open(sessions);
    Client& client = scene.add_client_to(door, "hello");
    scene.zap().stop();
    ZmqClientLink::Settings impatient;
    impatient.keys = ClientKeys{scene.broker_keys.public_key, KeyPair::generate()};
    impatient.attempt_limit = Milliseconds(500);
    Client& late = scene.add_client(impatient);
    late.open(door.endpoint());
    ASSERT_TRUE(scene.until([&] { return late.is_up || late.down; }));
    ASSERT_FALSE(late.is_up);
    EXPECT_EQ(late.down->code, ErrorCode::broker_unreachable) << late.down->detail;
    ASSERT_EQ(door.send(door.seen[0].from, "still here"), SendResult::sent);
    EXPECT_TRUE(scene.until([&] { return !client.frames.empty(); }));
}

TEST(Cut, ClosesThatConnectionAndNoOther) {
    Scene scene;
    Door& door = scene.open(sessions);
    Client& first = scene.add_client_to(door, "first");
    Client& second = scene.add_client_to(door, "second");
    ASSERT_TRUE(door.find("first")->connection);
    EXPECT_TRUE(door.find("first")->connection->cut());
    ASSERT_TRUE(scene.until([&] { return first.down.has_value(); }));
    EXPECT_TRUE(
        scene.until([&] { return door.send(door.find("first")->from, "x") == SendResult::gone; }));
    EXPECT_EQ(door.send(door.find("second")->from, "x"), SendResult::sent);
    EXPECT_TRUE(scene.until([&] { return !second.frames.empty(); }));
    EXPECT_TRUE(second.is_up);
}

TEST(Cut, SparesTheNewcomerThatGotTheDescriptorsNumber) {
    Scene scene(Scene::Security::none);
    const int any = scene.zap().ended_descriptor();
    const int low = dup(any);
    Door& door = scene.open(sessions);
    std::optional<RawZmtp> first = raw_peer(door);
    ASSERT_TRUE(first->send_frame(bytes_of("first")));
    ASSERT_TRUE(scene.until([&] { return door.find("first") != nullptr; }));
    const Connection old = *door.find("first")->connection;
    first.reset();
    ASSERT_TRUE(
        scene.until([&] { return door.send(door.find("first")->from, "x") == SendResult::gone; }));

    // The lowest free numbers are given out next: `low` to the newcomer's end, the old one to ours.
    std::vector<int> taken;
    while (taken.empty() || taken.back() < old.descriptor()) taken.push_back(dup(any));
    ASSERT_EQ(taken.back(), old.descriptor());
    ASSERT_EQ(close(taken.back()), 0);
    taken.pop_back();
    ASSERT_EQ(close(low), 0);
    RawZmtp heir = raw_peer(door);
    ASSERT_TRUE(heir.send_frame(bytes_of("heir")));
    ASSERT_TRUE(scene.until([&] { return door.find("heir") != nullptr; }));
    ASSERT_EQ(door.find("heir")->connection->descriptor(), old.descriptor());

    EXPECT_FALSE(old.cut());
    ASSERT_EQ(door.send(door.find("heir")->from, "still here"), SendResult::sent);
    EXPECT_TRUE(heir.receive_frame());
    for (const int number : taken) close(number);
}

}  // namespace
}  // namespace crier::testing
