// What the programs say of a command line that they do not understand.

#include "shared/base/usage.hpp"

#include <gtest/gtest.h>

namespace crier {
namespace {

TEST(Usage, TakesNoOptionAndNoEmptyTextForAValue) {
    EXPECT_EQ(value_problem("/tmp/try"), "");
    EXPECT_EQ(value_problem("-"), "") << "standard input";
    EXPECT_NE(value_problem(""), "");
    EXPECT_EQ(value_problem("--check-config"), "the value is missing before --check-config");
}

TEST(Usage, SaysWhatIsWrongWithoutTheTermsOfALibrary) {
    EXPECT_EQ(usage_complaint("--data: 1 required DIR missing"), "--data needs a value");
    EXPECT_EQ(usage_complaint("The following argument was not expected: serve"),
              "not understood: serve");
    EXPECT_EQ(usage_complaint("The following arguments were not expected: --x y"),
              "not understood: --x y");
    EXPECT_EQ(usage_complaint("--data: the value is empty"), "--data: the value is empty");
}

}  // namespace
}  // namespace crier
