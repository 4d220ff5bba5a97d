// The screen that a program of the user's is. Method: scripts for /bin/sh, started for real; the
// screen's clock stands still but where time is what is tested.

#include "subscriber/screens/command_screen.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <csignal>
#include <cstdlib>

#include "tests/support/temporary_directory.hpp"
#include "tests/unit/screens/turning.hpp"

namespace crier::screens {
namespace {

using namespace testing;
using Events = std::vector<ScreenEvent>;

class ScreenThatIsAProgram : public ::testing::Test {
protected:
    CommandScreen screen_of(const std::string& script) {
        return CommandScreen({.program = script_in(folder.path(), "show", script)});
    }
    std::filesystem::path file(const char* name) const { return folder.path() / name; }
    std::string text_in(const char* name) const {
        std::ifstream stream(file(name));
        return {std::istreambuf_iterator<char>(stream), {}};
    }
    static Came came(std::uint8_t number, State state, std::string cause = {}) {
        return {id_of(number), 1, {state, std::move(cause)}};
    }

    crier::testing::TemporaryDirectory folder;
};

TEST_F(ScreenThatIsAProgram, GetsTheMessageAsJsonAndInVariablesAndReportsByItsExitStatus) {
    CommandScreen screen = screen_of(
        "cd \"$(dirname \"$0\")\"\ncat > input\n"
        "printf '%s|%s|%s' \"$CRIER_EVENT\" \"$CRIER_TEXT\" "
        "\"$CRIER_CHOICES\" > variables\n");
    const IncomingMessage question = question_of(1, "Lunch");
    screen.show(question, evening);
    EXPECT_EQ(events_of(screen, 1), (Events{came(1, State::displayed)}));
    EXPECT_TRUE(text_in("input").starts_with(R"({"event":"message","id":)")) << text_in("input");
    EXPECT_NE(text_in("input").find(R"("title":"Lunch")"), std::string::npos);
    EXPECT_EQ(text_in("variables"), "message|Please choose.|Yes\nNo\n");
}

TEST_F(ScreenThatIsAProgram, FailsWithItsExitStatusOrSignalAndIsHeldBackWith75) {
    CommandScreen failing = screen_of("exit 3");
    failing.show(message_of(1, "Hello"), evening);
    const Events failed = events_of(failing, 1);
    ASSERT_EQ(failed.size(), 1U);
    EXPECT_EQ(std::get<Came>(failed[0]).outcome.state, State::failed);
    EXPECT_TRUE(std::get<Came>(failed[0]).outcome.cause.ends_with(": exit status 3"));

    CommandScreen busy = screen_of("exit 75");
    busy.show(message_of(1, "Hello"), evening);
    EXPECT_EQ(std::get<Came>(events_of(busy, 1).at(0)).outcome.state, State::suppressed);

    CommandScreen dying = screen_of("kill -9 $$");
    dying.show(message_of(1, "Hello"), evening);
    EXPECT_NE(std::get<Came>(events_of(dying, 1).at(0)).outcome.cause.find("signal 9"),
              std::string::npos);
}

TEST_F(ScreenThatIsAProgram, SaysByALineOfJsonWhatBecameOfItWhileItGoesOn) {
    CommandScreen screen = screen_of(
        "echo '{\"state\":\"suppressed\",\"cause\":\"asleep\"}'\n"
        "echo 'no json'\n"
        "echo '{\"state\":\"displayed\"}'\n"
        "echo '{\"answer\":2}'\n"
        "echo '{\"answer\":9}'\n"
        "exit 1");
    screen.show(question_of(1, "Lunch"), evening);
    const Events expected{came(1, State::suppressed, "asleep"), came(1, State::displayed),
                          Answer{id_of(1), 1, 1}};
    EXPECT_EQ(events_of(screen, 3), expected);
}

TEST_F(ScreenThatIsAProgram, Acknowledges) {
    CommandScreen screen = screen_of(
        "echo '{\"state\":\"displayed\"}'\n"
        "echo '{\"acknowledge\":true}'");
    screen.show(alert_of(1, "Log off"), evening);
    EXPECT_EQ(events_of(screen, 2),
              (Events{came(1, State::displayed), Acknowledgement{id_of(1), 1}}));
}

TEST_F(ScreenThatIsAProgram, HasShownWhatItSaysIsRemoved) {
    CommandScreen screen = screen_of("echo '{\"remove\":true,\"cause\":\"clicked away\"}'");
    screen.show(message_of(1, "Hello"), evening);
    EXPECT_EQ(events_of(screen, 2),
              (Events{came(1, State::displayed), Dismissal{id_of(1), 1, "clicked away"}}));
}

TEST_F(ScreenThatIsAProgram, IsEndedWhenItsTimeIsOverAndHasFailed) {
    CommandScreen screen = screen_of("exec sleep 600");
    screen.show(message_of(1, "Hello"), evening);
    const std::optional<UtcTime> due = screen.next_tick(evening);
    ASSERT_EQ(due, evening + Milliseconds(30'000));
    screen.tick(*due);
    const Events events = screen.take_events();
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(std::get<Came>(events[0]).outcome.state, State::failed);
    EXPECT_NE(std::get<Came>(events[0]).outcome.cause.find("within 30 s"), std::string::npos);
    EXPECT_EQ(screen.next_tick(evening), std::nullopt);
}

TEST_F(ScreenThatIsAProgram, RunsOnlySoManyAtOnceAndRefusesWhatWaitsBeyondThat) {
    CommandScreen screen = screen_of("read -r line\ncat \"$(dirname \"$0\")/gate\" >/dev/null\n");
    ASSERT_EQ(mkfifo(file("gate").c_str(), 0600), 0);
    const std::size_t all = CommandScreen::at_once_max + CommandScreen::waiting_max;
    for (std::size_t number = 0; number <= all; ++number) {
        screen.show(message_of(static_cast<std::uint8_t>(number), "Hello"), evening);
    }
    const Events refused = screen.take_events();
    ASSERT_EQ(refused.size(), 1U);
    EXPECT_EQ(std::get<Came>(refused[0]).outcome.cause, "too many messages wait for the command");
    std::vector<pollfd> waits;
    screen.add_waits(waits);
    EXPECT_EQ(waits.size(), CommandScreen::at_once_max);
}

TEST_F(ScreenThatIsAProgram, IsToldToEndWhenItsMessageIsRemovedAndAnotherRunIsToldWhy) {
    CommandScreen screen = screen_of(
        "cd \"$(dirname \"$0\")\"\n"
        "[ \"$CRIER_EVENT\" = message ] || { cat > removed; exit; }\n"
        "echo $$ > group\n"
        "trap 'echo ended > end; exit 0' TERM\n"
        "echo '{\"state\":\"displayed\"}'\n"
        "sleep 600 & wait");
    screen.show(message_of(1, "Hello"), evening);
    EXPECT_EQ(events_of(screen, 1), (Events{came(1, State::displayed)}));
    screen.remove({id_of(1), MessageRemovalCause::recalled}, evening);
    const Instant end = read_clocks().steady + std::chrono::seconds(30);
    const auto is_done = [this] {
        // Nor is anything left of what it has started.
        return text_in("end") == "ended\n" && text_in("removed").ends_with("}\n") &&
               kill(-std::stoi(text_in("group")), 0) != 0;
    };
    while (!is_done() && read_clocks().steady < end) {
        std::vector<pollfd> waits;
        screen.add_waits(waits);
        poll(waits.data(), waits.size(), 10);
        screen.serve(waits, evening);
    }
    EXPECT_TRUE(is_done());
    EXPECT_NE(text_in("removed").find(R"("cause":"recalled")"), std::string::npos);
    EXPECT_EQ(screen.take_events(), Events{});
}

TEST_F(ScreenThatIsAProgram, FailsThatCannotBeStarted) {
    CommandScreen screen({.program = file("missing").string()});
    screen.show(message_of(1, "Hello"), evening);
    const Events events = screen.take_events();
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(std::get<Came>(events[0]).outcome.state, State::failed);
    EXPECT_NE(std::get<Came>(events[0]).outcome.cause.find("No such file"), std::string::npos);
}

TEST_F(ScreenThatIsAProgram, KeepsNothingElseWaitingByWritingWithoutEnd) {
    CommandScreen screen = screen_of("exec yes");
    screen.show(message_of(1, "Hello"), evening);
    for (int turn = 0; turn < 20; ++turn) {
        std::vector<pollfd> waits;
        screen.add_waits(waits);
        poll(waits.data(), waits.size(), 1'000);
        screen.serve(waits, evening);
    }
    screen.tick(evening + Milliseconds(30'000));
    EXPECT_EQ(screen.take_events().size(), 1U);
}

TEST_F(ScreenThatIsAProgram, IsKilledAlsoInAnotherProcessGroup) {
    CommandScreen screen(
        {.program = script_in(folder.path(), "show",
                              "exec /usr/bin/python3 -c 'import os, time\n"
                              "os.setpgid(0, os.getpgid(os.getppid()))\n"
                              "print(\"{\\\"state\\\":\\\"displayed\\\"}\", flush=True)\n"
                              "time.sleep(600)'")});
    screen.show(message_of(1, "Hello"), evening);
    ASSERT_EQ(events_of(screen, 1), (Events{came(1, State::displayed)}));
    const Instant before = read_clocks().steady;
    screen.tick(evening + Milliseconds(30'000));
    EXPECT_LT(read_clocks().steady - before, std::chrono::seconds(60));
    EXPECT_EQ(screen.next_tick(evening), std::nullopt);
}

TEST_F(ScreenThatIsAProgram, HasFailedWhenSomebodyElseTookItsExitStatus) {
    struct sigaction ignored {};
    struct sigaction before {};
    ignored.sa_handler = SIG_IGN;
    sigaction(SIGCHLD, &ignored, &before);
    CommandScreen screen = screen_of("exit 0");
    screen.show(message_of(1, "Hello"), evening);
    const Events events = events_of(screen, 1);
    sigaction(SIGCHLD, &before, nullptr);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(std::get<Came>(events[0]).outcome.state, State::failed);
    EXPECT_TRUE(std::get<Came>(events[0]).outcome.cause.ends_with("that nobody knows"));
}

TEST_F(ScreenThatIsAProgram, GetsNoVariableOfAnotherMessageAndNoInvitation) {
    setenv("CRIER_TEXT", "of another message", 1);
    setenv("CRIER_INVITATION", "secret", 1);
    CommandScreen screen = screen_of("env > \"$(dirname \"$0\")/variables\"");
    screen.show(message_of(1, "Hello"), evening);
    const Events events = events_of(screen, 1);
    unsetenv("CRIER_TEXT");
    unsetenv("CRIER_INVITATION");
    EXPECT_EQ(events, (Events{came(1, State::displayed)}));
    EXPECT_EQ(text_in("variables").find("of another message"), std::string::npos);
    EXPECT_EQ(text_in("variables").find("CRIER_INVITATION"), std::string::npos);
    EXPECT_NE(text_in("variables").find("PATH="), std::string::npos);
}

TEST_F(ScreenThatIsAProgram, MayWriteMoreThanAnybodyWants) {
    CommandScreen screen = screen_of(
        "head -c 3000000 /dev/zero | tr '\\0' x\necho\n"
        "echo '{\"state\":\"displayed\",\"cause\":\"" +
        std::string(400, 'y') + "\"}'");
    screen.show(message_of(1, "Hello"), evening);
    EXPECT_EQ(events_of(screen, 1), (Events{came(1, State::displayed, std::string(160, 'y'))}));
}

}  // namespace
}  // namespace crier::screens
