// What a program that is spoken to in lines can make this one keep. Method: /bin/sh, for real.

#include "subscriber/screens/child_process.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include "shared/base/time.hpp"

namespace crier::screens {
namespace {

TEST(ChildProcess, KeepsSoManyLinesThatNobodyTakesAndNoMore) {
    auto child = ChildProcess::start({"sh", "-c", "echo first; yes | head -n 300000"}, {});
    ASSERT_TRUE(child) << child.error().detail;
    const Instant end = read_clocks().steady + std::chrono::seconds{30};
    while (!(*child)->end() && read_clocks().steady < end) {
        pollfd wait{(*child)->descriptor(), POLLIN, 0};
        poll(&wait, 1, 1'000);
        (*child)->serve();
    }
    ASSERT_TRUE((*child)->end());
    EXPECT_EQ((*child)->end()->status, 0);
    const std::vector<std::string> lines = (*child)->take_lines();
    ASSERT_FALSE(lines.empty());
    EXPECT_EQ(lines.front(), "first");
    EXPECT_EQ(lines.back(), "y");
    EXPECT_LE(lines.size() * sizeof(std::string), ChildProcess::output_bytes_max);
    EXPECT_GT(lines.size() * sizeof(std::string), ChildProcess::output_bytes_max / 2);
    EXPECT_TRUE((*child)->take_lines().empty());
}

}  // namespace
}  // namespace crier::screens
