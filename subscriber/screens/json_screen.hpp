/// \file
/// The screen of scripts: json_lines.hpp written to standard output, each line whole and at once,
/// and commands on standard input (json_command.hpp).

#pragma once

#include <deque>
#include <string>
#include <unordered_map>

#include "subscriber/screens/input.hpp"
#include "subscriber/screens/json_command.hpp"
#include "subscriber/screens/output.hpp"
#include "subscriber/screens/screen.hpp"

namespace crier::screens {

class JsonScreen final : public Screen {
public:
    /// `input` and `output` must outlive the screen.
    JsonScreen(Input& input, Output& output) : input_(input), output_(output) {}

    [[nodiscard]] std::string_view name() const override { return "json"; }
    // A script wants each message by itself, at once: there are no digests here.
    void show(const IncomingMessage& message, UtcTime now) override;
    void change(const IncomingMessage& message, UtcTime now) override;
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
    [[nodiscard]] bool is_gone() const override { return output_.is_gone(); }

private:
    struct Shown {
        std::uint32_t revision = 0;
        std::uint32_t acknowledged = 0;  ///< The revision that was; 0: none.
        bool is_over = false;            ///< It was removed.
        std::vector<std::string> choices;
    };

    void write_message(const char* event, const IncomingMessage& message, UtcTime now);
    void remember(const IncomingMessage& message);
    bool write_line(std::string line);
    void take_command(const std::string& line);
    /// Errors: message_unknown, message_over, answer_unknown.
    [[nodiscard]] Result<Reply> reply_to(const Command& command) const;

    Input& input_;
    Output& output_;
    std::string unfinished_;         ///< The beginning of a line of input.
    bool is_line_too_long_ = false;  ///< The rest of it is skipped.
    std::unordered_map<MessageId, Shown> shown_;
    std::deque<MessageId> order_;  ///< The same, oldest first; the oldest are forgotten.
};

}  // namespace crier::screens
