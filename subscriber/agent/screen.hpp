/// \file
/// Where a session shows its messages. One implementation a file: terminal_screen, json_screen.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "crier/subscriber.hpp"

namespace crier::agent {

/// What came of showing a message.
struct Outcome {
    State state = State::displayed;  ///< displayed, suppressed or failed.
    std::string cause;               ///< Why, with suppressed and failed: a line for the sender.
    bool is_in_digest = false;       ///< With displayed: as one of several.

    bool operator==(const Outcome&) const = default;
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

/// It is no longer on the screen.
struct Dismissal {
    MessageId id;
    std::uint32_t revision = 1;

    bool operator==(const Dismissal&) const = default;
};

using Reply = std::variant<Acknowledgement, Answer, Dismissal>;

/// Thread-safety: one thread at a time. Functions may wait for a slow reader of the output, but not
/// after the program was asked to stop. `now`: the broker's clock.
class Screen {
public:
    virtual ~Screen() = default;

    virtual Outcome show(const IncomingMessage& message, UtcTime now) = 0;
    /// A newer revision of a message that was shown.
    virtual Outcome change(const IncomingMessage& message, UtcTime now) = 0;
    /// Whether many notifications that come at once are better shown as one digest.
    [[nodiscard]] virtual bool has_digests() const = 0;
    /// Several plain notifications, in the order in which they came.
    virtual Outcome show_digest(std::span<const IncomingMessage> messages, UtcTime now) = 0;
    /// Unknown ids are ignored.
    virtual void remove(const MessageRemoved& removed, UtcTime now) = 0;
    virtual void escalate(const MessageEscalated& escalated, UtcTime now) = 0;
    /// What came of a reply that take_input() returned.
    virtual void acknowledged(const Acknowledgement& reply, const Status& outcome, UtcTime now) = 0;
    virtual void answered(const Answer& reply, const Status& outcome, UtcTime now) = 0;
    virtual void dismissed(const Dismissal& reply, const Status& outcome, UtcTime now) = 0;

    /// `session` is empty for a listener, which is no session.
    virtual void connected(const std::optional<SubscriberConnected>& session, UtcTime now) = 0;
    virtual void disconnected(const SubscriberDisconnected& outage, UtcTime now) = 0;
    virtual void problem(const Error& error, UtcTime now) = 0;
    /// The last call. nullopt: the program was asked to stop.
    virtual void ended(const std::optional<SubscriberEnded>& end, UtcTime now) = 0;

    /// To be polled for reading; when it is readable, call take_input(). -1: nothing to read now.
    [[nodiscard]] virtual int input_descriptor() const = 0;
    /// It is -1 only while the terminal belongs to another program: ask again within a second.
    [[nodiscard]] virtual bool waits_for_terminal() const = 0;
    virtual std::vector<Reply> take_input(UtcTime now) = 0;

    /// When tick() has something to do next, if nothing happens before; nullopt: never.
    [[nodiscard]] virtual std::optional<UtcTime> next_tick(UtcTime now) const = 0;
    /// Counts down, rings.
    virtual void tick(UtcTime now) = 0;

    /// The terminal has another size now.
    virtual void resized(UtcTime now) = 0;
    /// The program is about to be stopped (Ctrl-Z), and was continued.
    virtual void suspend() = 0;
    virtual void resume(UtcTime now) = 0;

    /// Nothing can be shown any more: nobody reads the output.
    [[nodiscard]] virtual bool is_gone() const = 0;
};

}  // namespace crier::agent
