// The screen of scripts: exact lines out, commands in. Method: exact text for the lines; a pipe on
// each side for the screen.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <string>

#include "subscriber/agent/json_command.hpp"
#include "subscriber/agent/json_lines.hpp"
#include "subscriber/agent/json_screen.hpp"
#include "tests/unit/agent/sample_messages.hpp"

namespace crier::agent {
namespace {

using namespace testing;

const std::string first_id = "00000000000000000000000000000001";

TEST(JsonLines, TellAllOfAMessage) {
    IncomingMessage message = message_of(1, "Zeile \"1\"\nÜ");
    EXPECT_EQ(message_line("message", message),
              R"({"event":"message","id":"00000000000000000000000000000001","seq":1,)"
              R"("topic":"all","text":"Zeile \"1\"\nÜ","title":"","severity":"info",)"
              R"("style":"notification","from":"ops","sent":"2026-11-23T20:40:00.000Z",)"
              R"("expires":null,"revision":1,"again":false})");

    message.topic = "session/00112233445566778899aabbccddeeff";
    message.content.title = "T";
    message.content.severity = Severity::critical;
    message.content.style = Style::alert;
    message.off_screen_at = evening + Milliseconds(60'007);
    message.revision = 2;
    message.again = true;
    EXPECT_EQ(message_line("changed", message),
              R"({"event":"changed","id":"00000000000000000000000000000001","seq":1,)"
              R"("topic":"session/00112233445566778899aabbccddeeff","text":"Zeile \"1\"\nÜ",)"
              R"("title":"T","severity":"critical","style":"alert","from":"ops",)"
              R"("sent":"2026-11-23T20:40:00.000Z","expires":"2026-11-23T20:41:00.007Z",)"
              R"("revision":2,"again":true})");
}

TEST(JsonLines, TellOfRemovalsAndAnswers) {
    EXPECT_EQ(removed_line({id_of(1), MessageRemovalCause::recalled}),
              R"({"event":"removed","id":"00000000000000000000000000000001","cause":"recalled"})");
    EXPECT_EQ(removed_line({id_of(1), MessageRemovalCause::expired}),
              R"({"event":"removed","id":"00000000000000000000000000000001","cause":"expired"})");
    EXPECT_EQ(acknowledged_line({id_of(1), 3}),
              R"({"event":"acknowledged","id":"00000000000000000000000000000001","revision":3})");
}

TEST(JsonLines, TellOfTheConnection) {
    SubscriberConnected session;
    session.session.bytes[0] = 0xab;
    session.opened = evening;
    EXPECT_EQ(connected_line(session),
              R"({"event":"connected","session":"ab000000000000000000000000000000",)"
              R"("opened":"2026-11-23T20:40:00.000Z"})");
    EXPECT_EQ(connected_line(std::nullopt),
              R"({"event":"connected","session":null,"opened":null})");
    EXPECT_EQ(disconnected_line({{ErrorCode::broker_unreachable, "refused"}, true}),
              R"({"event":"disconnected","reason":"refused","code":6040,)"
              R"("name":"broker_unreachable","will_return":true})");
}

TEST(JsonLines, TellOfTheEnd) {
    EXPECT_EQ(ended_line(std::nullopt),
              R"({"event":"ended","cause":"stopped","reason":null,"code":null,"name":null})");
    EXPECT_EQ(ended_line(SubscriberEnded{SubscriberEnded::Cause::replaced,
                                         {ErrorCode::replaced, "by another"}}),
              R"({"event":"ended","cause":"replaced","reason":"by another","code":4033,)"
              R"("name":"replaced"})");
    EXPECT_EQ(error_line({ErrorCode::message_unknown, "no"}),
              R"({"event":"error","reason":"no","code":4041,"name":"message_unknown"})");
}

TEST(JsonCommand, IsAcceptedInItsTwoForms) {
    for (const std::string& line :
         {"acknowledge " + first_id, "  acknowledge \t " + first_id + " \r",
          "{\"acknowledge\":\"" + first_id + "\"}",
          " { \"acknowledge\" : \"" + first_id + "\" } "}) {
        const Result<MessageId> id = parse_command(line);
        ASSERT_TRUE(id) << line;
        EXPECT_EQ(*id, id_of(1)) << line;
    }
}

TEST(JsonCommand, IsRefusedInEveryOther) {
    for (const std::string& line : {
             std::string("acknowledge"),
             std::string("acknowledge "),
             "acknowledge" + first_id,
             "Acknowledge " + first_id,
             "acknowledge " + first_id + " x",
             "acknowledge " + first_id.substr(1),
             "acknowledge g" + first_id.substr(1),
             std::string("{}"),
             std::string("{"),
             "{\"acknowledge\":" + first_id + "}",
             "{\"acknowledge\":\"" + first_id + "\"",
             "{\"acknowledge\":\"" + first_id + "\"}}",
             "{\"acknowledge\":\"" + first_id + "\",}",
             "{acknowledge:\"" + first_id + "\"}",
             "{\"acknowledge\":\"\\u0030" + first_id.substr(1) + "\"}",
             "{\"acknowledge\" \"" + first_id + "\"}",
             std::string("quit"),
         }) {
        const Result<MessageId> id = parse_command(line);
        ASSERT_FALSE(id) << line;
        EXPECT_EQ(id.error().code, ErrorCode::usage_invalid) << line;
    }
}

struct Pipe {
    Pipe() { EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0); }
    ~Pipe() {
        close_end(0);
        close_end(1);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    void close_end(std::size_t end) {
        if (ends[end] >= 0) close(ends[end]);
        ends[end] = -1;
    }

    std::array<int, 2> ends{-1, -1};
};

/// A JSON screen between two pipes.
class ScreenOfScripts : public ::testing::Test {
protected:
    ~ScreenOfScripts() override { close(stop); }

