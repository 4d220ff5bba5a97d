// The screen that speaks to the alert window's program. Method: scripts for /bin/sh play the
// program; the real one is tried in tests/screens.

#include "subscriber/screens/window_screen.hpp"

#include <gtest/gtest.h>

#include "tests/support/temporary_directory.hpp"
#include "tests/unit/screens/turning.hpp"

namespace crier::screens {
namespace {

using namespace testing;
using Events = std::vector<ScreenEvent>;

constexpr const char* first_id = "00000000000000000000000000000001";

class ScreenOfAlerts : public ::testing::Test {
protected:
    void SetUp() override { use_utc(); }
    WindowScreen screen_of(const std::string& script) {
        return WindowScreen(box_look(80), {script_in(folder.path(), "window", script), true});
    }
    /// Says these lines for its first message, then notes in `lines` what it is told.
    static std::string playing(const std::string& said) {
        return "cd \"$(dirname \"$0\")\"\n"
               "echo '{\"ready\":{\"platform\":\"xcb\",\"kept_on_top\":true}}'\n"
               "read -r words\nread -r message\necho \"$message\" >> lines\n" +
               said + "\nwhile read -r line; do echo \"$line\" >> lines; done\n";
    }
    static std::string say_line(const std::string& json) { return "echo '" + json + "'\n"; }
    static std::string deed(const std::string& what) {
        return say_line(R"({")" + what + R"(":")" + first_id + R"(","revision":1,"choice":1})");
    }
    /// Once there are so many; else what there is after half a minute.
    std::vector<std::string> lines(WindowScreen& screen, std::size_t count) {
        const Instant end = read_clocks().steady + std::chrono::seconds(30);
        while (true) {
            std::ifstream stream(folder.path() / "lines");
            std::vector<std::string> found;
            for (std::string line; std::getline(stream, line);) found.push_back(line);
            if (found.size() >= count || read_clocks().steady >= end) return found;
            std::vector<pollfd> waits;
            screen.add_waits(waits);
            poll(waits.data(), waits.size(), 10);
            screen.serve(waits, evening);
        }
    }
    static Came came(State state, std::string cause = {}) {
        return {id_of(1), 1, {state, std::move(cause)}};
    }

