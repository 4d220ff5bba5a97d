/// \file
/// What a terminal shows over time: notices as they come, which alerts are open, and a status line
/// that says how to acknowledge them. Pure: events in, text for the terminal out.
///
/// Each call returns the text to write next. The status line, if there is one, is always the last
/// thing on the terminal, without a line end; every text begins by erasing the one before.

#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "crier/subscriber.hpp"
#include "subscriber/agent/notice.hpp"
#include "subscriber/agent/screen.hpp"

namespace crier::agent {

class Board {
public:
    explicit Board(const Look& look) : look_(look) {}

    [[nodiscard]] std::string show(const IncomingMessage& message, UtcTime now);
    [[nodiscard]] std::string change(const IncomingMessage& message, UtcTime now);
    [[nodiscard]] std::string remove(const MessageRemoved& removed, UtcTime now);

    /// A line of our own, with the time before it.
    [[nodiscard]] std::string note(std::string_view line, UtcTime now);

    /// The terminal has another width now.
    [[nodiscard]] std::string resized(std::size_t columns);
    /// The open alerts once more.
    [[nodiscard]] std::string show_open_alerts(UtcTime now);
    /// Without the status line, before somebody else writes to the terminal; and with it again.
    [[nodiscard]] std::string cleared() const;
    [[nodiscard]] std::string restored() const { return page({}); }

    /// Which open alert a key acknowledges: Enter and a the oldest, a digit the one of that number.
    /// No other key chooses it again until acknowledged() or kept_open() says what came of it.
    [[nodiscard]] std::optional<Acknowledgement> choose(char key);
    void kept_open(const Acknowledgement& answer);
    /// It is no longer open. Empty for one that is not.
    [[nodiscard]] std::string acknowledged(const Acknowledgement& answer, bool is_connected,
                                           UtcTime now);

    /// Alerts are open, and a person can acknowledge them here.
    [[nodiscard]] bool wants_keys() const;

private:
    /// A message on the terminal. What is no longer open only needs to be recognised.
    struct Shown {
        MessageId id;
        std::string excerpt;
        std::uint32_t number = 0;                ///< Of an open alert, from 1; 0: not open.
        bool is_chosen = false;                  ///< Its acknowledgement is on the way.
        std::optional<IncomingMessage> message;  ///< Of an open alert.
    };

    [[nodiscard]] std::string hint_for(const Shown& shown) const;
    [[nodiscard]] std::string render(const Shown& shown, bool is_changed, UtcTime now) const;
    [[nodiscard]] std::string note_text(std::string_view line, UtcTime now) const;
    [[nodiscard]] std::string status_line() const;
    [[nodiscard]] std::string page(const std::string& text) const;
    [[nodiscard]] std::uint32_t free_number() const;
    [[nodiscard]] const Shown* oldest_open() const;
    Shown* find(const MessageId& id);
    void forget_old_ones();

    Look look_;
    std::deque<Shown> shown_;  ///< In the order shown; at most shown_max and the open alerts.
};

}  // namespace crier::agent
