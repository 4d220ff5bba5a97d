/// \file
/// The screen that a program of the user's is: it gets each message as JSON on standard input, and
/// says by its exit status, or by lines of JSON, what became of it.
///
///     input     the line that the screen `json` writes: event message, changed or removed
///     variables CRIER_EVENT, _ID, _REVISION, _TITLE, _TEXT, _SEVERITY, _STYLE, _FROM, _CHOICES
///     output    {"state":"displayed"|"suppressed"|"failed","cause":"…"}
///               {"acknowledge":true}   {"answer":2} from 1   {"remove":true}
///     end       exit status 0: displayed, 75 (try later): suppressed, another: failed; unless it
///               has said what became of it
///
/// A program counts as failed that has not ended within its time; what it said before holds.

#pragma once

#include <array>
#include <deque>
#include <memory>

#include "subscriber/screens/child_process.hpp"
#include "subscriber/screens/screen.hpp"

namespace crier::screens {

struct CommandOptions {
    std::string program;            ///< A path, or a name in PATH.
    Milliseconds time_max{30'000};  ///< For one message.
};

class CommandScreen final : public Screen {
public:
    static constexpr std::size_t at_once_max = 4;
    static constexpr std::size_t waiting_max = 256;

    explicit CommandScreen(CommandOptions options) : options_(std::move(options)) {}

    [[nodiscard]] std::string_view name() const override { return "command"; }
    void show(const IncomingMessage& message, UtcTime now) override;
    void change(const IncomingMessage& message, UtcTime now) override;
    void escalate(const MessageEscalated& escalated, UtcTime now) override;
    void remove(const MessageRemoved& removed, UtcTime now) override;
    void withdraw(const MessageId& id, UtcTime now) override;
    void acknowledged(const Acknowledgement& reply, const Status& outcome, UtcTime now) override;
    void answered(const Answer&, const Status&, UtcTime) override {}
    void ended(const std::optional<SubscriberEnded>& end, UtcTime now) override;

    void add_waits(std::vector<pollfd>& waits) const override;
    void serve(std::span<const pollfd> ready, UtcTime now) override;
    [[nodiscard]] std::optional<UtcTime> next_tick(UtcTime now) const override;
    void tick(UtcTime now) override;

private:
    /// What one run of the program is about.
    struct Job {
        MessageId id;
        std::uint32_t revision = 0;
        std::string line;
        std::vector<std::string> variables;
        std::size_t choices = 0;
        bool is_message = false;  ///< Its outcome is one of a message.
        bool is_told{};           ///< It has said what became of it.
    };
    struct Run {
        std::unique_ptr<ChildProcess> child;  ///< None: free.
        Job job;
        UtcTime until{};
    };

    void add(const char* event, const IncomingMessage& message, UtcTime now);
    void add(Job job, UtcTime now);
    void start_waiting(UtcTime now);
    void take_lines(Run& run);
    void take_line(Job& job, const std::string& line);
    void finish(Run& run);
    void tell_of(Job& job, Outcome outcome);

    CommandOptions options_;
    std::array<Run, at_once_max> runs_;
    std::deque<Job> waiting_;
};

}  // namespace crier::screens
