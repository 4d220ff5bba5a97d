#include "subscriber/screens/terminal_screen.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "shared/base/display.hpp"
#include "subscriber/screens/digest.hpp"

namespace crier::screens {
namespace {

constexpr std::size_t columns_by_default = 80;
constexpr std::size_t covered_notes_max = 65'536;  // Bytes.
constexpr std::size_t line_columns = 200;          // Of a status line.
constexpr const char* cause_of_waiting = "another program has the terminal";
constexpr const char* cause_of_no_room = "too many messages wait for the terminal";

std::size_t columns_of(int descriptor) {
    winsize size{};
    if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return columns_by_default;
    return size.ws_col;
}

/// With the code, for what may need somebody's help.
std::string say_failure(Language language, const Error& error) {
    return language == Language::english ? to_string(error) : say_cause(language, error);
}

}  // namespace

Look look_of(int descriptor, std::string_view term, std::string_view no_color) {
    Look look;
    look.columns = 0;
    if (isatty(descriptor) != 1) return look;
    look.columns = columns_of(descriptor);
    look.is_boxed = !term.empty() && term != "dumb";
    look.is_coloured = look.is_boxed && no_color.empty();
    return look;
}

TerminalScreen::TerminalScreen(const Look& look, Input& input, Output& output, int descriptor,
                               std::optional<Tmux> tmux)
    : look_(look),
      board_(look),
      input_(input),
      output_(output),
      descriptor_(descriptor),
      tmux_(std::move(tmux)) {}

TerminalScreen::~TerminalScreen() {
    input_.release();
}

void TerminalScreen::show(const IncomingMessage& message, UtcTime now) {
    if (hold(message, now)) return;
    const std::string text = board_.show(message, now);
    listen_or_release();
    tell(message, outcome_of_writing(text));
}

void TerminalScreen::change(const IncomingMessage& message, UtcTime now) {
    if (hold(message, now)) return;
    const std::string text = board_.change(message, now);
    listen_or_release();
    tell(message, outcome_of_writing(text));
}

void TerminalScreen::show_digest(std::span<const IncomingMessage> messages, UtcTime now) {
    if (is_covered()) {
        // A line for each would be a storm: only their number is told, and they wait.
        for (const IncomingMessage& message : messages) {
            const bool is_held = covered_.add(message, {});
            tell(message, is_held ? Outcome{State::suppressed, cause_of_waiting}
                                  : Outcome{State::failed, cause_of_no_room});
        }
        const std::string count = std::to_string(messages.size());
        (void)tmux_->show(say(look_.language, Phrase::digest, {count}));
        return;
    }
    Outcome outcome = outcome_of_writing(board_.show_digest(messages, now));
    outcome.is_in_digest = outcome.state == State::displayed;
    for (const IncomingMessage& message : messages) tell(message, outcome);
}

void TerminalScreen::remove(const MessageRemoved& removed, UtcTime now) {
    covered_.remove(removed.id);
    const std::string text = board_.remove(removed, now);
    listen_or_release();
    write(text);
}

void TerminalScreen::withdraw(const MessageId& id, UtcTime now) {
    covered_.remove(id);
    const std::string text = board_.withdraw(id, now);
    listen_or_release();
    write(text);
}

void TerminalScreen::escalate(const MessageEscalated& escalated, UtcTime now) {
    covered_.escalate(escalated.id, say(look_.language, Phrase::still_unacknowledged));
    const std::string text = board_.escalate(escalated, now);
    listen_or_release();
    write(text);
}

void TerminalScreen::acknowledged(const Acknowledgement& reply, const Status& outcome,
                                  UtcTime now) {
    if (!outcome) {
        board_.kept_open(reply);
        note(say(look_.language, Phrase::acknowledging_failed,
                 {say_cause(look_.language, outcome.error())}),
             now);
        return;
    }
    covered_.remove(reply.id);
    const std::string text = board_.acknowledged(reply, is_connected_, now);
    listen_or_release();
    write(text);
}

void TerminalScreen::answered(const Answer& reply, const Status& outcome, UtcTime now) {
    if (!outcome) {
        board_.kept_open(reply);
        note(say(look_.language, Phrase::answering_failed,
                 {say_cause(look_.language, outcome.error())}),
             now);
        return;
    }
    write(board_.answered(reply, is_connected_, now));
}

void TerminalScreen::dismissed(const Dismissal& reply, const Status& outcome, UtcTime) {
    if (outcome) covered_.remove(reply.id);
}

void TerminalScreen::connected(const std::optional<SubscriberConnected>& session, UtcTime now) {
    is_connected_ = true;
    is_outage_told_ = false;
    told_closed_.reset();
    if (was_connected_) {
        note(say(look_.language, Phrase::connected_again), now);
    } else if (session) {
        note(say(look_.language, Phrase::connected, {to_string(session->session)}), now);
    } else {
        note(say(look_.language, Phrase::listening), now);
    }
    was_connected_ = true;
}

void TerminalScreen::disconnected(const SubscriberDisconnected& outage, UtcTime now) {
    is_connected_ = false;
    if (!outage.will_return) return;  // ended() says why.
    if (outage.error.code == ErrorCode::admission_closed) {
        return tell_admission_closed(outage.error, now);
    }
    // That a broker which went away cannot be reached is no news; another reason may need somebody.
    if (is_outage_told_ && outage.error.code == ErrorCode::broker_unreachable) return;
    is_outage_told_ = true;
    const Phrase phrase = was_connected_ ? Phrase::connection_lost : Phrase::no_connection_yet;
    note(say(look_.language, phrase, {say_cause(look_.language, outage.error)}), now);
}

void TerminalScreen::tell_admission_closed(const Error& error, UtcTime now) {
    is_outage_told_ = true;
    if (told_closed_ == error.detail) return;
    told_closed_ = error.detail;
    const Panel panel{.severity = Severity::warning,
                      .header = say(look_.language, Phrase::admission_closed),
                      .title = {},
                      .text = clean_text(error.detail),
                      .facts = {},
                      .hint = say(look_.language, Phrase::trying_again)};
    write(board_.announce(panel, now));
}

void TerminalScreen::problem(const Error& error, UtcTime now) {
    note(say(look_.language, Phrase::problem, {say_failure(look_.language, error)}), now);
}

void TerminalScreen::ended(const std::optional<SubscriberEnded>& end, UtcTime now) {
    if (end) {
        Phrase phrase = Phrase::ended_refused;
        if (end->cause == SubscriberEnded::Cause::replaced) phrase = Phrase::ended_replaced;
        if (end->cause == SubscriberEnded::Cause::dismissed) phrase = Phrase::ended_dismissed;
        if (end->cause == SubscriberEnded::Cause::dropped) phrase = Phrase::ended_dropped;
        note(say(look_.language, phrase, {say_failure(look_.language, end->error)}), now);
    }
    write(board_.cleared());
    input_.release();
}

void TerminalScreen::add_waits(std::vector<pollfd>& waits) const {
    waits.push_back({board_.wants_keys() ? input_.descriptor() : -1, POLLIN, 0});
}

void TerminalScreen::serve(std::span<const pollfd>, UtcTime now) {
    for (const char byte : input_.take()) {
        if (!is_key(byte)) continue;
        if (byte == 'r' || byte == 'R') write(board_.show_open_ones(now));
        if (byte == 'n' || byte == 'N') write(board_.show_next_question(now));
        if (const auto reply = board_.choose(byte)) {
            std::visit([this](const auto& one) { tell(one); }, *reply);
        }
    }
}

std::optional<UtcTime> TerminalScreen::next_tick(UtcTime now) const {
    std::optional<UtcTime> countdown = board_.next_countdown(now);
    // Who has the terminal now types on the last line, and gets the keys: look again later.
    constexpr Milliseconds pause{1'000};
    if ((countdown || board_.wants_keys()) && input_.is_in_background()) countdown = now + pause;
    if (!covered_.empty() || !covered_notes_.empty()) countdown = now + pause;
    const std::optional<UtcTime> ring = board_.next_ring(now);
    if (!countdown || !ring) return countdown ? countdown : ring;
    return std::min(*countdown, *ring);
}

void TerminalScreen::tick(UtcTime now) {
    uncover(now);
    write(board_.ring(now));
    if (board_.next_countdown(now) && !input_.is_in_background()) write(board_.restored(now));
}

bool TerminalScreen::is_key(char byte) {
    const Keys before = keys_;
    switch (before) {
        case Keys::plain:
            if (byte == '\x1b') keys_ = Keys::after_escape;
            return byte != '\x1b';
        case Keys::after_escape:
            keys_ = byte == '[' ? Keys::in_sequence : byte == 'O' ? Keys::one_more : Keys::plain;
            return false;
        case Keys::in_sequence:
            if (byte >= '\x40' && byte <= '\x7e') keys_ = Keys::plain;
            return false;
        case Keys::one_more:
            keys_ = Keys::plain;
            return false;
    }
    return false;
}

void TerminalScreen::resized(UtcTime now) {
    if (look_.columns == 0) return;
    look_.columns = columns_of(descriptor_);
    write(board_.resized(look_.columns, now));
}

void TerminalScreen::suspend() {
    write(board_.cleared());
    input_.release();
}

void TerminalScreen::resume(UtcTime now) {
    listen_or_release();
    uncover(now);
    write(board_.restored(now));
}

void TerminalScreen::write(const std::string& text) {
    if (is_covered()) {
        if (covered_notes_.size() + text.size() <= covered_notes_max) covered_notes_ += text;
        return;
    }
    (void)output_.write(text);  // is_gone() tells.
}

bool TerminalScreen::is_covered() const {
    if (!tmux_) return false;
    const pid_t foreground = tcgetpgrp(descriptor_);
    return foreground >= 0 && foreground != getpgrp() && tmux_->is_pane_taken();
}

bool TerminalScreen::hold(const IncomingMessage& message, UtcTime now) {
    if (!is_covered()) return false;
    const std::string line = severity_word(message.content.severity, look_.language) + ", " +
                             clean_line(message.from) + ": " + excerpt_of(message, line_columns);
    if (!covered_.add(message, line)) {
        tell(message, {State::failed, cause_of_no_room});
        return true;
    }
    tell(message, {State::suppressed, cause_of_waiting});
    show_line(now);
    return true;
}

void TerminalScreen::show_line(UtcTime now) {
    if (std::optional<Came> came = covered_.show_line(*tmux_, now)) tell(*std::move(came));
}

void TerminalScreen::uncover(UtcTime now) {
    const bool is_something = !covered_.empty() || !covered_notes_.empty();
    if (!is_something) return;
    if (is_covered()) return show_line(now);
    (void)output_.write(std::exchange(covered_notes_, {}));
    Gathering gathered;
    for (const IncomingMessage& message : covered_.take()) gathered.add(message);
    const Gathering::Taken taken = gathered.take();
    if (!taken.digest.empty()) show_digest(taken.digest, now);
    for (const IncomingMessage& message : taken.single) change(message, now);
}

Outcome TerminalScreen::outcome_of_writing(const std::string& text) {
    if (output_.write(text)) return {};
    return {State::failed, "nobody reads the output"};
}

void TerminalScreen::note(std::string_view line, UtcTime now) {
    write(board_.note(line, now));
}

void TerminalScreen::listen_or_release() {
    if (board_.wants_keys()) {
        input_.listen_for_keys();
    } else {
        input_.release();
    }
}

}  // namespace crier::screens
