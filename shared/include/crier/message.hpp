/// \file
/// The words that both libraries and the broker share about a message: what it says, to whom it
/// goes, and what became of it.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crier/id.hpp"
#include "crier/time.hpp"

namespace crier {

enum class Severity : std::uint8_t { info = 0, warning = 1, critical = 2 };

/// How a screen shows it: a notification may fade by itself, an alert stays until answered.
enum class Style : std::uint8_t { notification = 0, alert = 1 };

/// What became of one message at one session (PROTOCOL.md, "States"). The number is the wire's.
enum class State : std::uint8_t {
    waiting = 0,
    delivered = 1,
    suppressed = 2,
    displayed = 3,
    acknowledged = 4,
    answered = 5,
    failed = 6,
    expired_unseen = 7,
    recalled_unseen = 8,
    gone_unseen = 9,
};
inline constexpr std::size_t state_count = 10;

/// What a person says of it, when that person wants.
[[nodiscard]] constexpr bool is_answer(State state) noexcept {
    return state == State::acknowledged || state == State::answered;
}

[[nodiscard]] std::string_view name_of(Severity severity) noexcept;
[[nodiscard]] std::string_view name_of(Style style) noexcept;
[[nodiscard]] std::string_view name_of(State state) noexcept;
[[nodiscard]] std::optional<Severity> severity_from(std::string_view name) noexcept;
[[nodiscard]] std::optional<Style> style_from(std::string_view name) noexcept;
[[nodiscard]] std::optional<State> state_from(std::string_view name) noexcept;

/// A message in another language.
struct Translation {
    std::string language{};  ///< BCP 47: "fr", "pt-BR".
    std::string text{};
    std::string title{};

    bool operator==(const Translation&) const = default;
};

/// What a message becomes when nobody has acknowledged it for a while.
enum class Urgency : std::uint8_t {
    alert = 1,  ///< It is an alert now, whatever its style.
    sound = 2,  ///< An alert that calls by a sound, again and again.
};

struct EscalationStep {
    Milliseconds after{};  ///< Since it was displayed at that session; more than zero.
    Urgency urgency = Urgency::alert;

    bool operator==(const EscalationStep&) const = default;
};

/// What is shown. All strings are UTF-8 without NUL.
struct Content {
    std::string text{};   ///< 1 to limits::text_bytes_max bytes; lines end in '\n'.
    std::string title{};  ///< At most limits::title_bytes_max bytes, one line; empty: none.
    Severity severity = Severity::info;
    Style style = Style::notification;
    /// Of text and title, BCP 47; empty: not said.
    std::string language{};
    /// At most limits::translations_max. A session shows the one that fits its locale best, or text
    /// and title where none does.
    std::vector<Translation> translations{};
    /// {user}, {machine} and the like in texts and titles stand for the session's own attributes,
    /// {remaining} for the time until `countdown_to`, {{ and }} for braces. Else all is shown as it
    /// is.
    bool is_template = false;
    std::optional<UtcTime> countdown_to{};     ///< What the screen counts down to.
    std::vector<EscalationStep> escalation{};  ///< Later steps are more urgent; at most
                                               ///< limits::escalation_steps_max.
    /// A question: what can be answered, at most limits::choices_max lines of at most
    /// limits::choice_bytes_max bytes; 2 at least, or none.
    std::vector<std::string> choices{};
    /// Only the one session that it is for can read it: texts, titles, languages and choices are
    /// sealed for that session's key where it is sent, and opened where it is shown. Everybody else
    /// has "(private)" for a text, and "1", "2", … for choices.
    bool is_private = false;

    bool operator==(const Content&) const = default;
};

/// When a message goes out, and what follows from it. All times are by the broker's clock.
struct Schedule {
    std::optional<UtcTime> due{};  ///< Not before; nullopt: as soon as it is accepted.
    /// From then on again and again, to those who have not acknowledged it; zero: once. At least
    /// limits::repetition_min.
    Milliseconds every{0};
    std::optional<UtcTime> until{};  ///< With `every`: not after.
    /// Instead of `due` and `every`: the times at which it goes out, rising; at most
    /// limits::announcements_max.
    std::vector<UtcTime> announcements{};
    /// From then on new sessions are refused with the message's text, until admission is opened.
    std::optional<UtcTime> close_admission{};
    /// Then the sessions that it was for are ended, and their keys refused for a while.
    std::optional<UtcTime> drop{};

    bool operator==(const Schedule&) const = default;
};

/// Who should see it. Exactly one of the three.
struct Target {
    enum class Kind : std::uint8_t { all, sessions, where };

    Kind kind = Kind::all;
    std::vector<SessionId> sessions;  ///< Kind::sessions: 1 to limits::targets_max, no duplicates.
    std::string where;                ///< Kind::where: a filter (PROTOCOL.md, "Filters").
    /// Of those, only sessions that this filter matches by what is verified of them. Empty: all.
    std::string within{};

    static Target everyone() { return {}; }
    static Target of(std::vector<SessionId> ids) { return {Kind::sessions, std::move(ids), {}}; }
    static Target matching(std::string filter) { return {Kind::where, {}, std::move(filter)}; }
    /// The same, by what the broker has verified of a session: not by what it claims to be.
    static Target matching_verified(std::string filter) {
        Target target = matching(std::move(filter));
        target.within = target.where;
        return target;
    }

    bool operator==(const Target&) const = default;
};

/// A message's receipts, counted: the states sum to `targeted()`.
struct Tally {
    std::array<std::uint32_t, state_count> counts{};

    [[nodiscard]] std::uint32_t operator[](State state) const {
        return counts[static_cast<std::size_t>(state)];
    }
    [[nodiscard]] std::uint32_t& operator[](State state) {
        return counts[static_cast<std::size_t>(state)];
    }
    [[nodiscard]] std::uint32_t targeted() const;

    /// How many are at `state` or further on the way waiting, delivered, suppressed, displayed,
    /// acknowledged, answered. Suppressed is further than delivered, but short of displayed.
    [[nodiscard]] std::uint32_t reached(State state) const;

    /// How many can no longer come to be displayed: failed, expired, recalled or gone, unseen.
    [[nodiscard]] std::uint32_t lost() const;

    bool operator==(const Tally&) const = default;
};

/// What else is counted of a message's sessions, beside their states.
struct Counts {
    std::uint32_t removed = 0;             ///< Have taken it off their screen.
    std::uint32_t dropped = 0;             ///< Were ended by it.
    std::vector<std::uint32_t> answers{};  ///< Of a question: for each choice.

    bool operator==(const Counts&) const = default;
};

}  // namespace crier
