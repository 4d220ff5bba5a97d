// Endpoints and addresses that are of use on one machine only. Method: made-up ones.

#include "shared/base/endpoint.hpp"

#include <gtest/gtest.h>

namespace crier {
namespace {

TEST(LocalEndpoint, IsOneThatOnlyItsOwnMachineCanReach) {
    for (const char* local : {"ipc", "ipc:///x", "tcp://127.0.0.1:1", "tcp://127.9.9.9:1",
                              "tcp://[::1]:1", "tcp://localhost:1"}) {
        EXPECT_TRUE(is_local(local)) << local;
    }
    for (const char* remote : {"tcp://0.0.0.0:1", "tcp://*:1", "tcp://10.0.0.1:1", "tcp://[::]:1",
                               "tcp://127.example.org:1", "tcp://localhost.example:1", ""}) {
        EXPECT_FALSE(is_local(remote)) << remote;
    }
}

TEST(LocalEndpoint, IsWhereAPeerOfThisMachineComesBy) {
    for (const char* here : {"ipc", "127.0.0.1", "127.9.9.9", "::1"}) {
        EXPECT_TRUE(is_from_this_machine(here)) << here;
    }
    for (const char* elsewhere : {"10.0.0.1", "127.example.org", "2001:db8::1", ""}) {
        EXPECT_FALSE(is_from_this_machine(elsewhere)) << elsewhere;
    }
}

}  // namespace
}  // namespace crier
