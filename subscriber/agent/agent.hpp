/// \file
/// The program's loop: hands what a subscriber or a listener hears to a screen, and what a person
/// answers back. One thread: everything here happens in run().

#pragma once

#include <map>
#include <optional>
#include <set>

#include "crier/subscriber.hpp"
#include "shared/base/time.hpp"
#include "subscriber/agent/exit_code.hpp"
#include "subscriber/agent/signals.hpp"
#include "subscriber/agent/status_file.hpp"
#include "subscriber/agent/ticket_command.hpp"
#include "subscriber/screens/digest.hpp"
#include "subscriber/screens/screen.hpp"

namespace crier::agent {

class Agent {
public:
    /// Both must outlive the agent.
    Agent(screens::Screen& screen, Signals& signals) : screen_(screen), signals_(signals) {}
    Agent(const Agent&) = delete;
    Agent& operator=(const Agent&) = delete;

    /// For a source that delivers by dispatch and is handed over before it first dispatches. They
    /// refer to this agent.
    [[nodiscard]] SubscriberHandler session_handler();
    [[nodiscard]] ListenerHandler listener_handler();
    void hand_over(Subscriber subscriber) { subscriber_.emplace(std::move(subscriber)); }
    void hand_over(Listener listener) { listener_.emplace(std::move(listener)); }

    /// Before session_handler(): the session comes in by tickets, which `command` gets.
    void use_tickets(TicketCommand command) { ticket_command_.emplace(std::move(command)); }

    /// From now on tells there how it is. `screens`: as --screen has them.
    void report_in(StatusFile file, std::string screens);

    /// Shows and answers until a signal, the source or the screen ends it; then says goodbye.
    [[nodiscard]] ExitCode run();

private:
    [[nodiscard]] UtcTime now() const;
    [[nodiscard]] int source_descriptor() const;
    void dispatch();
    void wait_and_act();
    [[nodiscard]] int timeout_ms(std::optional<UtcTime> tick) const;
    void act_on_signals();
    void ask_for_ticket(const SessionId& session);
    void use_ticket();
    void take_events();
    void take(const screens::ScreenEvent& event);

    void write_status();
    void note_connection(std::string connection);
    void note_outcome(const screens::Came& came);

    void on_connected(const std::optional<SubscriberConnected>& session);
    void on_message(const IncomingMessage& message);
    void on_changed(const IncomingMessage& message);
    void on_removed(const MessageRemoved& removed);
    void note_end(const IncomingMessage& message);
    void end_what_is_over();
    void show_gathered();
    void leave();

    screens::Screen& screen_;
    Signals& signals_;
    std::optional<Subscriber> subscriber_;
    std::optional<Listener> listener_;
    std::optional<TicketCommand> ticket_command_;
    screens::Gathering gathered_;  ///< What is to be shown when no more is to be expected.
    Instant gather_until_{};
    std::optional<Instant> shown_at_;  ///< The last of them.
    /// Of a listener, which nobody tells: when what is shown is to go.
    std::map<MessageId, UtcTime> ends_;
    std::set<MessageId> over_;  ///< Taken off by ourselves.
    std::optional<StatusFile> status_file_;
    AgentStatus status_;
    bool is_status_old_ = false;          ///< The file is older than the status.
    std::map<MessageId, State> states_;   ///< Of the messages that are counted there.
    std::optional<ExitCode> exit_code_;   ///< Set: the loop ends.
    std::optional<SubscriberEnded> end_;  ///< Why, if it was the source.
};

}  // namespace crier::agent
