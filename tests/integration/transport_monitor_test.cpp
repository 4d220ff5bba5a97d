// The monitor: who says nothing is cut, who is gone is reported, and no storm of connections holds
// the broker up.

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "shared/transport/monitor.hpp"
#include "tests/integration/scene.hpp"
#include "tests/support/raw_zmtp.hpp"

namespace crier::testing {
namespace {

using broker::domain::sessions;
using transport::ConnectionHint;
using transport::Monitor;

/// A scene whose one door is watched. The monitor outlives the door and not the context.
class Watched {
public:
    explicit Watched(Milliseconds first_frame_limit, std::size_t hints_max = 1'000,
                     std::size_t newcomers_max = 0, std::uint64_t bytes_max = 0)
        : hints(hints_max) {
        Monitor::Settings settings;
        settings.first_frame_limit = first_frame_limit;
        settings.newcomers_max = newcomers_max;
        settings.bytes_max = bytes_max;
        monitor.emplace(scene.context, hints, settings);
        auto socket = RouterSocket::bind(scene.context, scene.settings(sessions));
        EXPECT_TRUE(socket);
        door = std::make_unique<Door>(std::move(*socket));
        monitor->watch(door->socket, true);
    }

    [[nodiscard]] bool until(const std::function<bool()>& is_so) {
        return scene.until([&] {
            door->receive();
            hints.take_all(taken);
            return is_so();
        });
    }
    /// Reports the first frame of the connection whose frame the door has seen last.
    Connection report_first_frame() {
        const auto has_come = [&] { return !door->seen.empty() && door->seen.back().connection; };
        if (!until(has_come)) throw std::runtime_error("the door has seen no frame");
        const Connection connection = *door->seen.back().connection;
        monitor->first_frame(connection);
        return connection;
    }
    Client& connect() {
        Client& client = scene.add_client();
        client.open(door->endpoint());
        EXPECT_TRUE(until([&] { return client.is_up; }));
        return client;
    }

