// `crier hook`: which events are meant, and how commands run beside us.
// Method: values in, values out; and real commands of the system, waited for by their descriptor.

#include "publisher/cli/hook.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "publisher/cli/child_command.hpp"

namespace crier::cli {
namespace {

constexpr UtcTime now = utc_from_ms(1'795'000'000'000);

tl::expected<CommandLine, NothingToRun> parse(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "hook");
    return parse_command_line(std::move(arguments), true, now);
}

HookCommand hook_of(std::vector<std::string> arguments) {
    auto line = parse(std::move(arguments));
    EXPECT_TRUE(line) << line.error().error.detail;
    return line ? std::get<HookCommand>(line->command) : HookCommand{};
}

TEST(HookCommandLine, TakesTheCommandAsItStands) {
    const HookCommand hook = hook_of({"--", "crier", "send", "--json", "-x", "", "a b"});
    EXPECT_EQ(hook.command, (std::vector<std::string>{"crier", "send", "--json", "-x", "", "a b"}));
    EXPECT_EQ(hook.at_most, 4u);
    EXPECT_EQ(hook.timeout, Milliseconds(30'000));
    EXPECT_TRUE(hook.on.empty());
}

TEST(HookCommandLine, TakesEventsInListsAndOneByOne) {
    const HookCommand hook = hook_of({"--on", "session_opened,answered", "--on", "missed",
                                      "--at-most", "1", "--timeout", "5s", "--", "cat"});
    EXPECT_EQ(hook.on, (std::vector<std::string>{"session_opened", "answered", "missed"}));
    EXPECT_EQ(hook.at_most, 1u);
    EXPECT_EQ(hook.timeout, Milliseconds(5'000));
}

TEST(HookCommandLine, RefusesWhatCannotBeMeant) {
    for (const std::vector<std::string>& arguments :
         std::vector<std::vector<std::string>>{{},
                                               {"--"},
                                               {"--", ""},
                                               {"--on", "", "--", "cat"},
                                               {"--on", "session_opened,", "--", "cat"},
                                               {"--on", "connection_lost", "--", "cat"},
                                               {"--on", "waiting", "--", "cat"},
                                               {"--at-most", "0", "--", "cat"},
                                               {"--at-most", "9999", "--", "cat"},
                                               {"--timeout", "0", "--", "cat"}}) {
        const auto line = parse(arguments);
        ASSERT_FALSE(line);
        EXPECT_EQ(line.error().exit_code, ExitCode::usage);
    }
}

TEST(HookEvents, AreMeantByTheirNameOrByAReceiptsState) {
    Happened receipt;
    receipt.what = Happened::What::receipt;
    receipt.state = State::answered;
    EXPECT_TRUE(is_hooked({}, receipt));
    EXPECT_TRUE(is_hooked({"receipt"}, receipt));
    EXPECT_TRUE(is_hooked({"session_opened", "answered"}, receipt));
    EXPECT_FALSE(is_hooked({"session_opened", "acknowledged"}, receipt));
    Happened opened;
    EXPECT_TRUE(is_hooked({"session_opened"}, opened));
    EXPECT_FALSE(is_hooked({"session_closed"}, opened));
}

TEST(HookEvents, EachNameIsInTheHelp) {
    const auto help = parse({"--help"});
    ASSERT_FALSE(help);
    for (const std::string_view name : hook_event_names()) {
        EXPECT_NE(help.error().help.find(name), std::string::npos) << name;
    }
}

/// Blocks until it has ended.
ChildCommand::Ending ending_of(ChildCommand& child) {
    pollfd polled{child.descriptor(), POLLIN, 0};
    constexpr int deadline_ms = 30'000;
    EXPECT_EQ(poll(&polled, 1, deadline_ms), 1) << "it runs and runs";
    return child.take_ending(false).value_or(ChildCommand::Ending{-1, -1});
}

TEST(ChildCommand, SaysHowItEnded) {
    auto failing = ChildCommand::start({"sh", "-c", "exit 3"}, "");
    ASSERT_TRUE(failing) << failing.error().detail;
    EXPECT_EQ(ending_of(*failing).exit_code, 3);
    auto killed = ChildCommand::start({"sh", "-c", "kill -9 $$"}, "");
    ASSERT_TRUE(killed) << killed.error().detail;
    EXPECT_EQ(ending_of(*killed).signal, SIGKILL);
}

TEST(ChildCommand, HasItsInputAndNothingElseOpen) {
    const std::string long_line(100'000, 'x');
    const int inherited = fcntl(STDERR_FILENO, F_DUPFD, 50);  // Without FD_CLOEXEC.
    ASSERT_GE(inherited, 50);
    auto child =
        ChildCommand::start({"sh", "-c", "test \"$(cat)\" = \"$1\" && test ! -e /proc/$$/fd/$2",
                             "sh", long_line, std::to_string(inherited)},
                            long_line);
    close(inherited);
    ASSERT_TRUE(child) << child.error().detail;
    EXPECT_EQ(ending_of(*child).exit_code, 0);
}

TEST(ChildCommand, DoesNotHaveToReadItsInput) {
    auto child = ChildCommand::start({"true"}, std::string(1'000'000, 'x'));
    ASSERT_TRUE(child) << child.error().detail;
    EXPECT_EQ(ending_of(*child).exit_code, 0);
}

TEST(ChildCommand, StillRunsUntilItIsSignalled) {
    auto child = ChildCommand::start({"tail", "-f", "/dev/null"}, "");
    ASSERT_TRUE(child) << child.error().detail;
    EXPECT_FALSE(child->take_ending(false));
    child->signal_group(SIGTERM);
    EXPECT_EQ(ending_of(*child).signal, SIGTERM);
}

TEST(ChildCommand, SaysWhyItCannotStart) {
    const auto child = ChildCommand::start({"/no/such/program"}, "");
    ASSERT_FALSE(child);
    EXPECT_NE(child.error().detail.find("/no/such/program"), std::string::npos);
    EXPECT_FALSE(is_program("/no/such/program"));
    EXPECT_FALSE(is_program("/"));
    EXPECT_TRUE(is_program("sh"));
    EXPECT_TRUE(is_program("/bin/sh"));
}

}  // namespace
}  // namespace crier::cli