    std::vector<Acknowledgement> command(const std::string& text) {
        EXPECT_EQ(write(commands.ends[1], text.data(), text.size()),
                  static_cast<ssize_t>(text.size()));
        return screen.take_input(evening);
    }
    /// What was written since the last call; something must have been.
    std::string written() {
        std::array<char, 8'192> bytes{};
        const ssize_t count = read(events.ends[0], bytes.data(), bytes.size());
        return std::string(bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    }

    Pipe commands;
    Pipe events;
    int stop = eventfd(0, EFD_CLOEXEC);
    Input input{commands.ends[0]};
    Output output{events.ends[1], stop};
    JsonScreen screen{input, output};
};

TEST_F(ScreenOfScripts, WritesALineForEachEventAndReportsItAsDisplayed) {
    EXPECT_EQ(screen.show(message_of(1, "Hello"), evening), Outcome{});
    EXPECT_EQ(written(), message_line("message", message_of(1, "Hello")) + "\n");
}

TEST_F(ScreenOfScripts, TakesAcknowledgementsOfTheNewestRevisionItShowed) {
    IncomingMessage message = message_of(1, "Hello");
    screen.show(message, evening);
    message.revision = 4;
    screen.change(message, evening);
    const std::vector<Acknowledgement> expected{{id_of(1), 4}};
    EXPECT_EQ(command("acknowledge " + first_id + "\n"), expected);
}

TEST_F(ScreenOfScripts, TakesCommandsInPiecesAndSeveralAtOnce) {
    screen.show(message_of(1, "Hello"), evening);
    screen.show(message_of(2, "Hello"), evening);
    static_cast<void>(written());
    EXPECT_TRUE(command("acknow").empty());
    EXPECT_TRUE(command("ledge " + first_id).empty());
    const std::vector<Acknowledgement> both{{id_of(1), 1}, {id_of(2), 1}};
    EXPECT_EQ(command("\n\n  \nacknowledge 00000000000000000000000000000002\n"), both);
}

TEST_F(ScreenOfScripts, AnswersAWrongCommandWithAnErrorAndGoesOn) {
    screen.show(message_of(1, "Hello"), evening);
    static_cast<void>(written());
    EXPECT_TRUE(command("quit\n").empty());
    EXPECT_NE(written().find(R"("name":"usage_invalid")"), std::string::npos);
    EXPECT_TRUE(command("acknowledge 000000000000000000000000000000ff\n").empty());
    EXPECT_NE(written().find(R"("name":"message_unknown")"), std::string::npos);
    EXPECT_TRUE(command(std::string(2'000, 'x') + "\n").empty());
    EXPECT_NE(written().find(R"("name":"limit_exceeded")"), std::string::npos);
    EXPECT_EQ(command("acknowledge " + first_id + "\n").size(), 1U);
}

TEST_F(ScreenOfScripts, TellsAnAcknowledgementOnceForEachRevision) {
    IncomingMessage message = message_of(1, "Hello");
    screen.show(message, evening);
    static_cast<void>(written());
    screen.acknowledged({message.id, 1}, {}, evening);
    EXPECT_NE(written().find(R"("event":"acknowledged")"), std::string::npos);
    message.revision = 2;
    screen.acknowledged({message.id, 1}, {}, evening);
    screen.change(message, evening);
    EXPECT_EQ(written().find(R"("event":"acknowledged")"), std::string::npos) << "asked for again";
    screen.acknowledged({message.id, 2}, {}, evening);
    EXPECT_NE(written().find(R"("event":"acknowledged")"), std::string::npos);
}

TEST_F(ScreenOfScripts, IsNotPolledForInputAfterItsEnd) {
    EXPECT_EQ(screen.input_descriptor(), commands.ends[0]);
    commands.close_end(1);
    EXPECT_TRUE(screen.take_input(evening).empty());
    EXPECT_EQ(screen.input_descriptor(), -1);
    EXPECT_FALSE(screen.waits_for_terminal());
}

TEST_F(ScreenOfScripts, ReportsAFailureOnceNobodyReads) {
    events.close_end(0);
    signal(SIGPIPE, SIG_IGN);
    const Outcome outcome = screen.show(message_of(1, "Hello"), evening);
    EXPECT_EQ(outcome.state, State::failed);
    EXPECT_EQ(outcome.cause, "nobody reads the output");
    EXPECT_TRUE(screen.is_gone());
}

TEST_F(ScreenOfScripts, WaitsForASlowReaderButNotOnceItIsToStop) {
    fcntl(events.ends[1], F_SETPIPE_SZ, 4'096);
    const std::uint64_t one = 1;
    ASSERT_EQ(write(stop, &one, sizeof one), static_cast<ssize_t>(sizeof one));
    // More than the pipe holds, and nobody reads: only the request to stop ends the wait.
    EXPECT_EQ(screen.show(message_of(1, std::string(16'000, 'x')), evening).state, State::failed);
}

}  // namespace
}  // namespace crier::agent
