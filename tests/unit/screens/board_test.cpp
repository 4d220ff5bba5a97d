// What stands on a terminal over time: open alerts, their numbers, the status line, and the lines
// that say what changed. Method: events in, exact text out.

#include "subscriber/screens/board.hpp"

#include <gtest/gtest.h>

#include "tests/unit/screens/sample_messages.hpp"

namespace crier::screens {
namespace {

using namespace testing;

class BoardOfATerminal : public ::testing::Test {
protected:
    void SetUp() override { use_utc(); }

    /// The status line: what follows the last line end.
    static std::string status(const std::string& text) {
        std::string last = text.substr(text.rfind('\n') + 1);
        if (last.starts_with(erase)) last.erase(0, erase.size());
        return last;
    }

    Acknowledgement acknowledge(char key) {
        const std::optional<Acknowledgement> reply = acknowledgement_by(board, key);
        EXPECT_TRUE(reply.has_value()) << "key " << key;
        if (!reply) return {};
        last = board.acknowledged(*reply, true, evening);
        return *reply;
    }

    Board board{box_look(80)};
    std::string last;
};

TEST_F(BoardOfATerminal, ShowsAnAlertAndThenAsksForAKey) {
    EXPECT_EQ(board.show(alert_of(1, "Log off"), evening),
              erase + "\a" +
                  "┌─ WARNING ───────────────────────────┐\n"
                  "│ Log off                             │\n"
                  "│                                     │\n"
                  "│ Please log off.                     │\n"
                  "│                                     │\n"
                  "│ from ops, 20:40 · to all            │\n"
                  "│ [1] Press Enter or a to acknowledge │\n"
                  "└─────────────────────────────────────┘\n"
                  "1 alert open. Enter: acknowledge [1]; r: show again");
}

TEST_F(BoardOfATerminal, AsksForNothingWhenANotificationComes) {
    const std::string text = board.show(message_of(1, "Hello"), evening);
    EXPECT_EQ(status(text), "");
    EXPECT_EQ(text.find('\a'), std::string::npos);
    EXPECT_FALSE(board.wants_keys());
    EXPECT_EQ(board.choose('a'), std::nullopt);
}

TEST_F(BoardOfATerminal, AcknowledgesTheOldestAlertWithEnterAndAnyByItsNumber) {
    static_cast<void>(board.show(alert_of(1, "One"), evening));
    static_cast<void>(board.show(alert_of(2, "Two"), evening));
    EXPECT_EQ(status(board.show(alert_of(3, "Three"), evening)),
              "3 alerts open. Enter: acknowledge [1]; 1-9: that one; r: show again");

    EXPECT_EQ(acknowledge('2').id, id_of(2));
    EXPECT_EQ(last, erase +
                        "20:40 Acknowledged: [2] Two\n"
                        "2 alerts open. Enter: acknowledge [1]; 1-9: that one; r: show again");
    EXPECT_EQ(acknowledge('\n').id, id_of(1));
    EXPECT_EQ(status(last), "1 alert open. Enter: acknowledge [3]; r: show again");
    EXPECT_EQ(acknowledge('a').id, id_of(3));
    EXPECT_EQ(last, erase + "20:40 Acknowledged: [3] Three\n");
    EXPECT_FALSE(board.wants_keys());
}

TEST_F(BoardOfATerminal, TakesKeysThatCameAtOnceForDifferentAlerts) {
    static_cast<void>(board.show(alert_of(1, "One"), evening));
    static_cast<void>(board.show(alert_of(2, "Two"), evening));
    const auto first = acknowledgement_by(board, 'a');
    const auto second = acknowledgement_by(board, 'a');
    EXPECT_EQ(first->id, id_of(1));
    EXPECT_EQ(second->id, id_of(2));
    EXPECT_EQ(board.choose('a'), std::nullopt);

    board.kept_open(*first);  // It could not be noted: the next key may try again.
    EXPECT_EQ(acknowledgement_by(board, 'a')->id, id_of(1));
}

TEST_F(BoardOfATerminal, IgnoresKeysThatMeanNothing) {
    static_cast<void>(board.show(alert_of(1, "One"), evening));
    for (const char key : {'x', ' ', '0', '2', '9', '\x7f', '\0', 'b'}) {
        EXPECT_EQ(board.choose(key), std::nullopt) << key;
    }
}

TEST_F(BoardOfATerminal, SaysThatAnAnswerWaitsForTheConnection) {
    static_cast<void>(board.show(alert_of(1, "One"), evening));
    const auto answer = acknowledgement_by(board, 'a');
    EXPECT_EQ(
        board.acknowledged(*answer, false, evening),
        erase + "20:40 Acknowledged: [1] One (the sender will know when the connection is back)\n");
}

TEST_F(BoardOfATerminal, ClosesAnAlertThatIsWithdrawnOrExpired) {
    static_cast<void>(board.show(alert_of(1, "One"), evening));
    static_cast<void>(board.show(alert_of(2, "Two"), evening));
    EXPECT_EQ(board.remove({id_of(1), MessageRemovalCause::recalled}, evening),
              erase +
                  "20:40 Withdrawn by the sender: One\n"
                  "1 alert open. Enter: acknowledge [2]; r: show again");
    EXPECT_EQ(board.remove({id_of(2), MessageRemovalCause::expired}, evening),
              erase + "20:40 Expired: Two\n");
    EXPECT_FALSE(board.wants_keys());
}

TEST_F(BoardOfATerminal, SaysOfAnAcknowledgedMessageTooThatItIsWithdrawn) {
    static_cast<void>(board.show(alert_of(1, "One"), evening));
    acknowledge('a');
    EXPECT_EQ(board.remove({id_of(1), MessageRemovalCause::recalled}, evening),
              erase + "20:40 Withdrawn by the sender: One\n");
}

TEST_F(BoardOfATerminal, IgnoresTheRemovalOfWhatItNeverShowed) {
    EXPECT_EQ(board.remove({id_of(1), MessageRemovalCause::expired}, evening), "");
}

TEST_F(BoardOfATerminal, KeepsTheNumberOfAnAlertThatChanges) {
    static_cast<void>(board.show(alert_of(1, "One"), evening));
    static_cast<void>(board.show(alert_of(2, "Two"), evening));
    IncomingMessage newer = alert_of(2, "Two, later");
    newer.revision = 2;
    const std::string text = board.change(newer, evening);
    EXPECT_NE(text.find("WARNING, changed"), std::string::npos);
    EXPECT_NE(text.find("[2] Press 2 to acknowledge"), std::string::npos);
    EXPECT_EQ(board.choose('2'), Reply(Acknowledgement{id_of(2), 2}));
}

TEST_F(BoardOfATerminal, DoesNotAskAgainForWhatWasAcknowledged) {
    static_cast<void>(board.show(alert_of(1, "One"), evening));
    acknowledge('a');
    IncomingMessage newer = alert_of(1, "One, later");
    newer.revision = 2;
    EXPECT_EQ(status(board.change(newer, evening)), "");
    EXPECT_FALSE(board.wants_keys());
}

TEST_F(BoardOfATerminal, GivesANewAlertTheLowestFreeNumber) {
    static_cast<void>(board.show(alert_of(1, "One"), evening));
    static_cast<void>(board.show(alert_of(2, "Two"), evening));
    acknowledge('1');
    EXPECT_NE(board.show(alert_of(3, "Three"), evening).find("[1] Press 1 to acknowledge"),
              std::string::npos);
    EXPECT_EQ(acknowledge('a').id, id_of(2)) << "the oldest one, whatever its number";
}

TEST_F(BoardOfATerminal, TellsHowToGetAtTheTenthAlert) {
    for (std::uint8_t number = 1; number <= 9; ++number) {
        static_cast<void>(board.show(alert_of(number, "Early"), evening));
    }
    EXPECT_NE(board.show(alert_of(10, "Tenth"), evening)
                  .find("[10] Acknowledge those before it first, with Enter"),
              std::string::npos);
}

TEST_F(BoardOfATerminal, ShowsOpenAlertsAgainOnDemandAndInTheNewWidth) {
    static_cast<void>(board.show(alert_of(1, "One"), evening));
    static_cast<void>(board.show(message_of(2, "A notification"), evening));
    EXPECT_EQ(board.resized(24, evening), erase + "1 alert open. Enter: a…");
    EXPECT_EQ(board.show_open_ones(evening), erase +
                                                 "┌─ WARNING ────────────┐\n"
                                                 "│ One                  │\n"
                                                 "│                      │\n"
                                                 "│ Please log off.      │\n"
                                                 "│                      │\n"
                                                 "│ from ops, 20:40      │\n"
                                                 "│ to all               │\n"
                                                 "│ [1] Press Enter or a │\n"
                                                 "│ to acknowledge       │\n"
                                                 "└──────────────────────┘\n"
                                                 "1 alert open. Enter: a…");
}

TEST_F(BoardOfATerminal, TakesTheStatusLineAwayBeforeOthersWrite) {
    EXPECT_EQ(board.cleared(), erase) << "what the terminal has echoed, ^C";
    static_cast<void>(board.show(alert_of(1, "One"), evening));
    EXPECT_EQ(board.cleared(), erase);
    EXPECT_EQ(board.restored(evening),
              erase + "1 alert open. Enter: acknowledge [1]; r: show again");
}

TEST_F(BoardOfATerminal, KeepsOpenAlertsAndForgetsOldNotifications) {
    static_cast<void>(board.show(message_of(1, "Old"), evening));
    static_cast<void>(board.show(alert_of(2, "Open"), evening));
    for (int count = 0; count < 1'100; ++count) {
        IncomingMessage message = message_of(3, "New");
        message.id.bytes[0] = static_cast<std::uint8_t>(count / 256);
        message.id.bytes[1] = static_cast<std::uint8_t>(count % 256);
        static_cast<void>(board.show(message, evening));
    }
    EXPECT_EQ(board.remove({id_of(1), MessageRemovalCause::expired}, evening), "");
    EXPECT_EQ(acknowledgement_by(board, 'a')->id, id_of(2));
}

TEST(BoardOfAFile, SaysThatAlertsCannotBeAcknowledged) {
    use_utc();
    Board board(plain_look());
    EXPECT_EQ(board.show(alert_of(1, "Log off"), evening),
              "2026-11-23 20:40:00 WARNING from ops, 20:40, to all\n"
              "    Log off\n"
              "    Please log off.\n"
              "    Cannot be acknowledged here: there is no keyboard\n");
    EXPECT_FALSE(board.wants_keys());
    EXPECT_EQ(board.choose('a'), std::nullopt);
    EXPECT_EQ(board.note("Connected", evening), "2026-11-23 20:40:00 Connected\n");
    EXPECT_EQ(board.remove({id_of(1), MessageRemovalCause::expired}, evening),
              "2026-11-23 20:40:00 Expired: Log off\n");
}

TEST(BoardOfADumbTerminal, AsksInTheNoticeForItHasNoStatusLine) {
    use_utc();
    Board board({.columns = 40, .has_keyboard = true});
    EXPECT_EQ(board.show(alert_of(1, "Log off"), evening),
              "2026-11-23 20:40:00 WARNING from ops,\n"
              "20:40, to all\n"
              "    Log off\n"
              "    Please log off.\n"
              "    [1] Press Enter or a to acknowledge\n");
    EXPECT_EQ(acknowledgement_by(board, '\n')->id, id_of(1));
}

}  // namespace
}  // namespace crier::screens
