// Newcomers: who must go when too many from one place have proved nothing yet. Method: connections
// of this process's own and made-up instants.

#include "shared/transport/newcomers.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <deque>

namespace crier::transport {
namespace {

class NewcomersTest : public ::testing::Test {
protected:
    ~NewcomersTest() override {
        for (const auto& ends : pairs_) {
            for (const int end : ends) close(end);
        }
    }
    Connection make() {
        auto& ends = pairs_.emplace_back();
        EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
        return *Connection::at(ends[0]);
    }
    static Instant at(std::int64_t ms) { return Instant{Milliseconds{1'000'000 + ms}}; }

    Newcomers newcomers{2};

private:
    std::deque<std::array<int, 2>> pairs_;
};

TEST_F(NewcomersTest, MayBeAsManyFromEachPlaceAsTheLimitSays) {
    for (const char* place : {"10.0.0.1", "10.0.0.2"}) {
        EXPECT_FALSE(newcomers.add(place, make(), at(0)));
        EXPECT_FALSE(newcomers.add(place, make(), at(0)));
    }
}

TEST_F(NewcomersTest, OneTooManyInACrowdIsTheOneThatComes) {
    EXPECT_FALSE(newcomers.add("10.0.0.1", make(), at(0)));
    EXPECT_FALSE(newcomers.add("10.0.0.1", make(), at(1)));
    const Connection third = make();
    EXPECT_EQ(newcomers.add("10.0.0.1", third, at(Newcomers::patience.count() - 1)), third);
}

TEST_F(NewcomersTest, OneTooManyIsTheOneThatHasWaitedForTooLong) {
    const Connection first = make();
    EXPECT_FALSE(newcomers.add("10.0.0.1", first, at(0)));
    EXPECT_FALSE(newcomers.add("10.0.0.1", make(), at(1)));
    EXPECT_EQ(newcomers.add("10.0.0.1", make(), at(Newcomers::patience.count())), first);
}

TEST_F(NewcomersTest, MakeRoomWhenTheyHaveProvedThemselves) {
    const Connection first = make();
    EXPECT_FALSE(newcomers.add("10.0.0.1", first, at(0)));
    EXPECT_FALSE(newcomers.add("10.0.0.1", make(), at(0)));
    newcomers.remove("10.0.0.1", first.cookie());
    newcomers.remove("10.0.0.1", first.cookie());
    EXPECT_EQ(newcomers.count("10.0.0.1"), 1u);
    EXPECT_FALSE(newcomers.add("10.0.0.1", make(), at(0)));
}

TEST_F(NewcomersTest, AreNotCountedWithoutALimit) {
    Newcomers unlimited{0};
    for (int count = 0; count < 100; ++count) {
        EXPECT_FALSE(unlimited.add("10.0.0.1", make(), at(0)));
    }
    EXPECT_EQ(unlimited.count("10.0.0.1"), 0u);
}

TEST_F(NewcomersTest, OverASocketOfThisMachineComeFromTheirAccount) {
    EXPECT_EQ(make().place(), "ipc:" + std::to_string(geteuid()));
}

}  // namespace
}  // namespace crier::transport
