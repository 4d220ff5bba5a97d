#include "crier/id.hpp"

#include <gtest/gtest.h>

#include <unordered_set>

namespace crier {
namespace {

constexpr std::string_view digits = "000102030405060708090a0b0c0d0eff";

TEST(Id, IsThirtyTwoHexDigitsForPeople) {
    SessionId id;
    for (std::uint8_t index = 0; index < 15; ++index) id.bytes[index] = index;
    id.bytes[15] = 0xff;
    EXPECT_EQ(to_string(id), digits);
}

TEST(Id, IsReadInEitherCaseAndGivesTheSameBytes) {
    const auto lower = parse_id<SessionId>(digits);
    const auto upper = parse_id<SessionId>("000102030405060708090A0B0C0D0EFF");
    ASSERT_TRUE(lower);
    ASSERT_TRUE(upper);
    EXPECT_EQ(*lower, *upper);
    EXPECT_EQ(to_string(*lower), digits);
}

TEST(Id, RefusesWhatIsNoIdAndShowsIt) {
    for (const std::string_view text :
         {"", "abc", "000102030405060708090a0b0c0d0ef", "000102030405060708090a0b0c0d0efff",
          "000102030405060708090a0b0c0d0efg", " 00102030405060708090a0b0c0d0eff",
          "00010203-0405-0607-0809-0a0b0c0d0eff"}) {
        const auto id = parse_id<MessageId>(text);
        ASSERT_FALSE(id) << text;
        EXPECT_EQ(id.error().code, ErrorCode::usage_invalid);
        EXPECT_NE(id.error().detail.find(text), std::string::npos);
    }
}

TEST(Id, ShowsOnlyTheBeginningOfWhatIsFarTooLong) {
    const auto id = parse_id<MessageId>(std::string(100'000, 'a'));
    ASSERT_FALSE(id);
    EXPECT_LT(id.error().detail.size(), 200u);
}

TEST(Id, IsZeroOnlyWhenNothingIsSet) {
    MessageId id;
    EXPECT_TRUE(id.is_zero());
    id.bytes[15] = 1;
    EXPECT_FALSE(id.is_zero());
}

TEST(Id, SortsByItsBytesAndHashes) {
    const auto low = *parse_id<SessionId>("00000000000000000000000000000001");
    const auto high = *parse_id<SessionId>("01000000000000000000000000000000");
    EXPECT_LT(low, high);
    const std::unordered_set<SessionId> ids{low, high, low};
    EXPECT_EQ(ids.size(), 2u);
}

}  // namespace
}  // namespace crier
