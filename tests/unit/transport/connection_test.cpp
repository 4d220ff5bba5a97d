// Connections are told apart by their cookies, whatever numbers their descriptors have.

#include "shared/transport/connection.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <vector>

namespace crier::transport {
namespace {

struct Pair {
    Pair() { EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0); }
    ~Pair() {
        for (const int end : ends) close(end);
    }
    Pair(const Pair&) = delete;
    Pair& operator=(const Pair&) = delete;

    [[nodiscard]] bool is_closed() const {
        char byte = 0;
        return recv(ends[1], &byte, 1, MSG_DONTWAIT) == 0;
    }

    std::array<int, 2> ends{};
};

TEST(Connection, CutsTheOneThatItNames) {
    const Pair pair;
    const auto connection = Connection::at(pair.ends[0]);
    ASSERT_TRUE(connection);
    EXPECT_FALSE(pair.is_closed());
    EXPECT_TRUE(connection->cut());
    EXPECT_TRUE(pair.is_closed());
}

TEST(Connection, DoesNothingToAnotherOneWithTheSameNumber) {
    const Pair old;
    const Pair newcomer;
    const auto connection = Connection::at(old.ends[0]);
    ASSERT_EQ(dup2(newcomer.ends[0], old.ends[0]), old.ends[0]);
    EXPECT_FALSE(connection->cut());
    EXPECT_FALSE(newcomer.is_closed());
    EXPECT_NE(Connection::at(old.ends[0]), connection);
}

TEST(Connection, IsNotFoundWhereThereIsNone) {
    EXPECT_FALSE(Connection::at(-1));
    EXPECT_FALSE(Connection::at(1'000'000));
    std::array<int, 2> pipe_ends{};
    ASSERT_EQ(pipe(pipe_ends.data()), 0);
    EXPECT_FALSE(Connection::at(pipe_ends[0]));
    for (const int end : pipe_ends) close(end);
    EXPECT_FALSE(Connection::of(Frame()));
}

TEST(Connection, IsCutWhereNoDescriptorIsLeftIfOneWasKept) {
    const Pair first;
    const Pair second;
    SpareDescriptor spare;
    const auto one = Connection::at(first.ends[0]);
    const auto other = Connection::at(second.ends[0]);
    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
    const rlimit few{64, before.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
    std::vector<int> all;
    for (int next = 0; (next = dup(0)) >= 0;) all.push_back(next);
    const bool without = one->cut();
    const bool with = one->cut(&spare);
    const bool again = other->cut(&spare);
    for (const int descriptor : all) close(descriptor);
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
    EXPECT_FALSE(without);
    EXPECT_TRUE(with);
    EXPECT_TRUE(again);
    EXPECT_TRUE(first.is_closed());
    EXPECT_TRUE(second.is_closed());
}

TEST(Connection, IsCutOnlyOnce) {
    const Pair pair;
    const auto connection = Connection::at(pair.ends[0]);
    close(pair.ends[0]);
    EXPECT_FALSE(connection->cut());
}

}  // namespace
}  // namespace crier::transport