    Scene scene{Scene::Security::none};
    Mailbox<ConnectionHint> hints;
    std::vector<ConnectionHint> taken;
    std::optional<Monitor> monitor;
    std::unique_ptr<Door> door;
};

TEST(Monitor, CutsAConnectionThatNeverSendsAFrame) {
    Watched watched(Milliseconds(200));
    Client& client = watched.connect();
    ASSERT_TRUE(watched.until([&] { return client.down.has_value(); }));
    ASSERT_TRUE(watched.until([&] { return !watched.taken.empty(); }));
    EXPECT_EQ(watched.taken[0].kind, ConnectionHint::Kind::silent);
}

TEST(Monitor, SparesAConnectionWhoseFirstFrameWasReported) {
    Watched watched(Milliseconds(300));
    Client& spoke = watched.connect();
    ASSERT_TRUE(spoke.send("hello"));
    watched.report_first_frame();
    Client& silent = watched.connect();
    ASSERT_TRUE(watched.until([&] { return silent.down.has_value(); }));
    EXPECT_TRUE(spoke.is_up);
    EXPECT_EQ(watched.door->send(watched.door->seen[0].from, "x"), SendResult::sent);
    EXPECT_TRUE(watched.until([&] { return watched.monitor->connections() == 1; }));
}

TEST(Monitor, HintsAtTheEndOfAConnection) {
    Watched watched(Milliseconds(5'000));
    Client& client = watched.connect();
    ASSERT_TRUE(client.send("hello"));
    const Connection connection = watched.report_first_frame();
    EXPECT_TRUE(watched.until([&] { return watched.monitor->connections() == 1; }));
    client.link.close();
    ASSERT_TRUE(watched.until([&] { return !watched.taken.empty(); }));
    EXPECT_EQ(watched.taken[0], (ConnectionHint{ConnectionHint::Kind::disconnected,
                                                connection.descriptor(), connection.cookie()}));
}

/// What two doors tell of comes in any order, and a number that was of the one is soon of the
/// other.
TEST(Monitor, WatchesWhoeverHasTheNumberOfAConnectionOfAnotherDoor) {
    Watched watched(Milliseconds(1'000));
    // Watched later, so that what it tells is read later.
    auto socket = RouterSocket::bind(watched.scene.context, watched.scene.settings(sessions));
    ASSERT_TRUE(socket);
    Door other(std::move(*socket));
    watched.monitor->watch(other.socket);
    constexpr std::size_t rounds = 400;
    std::vector<RawZmtp> silent(rounds);
    for (RawZmtp& one : silent) {
        RawZmtp before;
        ASSERT_TRUE(before.connect(other.endpoint()));
        const linger at_once{1, 0};
        setsockopt(before.descriptor(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        before.close();
        ASSERT_TRUE(one.connect(watched.door->endpoint()));
    }
    for (RawZmtp& one : silent) ASSERT_TRUE(one.is_closed_within());
}

TEST(Monitor, CountsWhoHasProvedSomething) {
    Watched watched(Milliseconds(60'000));
    std::array<RawZmtp, 5> strangers;
    for (RawZmtp& one : strangers) ASSERT_TRUE(one.connect(watched.door->endpoint()));
    Client& client = watched.connect();
    ASSERT_TRUE(client.send("hello"));
    watched.report_first_frame();
    ASSERT_TRUE(watched.until([&] { return watched.monitor->connections() == 1; }));
    client.link.close();
    EXPECT_TRUE(watched.until([&] { return watched.monitor->connections() == 0; }));
}

TEST(Monitor, TellsOfWhateverHasGrown) {
    constexpr std::uint64_t bytes_max = 400'000;
    Watched watched(Milliseconds(60'000), 1'000, 0, bytes_max);
    RawZmtp peer;
    ASSERT_TRUE(peer.connect(watched.door->endpoint()));
    ASSERT_TRUE(peer.shake_hands());
    ASSERT_TRUE(peer.send_frame(std::vector<std::uint8_t>(5, 'x')));
    const Connection connection = watched.report_first_frame();
    for (std::size_t growths = 1; growths <= 3; ++growths) {
        // Less than too much a second: the next comes when the one before was told of.
        ASSERT_TRUE(peer.send_frame(std::vector<std::uint8_t>(60'000, 'x'), true));
        ASSERT_TRUE(peer.send_frame(std::vector<std::uint8_t>(60'000, 'x'), true));
        ASSERT_TRUE(watched.until([&] { return watched.taken.size() == growths; }));
        EXPECT_EQ(watched.taken.back().kind, ConnectionHint::Kind::growing);
        EXPECT_EQ(watched.taken.back().cookie, connection.cookie());
    }
}

TEST(Monitor, HintsAtTheEndOfAConnectionThatWasOverBeforeItsFirstFrameWasRead) {
    Watched watched(Milliseconds(5'000));
    Client& client = watched.connect();
    ASSERT_TRUE(client.send("hello"));
    ASSERT_TRUE(watched.until([&] { return !watched.door->seen.empty(); }));
    const Connection connection = *watched.door->seen[0].connection;
    client.link.close();
    ASSERT_TRUE(watched.until([&] { return watched.monitor->connections() == 0; }));
    watched.monitor->first_frame(connection);
    ASSERT_TRUE(watched.until([&] { return !watched.taken.empty(); }));
    EXPECT_EQ(watched.taken[0].descriptor, connection.descriptor());
}

TEST(Monitor, CutsWhoeverIsOneTooManyFromOnePlace) {
    Watched watched(Milliseconds(5'000), 1'000, 2);
    Client& honest = watched.connect();
    ASSERT_TRUE(honest.send("hello"));
    watched.report_first_frame();
    std::array<RawZmtp, 4> crowd;
    for (RawZmtp& one : crowd) ASSERT_TRUE(one.connect(watched.door->endpoint()));
    EXPECT_TRUE(crowd[2].is_closed_within());
    EXPECT_TRUE(crowd[3].is_closed_within());
    RawZmtp elsewhere;
    ASSERT_TRUE(elsewhere.connect(watched.door->endpoint(), "127.0.0.2"));
    EXPECT_TRUE(elsewhere.shake_hands());
    EXPECT_TRUE(crowd[0].shake_hands());
    ASSERT_TRUE(watched.until([&] { return !watched.taken.empty(); }));
    EXPECT_EQ(watched.taken[0].kind, ConnectionHint::Kind::crowded);
    EXPECT_EQ(watched.taken[0].place, "127.0.0.1");
    EXPECT_TRUE(honest.is_up);
}

/// Part after part of a message that never ends, until nobody reads it. Returns how many bytes that
/// was.
std::uint64_t send_without_end(RawZmtp& peer) {
    constexpr std::uint64_t much = std::uint64_t{1} << 30;
    peer.limit_sends(Limit(500));
    const std::vector<std::uint8_t> part(60'000, 'x');
    std::uint64_t sent = 0;
    while (sent < much && peer.send_frame(part, true)) sent += part.size();
    return sent < much ? sent : 0;
}

TEST(Monitor, CutsWhoeverNeverEndsAMessage) {
    constexpr std::uint64_t bytes_max = 1'000'000;
    Watched watched(Milliseconds(60'000), 1'000, 0, bytes_max);
    for (const bool has_spoken : {false, true}) {
        RawZmtp peer;
        ASSERT_TRUE(peer.connect(watched.door->endpoint()));
        ASSERT_TRUE(peer.shake_hands());
        watched.door->seen.clear();
        if (has_spoken) {
            ASSERT_TRUE(peer.send_frame(std::vector<std::uint8_t>(5, 'x')));
            watched.report_first_frame();
        }
        watched.taken.clear();
        EXPECT_GT(send_without_end(peer), bytes_max);
        EXPECT_TRUE(peer.is_closed_within());
        EXPECT_TRUE(watched.until([&] {
            return std::any_of(watched.taken.begin(), watched.taken.end(), [](const auto& hint) {
                return hint.kind == ConnectionHint::Kind::flooding;
            });
        }));
    }
}

TEST(Monitor, SparesWhoeverSendsLessThanTooMuchASecond) {
    constexpr std::uint64_t bytes_max = 1'000'000;
    Watched watched(Milliseconds(60'000), 1'000, 0, bytes_max);
    RawZmtp peer;
    ASSERT_TRUE(peer.connect(watched.door->endpoint()));
    ASSERT_TRUE(peer.shake_hands());
    constexpr std::size_t frame_bytes = 40'000;
    // In all more than the limit, and in each second less.
    for (std::size_t sent = 0; sent < 2 * bytes_max; sent += frame_bytes) {
        ASSERT_TRUE(peer.send_frame(std::vector<std::uint8_t>(frame_bytes, 'x')));
        watched.door->seen.clear();
        ASSERT_TRUE(watched.until([&] { return !watched.door->seen.empty(); }));
        watched.monitor->first_frame(*watched.door->seen[0].connection);
        EXPECT_FALSE(peer.is_closed_within(Limit(50)));
    }
}

TEST(Monitor, TellsWhyAHandshakeFailed) {
    Watched watched(Milliseconds(5'000));
    for (int count = 0; count < 3; ++count) {
        RawZmtp junk;
        ASSERT_TRUE(junk.connect(watched.door->endpoint()));
        junk.send_raw(RawZmtp::greeting_of("PLAIN"));
        ASSERT_TRUE(junk.is_closed_within());
    }
    ASSERT_TRUE(watched.until([&] { return !watched.taken.empty(); }));
    EXPECT_EQ(watched.taken[0].kind, ConnectionHint::Kind::failed);
    EXPECT_EQ(watched.taken[0].reason, "broken off");
}

TEST(Monitor, HoldsNobodyUpInAStormOfConnections) {
    // Room for one hint, and nobody takes it: 2,500 connections are far more than libzmq's own
    // queue of events has room for.
    Watched watched(Milliseconds(5'000), 1);
    Client& honest = watched.connect();
    ASSERT_TRUE(honest.send("hello"));
    watched.report_first_frame();
    for (int number = 0; number < 2'500; ++number) {
        RawZmtp junk;
        ASSERT_TRUE(junk.connect(watched.door->endpoint()));
        junk.send_raw(bytes_of("GET / HTTP/1.0\r\n\r\n"));
    }
    for (int number = 0; number < 10; ++number) {
        ASSERT_EQ(watched.door->send(watched.door->seen[0].from, "x"), SendResult::sent);
        ASSERT_TRUE(watched.scene.until(
            [&] { return honest.frames.size() == static_cast<std::size_t>(number) + 1; }));
    }
    Client& newcomer = watched.connect();
    ASSERT_TRUE(newcomer.send("hello"));
    ASSERT_TRUE(watched.until([&] { return watched.door->seen.size() == 2; }));
    watched.monitor->first_frame(*watched.door->seen[1].connection);
    EXPECT_TRUE(watched.until([&] { return watched.monitor->connections() == 2; }));
}

}  // namespace
}  // namespace crier::testing
