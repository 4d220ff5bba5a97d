// crier-agent for scripts: lines out, commands in, sessions beside one another, and how it ends.
// Method: the program between pipes, a broker played by the test.

#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "tests/integration/agent_broker.hpp"
#include "tests/integration/agent_process.hpp"

namespace crier::testing {
namespace {

namespace fs = std::filesystem;

class AgentForScripts : public ::testing::Test {
protected:
    using Arguments = std::vector<std::string>;

    std::unique_ptr<AgentProcess> start(Arguments arguments = {}) {
        arguments.insert(arguments.begin(),
                         {"--screen", "json", "--invitation", broker.invitation()});
        return start_as(arguments);
    }
    std::unique_ptr<AgentProcess> start_as(const Arguments& arguments,
                                           std::map<std::string, std::string> environment = {}) {
        return std::make_unique<AgentProcess>(
            folder, AgentProcess::Setup{.arguments = arguments, .environment = environment});
    }
    [[nodiscard]] bool written(AgentProcess& agent, const std::string& text) {
        return broker.until([&] { return agent.has_written(text); });
    }
    [[nodiscard]] bool connected(AgentProcess& agent) {
        return written(agent, R"("event":"connected")");
    }
    [[nodiscard]] bool reported(std::uint8_t number, State state) {
        return broker.until([&] { return broker.has_receipt(agent_message_id(number), state); });
    }
    Ending end(AgentProcess& agent) {
        EXPECT_TRUE(broker.until([&] { return agent.ending().has_value(); })) << agent.output();
        return agent.ending().value_or(Ending{});
    }

    TemporaryDirectory folder;
    AgentBroker broker;
};

const std::string first_id = "00000000000000000000000000000001";

TEST_F(AgentForScripts, WritesALineForEachEvent) {
    const auto agent = start();
    ASSERT_TRUE(connected(*agent));
    broker.send(show_of(1, "Hello"));
    EXPECT_TRUE(written(*agent, R"({"event":"message","id":")" + first_id +
                                    R"(","seq":1,"topic":"all","text":"Hello",)"));
    EXPECT_TRUE(reported(1, State::displayed));
    protocol::Show newer = show_of(1, "Hello again");
    newer.revision = 2;
    broker.send(newer);
    EXPECT_TRUE(written(*agent, R"({"event":"changed","id":")" + first_id));
    broker.send(protocol::Remove{agent_message_id(1), protocol::RemovalCause::recalled});
    EXPECT_TRUE(written(*agent, R"({"event":"removed","id":")" + first_id +
                                    R"(","cause":"recalled"})"
                                    "\n"));
    agent->send_signal(SIGTERM);
    EXPECT_EQ(end(*agent), (Ending{0, 0}));
    EXPECT_TRUE(agent->output().ends_with(
        R"({"event":"ended","cause":"stopped","reason":null,"code":null,"name":null})"
        "\n"));
    EXPECT_TRUE(broker.until([&] { return broker.goodbyes == 1; }));
}

TEST_F(AgentForScripts, AcknowledgesOnCommandAndOutlivesItsInput) {
    const auto agent = start();
    ASSERT_TRUE(connected(*agent));
    broker.send(show_of(1, "Log off", Style::alert));
    ASSERT_TRUE(reported(1, State::displayed));
    agent->type("{\"acknowledge\":\"" + first_id + "\"}\n");
    EXPECT_TRUE(reported(1, State::acknowledged));
    EXPECT_TRUE(written(*agent, R"({"event":"acknowledged","id":")" + first_id));
    agent->close_input();
    broker.send(show_of(2, "Still here"));
    EXPECT_TRUE(written(*agent, "Still here"));
}

TEST_F(AgentForScripts, AnswersOnCommandAndSaysWhatWasNotOffered) {
    const auto agent = start();
    ASSERT_TRUE(connected(*agent));
    protocol::Show show = show_of(1, "Lunch?");
    show.content.choices = {"Yes", "No"};
    broker.send(show);
    EXPECT_TRUE(written(*agent, R"("choices":["Yes","No"])"));
    ASSERT_TRUE(reported(1, State::displayed));
    agent->type("answer " + first_id + " 3\n");
    EXPECT_TRUE(written(*agent, R"("name":"answer_unknown")"));
    agent->type("{\"answer\":\"" + first_id + "\",\"choice\":2}\n");
    ASSERT_TRUE(reported(1, State::answered));
    EXPECT_EQ(broker.receipts.back().answer, 1U);
    EXPECT_TRUE(written(*agent, R"({"event":"answered","id":")" + first_id +
                                    R"(","revision":1,"choice":2,"text":"No"})"));
    broker.send(protocol::Remove{agent_message_id(1), protocol::RemovalCause::closed});
    EXPECT_TRUE(written(*agent, R"("cause":"closed")"));
    agent->type("answer " + first_id + " 1\n");
    EXPECT_TRUE(written(*agent, R"("name":"message_over")"));
}

