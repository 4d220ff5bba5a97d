/// \file
/// The program's loop: hands what a subscriber or a listener hears to a screen, and what a person
/// answers back. One thread: everything here happens in run().

#pragma once

#include <optional>

#include "crier/subscriber.hpp"
#include "subscriber/agent/exit_code.hpp"
#include "subscriber/agent/screen.hpp"
#include "subscriber/agent/signals.hpp"

namespace crier::agent {

class Agent {
public:
    /// Both must outlive the agent.
    Agent(Screen& screen, Signals& signals) : screen_(screen), signals_(signals) {}
    Agent(const Agent&) = delete;
    Agent& operator=(const Agent&) = delete;

    /// For a source that delivers by dispatch and is handed over before it first dispatches. They
    /// refer to this agent.
    [[nodiscard]] SubscriberHandler session_handler();
    [[nodiscard]] ListenerHandler listener_handler();
    void hand_over(Subscriber subscriber) { subscriber_.emplace(std::move(subscriber)); }
    void hand_over(Listener listener) { listener_.emplace(std::move(listener)); }

    /// Shows and answers until a signal, the source or the screen ends it; then says goodbye.
    [[nodiscard]] ExitCode run();

private:
    [[nodiscard]] UtcTime now() const;
    [[nodiscard]] int source_descriptor() const;
    void dispatch();
    void wait_and_act();
    void act_on_signals();
    void take_answers();
    void report(const IncomingMessage& message, const Outcome& outcome);
    void leave();

    Screen& screen_;
    Signals& signals_;
    std::optional<Subscriber> subscriber_;
    std::optional<Listener> listener_;
    std::optional<ExitCode> exit_code_;   ///< Set: the loop ends.
    std::optional<SubscriberEnded> end_;  ///< Why, if it was the source.
};

}  // namespace crier::agent
