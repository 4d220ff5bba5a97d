/// \file
/// The screen of a server without people: the systemd journal, or a file. A record, which somebody
/// may read some time.

#pragma once

#include <filesystem>

#include "subscriber/screens/screen.hpp"

namespace crier::screens {

class LogScreen final : public Screen {
public:
    /// `file`: appended to, made with mode 0600 if it is missing; opened for each entry, so that it
    /// may be renamed by who rotates logs. Empty: the journal.
    explicit LogScreen(std::filesystem::path file) : file_(std::move(file)) {}

    /// Whether the system has a journal that takes entries.
    [[nodiscard]] static bool has_journal();

    [[nodiscard]] std::string_view name() const override { return "log"; }
    [[nodiscard]] bool is_seen() const override { return false; }
    void show(const IncomingMessage& message, UtcTime now) override;
    void change(const IncomingMessage& message, UtcTime now) override;
    void escalate(const MessageEscalated& escalated, UtcTime now) override;
    void remove(const MessageRemoved& removed, UtcTime now) override;
    void withdraw(const MessageId&, UtcTime) override {}
    void acknowledged(const Acknowledgement& reply, const Status& outcome, UtcTime now) override;
    void answered(const Answer& reply, const Status& outcome, UtcTime now) override;
    void connected(const std::optional<SubscriberConnected>& session, UtcTime now) override;
    void disconnected(const SubscriberDisconnected& outage, UtcTime now) override;
    void problem(const Error& error, UtcTime now) override;
    void ended(const std::optional<SubscriberEnded>& end, UtcTime now) override;

private:
    /// As syslog has them.
    enum class Priority : int { critical = 2, warning = 4, notice = 5, info = 6 };
    struct Entry {
        Priority priority = Priority::info;
        std::string text;  ///< Clean; may have several lines.
        std::string message_id{};
        std::string from{};
    };

    [[nodiscard]] Outcome write(const Entry& entry, UtcTime now) const;
    void write_message(std::string_view what, const IncomingMessage& message, UtcTime now);
    void note(Priority priority, std::string text, UtcTime now) const;

    std::filesystem::path file_;
};

}  // namespace crier::screens
