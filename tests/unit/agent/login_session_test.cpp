// One agent for a login session, and what agents say of themselves.

#include "subscriber/agent/login_session.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "subscriber/agent/status_file.hpp"
#include "tests/support/temporary_directory.hpp"

namespace crier::agent {
namespace {

class LoginOfAUser : public ::testing::Test {
protected:
    LoginOfAUser() {
        surroundings.uid = getuid();
        surroundings.variables["XDG_RUNTIME_DIR"] = folder.path().string();
        std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_all);
    }

    crier::testing::TemporaryDirectory folder;
    Surroundings surroundings;
};

TEST_F(LoginOfAUser, IsTheDisplayBeforeTheSessionOfLogind) {
    EXPECT_EQ(login_session_of(surroundings), "user");
    surroundings.variables["XDG_SESSION_ID"] = "3";
    EXPECT_EQ(login_session_of(surroundings), "session 3");
    surroundings.variables["DISPLAY"] = ":0";
    EXPECT_EQ(login_session_of(surroundings), "display :0");
    surroundings.variables["WAYLAND_DISPLAY"] = "wayland-1";
    EXPECT_EQ(login_session_of(surroundings), "display wayland-1");
}

TEST_F(LoginOfAUser, IsServedByOneAgentUntilItEnds) {
    surroundings.variables["DISPLAY"] = "host/unix:0";
    {
        const Result<LoginSession> first = LoginSession::take(surroundings);
        ASSERT_TRUE(first) << first.error().detail;
        const Result<LoginSession> second = LoginSession::take(surroundings);
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().code, ErrorCode::in_use);
        EXPECT_NE(second.error().detail.find("process " + std::to_string(getpid())),
                  std::string::npos)
            << second.error().detail;
        Surroundings elsewhere = surroundings;
        elsewhere.variables["DISPLAY"] = ":1";
        EXPECT_TRUE(LoginSession::take(elsewhere));
    }
    EXPECT_TRUE(LoginSession::take(surroundings));
}

TEST_F(LoginOfAUser, HearsOfTheAgentsThatRunAndOfNoOthers) {
    EXPECT_EQ(render_statuses(read_statuses(folder.path()), {}), "No agent of this user runs.\n");
    const AgentStatus status{.process = getpid(),
                             .session = "00112233445566778899aabbccddeeff",
                             .screens = "window:desktop:terminal",
                             .connection = "connected",
                             .since = utc_from_ms(1'795'466'400'000),
                             .displayed = 3,
                             .suppressed = 2,
                             .failed = 1,
                             .last_problem = "dunst is paused"};
    {
        const Result<StatusFile> file = StatusFile::make(folder.path());
        ASSERT_TRUE(file) << file.error().detail;
        file->write(status);
        std::ofstream(folder.path() / "crier" / "agents" / "12345") << "left by a crash\n";
        EXPECT_EQ(read_statuses(folder.path()), std::vector<AgentStatus>{status});
        EXPECT_FALSE(std::filesystem::exists(folder.path() / "crier" / "agents" / "12345"));
        const std::string text = render_statuses({status}, status.since);
        EXPECT_NE(text.find("3 displayed, 2 held back, 1 failed"), std::string::npos) << text;
        EXPECT_NE(text.find("dunst is paused"), std::string::npos) << text;
    }
    EXPECT_EQ(read_statuses(folder.path()), std::vector<AgentStatus>{});
}

}  // namespace
}  // namespace crier::agent
