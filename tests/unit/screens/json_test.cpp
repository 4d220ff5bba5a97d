// The screen of scripts: exact lines out, commands in. Method: exact text for the lines; a pipe on
// each side for the screen.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <string>

#include "subscriber/screens/json_command.hpp"
#include "subscriber/screens/json_lines.hpp"
#include "subscriber/screens/json_screen.hpp"
#include "tests/unit/screens/sample_messages.hpp"

namespace crier::screens {
namespace {

using namespace testing;

const std::string first_id = "00000000000000000000000000000001";

TEST(JsonLines, TellAllOfAMessage) {
    IncomingMessage message = message_of(1, "Zeile \"1\"\nÜ");
    EXPECT_EQ(message_line("message", message, evening),
              R"({"event":"message","id":"00000000000000000000000000000001","seq":1,)"
              R"("topic":"all","text":"Zeile \"1\"\nÜ","title":"","severity":"info",)"
              R"("style":"notification","from":"ops","sent":"2026-11-23T20:40:00.000Z",)"
              R"("expires":null,"revision":1,"again":false,)"
              R"("reminder":false,"late":null,"countdown_to":null,"choices":[]})");

    message.topic = "session/00112233445566778899aabbccddeeff";
    message.content.title = "T";
    message.content.severity = Severity::critical;
    message.content.style = Style::alert;
    message.off_screen_at = evening + Milliseconds(60'007);
    message.revision = 2;
    message.again = true;
    EXPECT_EQ(message_line("changed", message, evening),
              R"({"event":"changed","id":"00000000000000000000000000000001","seq":1,)"
              R"("topic":"session/00112233445566778899aabbccddeeff","text":"Zeile \"1\"\nÜ",)"
              R"("title":"T","severity":"critical","style":"alert","from":"ops",)"
              R"("sent":"2026-11-23T20:40:00.000Z","expires":"2026-11-23T20:41:00.007Z",)"
              R"("revision":2,"again":true,"reminder":false,"late":null,"countdown_to":null,)"
              R"("choices":[]})");
}

TEST(JsonLines, TellOfQuestionsCountdownsRemindersAndLateOnes) {
    IncomingMessage message = question_of(1, "T", {"Yes", "\"No\""});
    message.content.countdown_to = evening + Milliseconds(60'000);
    message.text_parts = {"In ", "."};
    message.is_reminder = true;
    message.late = evening - Milliseconds(1'000);
    const std::string line = message_line("message", message, evening + Milliseconds(1'000));
    EXPECT_NE(line.find(R"("text":"In 0:59.")"), std::string::npos) << line;
    EXPECT_TRUE(line.ends_with(R"("reminder":true,"late":"2026-11-23T20:39:59.000Z",)"
                               R"("countdown_to":"2026-11-23T20:41:00.000Z",)"
                               R"("choices":["Yes","\"No\""]})"))
        << line;
}

TEST(JsonLines, TellOfEscalations) {
    EXPECT_EQ(escalated_line({id_of(1), 2, Urgency::sound}),
              R"({"event":"escalated","id":"00000000000000000000000000000001","revision":2,)"
              R"("urgency":"sound"})");
    EXPECT_NE(escalated_line({id_of(1), 2, Urgency::alert}).find(R"("urgency":"alert")"),
              std::string::npos);
}

TEST(JsonLines, TellOfRemovalsAndAnswers) {
    EXPECT_EQ(removed_line({id_of(1), MessageRemovalCause::recalled}),
              R"({"event":"removed","id":"00000000000000000000000000000001","cause":"recalled"})");
    EXPECT_EQ(removed_line({id_of(1), MessageRemovalCause::expired}),
              R"({"event":"removed","id":"00000000000000000000000000000001","cause":"expired"})");
    EXPECT_NE(removed_line({id_of(1), MessageRemovalCause::acknowledged}).find("acknowledged"),
              std::string::npos);
    EXPECT_NE(removed_line({id_of(1), MessageRemovalCause::closed}).find("closed"),
              std::string::npos);
    EXPECT_EQ(answered_line({id_of(1), 3, 1}, "No"),
              R"({"event":"answered","id":"00000000000000000000000000000001","revision":3,)"
              R"("choice":2,"text":"No"})");
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
    EXPECT_EQ(ended_line(SubscriberEnded{SubscriberEnded::Cause::dropped,
                                         {ErrorCode::dropped, "ended by ops"}}),
              R"({"event":"ended","cause":"dropped","reason":"ended by ops","code":4034,)"
              R"("name":"dropped"})");
    EXPECT_EQ(error_line({ErrorCode::message_unknown, "no"}),
              R"({"event":"error","reason":"no","code":4041,"name":"message_unknown"})");
}

TEST(JsonCommand, IsAcceptedInItsTwoForms) {
    for (const std::string& line :
         {"acknowledge " + first_id, "  acknowledge \t " + first_id + " \r",
          "{\"acknowledge\":\"" + first_id + "\"}",
          " { \"acknowledge\" : \"" + first_id + "\" } "}) {
        const Result<Command> command = parse_command(line);
        ASSERT_TRUE(command) << line;
        EXPECT_EQ(*command, (Command{Verb::acknowledge, id_of(1), std::nullopt})) << line;
    }
}

TEST(JsonCommand, AnswersInItsTwoForms) {
    for (const std::string& line : {"answer " + first_id + " 2", " answer\t" + first_id + "  2 \r",
                                    "{\"answer\":\"" + first_id + "\",\"choice\":2}",
                                    "{ \"answer\" : \"" + first_id + "\" , \"choice\" : 2 }"}) {
        const Result<Command> command = parse_command(line);
        ASSERT_TRUE(command) << line;
        EXPECT_EQ(*command, (Command{Verb::answer, id_of(1), 2})) << line;
    }
}

TEST(JsonCommand, RemovesInItsTwoForms) {
    for (const std::string& line : {"remove " + first_id, "{\"remove\":\"" + first_id + "\"}"}) {
        const Result<Command> command = parse_command(line);
        ASSERT_TRUE(command) << line;
        EXPECT_EQ(*command, (Command{Verb::remove, id_of(1), std::nullopt})) << line;
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
             "remove " + first_id + " 1",
             "{\"remove\":\"" + first_id + "\",\"choice\":1}",
             "{\"quit\":\"" + first_id + "\"}",
             std::string("answer"),
             "answer " + first_id,
             "answer " + first_id + " x",
             "answer " + first_id + " -1",
             "answer " + first_id + " 1.5",
             "answer " + first_id + " 02",
             "answer " + first_id + " 4294967296",
             "answer " + first_id + " 1 2",
             "answer 1 " + first_id,
             "acknowledge " + first_id + " 1",
             "{\"answer\":\"" + first_id + "\"}",
             "{\"answer\":\"" + first_id + "\",\"choice\":\"1\"}",
             "{\"answer\":\"" + first_id + "\",\"choice\":1",
             "{\"answer\":\"" + first_id + "\" \"choice\":1}",
             "{\"acknowledge\":\"" + first_id + "\",\"choice\":1}",
         }) {
        const Result<Command> command = parse_command(line);
        ASSERT_FALSE(command) << line;
        EXPECT_EQ(command.error().code, ErrorCode::usage_invalid) << line;
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

    std::vector<Reply> command(const std::string& text) {
        EXPECT_EQ(write(commands.ends[1], text.data(), text.size()),
                  static_cast<ssize_t>(text.size()));
        return replies_to_input(screen);
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
    screen.show(message_of(1, "Hello"), evening);
    EXPECT_EQ(screen.take_events(), (std::vector<ScreenEvent>{Came{id_of(1), 1, {}}}));
    EXPECT_EQ(written(), message_line("message", message_of(1, "Hello"), evening) + "\n");
}

TEST_F(ScreenOfScripts, TakesAcknowledgementsOfTheNewestRevisionItShowed) {
    IncomingMessage message = message_of(1, "Hello");
    screen.show(message, evening);
    message.revision = 4;
    screen.change(message, evening);
    const std::vector<Reply> expected{Acknowledgement{id_of(1), 4}};
    EXPECT_EQ(command("acknowledge " + first_id + "\n"), expected);
}

TEST_F(ScreenOfScripts, TakesCommandsInPiecesAndSeveralAtOnce) {
    screen.show(message_of(1, "Hello"), evening);
    screen.show(message_of(2, "Hello"), evening);
    static_cast<void>(written());
    EXPECT_TRUE(command("acknow").empty());
    EXPECT_TRUE(command("ledge " + first_id).empty());
    const std::vector<Reply> both{Acknowledgement{id_of(1), 1}, Acknowledgement{id_of(2), 1}};
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

TEST_F(ScreenOfScripts, TakesAnswersAndTellsThemWithTheirText) {
    screen.show(question_of(1, "Lunch"), evening);
    static_cast<void>(written());
    const std::vector<Reply> expected{Answer{id_of(1), 1, 1}};
    EXPECT_EQ(command("answer " + first_id + " 2\n"), expected);
    screen.answered({id_of(1), 1, 1}, {}, evening);
    EXPECT_EQ(written(), answered_line({id_of(1), 1, 1}, "No") + "\n");
    const std::vector<Reply> changed{Answer{id_of(1), 1, 0}};
    EXPECT_EQ(command("answer " + first_id + " 1\n"), changed) << "they changed their mind";
}

TEST_F(ScreenOfScripts, SaysWhatIsWrongWithAnAnswer) {
    screen.show(question_of(1, "Lunch"), evening);
    screen.show(message_of(2, "Hello"), evening);
    static_cast<void>(written());
    for (const char* choice : {"0", "3"}) {
        EXPECT_TRUE(command("answer " + first_id + " " + choice + "\n").empty());
        const std::string error = written();
        EXPECT_NE(error.find(R"("name":"answer_unknown")"), std::string::npos) << error;
        EXPECT_NE(error.find("choose 1 to 2"), std::string::npos) << error;
    }
    EXPECT_TRUE(command("answer 00000000000000000000000000000002 1\n").empty());
    EXPECT_NE(written().find("is no question"), std::string::npos);
    EXPECT_TRUE(command("answer 000000000000000000000000000000ff 1\n").empty());
    EXPECT_NE(written().find(R"("name":"message_unknown")"), std::string::npos);
    screen.remove({id_of(1), MessageRemovalCause::closed}, evening);
    static_cast<void>(written());
    EXPECT_TRUE(command("answer " + first_id + " 1\n").empty());
    EXPECT_NE(written().find(R"("name":"message_over")"), std::string::npos);
}

TEST_F(ScreenOfScripts, TakesWhatWasRemovedAndTellsItOnce) {
    IncomingMessage message = question_of(1, "Lunch");
    screen.show(message, evening);
    message.revision = 2;
    screen.change(message, evening);
    static_cast<void>(written());
    const std::vector<Reply> expected{Dismissal{id_of(1), 2, {}}};
    EXPECT_EQ(command("remove " + first_id + "\n"), expected);
    const Error stopping{ErrorCode::stopping, "the subscriber was stopped"};
    screen.dismissed({id_of(1), 2, {}}, tl::make_unexpected(stopping), evening);
    EXPECT_EQ(written(), error_line(stopping) + "\n");
    screen.dismissed({id_of(1), 2, {}}, {}, evening);
    EXPECT_EQ(written(),
              R"({"event":"removed","id":")" + first_id + R"(","cause":"dismissed"})" + "\n");
    screen.dismissed({id_of(1), 2, {}}, {}, evening);
    EXPECT_TRUE(command("answer " + first_id + " 1\n").empty());
    EXPECT_NE(written().find(R"({"event":"error","reason":"message )"), std::string::npos);

    message.revision = 3;
    screen.change(message, evening);
    static_cast<void>(written());
    screen.dismissed({id_of(1), 3, {}}, {}, evening);
    EXPECT_NE(written().find(R"("cause":"dismissed")"), std::string::npos);
}

TEST_F(ScreenOfScripts, TellsOfEachMessageByItselfAndOfEscalations) {
    EXPECT_FALSE(screen.has_digests());
    EXPECT_EQ(screen.next_tick(evening), std::nullopt);
    screen.escalate({id_of(1), 1, Urgency::alert}, evening);
    EXPECT_EQ(written(), escalated_line({id_of(1), 1, Urgency::alert}) + "\n");
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
    const auto polled = [this] {
        std::vector<pollfd> waits;
        screen.add_waits(waits);
        return waits.at(0).fd;
    };
    EXPECT_EQ(polled(), commands.ends[0]);
    commands.close_end(1);
    EXPECT_TRUE(replies_to_input(screen).empty());
    EXPECT_EQ(polled(), -1);
    EXPECT_EQ(screen.next_tick(evening), std::nullopt);
}

TEST_F(ScreenOfScripts, ReportsAFailureOnceNobodyReads) {
    events.close_end(0);
    signal(SIGPIPE, SIG_IGN);
    screen.show(message_of(1, "Hello"), evening);
    const Came expected{id_of(1), 1, {State::failed, "nobody reads the output"}};
    EXPECT_EQ(screen.take_events(), std::vector<ScreenEvent>{expected});
    EXPECT_TRUE(screen.is_gone());
}

TEST_F(ScreenOfScripts, WaitsForASlowReaderButNotOnceItIsToStop) {
    fcntl(events.ends[1], F_SETPIPE_SZ, 4'096);
    const std::uint64_t one = 1;
    ASSERT_EQ(write(stop, &one, sizeof one), static_cast<ssize_t>(sizeof one));
    // More than the pipe holds, and nobody reads: only the request to stop ends the wait.
    screen.show(message_of(1, std::string(16'000, 'x')), evening);
    EXPECT_EQ(std::get<Came>(screen.take_events().at(0)).outcome.state, State::failed);
}

}  // namespace
}  // namespace crier::screens
