// Stays by number and by id, and the line in which messages wait for one. Method: each alone.

#include "broker/core/stays.hpp"

#include <gtest/gtest.h>

namespace crier::broker {
namespace {

Session session(std::uint8_t byte) {
    Session made;
    made.id.bytes.fill(byte);
    return made;
}

TEST(Stays, GiveEachSessionANumberOfItsOwnThatRises) {
    Stays stays(7);
    EXPECT_EQ(stays.open(session(1)).number, 8u);
    EXPECT_EQ(stays.open(session(2)).number, 9u);
    stays.close(9);
    EXPECT_EQ(stays.open(session(3)).number, 10u);
    EXPECT_EQ(stays.size(), 2u);
}

TEST(Stays, OpenOneAgainUnderItsOldNumberAndGiveThatToNobodyElse) {
    Stays stays(7);
    EXPECT_EQ(stays.open(session(1), 3).number, 3u);
    EXPECT_EQ(stays.open(session(2)).number, 8u);
    EXPECT_EQ(stays.open(session(3), 20).number, 20u);
    EXPECT_EQ(stays.open(session(4)).number, 21u);
}

TEST(Stays, AreFoundByNumberAndById) {
    Stays stays(0);
    Stay& stay = stays.open(session(1));
    EXPECT_EQ(stays.find(stay.number), &stay);
    EXPECT_EQ(stays.find(session(1).id), &stay);
    EXPECT_EQ(stays.find(session(2).id), nullptr);
    stays.close(stay.number);
    EXPECT_EQ(stays.find(1), nullptr);
    EXPECT_EQ(stays.find(session(1).id), nullptr);
    stays.close(1);  // Closing what is closed is nothing.
}

TEST(Stays, AreFoundByWhoTheyAreForCertain) {
    const auto of = [](std::uint8_t byte, const std::string& person, bool is_certain) {
        Session made = session(byte);
        made.attributes.system_user = person;
        made.system_user_verified = is_certain;
        return made;
    };
    Stays stays(0);
    Stay& first = stays.open(of(1, "vanessa", true));
    stays.open(of(2, "vanessa", false));
    stays.open(of(3, "van", true));
    Stay& last = stays.open(of(4, "vanessa", true));
    EXPECT_EQ(stays.of_person("vanessa"), (std::vector{&first, &last}));

    stays.describe(first, of(1, "vanessa", false));
    EXPECT_EQ(stays.of_person("vanessa"), (std::vector{&last}));
    stays.describe(first, of(1, "carl", true));
    EXPECT_EQ(stays.of_person("carl"), (std::vector{&first}));
    stays.close(last.number);
    EXPECT_TRUE(stays.of_person("vanessa").empty());
}

TEST(Stays, KeepTheNewerOfTwoWithOneId) {
    Stays stays(0);
    const std::uint32_t older = stays.open(session(1)).number;
    Stay& newer = stays.open(session(1));
    stays.close(older);
    EXPECT_EQ(stays.find(session(1).id), &newer);
}

TEST(Stays, AreListedInTheOrderOfTheirIds) {
    Stays stays(0);
    for (const std::uint8_t byte : std::vector<std::uint8_t>{9, 3, 7, 5}) stays.open(session(byte));
    std::vector<int> all;
    for (const Stay* stay : stays.in_order_of_id(std::nullopt)) {
        all.push_back(stay->session.id.bytes[0]);
    }
    EXPECT_EQ(all, (std::vector{3, 5, 7, 9}));
    EXPECT_EQ(stays.in_order_of_id(session(5).id).size(), 2u);
    EXPECT_EQ(stays.in_order_of_id(session(6).id).size(), 2u);
    EXPECT_TRUE(stays.in_order_of_id(session(9).id).empty());
}

TEST(Stays, RememberWhatASessionSaidWhileItIsUnreachable) {
    Stays stays(0);
    Session locked = session(1);
    locked.state = Presence::locked;
    EXPECT_EQ(stays.open(locked).said, Presence::locked);
    Session lost = session(2);
    lost.state = Presence::unreachable;
    EXPECT_EQ(stays.open(lost).said, Presence::active);
}

TEST(Line, HandsOutInOrder) {
    Line<std::uint64_t> line;
    EXPECT_TRUE(line.empty());
    for (std::uint64_t seq = 1; seq <= 300; ++seq) line.push(seq);
    for (std::uint64_t seq = 1; seq <= 300; ++seq) {
        ASSERT_FALSE(line.empty());
        EXPECT_EQ(line.front(), seq);
        EXPECT_EQ(line.size(), 301 - seq);
        line.pop();
    }
    EXPECT_TRUE(line.empty());
    EXPECT_EQ(line.held(), 0u);
}

TEST(Line, OfASessionThatIsAlwaysBehindDoesNotGrow) {
    Line<std::uint64_t> line;
    for (std::uint64_t seq = 1; seq <= 40; ++seq) line.push(seq);
    for (std::uint64_t seq = 41; seq <= 100'000; ++seq) {
        line.push(seq);
        EXPECT_EQ(line.front(), seq - 40);
        line.pop();
        ASSERT_LE(line.held(), 1'000u);
    }
    EXPECT_EQ(line.size(), 40u);
}

TEST(Line, LetsOneGoFromTheMiddle) {
    Line<std::uint64_t> line;
    for (std::uint64_t seq = 1; seq <= 5; ++seq) line.push(seq);
    line.take_out(line.begin());
    line.take_out(std::find(line.begin(), line.end(), 4));
    EXPECT_EQ(std::vector<std::uint64_t>(line.begin(), line.end()),
              (std::vector<std::uint64_t>{2, 3, 5}));
    line.take_out(std::find(line.begin(), line.end(), 5));
    line.take_out(line.begin());
    line.take_out(line.begin());
    EXPECT_TRUE(line.empty());
}

TEST(Line, DropsWhatNobodyWaitsForAndKeepsTheOrder) {
    Line<std::uint64_t> line;
    for (std::uint64_t seq = 1; seq <= 10; ++seq) line.push(seq);
    line.pop();
    line.drop_if([](std::uint64_t seq) { return seq % 2 == 0; });
    std::vector<std::uint64_t> left;
    for (; !line.empty(); line.pop()) left.push_back(line.front());
    EXPECT_EQ(left, (std::vector<std::uint64_t>{3, 5, 7, 9}));
    line.push(11);
    line.drop_if([](std::uint64_t) { return true; });
    EXPECT_TRUE(line.empty());
    EXPECT_EQ(line.held(), 0u);
}

}  // namespace
}  // namespace crier::broker
