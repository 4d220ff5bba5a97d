// Endpoints, taken apart and resolved. Only names that every machine knows are looked up.

#include "shared/transport/resolver.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <iterator>
#include <thread>

namespace crier::transport {
namespace {

Addresses wait_for(Resolution& resolution) {
    pollfd item{resolution.descriptor(), POLLIN, 0};
    EXPECT_EQ(poll(&item, 1, 20'000), 1);
    std::optional<Addresses> answer = resolution.take();
    if (!answer) return fail(ErrorCode::timed_out, "no answer");
    return *answer;
}

std::ptrdiff_t threads_of_this_process() {
    using Entries = std::filesystem::directory_iterator;
    return std::distance(Entries("/proc/self/task"), Entries());
}

bool until(const std::function<bool()>& is_so) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!is_so()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::yield();
    }
    return true;
}

Addresses resolve(const std::string& endpoint) {
    const auto place = parse_endpoint(endpoint);
    if (!place) return fail(place.error());
    Resolution resolution(endpoint, *place);
    return wait_for(resolution);
}

TEST(Endpoint, HasAHostAndAPort) {
    const auto place = parse_endpoint("tcp://broker.example:7411");
    ASSERT_TRUE(place);
    EXPECT_EQ(place->host, "broker.example");
    EXPECT_EQ(place->port, "7411");
    EXPECT_FALSE(place->is_ipc);
    EXPECT_EQ(parse_endpoint("tcp://[2001:db8::1]:7411")->host, "2001:db8::1");
    EXPECT_TRUE(parse_endpoint("ipc:///run/crier/sessions")->is_ipc);
}

TEST(Endpoint, IsRefusedInAnyOtherForm) {
    for (const char* text : {"", "tcp://", "tcp://x", "tcp://:1", "tcp://x:", "tcp://x:65536",
                             "tcp://x:-1", "tcp://x:1x", "tcp://[]:1", "ipc://", "udp://x:1"}) {
        const auto place = parse_endpoint(text);
        ASSERT_FALSE(place) << text;
        EXPECT_EQ(place.error().code, ErrorCode::host_unknown);
    }
}

TEST(Resolver, LeavesAddressesAndPathsAsTheyAre) {
    using List = std::vector<std::string>;
    EXPECT_EQ(resolve("tcp://127.0.0.1:7411"), List{"tcp://127.0.0.1:7411"});
    EXPECT_EQ(resolve("tcp://[::1]:7411"), List{"tcp://[::1]:7411"});
    EXPECT_EQ(resolve("ipc:///run/crier/sessions"), List{"ipc:///run/crier/sessions"});
}

TEST(Resolver, KnowsThisMachineByName) {
    using List = std::vector<std::string>;
    EXPECT_EQ(resolve("tcp://localhost:7411"), (List{"tcp://127.0.0.1:7411", "tcp://[::1]:7411"}));
}

TEST(Resolver, SaysThatANameIsNotKnown) {
    const Addresses addresses = resolve("tcp://no-such-host.invalid:7411");
    ASSERT_FALSE(addresses);
    EXPECT_EQ(addresses.error().code, ErrorCode::host_unknown);
}

TEST(Resolver, MayBeForgottenWhileItAsks) {
    const auto place = parse_endpoint("tcp://no-such-host.invalid:7411");
    for (int number = 0; number < 5; ++number) {
        const Resolution forgotten("tcp://no-such-host.invalid:7411", *place);
    }
    EXPECT_TRUE(resolve("tcp://127.0.0.1:1"));
    // Each ends by itself. A process that ended before them would leave what they hold.
    EXPECT_TRUE(until([] { return threads_of_this_process() == 1; }));
}

}  // namespace
}  // namespace crier::transport
