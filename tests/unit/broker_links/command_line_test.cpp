// crierd's command line: what it is taken for, and which source of a setting wins.

#include "broker/command_line.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <initializer_list>
#include <sstream>

#include "shared/base/display.hpp"
#include "tests/support/temporary_directory.hpp"

namespace crier::broker {
namespace {

Result<CommandLine> read_line(std::initializer_list<const char*> arguments) {
    std::vector<const char*> argv{"crierd"};
    argv.insert(argv.end(), arguments);
    return parse_command_line(static_cast<int>(argv.size()), argv.data());
}

CommandLine parsed(std::initializer_list<const char*> arguments) {
    Result<CommandLine> line = read_line(arguments);
    EXPECT_TRUE(line) << (line ? "" : to_string(line.error()));
    return line ? *line : CommandLine{};
}

std::string complaint_about(std::initializer_list<const char*> arguments) {
    const Result<CommandLine> line = read_line(arguments);
    if (line) return "accepted";
    EXPECT_EQ(line.error().code, ErrorCode::usage_invalid);
    return line.error().detail;
}

std::string help_of(std::initializer_list<const char*> arguments) {
    const CommandLine line = parsed(arguments);
    EXPECT_TRUE(std::holds_alternative<Answered>(line.command));
    return std::get<Answered>(line.command).text;
}

template <class Wanted>
bool is(const CommandLine& line) {
    return std::holds_alternative<Wanted>(line.command);
}

constexpr const char* no_environment[] = {nullptr};

TEST(CommandLine, ServesWithoutACommand) {
    const CommandLine line = parsed({"--data", "/d", "--sessions", "tcp://127.0.0.1:0",
                                     "--sessions", "ipc", "--bell", "ipc", "--insecure"});
    EXPECT_TRUE(is<Serve>(line));
    EXPECT_EQ(line.data, "/d");
    EXPECT_EQ(line.sessions, (std::vector<std::string>{"tcp://127.0.0.1:0", "ipc"}));
    EXPECT_TRUE(line.operators.empty());
    EXPECT_TRUE(line.insecure);
}

TEST(CommandLine, TakesOptionsBeforeAndAfterACommand) {
    for (const CommandLine& line : {parsed({"--data", "/d", "invite", "operators"}),
                                    parsed({"invite", "operators", "--data", "/d"})}) {
        ASSERT_TRUE(is<Invite>(line));
        EXPECT_EQ(std::get<Invite>(line.command).kind, protocol::Invitation::Kind::operators);
        EXPECT_EQ(line.data, "/d");
    }
    const CommandLine backup = parsed({"backup", "/b", "--data", "/d"});
    ASSERT_TRUE(is<BackUp>(backup));
    EXPECT_EQ(std::get<BackUp>(backup.command).file, "/b");
    const CommandLine restore = parsed({"restore", "/b"});
    ASSERT_TRUE(is<Restore>(restore));
    EXPECT_EQ(std::get<Restore>(restore.command).file, "/b");
}

TEST(CommandLine, AnswersHelpWithEveryOptionAndCommand) {
    const std::string help = help_of({"--help"});
    for (const char* part : {"--config", "--data", "--sessions", "--operators", "--bell",
                             "--insecure", "--check-config", "--print-config", "--version",
                             "--help", "invite", "backup", "restore"}) {
        EXPECT_NE(help.find(" " + std::string(part) + " "), std::string::npos) << part;
    }
    EXPECT_EQ(help_of({"-h"}), help);
}

TEST(CommandLine, AnswersHelpAboutOneCommandWithItsOwnExamples) {
    for (const char* command : {"invite", "backup", "restore"}) {
        const std::string help = help_of({command, "--help"});
        EXPECT_TRUE(help.starts_with("crierd " + std::string(command) + ": ")) << help;
        EXPECT_NE(help.find("EXAMPLES"), std::string::npos) << command;
        EXPECT_NE(help.find("--data DIR"), std::string::npos) << command;
        EXPECT_EQ(help.find("EXIT STATUS"), std::string::npos) << command;
    }
}

TEST(CommandLine, HasHelpThatFitsATerminal) {
    for (const std::string& help : {help_of({"--help"}), help_of({"invite", "--help"}),
                                    help_of({"backup", "--help"}), help_of({"restore", "-h"})}) {
        std::istringstream lines(help);
        for (std::string one; std::getline(lines, one);) EXPECT_LE(display_width(one), 80u) << one;
    }
}

TEST(CommandLine, SaysWhichVersionItIs) {
    EXPECT_EQ(help_of({"--version"}), "crierd " CRIER_VERSION "\n");
}

TEST(CommandLine, IsRefusedWhereItMakesNoSense) {
    const std::string see = "; see crierd --help";
    EXPECT_EQ(complaint_about({"--nonsense"}), "not understood: --nonsense" + see);
    EXPECT_EQ(complaint_about({"serve"}), "not understood: serve" + see);
    EXPECT_EQ(complaint_about({"--sessions"}), "--sessions needs a value" + see);
    EXPECT_EQ(complaint_about({"invite"}),
              "invite: WHO is missing: sessions, operators, listeners or brokers" + see);
    EXPECT_EQ(complaint_about({"invite", "everybody"}),
              "invite: WHO is not everybody but sessions, operators, listeners or brokers" + see);
    EXPECT_EQ(complaint_about({"join"}), "join: LINE is missing: crierd invite brokers" + see);
    for (const char* command : {"backup", "restore"}) {
        const std::string complaint = std::string(command) + ": FILE is missing or empty" + see;
        EXPECT_EQ(complaint_about({command}), complaint);
        EXPECT_EQ(complaint_about({command, ""}), complaint);
    }
}

TEST(CommandLine, TakesNoOptionForTheValueOfAnother) {
    const std::string complaint = "the value is missing before --check-config";
    for (const char* option : {"--data=", "--config=", "--sessions", "--operators", "--bell"}) {
        EXPECT_NE(complaint_about({option, "--check-config"}).find(complaint), std::string::npos)
            << option << ": " << complaint_about({option, "--check-config"});
    }
    EXPECT_NE(complaint_about({"--data", ""}).find("--data: the value is empty"),
              std::string::npos);
}

TEST(CommandLine, WinsOverTheEnvironmentAndThatOverTheFile) {
    const testing::TemporaryDirectory folder;
    const std::string file = (folder.path() / "crierd.toml").string();
    std::ofstream(file) << "[sessions]\nendpoints = [\"tcp://127.0.0.1:1\"]\n"
                           "[operators]\nendpoints = [\"tcp://127.0.0.1:1\"]\n"
                           "[bell]\nendpoints = [\"tcp://127.0.0.1:1\"]\n";
    const char* environment[] = {"CRIER_SESSIONS_ENDPOINTS=tcp://127.0.0.1:2",
                                 "CRIER_OPERATORS_ENDPOINTS=tcp://127.0.0.1:2", nullptr};
    config::Settings settings(broker_table);
    const Status read =
        read_settings(parsed({"--config", file.c_str(), "--sessions", "tcp://127.0.0.1:3"}), {},
                      environment, settings);
    ASSERT_TRUE(read) << read.error().detail;
    const BrokerConfig config = config::filled_from(settings, broker_fields);
    EXPECT_EQ(config.sessions_endpoints, (std::vector<std::string>{"tcp://127.0.0.1:3"}));
    EXPECT_EQ(config.operators_endpoints, (std::vector<std::string>{"tcp://127.0.0.1:2"}));
    EXPECT_EQ(config.bell_endpoints, (std::vector<std::string>{"tcp://127.0.0.1:1"}));
}

TEST(CommandLine, ReadsAUsersOwnFileWithoutBeingTold) {
    const testing::TemporaryDirectory folder;
    std::filesystem::create_directories(folder.path() / "crier");
    std::ofstream(folder.path() / "crier/crierd.toml") << "limits.sessions = 7\n";
    Surroundings around;
    around.config_home = folder.path().string();
    config::Settings settings(broker_table);
    ASSERT_TRUE(read_settings(parsed({}), around, no_environment, settings));
    EXPECT_EQ(config::filled_from(settings, broker_fields).sessions_max, 7);
}

TEST(CommandLine, NamesAFileThatIsNotThere) {
    config::Settings settings(broker_table);
    const Status read =
        read_settings(parsed({"--config", "/nonexistent.toml"}), {}, no_environment, settings);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, ErrorCode::file_unusable);
    EXPECT_NE(read.error().detail.find("/nonexistent.toml"), std::string::npos);
}

TEST(CommandLine, SaysWhichOptionHasABadEndpoint) {
    config::Settings settings(broker_table);
    const Status read = read_settings(parsed({"--bell", "udp://x"}), {}, no_environment, settings);
    ASSERT_FALSE(read);
    EXPECT_NE(read.error().detail.find("(--bell)"), std::string::npos) << read.error().detail;
}

TEST(CommandLine, HasTheExitCodesOfItsHelp) {
    const std::string help = help_of({"--help"});
    for (const ErrorCode code :
         {ErrorCode::usage_invalid, ErrorCode::journal_damaged, ErrorCode::in_use,
          ErrorCode::self_test_failed, ErrorCode::file_unusable, ErrorCode::storage_failed,
          ErrorCode::configuration_invalid}) {
        EXPECT_NE(help.find("  " + std::to_string(exit_code_for(code)) + "  "), std::string::npos)
            << exit_code_for(code);
    }
}

}  // namespace
}  // namespace crier::broker
