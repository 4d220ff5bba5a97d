#include "subscriber/agent/agent.hpp"

#include <poll.h>

#include <array>

#include "shared/base/assert.hpp"
#include "shared/base/time.hpp"

namespace crier::agent {
namespace {

/// A listener is told no end of its own: this is one.
bool is_final(const Error& error) {
    return remedy_for(error.code) == Remedy::fix_request && error.code != ErrorCode::not_admitted;
}

ExitCode exit_code_of(const SubscriberEnded& end) {
    return end.cause == SubscriberEnded::Cause::replaced ? ExitCode::replaced : ExitCode::refused;
}

}  // namespace

SubscriberHandler Agent::session_handler() {
    SubscriberHandler handler;
    handler.on_connected = [this](const SubscriberConnected& session) {
        screen_.connected(session, now());
    };
    handler.on_disconnected = [this](const SubscriberDisconnected& outage) {
        screen_.disconnected(outage, now());
    };
    handler.on_message = [this](const IncomingMessage& message) {
        report(message, screen_.show(message, now()));
    };
    handler.on_changed = [this](const IncomingMessage& message) {
        report(message, screen_.change(message, now()));
    };
    handler.on_removed = [this](const MessageRemoved& removed) { screen_.remove(removed, now()); };
    handler.on_problem = [this](const Error& error) { screen_.problem(error, now()); };
    handler.on_ended = [this](const SubscriberEnded& end) {
        end_ = end;
        exit_code_ = exit_code_of(end);
    };
    return handler;
}

ListenerHandler Agent::listener_handler() {
    ListenerHandler handler;
    handler.on_connected = [this] { screen_.connected(std::nullopt, now()); };
    handler.on_disconnected = [this](const Error& error) {
        screen_.disconnected({error, !is_final(error)}, now());
        if (!is_final(error)) return;
        end_ = SubscriberEnded{SubscriberEnded::Cause::refused, error};
        exit_code_ = exit_code_of(*end_);
    };
    handler.on_message = [this](const IncomingMessage& message) { screen_.show(message, now()); };
    handler.on_changed = [this](const IncomingMessage& message) { screen_.change(message, now()); };
    handler.on_removed = [this](const MessageRemoved& removed) { screen_.remove(removed, now()); };
    return handler;
}

ExitCode Agent::run() {
    CRIER_ASSERT(subscriber_ || listener_, "a source is handed over before the agent runs");
    while (!exit_code_) wait_and_act();
    leave();
    return *exit_code_;
}

UtcTime Agent::now() const {
    return subscriber_ ? subscriber_->broker_time() : read_clocks().utc;
}

int Agent::source_descriptor() const {
    return subscriber_ ? subscriber_->descriptor() : listener_->descriptor();
}

void Agent::dispatch() {
    if (subscriber_) subscriber_->dispatch();
    if (listener_) listener_->dispatch();
}

void Agent::wait_and_act() {
    std::array<pollfd, 4> waits{{{signals_.stop_descriptor(), POLLIN, 0},
                                 {signals_.descriptor(), POLLIN, 0},
                                 {source_descriptor(), POLLIN, 0},
                                 {screen_.input_descriptor(), POLLIN, 0}}};
    const int timeout_ms = screen_.waits_for_terminal() ? 1'000 : -1;
    if (poll(waits.data(), waits.size(), timeout_ms) < 0) return;  // A signal: it is marked.

    if (waits[0].revents != 0) {
        exit_code_ = ExitCode::stopped;
        return;
    }
    if (waits[1].revents != 0) act_on_signals();
    if (waits[3].revents != 0) take_answers();
    if (waits[2].revents != 0) dispatch();
    if (screen_.is_gone() && !exit_code_) {
        exit_code_ = signals_.is_stop_requested() ? ExitCode::stopped : ExitCode::screen_gone;
    }
}

void Agent::act_on_signals() {
    const Signals::Taken taken = signals_.take();
    if (taken.is_to_suspend) {
        screen_.suspend();
        Signals::suspend();
    }
    if (taken.is_to_suspend || taken.is_continued) screen_.resume();
    if (taken.is_resized) screen_.resized();
}

void Agent::take_answers() {
    for (const Acknowledgement& answer : screen_.take_input(now())) {
        const Status outcome =
            subscriber_ ? subscriber_->acknowledged(answer.id, answer.revision)
                        : fail(ErrorCode::usage_invalid,
                               "a listener only listens: it cannot acknowledge a message");
        screen_.acknowledged(answer, outcome, now());
    }
}

void Agent::report(const IncomingMessage& message, const Outcome& outcome) {
    // An overflow of reports cannot be helped here: the broker counts the message as delivered.
    if (outcome.state == State::displayed) {
        (void)subscriber_->displayed(message.id, message.revision);
    } else if (outcome.state == State::suppressed) {
        (void)subscriber_->suppressed(message.id, message.revision, outcome.cause);
    } else {
        (void)subscriber_->failed(message.id, message.revision, outcome.cause);
    }
}

void Agent::leave() {
    // The screen first: a person who pressed Ctrl-C need not wait for the network.
    screen_.ended(end_, now());
    if (subscriber_) subscriber_->stop();
    if (listener_) listener_->stop();
}

}  // namespace crier::agent
