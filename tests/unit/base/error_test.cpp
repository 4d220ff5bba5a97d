#include "crier/error.hpp"

#include <gtest/gtest.h>

#include <set>

#include "crier/result.hpp"

namespace crier {
namespace {

TEST(Error, IsShownWithDetailNameAndNumber) {
    EXPECT_EQ(to_string(Error{ErrorCode::session_unknown, "no session 3c81"}),
              "no session 3c81 (session_unknown, 4040)");
    EXPECT_EQ(to_string(Error{ErrorCode::stopping, ""}), "(stopping, 5031)");
    EXPECT_EQ(to_string(Error{static_cast<ErrorCode>(7001), "new"}), "new (7001)");
    EXPECT_EQ(to_string(Error{ErrorCode::configuration_invalid, "a: 1\nb: 2"}),
              "a: 1 (configuration_invalid, 4010)\nb: 2");
}

TEST(Error, HasANameOfItsOwnForEveryCode) {
    std::set<std::string_view> names;
    int codes = 0;
    for (int number = 0; number <= 0xffff; ++number) {
        const std::string_view name = name_of(static_cast<ErrorCode>(number));
        if (name.empty()) continue;
        ++codes;
        EXPECT_TRUE(names.insert(name).second) << name << " twice";
    }
    EXPECT_EQ(codes, 39);
}

TEST(Error, OfANewerPeerStillHasARemedy) {
    EXPECT_EQ(remedy_for(static_cast<ErrorCode>(4999)), Remedy::fix_request);
    EXPECT_EQ(remedy_for(static_cast<ErrorCode>(5999)), Remedy::retry_later);
    EXPECT_EQ(remedy_for(static_cast<ErrorCode>(0)), Remedy::retry_later);
    EXPECT_EQ(remedy_for(static_cast<ErrorCode>(65'535)), Remedy::retry_later);
}

TEST(Error, TravelsInAResult) {
    const Result<int> result = fail(ErrorCode::in_use, "the port is taken");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error(), (Error{ErrorCode::in_use, "the port is taken"}));
    EXPECT_EQ(remedy_for(result.error().code), Remedy::fix_request);
}

}  // namespace
}  // namespace crier
