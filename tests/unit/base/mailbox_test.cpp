#include "shared/base/mailbox.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <memory>
#include <string>
#include <thread>

#include "shared/base/assert.hpp"

namespace crier {
namespace {

/// Whether a poll of it would wake up, after at most `timeout_ms`.
bool is_readable(int descriptor, int timeout_ms = 0) {
    pollfd item{descriptor, POLLIN, 0};
    return poll(&item, 1, timeout_ms) == 1;
}

TEST(Mailbox, HandsOverLettersInTheirOrder) {
    Mailbox<std::string> mailbox(10);
    EXPECT_TRUE(mailbox.post("one"));
    EXPECT_TRUE(mailbox.post("two"));
    std::vector<std::string> letters{"before"};
    mailbox.take_all(letters);
    EXPECT_EQ(letters, (std::vector<std::string>{"before", "one", "two"}));
    mailbox.take_all(letters);
    EXPECT_EQ(letters.size(), 3u);
}

TEST(Mailbox, WakesAPollWhileThereAreLetters) {
    Mailbox<int> mailbox(10);
    EXPECT_FALSE(is_readable(mailbox.descriptor()));
    EXPECT_TRUE(mailbox.post(1));
    EXPECT_TRUE(is_readable(mailbox.descriptor()));
    EXPECT_TRUE(is_readable(mailbox.descriptor())) << "a poll takes nothing";
    std::vector<int> letters;
    mailbox.take_all(letters);
    EXPECT_FALSE(is_readable(mailbox.descriptor()));
}

TEST(Mailbox, RefusesWhenFullAndLeavesTheLetter) {
    Mailbox<std::unique_ptr<int>> mailbox(1);
    EXPECT_TRUE(mailbox.post(std::make_unique<int>(1)));
    auto letter = std::make_unique<int>(2);
    EXPECT_FALSE(mailbox.post(std::move(letter)));
    ASSERT_TRUE(letter);
    EXPECT_EQ(*letter, 2);
    std::vector<std::unique_ptr<int>> letters;
    mailbox.take_all(letters);
    EXPECT_TRUE(mailbox.post(std::move(letter))) << "there is room again";
}

TEST(Mailbox, WakesItsOwnerWhenItClosesAndKeepsWhatIsIn) {
    Mailbox<int> mailbox(10);
    EXPECT_TRUE(mailbox.post(1));
    std::vector<int> letters;
    EXPECT_TRUE(mailbox.take_all(letters));
    EXPECT_TRUE(mailbox.post(2));
    mailbox.close();
    EXPECT_FALSE(mailbox.post(3));
    EXPECT_TRUE(is_readable(mailbox.descriptor()));
    EXPECT_FALSE(mailbox.take_all(letters)) << "these were the last";
    EXPECT_EQ(letters, (std::vector<int>{1, 2}));
}

TEST(Mailbox, LosesNothingOfManyThreads) {
    constexpr int posters = 4;
    constexpr int each = 2'000;
    Mailbox<int> mailbox(posters * each);
    std::vector<std::thread> threads;
    for (int poster = 0; poster < posters; ++poster) {
        threads.emplace_back([&mailbox, poster] {
            for (int number = 0; number < each; ++number) {
                EXPECT_TRUE(mailbox.post(poster * each + number));
            }
        });
    }
    std::vector<int> letters;
    while (letters.size() < posters * each) {
        ASSERT_TRUE(is_readable(mailbox.descriptor(), 10'000))
            << "a letter was lost, or its signal";
        mailbox.take_all(letters);
    }
    for (std::thread& thread : threads) thread.join();
    for (int poster = 0; poster < posters; ++poster) {
        std::vector<int> own;
        std::copy_if(letters.begin(), letters.end(), std::back_inserter(own),
                     [&](int letter) { return letter / each == poster; });
        EXPECT_EQ(own.size(), static_cast<std::size_t>(each));
        EXPECT_TRUE(std::is_sorted(own.begin(), own.end())) << "each poster's order is kept";
    }
}

TEST(ReplyBox, GivesWordsInTheirOrderAndBlocksForThem) {
    ReplyBox<int> box(2);
    std::thread worker([&box] {
        EXPECT_TRUE(box.put(1));
        box.put_last(2);
    });
    EXPECT_EQ(box.take(), 1);
    EXPECT_EQ(box.take(), 2);
    worker.join();
}

TEST(ReplyBox, RefusesWhenFullButNeverTheLastWord) {
    ReplyBox<int> box(1);
    EXPECT_TRUE(box.put(1));
    EXPECT_FALSE(box.put(2));
    box.put_last(3);
    EXPECT_EQ(box.take(), 1);
    EXPECT_EQ(box.take(), 3);
}

TEST(ReplyBox, TakesNothingMoreOnceItIsAbandoned) {
    ReplyBox<int> box(2);
    EXPECT_FALSE(box.is_abandoned());
    box.abandon();
    EXPECT_TRUE(box.is_abandoned());
    EXPECT_FALSE(box.put(1));
}

TEST(AssertDeathTest, StopsTheProcessAndSaysWhy) {
    const int two = 2;
    CRIER_ASSERT(two == 2, "this holds");
    EXPECT_DEATH(CRIER_ASSERT(two == 3, "someone can count"),
                 "bug at .*two == 3 is false; but someone can count");
}

}  // namespace
}  // namespace crier
