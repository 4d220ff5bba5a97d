/// \file
/// Everything that the core of a session knows. This header is session_core.cpp's alone.

#pragma once

#include <optional>

#include "subscriber/core/broker_clock.hpp"
#include "subscriber/core/message_table.hpp"
#include "subscriber/core/session_core.hpp"
#include "subscriber/core/ticket_holder.hpp"
#include "subscriber/core/way_back.hpp"

namespace crier::subscriber {

/// The state of the connection. `ended` is for ever; what is left then is to be stopped.
enum class Phase : std::uint8_t { loading, pausing, opening, greeting, connected, ended, stopped };

struct SessionCore::State {
    explicit State(CoreOptions given);

    void handle(const StoreLoaded& event);
    void handle(const StoreDone& event);
    void handle(const LinkUp& event);
    void handle(const LinkDown& event);
    void handle(const FrameArrived& event);
    void handle(const Reported& event);
    void handle(const PresenceChanged& event);
    void handle(const TicketGiven& event);
    void handle(const StopRequested& event);
    void handle(const TimePassed& event);

    void on_frame(const protocol::SessionWelcome& frame);
    void remember_welcome(const protocol::SessionWelcome& frame);
    void on_frame(const protocol::Refused& frame);
    void on_frame(protocol::Show frame);
    void on_frame(protocol::Bundle frame);
    void on_frame(const protocol::Remove& frame);
    void on_frame(const protocol::TicketRenewed& frame);
    void on_frame(const protocol::Heartbeat& frame);
    void on_frame(const protocol::Goodbye& frame);

    void finish_step();
    void say_hello();
    void send_receipts();
    void send_heartbeat();
    void stop_if_ready();

    void send(const protocol::FromSession& frame);
    void lose_link(Error error);
    void pause(Milliseconds pause, Error error);
    void end(SubscriberEnded::Cause cause, Error error);
    void tell_disconnected(const Error& error, bool will_return);

    [[nodiscard]] Now time() const { return {now.steady, clock.at(now)}; }

    CoreOptions options;
    SessionId session;
    BrokerClock clock;
    WayBack way_back;
    StoreCounter stores;
    MessageTable messages;
    TicketHolder tickets;

    Phase phase = Phase::loading;
    Instant deadline{};                  ///< pausing: open then. greeting: the welcome's.
    std::optional<Instant> stop_by;      ///< Set by StopRequested.
    KeepSession remembered;              ///< Of the last welcome, perhaps an earlier run's.
    std::optional<ErrorCode> told_code;  ///< Of this outage, what the program was told last.
    bool is_problem_told = false;

    // Of the connection.
    Milliseconds heartbeat{};
    Instant connected_since{};
    Instant heartbeat_due{};
    Instant lost_at{};  ///< Unless a frame comes before.
    std::uint64_t receipt_frames = 0;

    // Of the step that runs.
    Moment now{};
    Effects* effects = nullptr;
};

}  // namespace crier::subscriber
