// crier-agent on a real terminal: questions, countdowns, escalation, digests, a closed admission.
// Method: the program on a pseudo-terminal, a broker played by the test.

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/integration/agent_on_a_terminal.hpp"

namespace crier::testing {
namespace {

using std::chrono::milliseconds;

class AgentWithQuestions : public AgentOnATerminal {
protected:
    void ask(std::uint8_t number, const std::string& text) {
        protocol::Show show = show_of(number, text);
        show.content.choices = {"Yes", "No"};
        broker.send(show);
        ASSERT_TRUE(reported(number, State::displayed)) << seen();
    }
    [[nodiscard]] bool answered(std::uint8_t number, std::uint32_t choice) {
        return broker.until([&] {
            const auto& receipts = broker.receipts;
            return !receipts.empty() && receipts.back().id == agent_message_id(number) &&
                   receipts.back().answer == choice;
        });
    }
};

TEST_F(AgentWithQuestions, TakesADigitForTheAnswerAndAnotherForAnotherUntilItCloses) {
    start();
    ask(1, "Lunch?");
    ASSERT_TRUE(written("1-2: answer \"Lunch?\""));
    agent->type("2");
    EXPECT_TRUE(answered(1, 1)) << seen();
    EXPECT_TRUE(written("Your answer to \"Lunch?\": No. Another digit changes it"));
    agent->type("1");
    EXPECT_TRUE(answered(1, 0)) << seen();
    broker.send(protocol::Remove{agent_message_id(1), protocol::RemovalCause::closed});
    EXPECT_TRUE(written("The question is closed: Lunch?. Your answer: Yes"));
    EXPECT_TRUE(broker.until([&] { return !agent->is_raw(); }));
}

TEST_F(AgentWithQuestions, CountsDownByItselfOnceASecond) {
    start({.environment = {{"NO_COLOR", "1"}}});
    protocol::Show show = show_of(1, "The server stops in {remaining}.");
    show.content.title = "Stop";
    show.content.is_template = true;
    show.content.countdown_to = show.sent + milliseconds(2'900);
    broker.send(show);
    ASSERT_TRUE(reported(1, State::displayed));
    EXPECT_TRUE(written("The server stops in 0:03."));
    EXPECT_TRUE(written("\r\n0:03 left: Stop\r\x1b[K0:02 left: Stop\r\x1b[K0:01 left: Stop"));
    EXPECT_TRUE(broker.until([&] { return seen().ends_with("0:01 left: Stop\r\x1b[K"); }));
    std::size_t paints = 0;
    const std::string output = seen();
    for (std::size_t at = 0; (at = output.find("\r\x1b[K", at)) != output.npos; ++at) ++paints;
    EXPECT_LE(paints, 12U) << "no more often than it changes, and for the few other lines";
}

TEST_F(AgentWithQuestions, MakesAnAlertOfWhatNobodyAcknowledgesAndRings) {
    start();
    protocol::Show show = show_of(1, "Log off");
    show.content.escalation = {{milliseconds(50), Urgency::alert},
                               {milliseconds(100), Urgency::sound}};
    broker.send(show);
    ASSERT_TRUE(written("INFO, still not acknowledged")) << seen();
    ASSERT_TRUE(written("[1] Press Enter or a to acknowledge"));
    ASSERT_TRUE(broker.until([&] {
        const std::string output = seen();
        return std::count(output.begin(), output.end(), '\a') >= 2;
    })) << seen();
    agent->type("a");
    EXPECT_TRUE(reported(1, State::acknowledged));
    EXPECT_TRUE(written("Acknowledged: [1] Log off"));
}

TEST_F(AgentWithQuestions, ShowsWhatWaitedForItAsOneDigestAndReportsEachOfThem) {
    for (std::uint8_t number = 1; number <= 7; ++number) {
        broker.after_welcome.emplace_back(
            show_of(number, "Waiting " + std::to_string(number),
                    number == 4 ? Style::alert : Style::notification));
    }
    start();
    for (std::uint8_t number = 1; number <= 7; ++number) {
        EXPECT_TRUE(reported(number, State::displayed)) << int{number};
    }
    EXPECT_TRUE(written("─ 6 messages, newest first ─")) << seen();
    EXPECT_TRUE(written("[1] Press Enter or a to acknowledge"));
    EXPECT_LT(seen().find("Waiting 7"), seen().find("Waiting 1"));
    broker.send(protocol::Remove{agent_message_id(2), protocol::RemovalCause::recalled});
    EXPECT_TRUE(written("Withdrawn by the sender: Waiting 2"));
}

TEST_F(AgentWithQuestions, SaysWhyItIsNotLetInAndGoesOnTrying) {
    broker.refusal = refused_with(ErrorCode::admission_closed, "Closed until 22:00.");
    launch();
    ASSERT_TRUE(written("Closed until 22:00.")) << seen();
    EXPECT_TRUE(written("It goes on trying by itself"));
    const std::size_t hellos = broker.hellos.size();
    ASSERT_TRUE(broker.until([&] { return broker.hellos.size() > hellos; }));
    broker.refusal.reset();
    ASSERT_TRUE(written("Connected.")) << seen();
    const std::string output = seen();
    EXPECT_EQ(output.find("Closed until"), output.rfind("Closed until")) << "once is enough";
}

TEST_F(AgentWithQuestions, EndsWhenAnOperatorDropsItAndSaysSo) {
    start();
    show_alert(1, "Log off");
    broker.send(refused_with(ErrorCode::dropped, "ended by ops"));
    EXPECT_EQ(end(), (Ending{8, 0}));
    EXPECT_TRUE(written("Ended by an operator: ended by ops (dropped, 4034)"));
    EXPECT_FALSE(agent->is_raw());
}

}  // namespace
}  // namespace crier::testing
