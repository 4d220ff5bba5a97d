/// \file
/// The screen of a person at a terminal, or of a log file: board.hpp decides what to show, this
/// file writes it, reads keys, and keeps the terminal in order.

#pragma once

#include <optional>
#include <string>

#include "subscriber/screens/board.hpp"
#include "subscriber/screens/covered_messages.hpp"
#include "subscriber/screens/input.hpp"
#include "subscriber/screens/output.hpp"
#include "subscriber/screens/screen.hpp"

namespace crier::screens {

/// What the terminal behind `descriptor` can do; without one: plain lines that are never broken.
/// `term`, `no_color`: the variables of the environment by these names.
[[nodiscard]] Look look_of(int descriptor, std::string_view term, std::string_view no_color);

class TerminalScreen final : public Screen {
public:
    /// `input` and `output` must outlive the screen. `descriptor`: that of the output, to ask for
    /// the terminal's size.
    /// `tmux`: around the terminal, if there is one.
    TerminalScreen(const Look& look, Input& input, Output& output, int descriptor,
                   std::optional<Tmux> tmux = std::nullopt);
    ~TerminalScreen() override;

    [[nodiscard]] std::string_view name() const override { return "terminal"; }
    void show(const IncomingMessage& message, UtcTime now) override;
    void change(const IncomingMessage& message, UtcTime now) override;
    [[nodiscard]] bool has_digests() const override { return true; }
    void show_digest(std::span<const IncomingMessage> messages, UtcTime now) override;
    void escalate(const MessageEscalated& escalated, UtcTime now) override;
    void remove(const MessageRemoved& removed, UtcTime now) override;
    void withdraw(const MessageId& id, UtcTime now) override;
    void acknowledged(const Acknowledgement& reply, const Status& outcome, UtcTime now) override;
    void answered(const Answer& reply, const Status& outcome, UtcTime now) override;
    void dismissed(const Dismissal& reply, const Status& outcome, UtcTime now) override;
    void connected(const std::optional<SubscriberConnected>& session, UtcTime now) override;
    void disconnected(const SubscriberDisconnected& outage, UtcTime now) override;
    void problem(const Error& error, UtcTime now) override;
    void ended(const std::optional<SubscriberEnded>& end, UtcTime now) override;

    void add_waits(std::vector<pollfd>& waits) const override;
    void serve(std::span<const pollfd> ready, UtcTime now) override;
    [[nodiscard]] std::optional<UtcTime> next_tick(UtcTime now) const override;
    void tick(UtcTime now) override;

    void resized(UtcTime now) override;
    void suspend() override;
    void resume(UtcTime now) override;
    [[nodiscard]] bool is_gone() const override { return output_.is_gone(); }

private:
    /// Where the reading of keys stands: an arrow key, say, is several bytes, and is no answer.
    enum class Keys : std::uint8_t { plain, after_escape, in_sequence, one_more };

    [[nodiscard]] bool is_key(char byte);
    void write(const std::string& text);
    [[nodiscard]] Outcome outcome_of_writing(const std::string& text);
    /// Another program has the whole terminal, in tmux.
    [[nodiscard]] bool is_covered() const;
    /// False: it is not covered, and the message is to be shown as always.
    [[nodiscard]] bool hold(const IncomingMessage& message, UtcTime now);
    void show_line(UtcTime now);
    void uncover(UtcTime now);
    void note(std::string_view line, UtcTime now);
    void tell_admission_closed(const Error& error, UtcTime now);
    /// Keys are read one by one only while an alert or a question is open: whatever happens to the
    /// program at another time, it has changed nothing of the terminal.
    void listen_or_release();

    Look look_;
    Board board_;
    Input& input_;
    Output& output_;
    int descriptor_;
    std::optional<Tmux> tmux_;
    CoveredMessages covered_;
    std::string covered_notes_;  ///< Our own lines that wait with them.
    Keys keys_ = Keys::plain;
    bool is_connected_ = false;
    bool was_connected_ = false;
    bool is_outage_told_ = false;
    std::optional<std::string> told_closed_;  ///< Of this outage: why new sessions are refused.
};

}  // namespace crier::screens
