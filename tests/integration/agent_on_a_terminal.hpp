/// \file
/// The real crier-agent on a pseudo-terminal, and a broker played by the test.

#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "tests/integration/agent_broker.hpp"
#include "tests/integration/agent_process.hpp"

namespace crier::testing {

class AgentOnATerminal : public ::testing::Test {
protected:
    using Setup = AgentProcess::Setup;

    void launch(Setup setup = {}) {
        setup.place = AgentProcess::Place::terminal;
        setup.arguments.insert(setup.arguments.begin(), {"--invitation", broker.invitation()});
        agent = std::make_unique<AgentProcess>(*folder, setup);
    }
    /// Starts it and waits until it is connected.
    void start(Setup setup = {}) {
        launch(std::move(setup));
        ASSERT_TRUE(broker.until([&] { return agent->has_written("onnect"); })) << seen();
        ASSERT_TRUE(broker.until([&] { return broker.hellos.size() == 1; })) << seen();
    }
    void show_alert(std::uint8_t number, const std::string& text) {
        broker.send(show_of(number, text, Style::alert));
        ASSERT_TRUE(reported(number, State::displayed)) << seen();
        ASSERT_TRUE(written(text)) << seen();
    }
    [[nodiscard]] bool reported(std::uint8_t number, State state) {
        return broker.until([&] { return broker.has_receipt(agent_message_id(number), state); });
    }
    [[nodiscard]] bool written(const std::string& text) {
        return broker.until([&] { return agent->has_written(text); });
    }
    Ending end() {
        EXPECT_TRUE(broker.until([&] { return agent->ending().has_value(); })) << seen();
        return agent->ending().value_or(Ending{});
    }
    std::string seen() { return agent ? agent->output() : std::string(); }

    std::unique_ptr<TemporaryDirectory> folder = std::make_unique<TemporaryDirectory>();
    AgentBroker broker;
    std::unique_ptr<AgentProcess> agent;
};

}  // namespace crier::testing
