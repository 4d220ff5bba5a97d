/// \file
/// The screen for alerts: the window of `crier-alert`, a program of its own, which is started when
/// there is something to show and ends a while after there is nothing. The lines between the two:
/// subscriber/alert/line_protocol.hpp.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>

#include "subscriber/screens/child_process.hpp"
#include "subscriber/screens/notice.hpp"
#include "subscriber/screens/screen.hpp"

namespace crier::screens {

class WindowScreen final : public Screen {
public:
    /// How long the window may take to paint a message, a start of the program included.
    static constexpr Milliseconds painted_within{10'000};
    /// At once; crier-alert has room for no more.
    static constexpr std::size_t messages_max = 200;
    /// How long the program is kept without a message.
    static constexpr Milliseconds kept_idle{10'000};
    /// What calls by a sound does so again and again, this far apart.
    static constexpr Milliseconds ring_interval{10'000};

    struct Options {
        std::string program = "crier-alert";  ///< A path, or a name in PATH.
        bool has_display = true;              ///< The environment names one.
    };
    WindowScreen(const Look& look, Options options);
    ~WindowScreen() override;

    [[nodiscard]] std::string_view name() const override { return "window"; }
    [[nodiscard]] bool is_on_desktop() const override { return true; }
    [[nodiscard]] bool is_for_alerts() const override { return true; }
    void show(const IncomingMessage& message, UtcTime now) override;
    void change(const IncomingMessage& message, UtcTime now) override;
    void escalate(const MessageEscalated& escalated, UtcTime now) override;
    void remove(const MessageRemoved& removed, UtcTime now) override;
    void withdraw(const MessageId& id, UtcTime now) override;
    void acknowledged(const Acknowledgement& reply, const Status& outcome, UtcTime now) override;
    void answered(const Answer& reply, const Status& outcome, UtcTime now) override;
    void dismissed(const Dismissal& reply, const Status& outcome, UtcTime now) override;
    void ended(const std::optional<SubscriberEnded>& end, UtcTime now) override;

    void add_waits(std::vector<pollfd>& waits) const override;
    void serve(std::span<const pollfd> ready, UtcTime now) override;
    [[nodiscard]] std::optional<UtcTime> next_tick(UtcTime now) const override;
    void tick(UtcTime now) override;

private:
    struct Standing {
        IncomingMessage message;
        NoticeExtras extras{};
        std::optional<std::uint32_t> answer{};
        std::string note{};     ///< Below its buttons.
        bool is_taken = false;  ///< The program has read it, and is alive.
        bool is_painted = false;
        std::optional<UtcTime> painted_until{};  ///< It is to be painted until then.
        std::optional<UtcTime> rings_at{};
    };
    using Standings = std::map<MessageId, Standing>;

    void put(const IncomingMessage& message, NoticeExtras extras, UtcTime now);
    [[nodiscard]] Status start();
    void post(const Standing& standing, UtcTime now);
    [[nodiscard]] std::string show_line(const Standing& standing, UtcTime now) const;
    void write(const std::string& line);
    void erase(Standings::iterator place, UtcTime now);
    void take_line(const std::string& line);
    void take_said(const std::string& deed, const MessageId& id, std::uint32_t revision,
                   std::uint32_t choice);
    /// The window is gone, and every message with it.
    void fall(const std::string& cause);

    Look look_;
    Options options_;
    std::unique_ptr<ChildProcess> window_;
    std::string limits_;  ///< What the window cannot do here, in words for the sender.
    Standings standings_;
    std::optional<UtcTime> idle_until_;  ///< No message: the program ends then.
};

}  // namespace crier::screens
