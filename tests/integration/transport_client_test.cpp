// A client's attempts: what each cause of failure looks like, and what a connection keeps its word
// about. Method: real sockets on 127.0.0.1 and on paths of the test's own.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/integration/scene.hpp"
#include "tests/support/temporary_directory.hpp"

namespace crier::testing {
namespace {

using broker::domain::operators;
using broker::domain::sessions;

/// A port where something listens that is no broker.
class BareListener {
public:
    BareListener() : descriptor_(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* generic = reinterpret_cast<sockaddr*>(&address);
        EXPECT_EQ(bind(descriptor_, generic, size), 0);
        EXPECT_EQ(listen(descriptor_, 8), 0);
        EXPECT_EQ(getsockname(descriptor_, generic, &size), 0);
        port_ = ntohs(address.sin_port);
    }
    ~BareListener() { close(descriptor_); }
    BareListener(const BareListener&) = delete;
    BareListener& operator=(const BareListener&) = delete;

    [[nodiscard]] std::string endpoint() const {
        return "tcp://127.0.0.1:" + std::to_string(port_);
    }
    /// Accepts whoever is there and closes at once.
    void close_one() const {
        const int accepted = accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC);
        if (accepted >= 0) close(accepted);
    }

private:
    int descriptor_;
    int port_ = 0;
};

/// The error that one attempt ends with; empty code: it came up instead.
Error error_of(Scene& scene, Client& client, const std::string& endpoint) {
    client.open(endpoint);
    EXPECT_TRUE(scene.until([&] { return client.is_up || client.down; }, Milliseconds(6'000)));
    return client.down.value_or(Error{});
}

TEST(ClientLink, ReportsARefusedPortAsUnreachable) {
    Scene scene;
    std::string endpoint;
    {
        auto gone = RouterSocket::bind(scene.context, scene.settings(sessions));
        ASSERT_TRUE(gone);
        endpoint = gone->endpoints().front();
    }
    EXPECT_EQ(error_of(scene, scene.add_client(), endpoint).code, ErrorCode::broker_unreachable);
}

TEST(ClientLink, ReportsAMissingPathAsUnreachable) {
    Scene scene;
    const TemporaryDirectory directory;
    const std::string endpoint = "ipc://" + (directory.path() / "none").string();
    EXPECT_EQ(error_of(scene, scene.add_client(), endpoint).code, ErrorCode::broker_unreachable);
}

TEST(ClientLink, ReportsAnotherServerKey) {
    Scene scene;
    const TemporaryDirectory directory;
    const std::string path = "ipc://" + (directory.path() / "sessions").string();
    Door& door = scene.open(scene.settings(sessions, {"tcp://127.0.0.1:0", path}));
    for (const std::string& endpoint : door.socket.endpoints()) {
        ZmqClientLink::Settings settings;
        settings.keys = ClientKeys{KeyPair::generate().public_key, KeyPair::generate()};
        const Error error = error_of(scene, scene.add_client(settings), endpoint);
        EXPECT_EQ(error.code, ErrorCode::server_key_wrong) << endpoint << ": " << error.detail;
    }
}

TEST(ClientLink, ReportsThatAKeyIsNotAdmitted) {
    Scene scene;
    Door& door = scene.open(operators);
    const Error error = error_of(scene, scene.add_client(), door.endpoint());
    EXPECT_EQ(error.code, ErrorCode::not_admitted);
    EXPECT_NE(error.detail.find("invitation"), std::string::npos) << error.detail;
}

TEST(ClientLink, ReportsAHostThatNobodyKnows) {
    Scene scene;
    const Error error = error_of(scene, scene.add_client(), "tcp://no-such-host.invalid:7411");
    EXPECT_EQ(error.code, ErrorCode::host_unknown);
    EXPECT_NE(error.detail.find("no-such-host.invalid"), std::string::npos) << error.detail;
}

TEST(ClientLink, ReportsTextThatIsNoEndpoint) {
    Scene scene;
    for (const char* text : {"", "nonsense", "tcp://", "tcp://host", "tcp://host:", "tcp://:7411",
                             "tcp://host:99999", "ipc://", "inproc://crier", "udp://1.2.3.4:5"}) {
        EXPECT_EQ(error_of(scene, scene.add_client(), text).code, ErrorCode::host_unknown) << text;
    }
}

TEST(ClientLink, ReportsABrokerWithoutKeysAsAnotherOne) {
    Scene scene(Scene::Security::none);
    Door& door = scene.open(sessions);
    ZmqClientLink::Settings settings;
    settings.keys = ClientKeys{KeyPair::generate().public_key, KeyPair::generate()};
    const Error error = error_of(scene, scene.add_client(settings), door.endpoint());
    EXPECT_EQ(error.code, ErrorCode::server_key_wrong) << error.detail;
}

TEST(ClientLink, ReportsSilenceAsUnreachableWithinItsLimit) {
    Scene scene;
    const BareListener silent;
    ZmqClientLink::Settings settings;
    settings.keys = ClientKeys{scene.broker_keys.public_key, KeyPair::generate()};
    settings.attempt_limit = Milliseconds(300);
    const Error error = error_of(scene, scene.add_client(settings), silent.endpoint());
    EXPECT_EQ(error.code, ErrorCode::broker_unreachable) << error.detail;
}

TEST(ClientLink, ReportsAProxyWithoutABrokerAsUnreachable) {
    Scene scene;
    const BareListener proxy;
    Client& client = scene.add_client();
    client.open(proxy.endpoint());
    ASSERT_TRUE(scene.until([&] {
        proxy.close_one();
        return client.down.has_value();
    }));
    EXPECT_EQ(client.down->code, ErrorCode::broker_unreachable) << client.down->detail;
}

TEST(ClientLink, FindsABrokerByName) {
    Scene scene;
    Door& door = scene.open(sessions);
    const std::string port = door.endpoint().substr(door.endpoint().rfind(':'));
    Client& client = scene.add_client();
    client.open("tcp://localhost" + port);
    EXPECT_TRUE(scene.until([&] { return client.is_up; }));
}

TEST(ClientLink, ExchangesFramesInOrder) {
    Scene scene;
    Door& door = scene.open(sessions);
    Client& client = scene.add_client_to(door, "0");
    for (int number = 1; number < 100; ++number) {
        ASSERT_TRUE(client.send(std::to_string(number)));
    }
    ASSERT_TRUE(scene.until([&] { return door.seen.size() == 100; }));
    for (std::size_t index = 0; index < door.seen.size(); ++index) {
        EXPECT_EQ(door.seen[index].text, std::to_string(index));
        ASSERT_EQ(door.send(door.seen[0].from, door.seen[index].text), SendResult::sent);
    }
    ASSERT_TRUE(scene.until([&] { return client.frames.size() == 100; }));
    for (std::size_t index = 0; index < client.frames.size(); ++index) {
        EXPECT_EQ(client.frames[index], std::to_string(index));
    }
}

TEST(ClientLink, GivesOutWhatCameBeforeTheEndThenTheEndOnce) {
    Scene scene;
    Door& door = scene.open(sessions);
    Client& client = scene.add_client_to(door, "hello");
    ASSERT_EQ(door.send(door.seen[0].from, "goodbye"), SendResult::sent);
    ASSERT_TRUE(scene.until([&] { return !client.frames.empty(); }));
    ASSERT_TRUE(door.seen[0].connection->cut());
    ASSERT_TRUE(scene.until([&] { return client.down.has_value(); }));
    EXPECT_EQ(client.down->code, ErrorCode::broker_unreachable);
    EXPECT_EQ(client.frames, std::vector<std::string>{"goodbye"});
    scene.play_for(Milliseconds(50));
    EXPECT_EQ(client.times_up, 1);
    EXPECT_EQ(client.times_down, 1);
    EXPECT_FALSE(client.send("late"));
}

TEST(ClientLink, ClosesAfterWhatItSentHasLeft) {
    Scene scene;
    Door& door = scene.open(sessions);
    Client& client = scene.add_client_to(door, "hello");
    ASSERT_TRUE(client.send("goodbye"));
    client.link.close();
    EXPECT_TRUE(scene.until([&] { return door.find("goodbye") != nullptr; }));
    EXPECT_EQ(client.times_down, 0);
    EXPECT_TRUE(client.link.descriptors().empty());
    EXPECT_FALSE(client.send("late"));
}

TEST(ClientLink, OpensAgainAfterItHasEnded) {
    Scene scene;
    Door& door = scene.open(sessions);
    Client& client = scene.add_client_to(door, "first");
    ASSERT_TRUE(door.seen[0].connection->cut());
    ASSERT_TRUE(scene.until([&] { return client.down.has_value(); }));
    client.open(door.endpoint());
    ASSERT_TRUE(scene.until([&] { return client.is_up; }));
    ASSERT_TRUE(client.send("second"));
    ASSERT_TRUE(scene.until([&] { return door.find("second") != nullptr; }));
    EXPECT_NE(door.find("second")->from, door.find("first")->from);
}

TEST(ClientLink, DropsAnEarlierConnectionWithoutAnEventWhenItOpensAnew) {
    Scene scene;
    Door& door = scene.open(sessions);
    Client& client = scene.add_client_to(door, "first");
    client.open(door.endpoint());
    ASSERT_TRUE(scene.until([&] { return client.is_up; }));
    EXPECT_EQ(client.times_up, 2);
    EXPECT_EQ(client.times_down, 0);
}

}  // namespace
}  // namespace crier::testing
