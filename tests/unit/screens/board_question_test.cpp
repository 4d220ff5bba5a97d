// Questions on a terminal: which one digits answer, what the hints say, how an answer is changed
// and how a question ends. Method: events in, text out.

#include <gtest/gtest.h>

#include "subscriber/screens/board.hpp"
#include "tests/unit/screens/sample_messages.hpp"

namespace crier::screens {
namespace {

using namespace testing;

class BoardWithQuestions : public ::testing::Test {
protected:
    void SetUp() override { use_utc(); }

    static std::string status(const std::string& text) {
        const std::string last = text.substr(text.rfind('\n') + 1);
        return last.starts_with(erase) ? last.substr(erase.size()) : last;
    }

    /// What the board says to this digit; "" if it means nothing.
    std::string press(char key) {
        const std::optional<Reply> reply = board.choose(key);
        if (!reply) return {};
        return board.answered(std::get<Answer>(*reply), true, evening);
    }

    Board board{box_look(120)};
};

TEST_F(BoardWithQuestions, ShowsTheChoicesNumberedAndAsksForADigit) {
    EXPECT_EQ(board.show(question_of(1, "Lunch"), evening),
              erase + "\a" +
                  "┌─ INFO ───────────────────┐\n"
                  "│ Lunch                    │\n"
                  "│                          │\n"
                  "│ Please choose.           │\n"
                  "│                          │\n"
                  "│ 1  Yes                   │\n"
                  "│ 2  No                    │\n"
                  "│                          │\n"
                  "│ from ops, 20:40 · to all │\n"
                  "│ Press 1-2 to answer      │\n"
                  "└──────────────────────────┘\n"
                  "1-2: answer \"Lunch\"; r: show again");
    EXPECT_TRUE(board.wants_keys());
}

TEST_F(BoardWithQuestions, TakesADigitForTheChoiceAndLetsItBeChanged) {
    static_cast<void>(board.show(question_of(1, "Lunch"), evening));
    const std::optional<Reply> reply = board.choose('2');
    EXPECT_EQ(reply, Reply(Answer{id_of(1), 1, 1}));
    EXPECT_EQ(
        board.answered(std::get<Answer>(*reply), true, evening),
        erase +
            "20:40 Your answer to \"Lunch\": No. Another digit changes it, until the question "
            "closes\n"
            "1-2: change the answer to \"Lunch\"; r: show again");
    EXPECT_NE(board.show_open_ones(evening).find(
                  "Your answer: No. Press 1-2 to change it, until the question closes"),
              std::string::npos);
    EXPECT_EQ(board.choose('1'), Reply(Answer{id_of(1), 1, 0}));
}

TEST_F(BoardWithQuestions, IgnoresADigitThatIsNoChoice) {
    static_cast<void>(board.show(question_of(1, "Lunch"), evening));
    for (const char key : {'0', '3', '9', '\n', 'a', 'x'}) {
        EXPECT_EQ(board.choose(key), std::nullopt) << key;
    }
}

TEST_F(BoardWithQuestions, SaysThatItIsClosedAndWhatWasAnswered) {
    static_cast<void>(board.show(question_of(1, "Lunch"), evening));
    static_cast<void>(board.show(question_of(2, "Dinner"), evening));
    press('2');
    EXPECT_EQ(board.remove({id_of(1), MessageRemovalCause::closed}, evening),
              erase +
                  "20:40 The question is closed: Lunch. Your answer: No\n"
                  "1-2: answer \"Dinner\"; r: show again");
    EXPECT_EQ(board.remove({id_of(2), MessageRemovalCause::closed}, evening),
              erase + "20:40 The question is closed: Dinner\n");
    EXPECT_FALSE(board.wants_keys());
    EXPECT_EQ(board.choose('1'), std::nullopt);
}

TEST_F(BoardWithQuestions, AnswersTheOldestFirstThenTheNextAndGoesToAnotherWithN) {
    static_cast<void>(board.show(question_of(1, "Lunch"), evening));
    EXPECT_NE(board.show(question_of(2, "Dinner"), evening)
                  .find("Answer the question before it first, or press n for the next one"),
              std::string::npos);
    EXPECT_EQ(press('1'),
              erase +
                  "20:40 Your answer to \"Lunch\": Yes. n and then a digit change it, until the "
                  "question closes\n"
                  "1-2: answer \"Dinner\"; n: next question; r: show again");
    EXPECT_EQ(status(board.show_next_question(evening)),
              "1-2: change the answer to \"Lunch\"; n: next question; r: show again");
    EXPECT_EQ(board.choose('2'), Reply(Answer{id_of(1), 1, 1}));
    EXPECT_EQ(board.choose('2'), Reply(Answer{id_of(2), 1, 1})) << "the one without an answer";
    EXPECT_EQ(board.choose('1'), Reply(Answer{id_of(2), 1, 0})) << "the one answered last";
}

TEST_F(BoardWithQuestions, LeavesAlertsToEnterWhileAQuestionIsOpen) {
    static_cast<void>(board.show(alert_of(1, "One"), evening));
    static_cast<void>(board.show(question_of(2, "Lunch"), evening));
    const std::string text = board.show(alert_of(3, "Two"), evening);
    EXPECT_NE(text.find("[2] Acknowledge those before it first, with Enter"), std::string::npos);
    EXPECT_EQ(status(text),
              "1-2: answer \"Lunch\" · 2 alerts open. Enter: acknowledge [1]; r: show again");
    EXPECT_EQ(board.choose('2'), Reply(Answer{id_of(2), 1, 1}));
    EXPECT_EQ(board.choose('\n'), Reply(Acknowledgement{id_of(1), 1}));

    static_cast<void>(board.remove({id_of(2), MessageRemovalCause::closed}, evening));
    EXPECT_EQ(board.choose('2'), Reply(Acknowledgement{id_of(3), 1})) << "digits are free again";
}

TEST_F(BoardWithQuestions, TakesAnAnswerBackThatCouldNotBeNoted) {
    static_cast<void>(board.show(question_of(1, "Lunch"), evening));
    const std::optional<Reply> reply = board.choose('2');
    board.kept_open(*reply);
    EXPECT_EQ(status(board.restored(evening)), "1-2: answer \"Lunch\"; r: show again");
}

TEST_F(BoardWithQuestions, AsksAgainWhenTheQuestionChanges) {
    static_cast<void>(board.show(question_of(1, "Lunch"), evening));
    press('2');
    IncomingMessage newer = question_of(1, "Lunch", {"Soup", "Salad", "Both"});
    newer.revision = 2;
    const std::string text = board.change(newer, evening);
    EXPECT_NE(text.find("Press 1-3 to answer"), std::string::npos);
    EXPECT_EQ(board.choose('3'), Reply(Answer{id_of(1), 2, 2}));
}

TEST_F(BoardWithQuestions, SaysThatAnAnswerWaitsForTheConnection) {
    static_cast<void>(board.show(question_of(1, "Lunch"), evening));
    const std::optional<Reply> reply = board.choose('1');
    EXPECT_NE(board.answered(std::get<Answer>(*reply), false, evening)
                  .find("(the sender will know when the connection is back)"),
              std::string::npos);
}

TEST(BoardOfAFileWithQuestions, SaysThatTheyCannotBeAnswered) {
    use_utc();
    Board board(plain_look());
    EXPECT_EQ(board.show(question_of(1, "Lunch"), evening),
              "2026-11-23 20:40:00 INFO from ops, 20:40, to all\n"
              "    Lunch\n"
              "    Please choose.\n"
              "    \n"
              "    1  Yes\n"
              "    2  No\n"
              "    Cannot be answered here: there is no keyboard\n");
    EXPECT_EQ(board.choose('1'), std::nullopt);
}

}  // namespace
}  // namespace crier::screens
