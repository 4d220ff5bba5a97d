/// \file
/// What a terminal shows over time: notices as they come, what they ask of the person, and a status
/// line that says which keys answer. Pure: events in, text for the terminal out.
///
/// Each call returns the text to write next. The status line, if there is one, is always the last
/// thing on the terminal, without a line end; every text begins by erasing the one before.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "crier/subscriber.hpp"
#include "subscriber/screens/notice.hpp"
#include "subscriber/screens/screen.hpp"
#include "subscriber/screens/shown.hpp"

namespace crier::screens {

class Board {
public:
    /// What is to call by a sound does so again and again, this far apart.
    static constexpr Milliseconds ring_interval{10'000};

    explicit Board(const Look& look) : look_(look) {}

    [[nodiscard]] std::string show(const IncomingMessage& message, UtcTime now);
    [[nodiscard]] std::string change(const IncomingMessage& message, UtcTime now);
    /// Plain notifications, in the order in which they came.
    [[nodiscard]] std::string show_digest(std::span<const IncomingMessage> messages, UtcTime now);
    [[nodiscard]] std::string remove(const MessageRemoved& removed, UtcTime now);
    /// As remove(), without a word about it.
    [[nodiscard]] std::string withdraw(const MessageId& id, UtcTime now);
    [[nodiscard]] std::string escalate(const MessageEscalated& escalated, UtcTime now);

    /// A line of our own, with the time before it; a text of the operators', which is no message.
    [[nodiscard]] std::string note(std::string_view line, UtcTime now);
    [[nodiscard]] std::string announce(const Panel& panel, UtcTime now);

    /// The terminal has another width now.
    [[nodiscard]] std::string resized(std::size_t columns, UtcTime now);
    /// Once more what asks for something; the question after the one that digits answer.
    [[nodiscard]] std::string show_open_ones(UtcTime now);
    [[nodiscard]] std::string show_next_question(UtcTime now);
    /// Without the status line, before somebody else writes to the terminal; and with it again.
    [[nodiscard]] std::string cleared() const;
    [[nodiscard]] std::string restored(UtcTime now) { return page({}, now); }

    /// What a key says: Enter and a acknowledge the oldest open alert; a digit is an answer if a
    /// question is open, else it acknowledges the alert of that number. No other key chooses that
    /// alert again until acknowledged() or kept_open() says what came of it.
    [[nodiscard]] std::optional<Reply> choose(char key);
    /// It could not be noted: as if it had not been chosen.
    void kept_open(const Reply& reply);
    /// It is no longer open. Empty for one that is not.
    [[nodiscard]] std::string acknowledged(const Acknowledgement& reply, bool is_connected,
                                           UtcTime now);
    /// Empty for what is no open question.
    [[nodiscard]] std::string answered(const Answer& reply, bool is_connected, UtcTime now);

    /// When the status line is another one because time has passed; when to call by a sound.
    [[nodiscard]] std::optional<UtcTime> next_countdown(UtcTime now) const;
    [[nodiscard]] std::optional<UtcTime> next_ring(UtcTime now) const;
    [[nodiscard]] std::string ring(UtcTime now);

    /// Something is open that a person can answer here.
    [[nodiscard]] bool wants_keys() const;

private:
    [[nodiscard]] std::string render(const Shown& shown, const IncomingMessage& message,
                                     NoticeExtras extras, UtcTime now) const;
    [[nodiscard]] std::string say_removal(const Shown& shown, MessageRemovalCause cause) const;
    [[nodiscard]] std::string note_text(std::string_view line, UtcTime now) const;
    [[nodiscard]] std::string page(const std::string& text, UtcTime now);

    Look look_;
    ShownMessages shown_;
    bool counts_down_ = false;  ///< The status line on the terminal does.
};

}  // namespace crier::screens
