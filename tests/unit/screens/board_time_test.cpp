// What a terminal does because time passes: it counts down, and calls for what nobody has
// acknowledged. Method: events and times in, text and the next time out; nothing waits.

#include <gtest/gtest.h>

#include "subscriber/screens/board.hpp"
#include "tests/unit/screens/sample_messages.hpp"

namespace crier::screens {
namespace {

using namespace testing;
using std::chrono::minutes;
using std::chrono::seconds;

IncomingMessage with_countdown(std::uint8_t number, std::string title, UtcTime to) {
    IncomingMessage message = message_of(number, "The server stops in 15:00.");
    message.content.title = std::move(title);
    message.content.countdown_to = to;
    message.text_parts = {"The server stops in ", "."};
    return message;
}

IncomingMessage escalating(IncomingMessage message) {
    message.content.escalation = {{minutes(1), Urgency::alert}, {minutes(2), Urgency::sound}};
    return message;
}

class BoardOverTime : public ::testing::Test {
protected:
    void SetUp() override { use_utc(); }

    std::string escalate(std::uint8_t number, Urgency urgency, UtcTime now = evening) {
        return board.escalate({id_of(number), 1, urgency}, now);
    }
    bool rings_at(UtcTime now) {
        const auto due = board.next_ring(now);
        const std::string text = board.ring(now);
        EXPECT_EQ(text.empty(), !due || *due > now);
        return !text.empty();
    }