TEST_F(AgentForScripts, TellsOfEscalations) {
    const auto agent = start();
    ASSERT_TRUE(connected(*agent));
    protocol::Show show = show_of(1, "Log off");
    show.content.escalation = {{Milliseconds(100), Urgency::alert}};
    broker.send(show);
    EXPECT_TRUE(written(*agent, R"({"event":"escalated","id":")" + first_id +
                                    R"(","revision":1,"urgency":"alert"})"));
}

TEST_F(AgentForScripts, EndsWhenAnOperatorDropsIt) {
    const auto agent = start();
    ASSERT_TRUE(connected(*agent));
    broker.send(refused_with(ErrorCode::dropped, "ended by ops"));
    EXPECT_EQ(end(*agent), (Ending{8, 0}));
    EXPECT_TRUE(agent->output().ends_with(
        R"({"event":"ended","cause":"dropped","reason":"ended by ops","code":4034,)"
        R"("name":"dropped"})"
        "\n"))
        << agent->output();
}

TEST_F(AgentForScripts, SaysWhoItIs) {
    const auto agent = start({"--user", "Vanessa", "--machine", "desk", "--group", "g"});
    ASSERT_TRUE(connected(*agent));
    const Attributes& attributes = broker.hellos.front().attributes;
    EXPECT_EQ(attributes.user, "Vanessa");
    EXPECT_EQ(attributes.machine, "desk");
    EXPECT_EQ(attributes.type, "agent");
    EXPECT_EQ(attributes.groups, (std::vector<std::string>{"g"}));
    EXPECT_EQ(attributes.persistent_id.size(), 32U);
}

TEST_F(AgentForScripts, GivesEachAgentOfAUserASessionOfItsOwnAndReusesFreedOnes) {
    const auto first = start();
    const auto second = start();
    ASSERT_TRUE(connected(*first) && connected(*second));
    EXPECT_NE(broker.hellos[0].key, broker.hellos[1].key);
    EXPECT_EQ(broker.hellos[0].attributes.persistent_id, broker.hellos[1].attributes.persistent_id);
    EXPECT_TRUE(fs::exists(folder.path() / "crier/2/key"));

    first->send_signal(SIGTERM);
    ASSERT_EQ(end(*first), (Ending{0, 0}));
    const auto third = start();
    ASSERT_TRUE(connected(*third));
    EXPECT_TRUE(broker.hellos[2].key == broker.hellos[0].key ||
                broker.hellos[2].key == broker.hellos[1].key);
    EXPECT_FALSE(fs::exists(folder.path() / "crier/3"));
}

TEST_F(AgentForScripts, RefusesAKeyThatAnotherAgentUses) {
    const std::string key = folder.path() / "key";
    const auto first = start({"--key", key});
    ASSERT_TRUE(connected(*first));
    const auto second = start({"--key", key});
    EXPECT_EQ(end(*second), (Ending{6, 0}));
    EXPECT_NE(second->errors().find("(in_use, 4090)"), std::string::npos) << second->errors();
    EXPECT_EQ(second->output(), "");
}

TEST_F(AgentForScripts, EndsWhenItIsReplaced) {
    const auto agent = start();
    ASSERT_TRUE(connected(*agent));
    broker.send(refused_with(ErrorCode::replaced, "a newer connection took over"));
    EXPECT_EQ(end(*agent), (Ending{5, 0}));
    EXPECT_TRUE(agent->has_written(R"({"event":"ended","cause":"replaced")"));
}

TEST_F(AgentForScripts, EndsWhenItIsRefusedOrDismissed) {
    const auto refused_one = start();
    ASSERT_TRUE(connected(*refused_one));
    broker.send(refused_with(ErrorCode::not_admitted, "not you"));
    EXPECT_EQ(end(*refused_one), (Ending{4, 0}));

    const auto dismissed = start();
    ASSERT_TRUE(connected(*dismissed));
    broker.send(protocol::Goodbye{"go home", Milliseconds(0)});
    EXPECT_EQ(end(*dismissed), (Ending{4, 0}));
    EXPECT_TRUE(dismissed->has_written(R"("cause":"dismissed")"));
}

