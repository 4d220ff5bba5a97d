// The limit on descriptors goes up as far as it goes, and what it says is true.

#include "broker/security/descriptor_limit.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>

namespace crier::broker {
namespace {

std::uint64_t soft_limit() {
    rlimit limit{};
    EXPECT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
    return limit.rlim_cur;
}

TEST(DescriptorLimit, RaisesALowLimitAndSaysWhatItIsNow) {
    rlimit limit{};
    ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
    const rlimit low{256, limit.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
    const DescriptorLimit raised = raise_descriptor_limit(100);
    EXPECT_EQ(raised.had, 256u);
    EXPECT_EQ(raised.wanted, 100 + descriptors_reserved);
    EXPECT_EQ(raised.has, soft_limit());
    EXPECT_GT(raised.has, 256u);
    setrlimit(RLIMIT_NOFILE, &limit);
}

TEST(DescriptorLimit, NeverLowersIt) {
    const std::uint64_t before = soft_limit();
    EXPECT_EQ(raise_descriptor_limit(0).has, std::max(before, descriptors_reserved));
    EXPECT_GE(soft_limit(), before);
}

TEST(DescriptorLimit, LeavesRoomForEverythingElse) {
    DescriptorLimit limit;
    limit.has = 2 * descriptors_reserved + 7;
    EXPECT_EQ(limit.connections_max(), descriptors_reserved + 7);
    limit.has = 0;
    EXPECT_EQ(limit.connections_max(), 0u);
}

TEST(DescriptorLimit, LetsHalfOfAFewBeConnections) {
    DescriptorLimit limit;
    limit.has = 256;
    EXPECT_EQ(limit.connections_max(), 128u);
    limit.has = descriptors_reserved;
    EXPECT_EQ(limit.connections_max(), descriptors_reserved / 2);
}

}  // namespace
}  // namespace crier::broker
