#include "subscriber/agent/agent.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <span>
#include <vector>

#include "shared/base/assert.hpp"
#include "shared/base/display.hpp"
#include "subscriber/screens/reporter.hpp"

namespace crier::agent {
namespace {

/// What waited for a session comes within this time after it was let in, in several pieces perhaps.
constexpr Milliseconds gather_after_connect{200};
/// What comes so soon after another message may be one of many: it waits for them that long.
constexpr Milliseconds burst_within{1'000};
constexpr Milliseconds gather_in_burst{200};
constexpr Milliseconds minute{60'000};
constexpr std::size_t states_max = 4'096;

/// A listener is told no end of its own: this is one.
bool is_final(const Error& error) {
    return remedy_for(error.code) == Remedy::fix_request && error.code != ErrorCode::not_admitted;
}

ExitCode exit_code_of(const SubscriberEnded& end) {
    switch (end.cause) {
        case SubscriberEnded::Cause::replaced:
            return ExitCode::replaced;
        case SubscriberEnded::Cause::dropped:
            return ExitCode::dropped;
        case SubscriberEnded::Cause::refused:
        case SubscriberEnded::Cause::dismissed:
            break;
    }
    return ExitCode::refused;
}

}  // namespace

SubscriberHandler Agent::session_handler() {
    SubscriberHandler handler;
    handler.on_connected = [this](const SubscriberConnected& session) { on_connected(session); };
    handler.on_disconnected = [this](const SubscriberDisconnected& outage) {
        screen_.disconnected(outage, now());
        note_connection("not connected: " + to_string(outage.error));
    };
    handler.on_message = [this](const IncomingMessage& message) { on_message(message); };
    handler.on_changed = [this](const IncomingMessage& message) { on_changed(message); };
    handler.on_removed = [this](const MessageRemoved& removed) { on_removed(removed); };
    handler.on_escalated = [this](const MessageEscalated& escalated) {
        screen_.escalate(escalated, now());
    };
    if (ticket_command_) {
        handler.on_ticket_wanted = [this](const TicketWanted& wanted) {
            ask_for_ticket(wanted.session);
        };
    }
    handler.on_problem = [this](const Error& error) { screen_.problem(error, now()); };
    handler.on_ended = [this](const SubscriberEnded& end) {
        end_ = end;
        exit_code_ = exit_code_of(end);
    };
    return handler;
}

ListenerHandler Agent::listener_handler() {
    ListenerHandler handler;
    handler.on_connected = [this] { on_connected(std::nullopt); };
    handler.on_disconnected = [this](const Error& error) {
        screen_.disconnected({error, !is_final(error)}, now());
        note_connection("not connected: " + to_string(error));
        if (!is_final(error)) return;
        end_ = SubscriberEnded{SubscriberEnded::Cause::refused, error};
        exit_code_ = exit_code_of(*end_);
    };
    handler.on_message = [this](const IncomingMessage& message) { on_message(message); };
    handler.on_changed = [this](const IncomingMessage& message) { on_changed(message); };
    handler.on_removed = [this](const MessageRemoved& removed) { on_removed(removed); };
    return handler;
}

ExitCode Agent::run() {
    CRIER_ASSERT(subscriber_ || listener_, "a source is handed over before the agent runs");
    while (!exit_code_) wait_and_act();
    leave();
    return *exit_code_;
}

// ---- The loop
// ------------------------------------------------------------------------------------

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
    constexpr std::size_t own = 4;
    std::vector<pollfd> waits{{signals_.stop_descriptor(), POLLIN, 0},
                              {signals_.descriptor(), POLLIN, 0},
                              {source_descriptor(), POLLIN, 0},
                              {ticket_command_ ? ticket_command_->descriptor() : -1, POLLIN, 0}};
    screen_.add_waits(waits);
    const std::optional<UtcTime> tick = screen_.next_tick(now());
    if (poll(waits.data(), waits.size(), timeout_ms(tick)) < 0) return;  // A signal: it is marked.

    if (waits[0].revents != 0) {
        exit_code_ = ExitCode::stopped;
        return;
    }
    if (waits[1].revents != 0) act_on_signals();
    const auto ready = std::span(waits).subspan(own);
    if (screens::is_any_ready(ready)) screen_.serve(ready, now());
    take_events();
    if (waits[2].revents != 0) dispatch();
    if (waits[3].revents != 0) use_ticket();
    if (exit_code_ || gather_until_ <= read_clocks().steady) show_gathered();
    if (tick && *tick <= now()) screen_.tick(now());
    end_what_is_over();
    take_events();
    if (is_status_old_) write_status();  // Once for all that came in this turn.
    if (screen_.is_gone() && !exit_code_) {
        exit_code_ = signals_.is_stop_requested() ? ExitCode::stopped : ExitCode::screen_gone;
    }
}

/// Until the next of those things that no descriptor tells of.
int Agent::timeout_ms(std::optional<UtcTime> tick) const {
    std::optional<Milliseconds> left;
    const auto consider = [&left](Milliseconds candidate) {
        left = std::min(left.value_or(candidate), candidate);
    };
    if (!gathered_.empty()) consider(gather_until_ - read_clocks().steady);
    if (tick) consider(*tick - now());
    for (const auto& [id, end] : ends_) consider(end - now());
    if (!left) return -1;
    // A clock that is put right meanwhile is seen in a minute at the latest.
    return static_cast<int>(std::clamp(*left, Milliseconds::zero(), minute).count());
}

void Agent::act_on_signals() {
    const Signals::Taken taken = signals_.take();
    if (taken.is_to_suspend) {
        screen_.suspend();
        Signals::suspend();
    }
    if (taken.is_to_suspend || taken.is_continued) screen_.resume(now());
    if (taken.is_resized) screen_.resized(now());
}

void Agent::ask_for_ticket(const SessionId& session) {
    const Status gone = ticket_command_->give_up();
    if (!gone) screen_.problem(gone.error(), now());
    const Status asked = ticket_command_->ask(session);
    if (!asked) screen_.problem(asked.error(), now());
}

void Agent::use_ticket() {
    auto ticket = ticket_command_->take();
    if (!ticket) return;
    const Status used = *ticket ? subscriber_->use_ticket(std::move(**ticket))
                                : Status(fail(std::move(ticket->error())));
    if (!used) screen_.problem(used.error(), now());
}

void Agent::take_events() {
    while (true) {
        const std::vector<screens::ScreenEvent> events = screen_.take_events();
        if (events.empty()) return;
        for (const screens::ScreenEvent& event : events) take(event);
    }
}

void Agent::take(const screens::ScreenEvent& event) {
    if (subscriber_) {
        if (const auto* came = std::get_if<screens::Came>(&event)) note_outcome(*came);
        return screens::pass_on(event, *subscriber_, screen_, now());
    }
    // A listener reports nothing.
    const Status refused = fail(ErrorCode::usage_invalid,
                                "a listener only listens: it cannot say what became of a message");
    if (const auto* reply = std::get_if<screens::Acknowledgement>(&event)) {
        screen_.acknowledged(*reply, refused, now());
    } else if (const auto* answer = std::get_if<screens::Answer>(&event)) {
        screen_.answered(*answer, refused, now());
    } else if (const auto* dismissal = std::get_if<screens::Dismissal>(&event)) {
        screen_.dismissed(*dismissal, refused, now());
    }
}

// ---- How it is
// -----------------------------------------------------------------------------------

void Agent::report_in(StatusFile file, std::string screens) {
    status_file_.emplace(std::move(file));
    status_.process = getpid();
    status_.screens = std::move(screens);
    note_connection("connecting");
}

void Agent::note_connection(std::string connection) {
    status_.connection = clean_line(connection);
    status_.since = now();
    write_status();
}

/// Each message counts once, as what it has come to be.
void Agent::note_outcome(const screens::Came& came) {
    const auto count_of = [this](State state) -> std::uint64_t& {
        if (state == State::displayed) return status_.displayed;
        return state == State::suppressed ? status_.suppressed : status_.failed;
    };
    const State state = came.outcome.state;
    if (const auto before = states_.find(came.id); before != states_.end()) {
        count_of(before->second) -= 1;
    }
    states_[came.id] = state;
    // Ids grow with time: the oldest message that nothing took away.
    if (states_.size() > states_max) states_.erase(states_.begin());
    count_of(state) += 1;
    if (state != State::displayed) status_.last_problem = clean_line(came.outcome.cause);
    is_status_old_ = true;
}

void Agent::write_status() {
    is_status_old_ = false;
    if (status_file_) status_file_->write(status_);
}

// ---- Messages
// ------------------------------------------------------------------------------------

void Agent::on_connected(const std::optional<SubscriberConnected>& session) {
    screen_.connected(session, now());
    if (session) status_.session = to_string(session->session);
    note_connection("connected");
    gather_until_ = read_clocks().steady + gather_after_connect;
}

void Agent::on_message(const IncomingMessage& message) {
    note_end(message);
    if (!screen_.has_digests()) {
        screen_.show(message, now());
        return take_events();
    }
    const Instant steady = read_clocks().steady;
    const bool is_in_burst =
        screens::is_plain(message.content) && shown_at_ && steady - *shown_at_ < burst_within;
    if (is_in_burst && gathered_.empty()) gather_until_ = steady + gather_in_burst;
    gathered_.add(message);
}

void Agent::on_changed(const IncomingMessage& message) {
    note_end(message);
    if (gathered_.replace(message)) return;
    screen_.change(message, now());
    take_events();
}

void Agent::on_removed(const MessageRemoved& removed) {
    if (over_.erase(removed.id) != 0) return;  // The broker says so, too.
    states_.erase(removed.id);
    ends_.erase(removed.id);
    if (!gathered_.drop(removed.id)) screen_.remove(removed, now());
}

/// A subscriber says itself when a message is over.
void Agent::note_end(const IncomingMessage& message) {
    if (subscriber_) return;
    ends_.erase(message.id);
    if (message.off_screen_at) ends_[message.id] = *message.off_screen_at;
}

void Agent::end_what_is_over() {
    const UtcTime time = now();
    std::vector<MessageId> over;
    for (const auto& [id, end] : ends_) {
        if (end <= time) over.push_back(id);
    }
    for (const MessageId& id : over) {
        on_removed({id, MessageRemovalCause::expired});
        over_.insert(id);
        // Ids grow with time: the oldest one, of which the broker has spoken long ago.
        if (over_.size() > states_max) over_.erase(over_.begin());
    }
}

void Agent::show_gathered() {
    if (gathered_.empty()) return;
    shown_at_ = read_clocks().steady;
    const screens::Gathering::Taken taken = gathered_.take();
    if (!taken.digest.empty()) screen_.show_digest(taken.digest, now());
    for (const IncomingMessage& message : taken.single) {
        screen_.show(message, now());
        take_events();  // Each at once: the next one may have to wait for a slow reader.
    }
    take_events();
}

void Agent::leave() {
    // The screen first: a person who pressed Ctrl-C need not wait for the network.
    screen_.ended(end_, now());
    take_events();
    if (subscriber_) subscriber_->stop();
    if (listener_) listener_->stop();
}

}  // namespace crier::agent
