// The screen of a person: what it says of the connection and of the end. Method: a screen that
// writes into a pipe; its keys come from another.

#include "subscriber/screens/terminal_screen.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "tests/unit/screens/sample_messages.hpp"

namespace crier::screens {
namespace {

using namespace testing;
using std::chrono::seconds;

class ScreenOfAPerson : public ::testing::Test {
protected:
    void SetUp() override { use_utc(); }
    ~ScreenOfAPerson() override {
        for (const int end : {keys[0], keys[1], shown[0], shown[1], stop}) close(end);
    }

    static std::array<int, 2> pipe_ends() {
        std::array<int, 2> ends{-1, -1};
        EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
        return ends;
    }
    std::string written() {
        std::array<char, 8'192> bytes{};
        const ssize_t count = read(shown[0], bytes.data(), bytes.size());
        return std::string(bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    }
    std::vector<Reply> type(const std::string& text) {
        EXPECT_EQ(write(keys[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
        return replies_to_input(screen);
    }
    void disconnect(ErrorCode code, std::string detail) {
        screen.disconnected({{code, std::move(detail)}, true}, evening);
    }

    std::array<int, 2> keys = pipe_ends();
    std::array<int, 2> shown = pipe_ends();
    int stop = eventfd(0, EFD_CLOEXEC);
    Input input{keys[0]};
    Output output{shown[1], stop};
    TerminalScreen screen{box_look(80), input, output, shown[1]};
};

TEST_F(ScreenOfAPerson, ShowsOnceWhyNewSessionsAreNotLetInAndThatItGoesOnTrying) {
    disconnect(ErrorCode::admission_closed, "Maintenance until 22:00.\n\x1b[2JPlease wait.");
    EXPECT_EQ(written(),
              erase +
                  "┌─ NO NEW SESSIONS FOR NOW ───────────────────────────────────┐\n"
                  "│ Maintenance until 22:00.                                    │\n"
                  "│ \uFFFD[2JPlease wait.                                            │\n"
                  "│                                                             │\n"
                  "│ This session is not let in yet. It goes on trying by itself │\n"
                  "└─────────────────────────────────────────────────────────────┘\n");
    disconnect(ErrorCode::broker_unreachable, "no answer");
    disconnect(ErrorCode::admission_closed, "Maintenance until 22:00.\n\x1b[2JPlease wait.");
    EXPECT_EQ(written(), "") << "it was said";
    disconnect(ErrorCode::admission_closed, "Until 23:00.");
    EXPECT_NE(written().find("Until 23:00."), std::string::npos);

    screen.connected(SubscriberConnected{}, evening);
    static_cast<void>(written());
    disconnect(ErrorCode::admission_closed, "Until 23:00.");
    EXPECT_NE(written().find("Until 23:00."), std::string::npos) << "another outage";
}

TEST_F(ScreenOfAPerson, SaysAsTheLastLineThatAnOperatorEndedTheSession) {
    screen.show(alert_of(1, "Log off"), evening);
    static_cast<void>(written());
    screen.ended(SubscriberEnded{SubscriberEnded::Cause::dropped,
                                 {ErrorCode::dropped, "its key is refused until 22:00"}},
                 evening);
    EXPECT_TRUE(written().starts_with(
        erase + "20:40 Ended by an operator: its key is refused until 22:00 (dropped, 4034)\n"));
}

TEST_F(ScreenOfAPerson, PassesAnswersOnAndSaysWhatCameOfThem) {
    screen.show(question_of(1, "Lunch"), evening);
    static_cast<void>(written());
    const std::vector<Reply> expected{Answer{id_of(1), 1, 1}};
    EXPECT_EQ(type("x2"), expected);
    screen.answered({id_of(1), 1, 1}, fail(ErrorCode::overloaded, "too much; try again"), evening);
    EXPECT_EQ(written(), erase +
                             "20:40 Not answered, try again: too much\n"
                             "1-2: answer \"Lunch\"; r: show again");
    EXPECT_EQ(type("2"), expected);
    screen.answered({id_of(1), 1, 1}, {}, evening);
    EXPECT_NE(written().find("Your answer to \"Lunch\": No"), std::string::npos);
    EXPECT_TRUE(type("n").empty());
    EXPECT_EQ(written(), "") << "there is no other question";
}

TEST_F(ScreenOfAPerson, TicksWhileItCountsDownOrRingsAndNotOtherwise) {
    EXPECT_EQ(screen.next_tick(evening), std::nullopt);
    IncomingMessage message = alert_of(1, "Log off");
    message.content.countdown_to = evening + seconds(3);
    message.content.escalation = {{seconds(1), Urgency::sound}};
    screen.show(message, evening);
    EXPECT_EQ(screen.next_tick(evening), evening + seconds(1));
    screen.escalate({id_of(1), 1, Urgency::sound}, evening + seconds(1));
    static_cast<void>(written());

    screen.tick(evening + seconds(2));
    EXPECT_TRUE(written().starts_with(erase + "0:01 left: Log off · 1 alert open."));
    screen.tick(evening + seconds(3));
    EXPECT_TRUE(written().starts_with(erase + "1 alert open."));
    EXPECT_EQ(screen.next_tick(evening + seconds(3)), evening + seconds(11));
    screen.tick(evening + seconds(11));
    EXPECT_EQ(written(), "\a");

    screen.acknowledged({id_of(1), 1}, {}, evening + seconds(12));
    EXPECT_EQ(screen.next_tick(evening + seconds(12)), std::nullopt);
}

TEST_F(ScreenOfAPerson, ShowsADigestAndReportsThatItIsOne) {
    EXPECT_TRUE(screen.has_digests());
    const std::vector<IncomingMessage> two{message_of(1, "One"), message_of(2, "Two")};
    const Outcome in_digest{.state = State::displayed, .cause = {}, .is_in_digest = true};
    screen.show_digest(two, evening);
    const std::vector<ScreenEvent> expected{Came{id_of(1), 1, in_digest},
                                            Came{id_of(2), 1, in_digest}};
    EXPECT_EQ(screen.take_events(), expected);
    EXPECT_NE(written().find("2 messages, newest first"), std::string::npos);
}

}  // namespace
}  // namespace crier::screens