    crier::testing::TemporaryDirectory folder;
};

TEST_F(ScreenOfAlerts, SaysDisplayedOnlyWhenTheWindowHasPaintedIt) {
    WindowScreen silent = screen_of(playing(""));
    silent.show(alert_of(1, "Log off"), evening);
    ASSERT_EQ(lines(silent, 1).size(), 1U);
    EXPECT_EQ(silent.take_events(), Events{});

    WindowScreen painting = screen_of(playing(deed("displayed") + deed("displayed")));
    painting.show(alert_of(1, "Log off"), evening);
    EXPECT_EQ(events_of(painting, 1), (Events{came(State::displayed)}));
}

TEST_F(ScreenOfAlerts, TellsTheSenderThatAWindowIsNotKeptOnTop) {
    WindowScreen screen = screen_of(
        "echo '{\"ready\":{\"platform\":\"wayland\","
        "\"kept_on_top\":false}}'\nread -r words\nread -r message\n" +
        deed("displayed") + "cat >/dev/null");
    screen.show(alert_of(1, "Log off"), evening);
    EXPECT_EQ(events_of(screen, 1), (Events{came(State::displayed, "not kept on top")}));
}

TEST_F(ScreenOfAlerts, HasFailedWithAllThatItShowsWhenItsProgramAnswersNoMore) {
    WindowScreen screen = screen_of(playing(deed("taken") + deed("displayed")));
    screen.show(alert_of(1, "Log off"), evening);
    ASSERT_EQ(events_of(screen, 1), (Events{came(State::displayed)}));
    screen.show(alert_of(2, "Second"), evening);
    screen.tick(evening + WindowScreen::painted_within);
    const Outcome lost{State::failed, "the window does not answer"};
    EXPECT_EQ(screen.take_events(), (Events{Came{id_of(1), 1, lost}, Came{id_of(2), 1, lost}}));
}

TEST_F(ScreenOfAlerts, GivesUpAWindowThatDoesNotPaint) {
    WindowScreen screen = screen_of(playing(deed("taken") + "echo taken >> lines\n"));
    screen.show(alert_of(1, "Log off"), evening);
    ASSERT_EQ(lines(screen, 2).size(), 2U);
    turn_once(screen);
    ASSERT_EQ(screen.next_tick(evening), evening + WindowScreen::painted_within);
    screen.tick(evening + WindowScreen::painted_within);
    const Events events = screen.take_events();
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0],
              ScreenEvent(came(State::failed, "the window did not show it within 10 s")));
    EXPECT_EQ(lines(screen, 3).at(2), std::string(R"({"remove":")") + first_id + R"("})");
}

TEST_F(ScreenOfAlerts, HoldsBackWhatStandsBelowOthersUntilThePersonScrollsToIt) {
    const auto said_of_second = [](const std::string& what) {
        return say_line(R"({")" + what + R"(":")" + to_string(id_of(2)) + R"(","revision":1})");
    };
    WindowScreen screen = screen_of(playing(deed("taken") + deed("displayed") + "read -r second\n" +
                                            said_of_second("taken") + "echo second >> lines\n" +
                                            "read -r third\n" + said_of_second("displayed")));
    screen.show(alert_of(1, "First"), evening);
    screen.show(alert_of(2, "Second"), evening);
    EXPECT_EQ(events_of(screen, 1), (Events{came(State::displayed)}));
    ASSERT_EQ(lines(screen, 2).size(), 2U);
    turn_once(screen);
    screen.tick(evening + WindowScreen::painted_within);
    const Outcome below{State::suppressed, "in the window, but not in sight"};
    EXPECT_EQ(screen.take_events(), (Events{Came{id_of(2), 1, below}}));
    screen.show(alert_of(3, "Third"), evening);
    EXPECT_EQ(events_of(screen, 1), (Events{Came{id_of(2), 1, {}}}));
}

TEST_F(ScreenOfAlerts, HasFailedWhenItsProgramEnds) {
    WindowScreen screen = screen_of(playing(deed("displayed") + "exit 9\n"));
    screen.show(alert_of(1, "Log off"), evening);
    const Events expected{came(State::displayed),
                          came(State::failed, "the window's program ended: exit status 9")};
    EXPECT_EQ(events_of(screen, 2), expected);

    WindowScreen blind = screen_of("exit 3");
    blind.show(alert_of(1, "Log off"), evening);
    EXPECT_EQ(events_of(blind, 1), (Events{came(State::failed, "the display cannot be used")}));

    WindowScreen nowhere(box_look(80), {"window", false});
    nowhere.show(alert_of(1, "Log off"), evening);
    EXPECT_EQ(nowhere.take_events(), (Events{came(State::failed, "there is no display")}));

    WindowScreen missing(box_look(80), {(folder.path() / "missing").string(), true});
    missing.show(alert_of(1, "Log off"), evening);
    EXPECT_EQ(std::get<Came>(missing.take_events().at(0)).outcome.state, State::failed);
}

TEST_F(ScreenOfAlerts, TakesAnAcknowledgementAndThenTheMessageOutOfTheWindow) {
    WindowScreen screen = screen_of(playing(deed("displayed") + deed("acknowledged")));
    screen.show(alert_of(1, "Log off"), evening);
    EXPECT_EQ(events_of(screen, 2), (Events{came(State::displayed), Acknowledgement{id_of(1), 1}}));
    screen.acknowledged({id_of(1), 1}, {}, evening);
    EXPECT_EQ(lines(screen, 2).at(1), std::string(R"({"remove":")") + first_id + R"("})");
    // The program is kept for the next message, but not for ever.
    EXPECT_EQ(screen.next_tick(evening), evening + WindowScreen::kept_idle);
    screen.tick(evening + WindowScreen::kept_idle);
    std::vector<pollfd> waits;
    screen.add_waits(waits);
    EXPECT_EQ(waits.at(0).fd, -1);
}

TEST_F(ScreenOfAlerts, KeepsAnAlertWhoseAcknowledgementCouldNotBeNoted) {
    WindowScreen screen = screen_of(playing(deed("displayed") + deed("acknowledged")));
    screen.show(alert_of(1, "Log off"), evening);
    ASSERT_EQ(events_of(screen, 2).size(), 2U);
    screen.acknowledged({id_of(1), 1}, fail(ErrorCode::overloaded, "too much"), evening);
    EXPECT_NE(lines(screen, 2).at(1).find("too much"), std::string::npos);
}

TEST_F(ScreenOfAlerts, MarksTheAnswerAndTakesNoChoiceThatWasNotOffered) {
    WindowScreen screen = screen_of(playing(
        deed("displayed") +
        say_line(std::string(R"({"answered":")") + first_id + R"(","revision":1,"choice":7})") +
        deed("answered")));
    screen.show(question_of(1, "Lunch"), evening);
    EXPECT_EQ(events_of(screen, 2), (Events{came(State::displayed), Answer{id_of(1), 1, 1}}));
    screen.answered({id_of(1), 1, 1}, {}, evening);
    const std::string marked = lines(screen, 2).at(1);
    EXPECT_NE(marked.find(R"("answer":1)"), std::string::npos);
    EXPECT_NE(marked.find("Your answer: No."), std::string::npos);
}

TEST_F(ScreenOfAlerts, CountsAClosedWindowAsDismissedNotAsRead) {
    WindowScreen screen = screen_of(playing(deed("displayed") + deed("dismissed")));
    screen.show(alert_of(1, "Log off"), evening);
    const Events expected{came(State::displayed),
                          Dismissal{id_of(1), 1, "dismissed by the person"}};
    EXPECT_EQ(events_of(screen, 2), expected);
}

TEST_F(ScreenOfAlerts, HasFailedWithWhatWasClosedBeforeItWasSeen) {
    WindowScreen screen = screen_of(playing(deed("dismissed")));
    screen.show(alert_of(1, "Log off"), evening);
    EXPECT_EQ(events_of(screen, 1),
              (Events{came(State::failed, "the window was closed before it was seen there")}));
}

TEST_F(ScreenOfAlerts, GivesUpAWindowThatReadsNothingAnyMore) {
    WindowScreen screen = screen_of(deed("displayed") + "exec sleep 600");
    IncomingMessage alert = alert_of(1, "Log off");
    alert.content.text = std::string(16'384, 'x');
    screen.show(alert, evening);
    ASSERT_EQ(events_of(screen, 1), (Events{came(State::displayed)}));
    Events events;
    for (int time = 0; time < 1'000 && events.empty(); ++time) {
        screen.escalate({id_of(1), 1, Urgency::sound}, evening);
        events = screen.take_events();
    }
    EXPECT_EQ(events, (Events{came(State::failed, "the window reads nothing any more")}));
    EXPECT_EQ(screen.next_tick(evening), std::nullopt);
}

TEST_F(ScreenOfAlerts, FailsWithWhatTheWindowHasNoRoomForAndKeepsTheRest) {
    WindowScreen screen = screen_of("exec cat >/dev/null");
    for (std::size_t number = 0; number < WindowScreen::messages_max; ++number) {
        screen.show(alert_of(static_cast<std::uint8_t>(number), "Log off"), evening);
    }
    EXPECT_EQ(screen.take_events(), Events{});
    screen.show(alert_of(250, "One more"), evening);
    EXPECT_EQ(
        screen.take_events(),
        (Events{Came{id_of(250), 1, {State::failed, "too many messages are in the window"}}}));
}

TEST_F(ScreenOfAlerts, IgnoresWhatIsSaidOfAnEarlierRevisionOrIsNoLine) {
    WindowScreen screen = screen_of(
        playing("read -r newer\necho nonsense\necho '[1]'\n" + deed("displayed") +
                say_line(std::string(R"({"displayed":")") + first_id + R"(","revision":2})")));
    IncomingMessage alert = alert_of(1, "Log off");
    screen.show(alert, evening);
    alert.revision = 2;
    screen.change(alert, evening);
    EXPECT_EQ(events_of(screen, 1), (Events{Came{id_of(1), 2, {}}}));
}

TEST_F(ScreenOfAlerts, RingsAgainAndAgainUntilItIsAnswered) {
    WindowScreen screen = screen_of(playing(deed("displayed")));
    screen.show(alert_of(1, "Log off"), evening);
    ASSERT_EQ(events_of(screen, 1).size(), 1U);
    screen.escalate({id_of(1), 1, Urgency::sound}, evening);
    const std::string ring = std::string(R"({"ring":")") + first_id + R"("})";
    EXPECT_EQ(lines(screen, 3).at(2), ring);
    ASSERT_EQ(screen.next_tick(evening), evening + WindowScreen::ring_interval);
    screen.tick(evening + WindowScreen::ring_interval);
    EXPECT_EQ(lines(screen, 4).at(3), ring);
    screen.acknowledged({id_of(1), 1}, {}, evening);
    EXPECT_EQ(screen.next_tick(evening), evening + WindowScreen::kept_idle);
}

TEST_F(ScreenOfAlerts, SendsTextsCleanAndTheTimeThatIsLeftInParts) {
    WindowScreen screen = screen_of(playing(""));
    IncomingMessage alert = alert_of(1, "Log\x1b[2J off");
    alert.content.countdown_to = evening + Milliseconds(90'000);
    alert.text_parts = {"In ", " the server stops."};
    screen.show(alert, evening);
    const std::string line = lines(screen, 1).at(0);
    EXPECT_EQ(line.find("u001b"), std::string::npos) << line;
    EXPECT_NE(line.find(R"("parts":["In "," the server stops."])"), std::string::npos) << line;
    EXPECT_NE(line.find(R"("countdown_ms":90000)"), std::string::npos) << line;
    EXPECT_NE(line.find(R"("acknowledge":"I have read this")"), std::string::npos) << line;
}

}  // namespace
}  // namespace crier::screens
