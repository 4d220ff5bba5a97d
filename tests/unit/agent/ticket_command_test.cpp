// The program that gets tickets: what is taken of what it writes, and how it ends. Method: scripts
// for /bin/sh, started for real.

#include "subscriber/agent/ticket_command.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "tests/support/temporary_directory.hpp"

namespace crier::agent {
namespace {

constexpr int patience_ms = 30'000;

class ProgramForTickets : public ::testing::Test {
protected:
    TicketCommand command_of(const std::string& script) {
        const std::filesystem::path file = folder.path() / "get-ticket";
        std::ofstream(file) << "#!/bin/sh\ncd \"$(dirname \"$0\")\"\n" << script;
        chmod(file.c_str(), 0700);
        return TicketCommand(file.string());
    }
    static Result<std::string> answer_of(TicketCommand& command) {
        EXPECT_TRUE(command.ask(SessionId{}));
        while (true) {
            pollfd wait{command.descriptor(), POLLIN, 0};
            if (poll(&wait, 1, patience_ms) <= 0) return std::string("it does not end");
            if (auto answer = command.take()) return *std::move(answer);
        }
    }

    crier::testing::TemporaryDirectory folder;
};

TEST_F(ProgramForTickets, GivesTheFirstLineThatItWritesForTheSession) {
    TicketCommand command = command_of("echo \"ticket $CRIER_SESSION\"; echo more");
    EXPECT_EQ(answer_of(command), "ticket " + to_string(SessionId{}));
    EXPECT_EQ(command.descriptor(), -1);
    EXPECT_TRUE(command.give_up()) << "it does not run";
}

TEST_F(ProgramForTickets, GivesNoneWhenItFailsOrWritesNone) {
    TicketCommand failing = command_of("echo ticket; exit 3");
    EXPECT_TRUE(answer_of(failing).error().detail.ends_with(" ended with exit status 3"));
    TicketCommand silent = command_of("");
    EXPECT_TRUE(answer_of(silent).error().detail.ends_with(" wrote no ticket"));
}

TEST_F(ProgramForTickets, IsKilledAndSaidToHangWhenItIsGivenUp) {
    TicketCommand command = command_of("exec tail -f /dev/null");
    ASSERT_TRUE(command.ask(SessionId{}));
    EXPECT_FALSE(command.take());
    const Status gone = command.give_up();
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().code, ErrorCode::ticket_invalid);
    EXPECT_NE(gone.error().detail.find("did not end within"), std::string::npos);
    EXPECT_EQ(command.descriptor(), -1);
    EXPECT_TRUE(command.give_up());
}

TEST_F(ProgramForTickets, LeavesNothingRunning) {
    const std::string life = (folder.path() / "life").string();
    ASSERT_EQ(mkfifo(life.c_str(), 0600), 0);
    const int end_of_life = open(life.c_str(), O_RDONLY | O_NONBLOCK);
    TicketCommand command = command_of("exec 3>life\ntail -f /dev/null &\necho ticket");
    EXPECT_EQ(answer_of(command), "ticket");
    pollfd wait{end_of_life, POLLIN, 0};
    ASSERT_EQ(poll(&wait, 1, patience_ms), 1) << "what it has started still runs";
    EXPECT_NE(wait.revents & POLLHUP, 0);
    close(end_of_life);
}

}  // namespace
}  // namespace crier::agent
