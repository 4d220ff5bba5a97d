// Which receipts are confirmed after which commit: never one that is not on disk, and all of them
// in the end, also under traffic that does not stop. Method: numbers and writes by hand.

#include <gtest/gtest.h>

#include "broker/core/stages.hpp"

namespace crier::broker {
namespace {

TEST(ConfirmMarks, ConfirmNothingBeforeItsWriteIsOnDisk) {
    ConfirmMarks marks;
    EXPECT_FALSE(marks.on_committed(100));
    marks.on_recorded(1, 5);
    EXPECT_FALSE(marks.on_committed(4));
    EXPECT_EQ(marks.stored, 0u);
    EXPECT_TRUE(marks.on_committed(5));
    EXPECT_EQ(marks.stored, 1u);
    EXPECT_FALSE(marks.on_committed(6));
}

TEST(ConfirmMarks, ConfirmWhatCameWhileAnEarlierOneWasAwaited) {
    ConfirmMarks marks;
    marks.on_recorded(1, 5);
    marks.on_recorded(2, 6);
    marks.on_recorded(3, 7);
    EXPECT_TRUE(marks.on_committed(6));
    EXPECT_EQ(marks.stored, 1u);  // The second is on disk too; two marks do not know of it.
    EXPECT_TRUE(marks.on_committed(7));
    EXPECT_EQ(marks.stored, 3u);
}

TEST(ConfirmMarks, ConfirmAllAtOnceWhereOneCommitHasAll) {
    ConfirmMarks marks;
    marks.on_recorded(1, 5);
    marks.on_recorded(2, 6);
    EXPECT_TRUE(marks.on_committed(9));
    EXPECT_EQ(marks.stored, 2u);
}

TEST(ConfirmMarks, GoOnUnderTrafficThatDoesNotStop) {
    // Each commit is one behind: something newer is always on its way.
    ConfirmMarks marks;
    for (std::uint64_t number = 1; number <= 1'000; ++number) {
        marks.on_recorded(number, number);
        marks.on_committed(number - 1);
        ASSERT_LT(marks.stored, number);
        ASSERT_GE(marks.stored + 3, number);
    }
}

}  // namespace
}  // namespace crier::broker
