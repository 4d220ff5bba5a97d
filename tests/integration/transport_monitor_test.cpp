// The monitor: who says nothing is cut, who is gone is reported, and no storm of connections holds
// the broker up.

#include <gtest/gtest.h>

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
    explicit Watched(Milliseconds first_frame_limit, std::size_t hints_max = 1'000)
        : hints(hints_max) {
        Monitor::Settings settings;
        settings.first_frame_limit = first_frame_limit;
        monitor.emplace(scene.context, hints, settings);
        auto socket = RouterSocket::bind(scene.context, scene.settings(sessions));
        EXPECT_TRUE(socket);
        door = std::make_unique<Door>(std::move(*socket));
        monitor->watch(door->socket);
    }

    [[nodiscard]] bool until(const std::function<bool()>& is_so) {
        return scene.until([&] {
            door->receive();
            hints.take_all(taken);
            return is_so();
        });
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
    EXPECT_TRUE(watched.until([&] { return watched.monitor->connections() == 0; }));
}

TEST(Monitor, SparesAConnectionWhoseFirstFrameWasReported) {
    Watched watched(Milliseconds(300));
    Client& spoke = watched.connect();
    ASSERT_TRUE(spoke.send("hello"));
    ASSERT_TRUE(watched.until([&] { return !watched.door->seen.empty(); }));
    watched.monitor->first_frame(*watched.door->seen[0].connection);
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
    ASSERT_TRUE(watched.until([&] { return !watched.door->seen.empty(); }));
    const Connection connection = *watched.door->seen[0].connection;
    watched.monitor->first_frame(connection);
    EXPECT_TRUE(watched.until([&] { return watched.monitor->connections() == 1; }));
    client.link.close();
    ASSERT_TRUE(watched.until([&] { return !watched.taken.empty(); }));
    EXPECT_EQ(watched.taken[0],
              (ConnectionHint{ConnectionHint::Kind::disconnected, connection.descriptor()}));
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

TEST(Monitor, HoldsNobodyUpInAStormOfConnections) {
    // Room for one hint, and nobody takes it: 2,500 connections are far more than libzmq's own
    // queue of events has room for.
    Watched watched(Milliseconds(5'000), 1);
    Client& honest = watched.connect();
    ASSERT_TRUE(honest.send("hello"));
    ASSERT_TRUE(watched.until([&] { return !watched.door->seen.empty(); }));
    watched.monitor->first_frame(*watched.door->seen[0].connection);
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
    EXPECT_TRUE(newcomer.is_up);
    EXPECT_TRUE(watched.until([&] { return watched.monitor->connections() == 2; }));
}

}  // namespace
}  // namespace crier::testing
