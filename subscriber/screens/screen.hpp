/// \file
/// Where a session shows its messages. One implementation a file, `NAME_screen`; screen_set puts
/// several together.
///
/// A screen tells the truth about what it did: what came of a message is an event of its own, said
/// when the screen knows it, which may be long after show() has returned.

#pragma once

#include <poll.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "crier/subscriber.hpp"

namespace crier::screens {

/// What came of showing a message.
struct Outcome {
    State state = State::displayed;  ///< displayed, suppressed or failed.
    /// A line for the sender: why, with suppressed and failed; with displayed, what is not as it
    /// was asked for ("not kept on top"), or empty.
    std::string cause{};
    bool is_in_digest = false;  ///< With displayed: as one of several.

    bool operator==(const Outcome&) const = default;
};

/// What came of a revision. Another one may follow: suppressed and then displayed, or displayed and
/// then failed, when the screen itself went away and took the message with it.
struct Came {
    MessageId id;
    std::uint32_t revision = 1;
    Outcome outcome;

    bool operator==(const Came&) const = default;
};

/// A person, or a script, said that it has read this.
struct Acknowledgement {
    MessageId id;
    std::uint32_t revision = 1;

    bool operator==(const Acknowledgement&) const = default;
};

/// They chose an answer to a question, perhaps instead of an earlier one.
struct Answer {
    MessageId id;
    std::uint32_t revision = 1;
    std::uint32_t choice = 0;  ///< From 0.

    bool operator==(const Answer&) const = default;
};

/// It is no longer on the screen, though nobody here took it off.
struct Dismissal {
    MessageId id;
    std::uint32_t revision = 1;
    std::string cause{};  ///< Who took it off, a line for the sender; empty: nothing is known.

    bool operator==(const Dismissal&) const = default;
};

using Reply = std::variant<Acknowledgement, Answer, Dismissal>;

/// A screen that could not show messages can now.
struct Usable {
    bool operator==(const Usable&) const = default;
};

/// The desktop is locked, and nobody sees what is on it, or no longer.
struct LockChanged {
    bool is_locked = false;

    bool operator==(const LockChanged&) const = default;
};

using ScreenEvent = std::variant<Came, Acknowledgement, Answer, Dismissal, Usable, LockChanged>;

/// Thread-safety: one thread at a time. Functions may wait for a slow reader of the output, but not
/// after the program was asked to stop; for nothing else. `now`: the broker's clock.
class Screen {
public:
    Screen() = default;
    Screen(const Screen&) = delete;
    Screen& operator=(const Screen&) = delete;
    virtual ~Screen() = default;

    /// As `--screen` and receipts call it.
    [[nodiscard]] virtual std::string_view name() const = 0;
    /// A person looks at it. A record that nobody may ever read is no proof that somebody saw it.
    [[nodiscard]] virtual bool is_seen() const { return true; }
    /// It is part of a desktop, which may be locked.
    [[nodiscard]] virtual bool is_on_desktop() const { return false; }
    /// Made for what asks something of the person, and for other messages only in need.
    [[nodiscard]] virtual bool is_for_alerts() const { return false; }

    /// What it has failed to show it may show later: it may come to be Usable.
    [[nodiscard]] virtual bool may_return() const { return false; }

    /// `Came` follows for each message that is shown, unless it is taken off before.
    virtual void show(const IncomingMessage& message, UtcTime now) = 0;
    /// A newer revision of a message that was shown; else as show().
    virtual void change(const IncomingMessage& message, UtcTime now) = 0;
    /// Whether many notifications that come at once are better shown as one digest.
    [[nodiscard]] virtual bool has_digests() const { return false; }
    /// Several plain notifications, in the order in which they came.
    virtual void show_digest(std::span<const IncomingMessage> messages, UtcTime now);
    virtual void escalate(const MessageEscalated& escalated, UtcTime now) = 0;
    /// Unknown ids are ignored.
    virtual void remove(const MessageRemoved& removed, UtcTime now) = 0;
    /// Without a word to the person: another screen shows it from now on.
    virtual void withdraw(const MessageId& id, UtcTime now) = 0;

    /// What came of a reply, be it this screen's or another one's.
    virtual void acknowledged(const Acknowledgement& reply, const Status& outcome, UtcTime now) = 0;
    virtual void answered(const Answer& reply, const Status& outcome, UtcTime now) = 0;
    virtual void dismissed(const Dismissal&, const Status&, UtcTime) {}

    /// `session` is empty for a listener, which is no session.
    virtual void connected(const std::optional<SubscriberConnected>&, UtcTime) {}
    virtual void disconnected(const SubscriberDisconnected&, UtcTime) {}
    virtual void problem(const Error&, UtcTime) {}
    /// The last call. nullopt: the program was asked to stop.
    virtual void ended(const std::optional<SubscriberEnded>&, UtcTime) {}

    /// Appends what is to be polled, always as many entries; -1 for what is not to be polled now.
    virtual void add_waits(std::vector<pollfd>&) const {}
    /// The same entries, polled; at least one is ready.
    virtual void serve(std::span<const pollfd>, UtcTime) {}
    /// When tick() has something to do next, if nothing happens before; nullopt: never.
    [[nodiscard]] virtual std::optional<UtcTime> next_tick(UtcTime) const { return std::nullopt; }
    /// Counts down, rings, gives up waiting: what is due. Nothing happens if nothing is.
    virtual void tick(UtcTime) {}

    /// The terminal has another size now.
    virtual void resized(UtcTime) {}
    /// The program is about to be stopped (Ctrl-Z), and was continued.
    virtual void suspend() {}
    virtual void resume(UtcTime) {}

    /// Nothing can be shown any more, ever: nobody reads the output.
    [[nodiscard]] virtual bool is_gone() const { return false; }

    /// What has happened since the last call, in that order. To be asked after every other call.
    [[nodiscard]] std::vector<ScreenEvent> take_events() { return std::exchange(events_, {}); }

protected:
    void tell(ScreenEvent event) { events_.push_back(std::move(event)); }
    void tell(const IncomingMessage& message, Outcome outcome) {
        tell(Came{message.id, message.revision, std::move(outcome)});
    }

private:
    std::vector<ScreenEvent> events_;
};

inline void Screen::show_digest(std::span<const IncomingMessage> messages, UtcTime now) {
    for (const IncomingMessage& message : messages) show(message, now);
}

[[nodiscard]] inline bool is_any_ready(std::span<const pollfd> polled) {
    return std::any_of(polled.begin(), polled.end(),
                       [](const pollfd& one) { return one.revents != 0; });
}

[[nodiscard]] inline const MessageId& id_of(const Reply& reply) {
    return std::visit([](const auto& one) -> const MessageId& { return one.id; }, reply);
}

}  // namespace crier::screens
