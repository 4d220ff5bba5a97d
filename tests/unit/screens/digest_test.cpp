// Many notifications at once: which go into a digest, how it looks, and what becomes of those that
// change or go before they are shown.

#include "subscriber/screens/digest.hpp"

#include <gtest/gtest.h>

#include "tests/unit/screens/sample_messages.hpp"

namespace crier::screens {
namespace {

using namespace testing;
using std::chrono::minutes;

std::vector<std::uint64_t> numbers_of(const std::vector<IncomingMessage>& messages) {
    std::vector<std::uint64_t> numbers;
    for (const IncomingMessage& message : messages) numbers.push_back(message.seq);
    return numbers;
}

using Numbers = std::vector<std::uint64_t>;

Gathering gathered(std::uint8_t count) {
    Gathering gathering;
    for (std::uint8_t number = 1; number <= count; ++number) {
        gathering.add(message_of(number, "Hello"));
    }
    return gathering;
}

TEST(Gathering, MakesADigestOfMoreThanFivePlainNotificationsOnly) {
    Gathering five = gathered(5);
    const Gathering::Taken few = five.take();
    EXPECT_TRUE(few.digest.empty());
    EXPECT_EQ(numbers_of(few.single), (Numbers{1, 2, 3, 4, 5}));
    EXPECT_TRUE(five.empty());

    Gathering six = gathered(6);
    const Gathering::Taken many = six.take();
    EXPECT_EQ(numbers_of(many.digest), (Numbers{1, 2, 3, 4, 5, 6}));
    EXPECT_TRUE(many.single.empty());
}

TEST(Gathering, NeverPutsAlertsQuestionsAndCriticalOnesIntoADigest) {
    IncomingMessage critical = message_of(9, "Fire");
    critical.content.severity = Severity::critical;
    Gathering gathering = gathered(4);
    gathering.add(alert_of(7, "Log off"));
    gathering.add(question_of(8, "Lunch"));
    gathering.add(critical);
    gathering.add(message_of(10, "Hello"));
    Gathering copy = gathering;
    EXPECT_EQ(numbers_of(copy.take().single), (Numbers{1, 2, 3, 4, 7, 8, 9, 10}));

    gathering.add(message_of(11, "Hello"));
    const Gathering::Taken taken = gathering.take();
    EXPECT_EQ(numbers_of(taken.digest), (Numbers{1, 2, 3, 4, 10, 11}));
    EXPECT_EQ(numbers_of(taken.single), (Numbers{7, 8, 9}));
}

TEST(Gathering, ShowsTheNewestRevisionAndNothingThatIsGone) {
    Gathering gathering = gathered(3);
    IncomingMessage newer = message_of(2, "Hello again");
    newer.revision = 2;
    EXPECT_TRUE(gathering.replace(newer));
    EXPECT_FALSE(gathering.replace(message_of(4, "Another")));
    EXPECT_TRUE(gathering.drop(id_of(1)));
    EXPECT_FALSE(gathering.drop(id_of(1)));
    const Gathering::Taken taken = gathering.take();
    ASSERT_EQ(numbers_of(taken.single), (Numbers{2, 3}));
    EXPECT_EQ(taken.single[0].revision, 2U);
}

class Digest : public ::testing::Test {
protected:
    void SetUp() override { use_utc(); }

    static std::vector<IncomingMessage> three() {
        std::vector<IncomingMessage> messages{message_of(1, "The first\nand more"),
                                              message_of(2, "The second"),
                                              message_of(3, "The third")};
        messages[1].content.severity = Severity::warning;
        messages[1].from = "night shift";
        messages[2].late = evening - minutes(20);
        for (std::size_t index = 0; index < messages.size(); ++index) {
            messages[index].sent = evening - minutes(30) + minutes(index);
        }
        return messages;
    }
};

TEST_F(Digest, GivesTimeSenderAndExcerptOfEachNewestFirst) {
    EXPECT_EQ(render_digest(three(), box_look(80), evening),
              "┌─ 3 messages, newest first ──────────────────┐\n"
              "│ 20:12, ops: The third (late: was due 20:20) │\n"
              "│ 20:11, night shift: WARNING The second      │\n"
              "│ 20:10, ops: The first                       │\n"
              "└─────────────────────────────────────────────┘\n");
}

TEST_F(Digest, IsPlainLinesWhereThereIsNoTerminalAndSpeaksFrench) {
    Look look = plain_look();
    look.language = Language::french;
    EXPECT_EQ(render_digest(three(), look, evening),
              "2026-11-23 20:40:00 3 messages, le plus récent en premier\n"
              "    20:12, ops : The third (en retard : prévu pour 20:20)\n"
              "    20:11, night shift : AVERTISSEMENT The second\n"
              "    20:10, ops : The first\n");
}

TEST_F(Digest, IsRememberedMessageByMessage) {
    Board board(box_look(80));
    std::vector<IncomingMessage> messages = three();
    messages[0].content.escalation = {{minutes(1), Urgency::alert}};
    const std::string text = board.show_digest(messages, evening);
    EXPECT_TRUE(text.ends_with("┘\n")) << "no status line";
    EXPECT_EQ(board.remove({id_of(2), MessageRemovalCause::recalled}, evening),
              "\r\x1b[K20:40 Withdrawn by the sender: The second\n");
    const std::string escalated = board.escalate({id_of(1), 1, Urgency::alert}, evening);
    EXPECT_NE(escalated.find("│ and more"), std::string::npos) << "with all its text";
    EXPECT_EQ(board.choose('a'), Reply(Acknowledgement{id_of(1), 1}));
}

}  // namespace
}  // namespace crier::screens
