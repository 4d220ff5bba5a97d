/// \file
/// How far a message has come at a session: what may follow, what a crash makes of it, and what the
/// broker is told.
///
/// Pure.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "shared/protocol/messages.hpp"

namespace crier::subscriber {

/// How far a message has come at this session. State::delivered means: it is being shown.
struct Mark {
    State state = State::delivered;
    UtcTime at{};                           ///< When it came to the state, by the broker's clock.
    std::string cause;                      ///< Of the state, or of its removal; may be empty.
    bool again = false;                     ///< Displayed a second time, after a crash.
    bool removed = false;                   ///< Taken off the screen.
    bool confirmed = false;                 ///< The broker has stored this very mark.
    std::optional<std::uint32_t> answer{};  ///< With answered: which choice, from 0.
    /// When this revision came on the screen, the last time; nullopt: it never did.
    std::optional<UtcTime> shown{};
    std::optional<UtcTime> gone{};  ///< With removed: when it left the screen, if that is known.
    bool digest = false;            ///< Displayed as one of several in a digest.

    bool operator==(const Mark&) const = default;
};

[[nodiscard]] bool was_on_screen(State state);

/// An answer is one of a question's choices; nothing else is an answer to a question.
[[nodiscard]] bool offers(const Content& content, State state,
                          const std::optional<std::uint32_t>& answer);

/// Another cause takes the place of the one that is there. False: it is none, or the same.
bool take_cause(Mark& mark, const std::string& cause);

/// PROTOCOL.md, "States of a message at a session": what a session can say after what.
[[nodiscard]] bool may_follow(State now, State next);

/// What the broker is told of a revision that has come so far.
[[nodiscard]] protocol::Receipt receipt_of(const MessageId& id, std::uint32_t revision,
                                           const Mark& mark);

/// Whether a run that finds this mark shows the message: it was being shown or held back when the
/// earlier run ended, or is an alert or a question without an answer.
[[nodiscard]] bool is_to_be_shown_again(const Mark& mark, const Content& content);

}  // namespace crier::subscriber