TEST_F(AgentForScripts, HidesItsInvitationFromOtherUsers) {
    const auto agent = start();
    ASSERT_TRUE(connected(*agent));
    std::ifstream file("/proc/" + std::to_string(agent->id()) + "/cmdline");
    const std::string line((std::istreambuf_iterator<char>(file)), {});
    EXPECT_NE(line.find("--invitation"), std::string::npos);
    EXPECT_EQ(line.find("crier1."), std::string::npos);
}

TEST_F(AgentForScripts, TakesAnInvitationFromItsInputAndCommandsAfterIt) {
    const auto agent = start_as({"--screen", "json", "--invitation", "-"});
    agent->type(broker.invitation() + "\nnonsense\n");
    EXPECT_TRUE(connected(*agent));
    EXPECT_TRUE(written(*agent, R"("event":"error")"));
}

TEST_F(AgentForScripts, EndsWhenNobodyReadsAnyMore) {
    const auto agent = start();
    ASSERT_TRUE(connected(*agent));
    agent->close_output();
    broker.send(show_of(1, "Hello"));
    EXPECT_EQ(end(*agent), (Ending{7, 0}));
    EXPECT_TRUE(reported(1, State::failed));
}

TEST_F(AgentForScripts, StopsAlsoWhileItsReaderDoesNotRead) {
    const auto agent = start();
    ASSERT_TRUE(connected(*agent));
    // More than a pipe holds; the agent then waits in the middle of a line.
    for (std::uint8_t number = 1; number <= 6; ++number) {
        broker.send(show_of(number, std::string(16'000, 'x')));
    }
    ASSERT_TRUE(reported(1, State::displayed));
    ASSERT_TRUE(reported(6, State::delivered));
    agent->send_signal(SIGTERM);
    ASSERT_TRUE(broker.until([&] { return agent->ending().has_value(); }));
    EXPECT_EQ(agent->ending(), (Ending{0, 0}));
}

TEST_F(AgentForScripts, RepeatsAfterACrashWhatWasNotAnsweredAndMarksIt) {
    {
        const auto agent = start();
        ASSERT_TRUE(connected(*agent));
        broker.send(show_of(1, "Log off", Style::alert));
        broker.send(show_of(2, "Only told"));
        ASSERT_TRUE(reported(1, State::displayed));
        ASSERT_TRUE(reported(2, State::displayed));
        agent->send_signal(SIGKILL);
        ASSERT_EQ(end(*agent), (Ending{-1, SIGKILL}));
    }
    const auto agent = start();
    ASSERT_TRUE(connected(*agent));
    EXPECT_TRUE(written(*agent, R"("text":"Log off")"));
    EXPECT_TRUE(agent->has_written(R"("again":true)"));
    EXPECT_FALSE(agent->has_written("Only told"));
    EXPECT_EQ(broker.hellos[1].key, broker.hellos[0].key);
}

TEST_F(AgentForScripts, SaysWhatIsMissingWithoutAnInvitation) {
    const auto nothing = start_as({});
    EXPECT_EQ(end(*nothing), (Ending{3, 0}));
    EXPECT_NE(nothing->errors().find("crier join"), std::string::npos) << nothing->errors();

    const auto misused = start_as({"--screen", "tv"});
    EXPECT_EQ(end(*misused), (Ending{64, 0}));
    const auto empty = start_as({"--invitation", ""});
    EXPECT_EQ(end(*empty), (Ending{64, 0})) << "not the invitation that is stored";

    const auto damaged = start_as({}, {{"CRIER_INVITATION", "crier1.sessions.abc"}});
    EXPECT_EQ(end(*damaged), (Ending{3, 0}));
}

TEST_F(AgentForScripts, SaysThatThereIsNoBrokerAndGoesOnTrying) {
    // A port that was free a moment ago, and where nobody listens.
    std::string nowhere;
    {
        const AgentBroker gone;
        nowhere = gone.invitation();
    }
    const auto agent = start_as({"--screen", "json", "--invitation", nowhere});
    ASSERT_TRUE(written(*agent, R"("name":"broker_unreachable","will_return":true})"));
    agent->send_signal(SIGTERM);
    EXPECT_EQ(end(*agent), (Ending{0, 0}));
}

TEST_F(AgentForScripts, WritesPlainLinesToAFileOfAPersonsChoice) {
    const auto agent = start_as({"--invitation", broker.invitation()});
    ASSERT_TRUE(written(*agent, " Connected. This is session "));
    broker.send(show_of(1, "Log off", Style::alert));
    ASSERT_TRUE(written(*agent, "    Cannot be acknowledged here: there is no keyboard\n"));
    EXPECT_EQ(agent->output().find('\x1b'), std::string::npos);
    EXPECT_TRUE(reported(1, State::displayed));
}

}  // namespace
}  // namespace crier::testing
