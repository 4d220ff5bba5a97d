/// \file
/// Public API for programs that borrow the screens of crier-agent: notifications of the desktop,
/// the window for alerts, a program, a log. The program keeps what it shows itself, and leaves the
/// rest to them.
///
///     auto screens = crier::Screens::open({.screens = "window:desktop"});
///     if (!screens) return report(screens.error());
///     handler.on_message = [&](const auto& message) { screens->show(message); };
///     handler.on_changed = [&](const auto& message) { screens->change(message); };
///     handler.on_removed = [&](const auto& removed) { screens->remove(removed); };
///     handler.on_escalated = [&](const auto& escalated) { screens->escalate(escalated); };
///     options.report = crier::Report::manual;
///     options.delivery = crier::Delivery::by_dispatch;
///     auto subscriber = crier::Subscriber::start(options, handler);
///     screens->report_to(*subscriber);
///     // poll both descriptors; call dispatch() of what is readable
///
/// Link crier::screens: find_package(crier COMPONENTS screens), or pkg-config crier-screens.

#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

#include "crier/result.hpp"
#include "crier/subscriber.hpp"
#include "crier/time.hpp"

namespace crier {

struct ScreensOptions {
    /// As `crier-agent --screen`: window, desktop, command, log; with ':' the first that can, with
    /// ',' each of them.
    std::string screens = "window:desktop";
    std::string application = "Crier";           ///< Who notifies, as the desktop says.
    std::string locale;                          ///< For our own words: French, or else English.
    std::string window_program = "crier-alert";  ///< A path, or a name in PATH.
    std::string command;                         ///< Of the screen `command`.
    Milliseconds command_timeout{30'000};
    std::filesystem::path log_file;  ///< Of the screen `log`; empty: the systemd journal.
    /// Remembers in this file what stands on the desktop, so that the run after a crash takes it
    /// off. Empty: it stays until the person dismisses it.
    std::filesystem::path noted_file;
};

/// Thread-safety: one thread at a time, the one that dispatches the subscriber. Ownership: moves,
/// does not copy. The destructor takes everything off the screens.
class Screens {
public:
    /// Errors: usage_invalid (fix_request): screens that are none, or that need the program's own
    ///   standard output. That one cannot show anything now is no error: its messages fail, or the
    ///   next one shows them.
    static Result<Screens> open(ScreensOptions options);

    Screens(Screens&& other) noexcept;
    Screens& operator=(Screens&& other) noexcept;
    ~Screens();

    /// From now on the subscriber is told what became of each message, and what the person says of
    /// it. It must outlive this, or stop_reporting() comes first.
    void report_to(Subscriber& subscriber);
    void stop_reporting();

    void show(const IncomingMessage& message);
    void change(const IncomingMessage& message);
    void remove(const MessageRemoved& removed);
    void escalate(const MessageEscalated& escalated);

    /// To be polled for reading; dispatch() then. Valid as long as this lives.
    [[nodiscard]] int descriptor() const noexcept;
    /// Moves on what waits, and returns how much the screens said. Never blocks.
    std::size_t dispatch();

private:
    class Impl;
    explicit Screens(std::unique_ptr<Impl> impl);

    std::unique_ptr<Impl> impl_;
};

}  // namespace crier
