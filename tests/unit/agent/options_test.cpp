// The command line of crier-agent: what it takes, what it refuses, and what it must not leak.

#include "subscriber/agent/options.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <set>
#include <sstream>
#include <vector>

#include "shared/base/display.hpp"
#include "subscriber/agent/exit_code.hpp"

namespace crier::agent {
namespace {

Result<CommandLine> parse(std::initializer_list<const char*> arguments) {
    std::vector<const char*> argv{"crier-agent"};
    argv.insert(argv.end(), arguments);
    return parse_command_line(static_cast<int>(argv.size()), argv.data());
}

std::string complaint_about(std::initializer_list<const char*> arguments) {
    const Result<CommandLine> line = parse(arguments);
    if (line) return "accepted";
    EXPECT_EQ(line.error().code, ErrorCode::usage_invalid);
    return line.error().detail;
}

TEST(AgentOptions, HaveDefaults) {
    const AgentOptions options = parse({}).value().options;
    EXPECT_EQ(options.screen, std::nullopt);
    EXPECT_EQ(options.invitation, "");
    EXPECT_FALSE(options.is_listener);
    EXPECT_EQ(options.attributes.user, std::nullopt);
    EXPECT_TRUE(options.key_file.empty());
}

TEST(AgentOptions, TakeEverythingThatTheHelpNames) {
    const AgentOptions options = parse({"--invitation",
                                        "-",
                                        "--screen=json",
                                        "--user",
                                        "u",
                                        "--system-user",
                                        "s",
                                        "--machine",
                                        "m",
                                        "--application",
                                        "a",
                                        "--type",
                                        "t",
                                        "--locale",
                                        "fr",
                                        "--group",
                                        "g1",
                                        "--group",
                                        "g2",
                                        "--key",
                                        "k",
                                        "--state",
                                        "d"})
                                     .value()
                                     .options;
    EXPECT_EQ(options.invitation, "-");
    EXPECT_EQ(options.screen, (screens::ScreenPlan{{screens::ScreenKind::json}}));
    EXPECT_EQ(options.attributes.user, "u");
    EXPECT_EQ(options.attributes.system_user, "s");
    EXPECT_EQ(options.attributes.machine, "m");
    EXPECT_EQ(options.attributes.application, "a");
    EXPECT_EQ(options.attributes.type, "t");
    EXPECT_EQ(options.attributes.locale, "fr");
    EXPECT_EQ(options.attributes.groups, (std::vector<std::string>{"g1", "g2"}));
    EXPECT_EQ(options.key_file, "k");
    EXPECT_EQ(options.state_folder, "d");
}

TEST(AgentOptions, TakeScreensBesideEachOtherAndInTurn) {
    const AgentOptions options = parse({"--screen", "window:desktop:terminal,log,command", "--log",
                                        "f", "--command", "p", "--command-timeout", "2.5"})
                                     .value()
                                     .options;
    const screens::ScreenPlan plan{
        {screens::ScreenKind::window, screens::ScreenKind::desktop, screens::ScreenKind::terminal},
        {screens::ScreenKind::log},
        {screens::ScreenKind::command}};
    EXPECT_EQ(options.screen, plan);
    EXPECT_EQ(to_string(plan), "window:desktop:terminal,log,command");
    EXPECT_EQ(options.log_file, "f");
    EXPECT_EQ(options.command.program, "p");
    EXPECT_EQ(options.command.time_max, Milliseconds(2'500));
    EXPECT_EQ(parse({"--screen", "auto"}).value().options.screen, std::nullopt);
}

TEST(AgentOptions, TakeACommand) {
    EXPECT_EQ(parse({"doctor"}).value().options.task, AgentOptions::Task::doctor);
    EXPECT_EQ(parse({"status"}).value().options.task, AgentOptions::Task::status);
    EXPECT_NE(complaint_about({"heal"}).find("doctor, key, status, or none"), std::string::npos);
}

TEST(ScreenPlan, FitsWhereTheAgentRuns) {
    const auto plan = [](const screens::Places& places) {
        return to_string(screens::plan_for(places));
    };
    EXPECT_EQ(plan({.has_terminal = true}), "terminal");
    EXPECT_EQ(plan({.has_display = true, .has_session_bus = true, .has_terminal = true}),
              "window:desktop:terminal");
    EXPECT_EQ(plan({.has_display = true, .has_session_bus = true, .is_service = true}),
              "window:desktop:log");
    // Started by the desktop, its output is a file that nobody reads.
    EXPECT_EQ(plan({.has_display = true, .has_session_bus = true}), "window:desktop:log");
    EXPECT_EQ(plan({.has_session_bus = true, .has_terminal = true}), "terminal");
    EXPECT_EQ(plan({.is_service = true}), "log");
    EXPECT_EQ(plan({}), "terminal");
}

TEST(AgentOptions, TakeWhatAListenerHears) {
    const AgentOptions options =
        parse({"--bell", "--hear", "00112233445566778899aabbccddeeff", "--hear", "every"})
            .value()
            .options;
    EXPECT_TRUE(options.is_listener);
    ASSERT_EQ(options.heard.size(), 1U);
    EXPECT_EQ(to_string(options.heard[0]), "00112233445566778899aabbccddeeff");
    EXPECT_TRUE(options.hears_every_session);
}

TEST(AgentOptions, RefuseWhatMakesNoSense) {
    EXPECT_NE(complaint_about({"--screen", "tv"}).find("command or log"), std::string::npos);
    EXPECT_NE(complaint_about({"--screen", "json,terminal"}).find("both need"), std::string::npos);
    EXPECT_NE(complaint_about({"--screen", "log:log"}).find("twice"), std::string::npos);
    EXPECT_NE(complaint_about({"--screen", "command"}).find("--command"), std::string::npos);
    EXPECT_NE(complaint_about({"--screen", "log", "--command", "x"}).find("--screen command"),
              std::string::npos);
    EXPECT_NE(complaint_about({"--screen", "json", "--log", "x"}).find("--screen log"),
              std::string::npos);
    EXPECT_NE(complaint_about({"--command-timeout", "0"}).find("--command-timeout"),
              std::string::npos);
    EXPECT_NE(complaint_about({"--hear", "every"}).find("needs --bell"), std::string::npos);
    EXPECT_NE(complaint_about({"--bell", "--hear", "x"}).find("or say every"), std::string::npos);
    EXPECT_NE(complaint_about({"--bell", "--key", "k"}).find("no --key"), std::string::npos);
    EXPECT_NE(complaint_about({"--user", "a\nb"}).find("--user must be"), std::string::npos);
    EXPECT_NE(complaint_about({"--group", "\xff"}).find("--group must be"), std::string::npos);
    const std::string long_one(257, 'x');
    EXPECT_NE(complaint_about({"--machine", long_one.c_str()}).find("256 bytes"),
              std::string::npos);
    EXPECT_NE(complaint_about({"--frobnicate"}).find("--help"), std::string::npos);
    EXPECT_NE(complaint_about({"stray"}).find("stray"), std::string::npos);
    EXPECT_EQ(complaint_about({"--key"}), "--key needs a value; see crier-agent --help");
    for (const char* option : {"--invitation", "--key", "--state"}) {
        EXPECT_EQ(complaint_about({option, ""}),
                  std::string(option) + ": the value is empty; see crier-agent --help");
    }
    EXPECT_NE(complaint_about({"--key=", "--bell"}).find("missing before --bell"),
              std::string::npos);
}

TEST(AgentOptions, NeverRepeatAnInvitationInAComplaint) {
    const std::string complaint = complaint_about({"crier1.sessions.SECRET", "--key"});
    EXPECT_EQ(complaint.find("SECRET"), std::string::npos) << complaint;
    EXPECT_EQ(complaint_about({"crier1.sessions.SECRET"}).find("SECRET"), std::string::npos);
    EXPECT_NE(complaint_about({"crier1.sessions.SECRET"}).find("behind --invitation"),
              std::string::npos);
}

TEST(AgentOptions, AreWipedOfTheirInvitation) {
    std::string apart = "crier1.sessions.SECRET";
    std::string together = "--invitation=crier1.sessions.SECRET";
    std::string other = "--user";
    char* argv[] = {other.data(), apart.data(), together.data(), other.data()};
    wipe_invitations(4, argv);
    EXPECT_EQ(apart, std::string(apart.size(), '\0'));
    EXPECT_EQ(together, "--invitation=" + std::string(apart.size(), '\0'));
    EXPECT_EQ(other, "--user");
}

TEST(AgentHelp, NamesEveryOptionAndExitCodeAndFitsATerminal) {
    const std::string help = parse({"--help"}).value().text;
    for (const char* option :
         {"--invitation", "--screen", "--user", "--system-user", "--machine", "--application",
          "--type", "--locale", "--group", "--key", "--state", "--bell", "--hear", "--command",
          "--command-timeout", "--log", "--version", "--help"}) {
        EXPECT_NE(help.find(std::string(option) + " "), std::string::npos) << option;
    }
    for (const char* file : {"listeners.invitation", "/tmp/crier-UID/crier/1/", "persistent-id."}) {
        EXPECT_NE(help.find(file), std::string::npos) << file;
    }
    for (const char* input : {"answer ID N", "\"choice\":N", "acknowledge ID", "escalated"}) {
        EXPECT_NE(help.find(input), std::string::npos) << input;
    }
    for (const ExitCodeMeaning& row : exit_codes) {
        EXPECT_NE(help.find(row.meaning), std::string::npos) << row.meaning;
    }
    std::istringstream lines(help);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), 80U) << line;
    EXPECT_EQ(parse({"-h"}).value().text, help);
}

TEST(AgentHelp, KnowsItsVersion) {
    EXPECT_EQ(parse({"--version"}).value().text, "crier-agent " CRIER_VERSION "\n");
}

TEST(AgentExitCode, TellsWhyItDidNotStart) {
    EXPECT_EQ(exit_code_for(ErrorCode::usage_invalid), ExitCode::usage);
    EXPECT_EQ(exit_code_for(ErrorCode::invitation_invalid), ExitCode::invitation);
    EXPECT_EQ(exit_code_for(ErrorCode::in_use), ExitCode::in_use);
    EXPECT_EQ(exit_code_for(ErrorCode::dropped), ExitCode::dropped);
    EXPECT_EQ(exit_code_for(ErrorCode::file_unusable), ExitCode::unusable);
    EXPECT_EQ(exit_code_for(ErrorCode::storage_failed), ExitCode::unusable);
    EXPECT_EQ(exit_code_for(static_cast<ErrorCode>(9'999)), ExitCode::unusable);
}

}  // namespace
}  // namespace crier::agent
