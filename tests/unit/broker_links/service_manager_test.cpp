// ServiceManager: the words of sd_notify(3), on a datagram socket of the test's own.

#include "broker/service_manager.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "tests/support/temporary_directory.hpp"

namespace crier::broker {
namespace {

class ServiceManagerTest : public ::testing::Test {
protected:
    ~ServiceManagerTest() override {
        for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) unsetenv(name);
        if (listening >= 0) close(listening);
    }

    /// `address` as $NOTIFY_SOCKET has it.
    void listen_at(const std::string& address) {
        listening = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        sockaddr_un name{};
        name.sun_family = AF_UNIX;
        std::memcpy(name.sun_path, address.data(), address.size());
        if (name.sun_path[0] == '@') name.sun_path[0] = '\0';
        const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size());
        ASSERT_EQ(bind(listening, reinterpret_cast<const sockaddr*>(&name), size), 0);
        setenv("NOTIFY_SOCKET", address.c_str(), 1);
    }

    std::string heard() {
        std::array<char, 256> text{};
        const ssize_t got = recv(listening, text.data(), text.size(), 0);
        return got < 0 ? "nothing" : std::string(text.data(), static_cast<std::size_t>(got));
    }

    testing::TemporaryDirectory folder;
    int listening = -1;
};

TEST_F(ServiceManagerTest, HearsWhenTheBrokerServesAndStops) {
    listen_at((folder.path() / "notify").string());
    ServiceManager manager;
    EXPECT_EQ(heard(), "nothing");
    manager.ready("serving");
    EXPECT_EQ(heard(), "READY=1\nSTATUS=serving");
    manager.alive();
    EXPECT_EQ(heard(), "WATCHDOG=1");
    manager.stopping();
    EXPECT_EQ(heard(), "STOPPING=1");
}

TEST_F(ServiceManagerTest, MayListenAtAnAbstractAddress) {
    listen_at("@crier-test-" + std::to_string(getpid()));
    ServiceManager manager;
    manager.ready("x");
    EXPECT_EQ(heard(), "READY=1\nSTATUS=x");
}

TEST_F(ServiceManagerTest, MayBeAbsentOrOutOfItsMind) {
    ServiceManager().ready("nobody hears");
    setenv("NOTIFY_SOCKET", (folder.path() / "nobody").c_str(), 1);
    ServiceManager().ready("nobody hears");
    setenv("NOTIFY_SOCKET", ("/" + std::string(300, 'x')).c_str(), 1);
    ServiceManager().ready("nobody hears");
    setenv("NOTIFY_SOCKET", "no address", 1);
    ServiceManager().ready("nobody hears");
}

TEST_F(ServiceManagerTest, IsToldTwiceAsOftenAsItsWatchdogAsks) {
    EXPECT_EQ(ServiceManager().alive_period(), std::nullopt);
    setenv("WATCHDOG_USEC", "30000000", 1);
    EXPECT_EQ(ServiceManager().alive_period(), Milliseconds{15'000});
    setenv("WATCHDOG_PID", std::to_string(getpid()).c_str(), 1);
    EXPECT_EQ(ServiceManager().alive_period(), Milliseconds{15'000});
    setenv("WATCHDOG_PID", "1", 1);
    EXPECT_EQ(ServiceManager().alive_period(), std::nullopt);
}

TEST_F(ServiceManagerTest, TakesAWatchdogTimeThatIsNoneForNone) {
    for (const char* text : {"", "soon", "-1", "0", "99999999999999999999"}) {
        setenv("WATCHDOG_USEC", text, 1);
        EXPECT_EQ(ServiceManager().alive_period(), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace crier::broker