    Board board{box_look(80)};
};

// ---- Countdown
// -----------------------------------------------------------------------------------

TEST_F(BoardOverTime, ShowsTheTextWithTheTimeThatIsLeftAndCountsDownBelow) {
    const UtcTime end = evening + minutes(15);
    const std::string text =
        board.show(with_countdown(1, "Maintenance", end), evening + seconds(1));
    EXPECT_NE(text.find("The server stops in 14:59."), std::string::npos);
    EXPECT_TRUE(text.ends_with("\n14:59 left: Maintenance"));
    EXPECT_EQ(board.restored(evening + seconds(2)), erase + "14:58 left: Maintenance");
    EXPECT_FALSE(board.wants_keys());
}

TEST_F(BoardOverTime, WakesWhenTheNextSecondBeginsAndNeverAfterTheEnd) {
    const UtcTime end = evening + minutes(15);
    EXPECT_EQ(board.next_countdown(evening), std::nullopt) << "nothing is counted down to";
    static_cast<void>(board.show(with_countdown(1, "Maintenance", end), evening));
    EXPECT_EQ(board.next_countdown(evening), evening + seconds(1));
    const UtcTime between = evening + Milliseconds(1'700);
    EXPECT_EQ(board.next_countdown(between), evening + seconds(2));
    EXPECT_EQ(board.next_countdown(end - Milliseconds(1)), end);

    EXPECT_EQ(board.next_countdown(end), end) << "the line is to go";
    EXPECT_EQ(board.restored(end), erase);
    EXPECT_EQ(board.next_countdown(end), std::nullopt);
}

TEST_F(BoardOverTime, CountsDownToWhatComesFirstAndNotToWhatWasTakenOff) {
    static_cast<void>(board.show(with_countdown(1, "Later", evening + minutes(9)), evening));
    EXPECT_TRUE(board.show(with_countdown(2, "Soon", evening + minutes(3)), evening)
                    .ends_with("\n3:00 left: Soon"));
    EXPECT_TRUE(board.remove({id_of(2), MessageRemovalCause::recalled}, evening)
                    .ends_with("\n9:00 left: Later"));
    static_cast<void>(board.remove({id_of(1), MessageRemovalCause::recalled}, evening));
    EXPECT_EQ(board.next_countdown(evening), std::nullopt);
}

TEST_F(BoardOverTime, RecognisesAMessageWithoutTheTimeInIt) {
    static_cast<void>(board.show(with_countdown(1, "", evening + minutes(15)), evening));
    EXPECT_EQ(board.remove({id_of(1), MessageRemovalCause::recalled}, evening),
              erase + "20:40 Withdrawn by the sender: The server stops in ….\n");
}

TEST_F(BoardOverTime, CountsDownBesideWhatKeysDo) {
    static_cast<void>(board.show(with_countdown(1, "Stop", evening + minutes(3)), evening));
    EXPECT_TRUE(board.show(alert_of(2, "Log off"), evening)
                    .ends_with("\n3:00 left: Stop · 1 alert open. Enter: acknowledge [1]; r: show "
                               "again"));
}

TEST(BoardWithoutAStatusLine, NeverWakes) {
    use_utc();
    Board board(plain_look());
    const std::string text =
        board.show(with_countdown(1, "Stop", evening + minutes(3)), evening + seconds(1));
    EXPECT_NE(text.find("The server stops in 2:59."), std::string::npos);
    static_cast<void>(board.show(escalating(alert_of(2, "Log off")), evening));
    static_cast<void>(board.escalate({id_of(2), 1, Urgency::sound}, evening));
    EXPECT_EQ(board.next_countdown(evening), std::nullopt);
    EXPECT_EQ(board.next_ring(evening), std::nullopt);
    EXPECT_EQ(board.ring(evening + minutes(1)), "");
}

// ---- Escalation
// ----------------------------------------------------------------------------------

TEST_F(BoardOverTime, MakesAnAlertOfANotificationThatNobodyAcknowledged) {
    static_cast<void>(board.show(escalating(message_of(1, "Please log off.")), evening));
    static_cast<void>(board.show(alert_of(2, "Other"), evening));
    EXPECT_EQ(escalate(1, Urgency::alert),
              erase + "\a" +
                  "┌─ INFO, still not acknowledged ─┐\n"
                  "│ Please log off.                │\n"
                  "│                                │\n"
                  "│ from ops, 20:40 · to all       │\n"
                  "│ [2] Press 2 to acknowledge     │\n"
                  "└────────────────────────────────┘\n"
                  "2 alerts open. Enter: acknowledge [1]; 1-9: that one; r: show again");
    EXPECT_EQ(board.choose('\n'), Reply(Acknowledgement{id_of(2), 1})) << "as its hint says";
    EXPECT_EQ(board.choose('2'), Reply(Acknowledgement{id_of(1), 1}));
    EXPECT_EQ(board.next_ring(evening), std::nullopt);
}

TEST_F(BoardOverTime, RingsEveryTenSecondsUntilItIsAcknowledged) {
    static_cast<void>(board.show(escalating(alert_of(1, "Log off")), evening));
    EXPECT_NE(escalate(1, Urgency::sound).find('\a'), std::string::npos);
    EXPECT_FALSE(rings_at(evening + Milliseconds(9'999)));
    EXPECT_TRUE(rings_at(evening + seconds(10)));
    EXPECT_FALSE(rings_at(evening + seconds(11)));
    EXPECT_EQ(board.next_ring(evening + seconds(11)), evening + seconds(20));
    EXPECT_TRUE(rings_at(evening + seconds(20)));

    const auto reply = acknowledgement_by(board, 'a');
    ASSERT_TRUE(reply);
    static_cast<void>(board.acknowledged(*reply, true, evening));
    EXPECT_EQ(board.next_ring(evening + seconds(20)), std::nullopt);
    EXPECT_FALSE(rings_at(evening + minutes(5)));
}

TEST_F(BoardOverTime, StopsRingingWhenItIsRemovedOrAnswered) {
    static_cast<void>(board.show(escalating(alert_of(1, "Log off")), evening));
    static_cast<void>(board.show(escalating(question_of(2, "Lunch")), evening));
    static_cast<void>(escalate(1, Urgency::sound));
    EXPECT_NE(escalate(2, Urgency::sound).find("INFO, still not answered"), std::string::npos);
    static_cast<void>(board.remove({id_of(1), MessageRemovalCause::acknowledged}, evening));
    EXPECT_TRUE(rings_at(evening + seconds(10))) << "the question";
    static_cast<void>(board.choose('1'));
    EXPECT_EQ(board.next_ring(evening + seconds(10)), std::nullopt);
}

TEST_F(BoardOverTime, RingsThoughTheClockWasPutBack) {
    static_cast<void>(board.show(escalating(alert_of(1, "Log off")), evening));
    static_cast<void>(escalate(1, Urgency::sound));
    const UtcTime before = evening - minutes(60);
    EXPECT_TRUE(rings_at(before));
    EXPECT_FALSE(rings_at(before + seconds(9)));
    EXPECT_TRUE(rings_at(before + seconds(10)));
}

TEST_F(BoardOverTime, DoesNotEscalateWhatIsGoneOrAnotherRevision) {
    EXPECT_EQ(escalate(1, Urgency::sound), "");
    IncomingMessage newer = escalating(alert_of(1, "Log off"));
    newer.revision = 2;
    static_cast<void>(board.show(newer, evening));
    EXPECT_EQ(escalate(1, Urgency::sound), "");
    EXPECT_EQ(board.next_ring(evening), std::nullopt);
}

// ---- Reminders and removals
// ----------------------------------------------------------------------

TEST_F(BoardOverTime, CallsForAReminderOfAnOpenAlertAndSaysThatItIsOne) {
    IncomingMessage message = alert_of(1, "Log off");
    static_cast<void>(board.show(message, evening));
    message.revision = 2;
    message.is_reminder = true;
    const std::string text = board.change(message, evening);
    EXPECT_NE(text.find("\a┌─ WARNING, reminder ─"), std::string::npos);
    EXPECT_EQ(text.find("changed"), std::string::npos);
    message.revision = 3;
    message.is_reminder = false;
    EXPECT_EQ(board.change(message, evening).find('\a'), std::string::npos);
}

TEST_F(BoardOverTime, OpensAnAlertWhenANotificationIsChangedToOne) {
    static_cast<void>(board.show(message_of(1, "Please log off."), evening));
    IncomingMessage newer = alert_of(1, "Log off");
    newer.revision = 2;
    EXPECT_NE(board.change(newer, evening).find("[1] Press Enter or a to acknowledge"),
              std::string::npos);
    EXPECT_EQ(board.choose('a'), Reply(Acknowledgement{id_of(1), 2}));
}

TEST_F(BoardOverTime, SaysThatThePersonAcknowledgedItElsewhere) {
    static_cast<void>(board.show(alert_of(1, "Log off"), evening));
    EXPECT_EQ(board.remove({id_of(1), MessageRemovalCause::acknowledged}, evening),
              erase + "20:40 Acknowledged in another of your sessions: Log off\n");
    EXPECT_FALSE(board.wants_keys());
}

}  // namespace
}  // namespace crier::screens
