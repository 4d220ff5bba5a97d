// crierd's command line: what it is taken for, and which source of a setting wins.

#include "broker/command_line.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <initializer_list>

#include "tests/support/temporary_directory.hpp"

namespace crier::broker {
namespace {

CommandLine parsed(std::initializer_list<const char*> arguments) {
    std::vector<const char*> argv{"crierd"};
    argv.insert(argv.end(), arguments);
    return parse_command_line(static_cast<int>(argv.size()), argv.data());
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

TEST(CommandLine, AnswersHelpWithExamplesAndExitCodes) {
    const CommandLine line = parsed({"--help"});
    ASSERT_TRUE(is<Answered>(line));
    const Answered& answered = std::get<Answered>(line.command);
    EXPECT_FALSE(answered.is_error);
    for (const char* part : {"Examples:", "Exit codes:", "--print-config", "invite", "restore"}) {
        EXPECT_NE(answered.text.find(part), std::string::npos) << part;
    }
}

TEST(CommandLine, SaysWhichVersionItIs) {
    const CommandLine line = parsed({"--version"});
    ASSERT_TRUE(is<Answered>(line));
    EXPECT_EQ(std::get<Answered>(line.command).text.rfind("crierd ", 0), 0u);
}

TEST(CommandLine, IsRefusedWhereItMakesNoSense) {
    for (const auto& line :
         {parsed({"--nonsense"}), parsed({"invite"}), parsed({"invite", "everybody"}),
          parsed({"backup"}), parsed({"--sessions"}), parsed({"serve"})}) {
        ASSERT_TRUE(is<Answered>(line));
        EXPECT_TRUE(std::get<Answered>(line.command).is_error);
        EXPECT_FALSE(std::get<Answered>(line.command).text.empty());
    }
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
    const std::string help = std::get<Answered>(parsed({"--help"}).command).text;
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
