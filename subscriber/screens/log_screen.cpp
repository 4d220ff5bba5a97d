#include "subscriber/screens/log_screen.hpp"

#include <fcntl.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "shared/base/display.hpp"
#include "shared/base/time.hpp"

namespace crier::screens {
namespace {

std::string_view word_for(Severity severity) {
    switch (severity) {
        case Severity::critical:
            return "CRITICAL ";
        case Severity::warning:
            return "WARNING ";
        default:
            return "";
    }
}

/// The lines after the first one are indented: each entry begins with its time.
std::string indented(std::string_view text) {
    std::string lines;
    for (const char byte : text) {
        lines += byte;
        if (byte == '\n') lines += "    ";
    }
    return lines;
}

}  // namespace

bool LogScreen::has_journal() {
    std::error_code error;
    return std::filesystem::exists("/run/systemd/journal/socket", error);
}

void LogScreen::show(const IncomingMessage& message, UtcTime now) {
    write_message(message.again ? "again" : "", message, now);
}

void LogScreen::change(const IncomingMessage& message, UtcTime now) {
    write_message(message.is_reminder ? "reminder" : "changed", message, now);
}

void LogScreen::write_message(std::string_view what, const IncomingMessage& message, UtcTime now) {
    const Content& content = message.content;
    Entry entry;
    entry.priority = content.severity == Severity::critical  ? Priority::critical
                     : content.severity == Severity::warning ? Priority::warning
                                                             : Priority::notice;
    entry.message_id = to_string(message.id);
    entry.from = clean_line(message.from);
    entry.text = std::string(word_for(content.severity)) + "from " + entry.from;
    if (!what.empty()) entry.text += " (" + std::string(what) + ")";
    entry.text += ": ";
    if (!content.title.empty()) entry.text += clean_line(content.title) + "\n";
    entry.text += clean_text(text_at(message, now));
    while (entry.text.ends_with('\n')) entry.text.pop_back();
    for (std::size_t index = 0; index < content.choices.size(); ++index) {
        entry.text += "\n" + std::to_string(index + 1) + "  " + clean_line(content.choices[index]);
    }
    tell(message, write(entry, now));
}

Outcome LogScreen::write(const Entry& entry, UtcTime now) const {
    if (file_.empty()) {
        const std::array<std::string, 5> fields{
            "MESSAGE=" + entry.text, "PRIORITY=" + std::to_string(static_cast<int>(entry.priority)),
            "SYSLOG_IDENTIFIER=crier-agent", "CRIER_ID=" + entry.message_id,
            "CRIER_FROM=" + entry.from};
        std::vector<iovec> parts;
        for (const std::string& field : fields) {
            if (field.ends_with('=')) continue;
            parts.push_back({const_cast<char*>(field.data()), field.size()});
        }
        // The call counts as done where there is no journal.
        const int sent = has_journal()
                             ? sd_journal_sendv(parts.data(), static_cast<int>(parts.size()))
                             : -ENOENT;
        if (sent == 0) return {};
        return {State::failed, std::string("the journal: ") + std::strerror(-sent)};
    }
    const std::string line = to_string(now) + " " + indented(entry.text) + "\n";
    const int descriptor =
        open(file_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);
    if (descriptor < 0) return {State::failed, file_.string() + ": " + std::strerror(errno)};
    const ssize_t count = ::write(descriptor, line.data(), line.size());
    const int error = errno;
    close(descriptor);
    if (count == static_cast<ssize_t>(line.size())) return {};
    return {State::failed,
            file_.string() + ": " + (count < 0 ? std::strerror(error) : "cut short")};
}

void LogScreen::note(Priority priority, std::string text, UtcTime now) const {
    static_cast<void>(write({.priority = priority, .text = std::move(text)}, now));
}

void LogScreen::escalate(const MessageEscalated& escalated, UtcTime now) {
    note(Priority::warning, "still not acknowledged: " + to_string(escalated.id), now);
}

void LogScreen::remove(const MessageRemoved& removed, UtcTime now) {
    note(Priority::info,
         "no longer to be shown (" + std::string(name_of(removed.cause)) +
             "): " + to_string(removed.id),
         now);
}

void LogScreen::acknowledged(const Acknowledgement& reply, const Status& outcome, UtcTime now) {
    if (outcome) note(Priority::info, "acknowledged: " + to_string(reply.id), now);
}

void LogScreen::answered(const Answer& reply, const Status& outcome, UtcTime now) {
    if (!outcome) return;
    note(Priority::info,
         "answered by choice " + std::to_string(reply.choice + 1) + ": " + to_string(reply.id),
         now);
}

void LogScreen::connected(const std::optional<SubscriberConnected>& session, UtcTime now) {
    note(Priority::info,
         session ? "connected as session " + to_string(session->session) : "listening", now);
}

void LogScreen::disconnected(const SubscriberDisconnected& outage, UtcTime now) {
    note(Priority::warning, "not connected: " + clean_text(to_string(outage.error)), now);
}

void LogScreen::problem(const Error& error, UtcTime now) {
    note(Priority::warning, clean_text(to_string(error)), now);
}

void LogScreen::ended(const std::optional<SubscriberEnded>& end, UtcTime now) {
    note(Priority::info, end ? "ended: " + clean_text(to_string(end->error)) : "stopped", now);
}

}  // namespace crier::screens
