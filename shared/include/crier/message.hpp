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

/// What is shown. All strings are UTF-8 without NUL.
struct Content {
    std::string text{};   ///< 1 to limits::text_bytes_max bytes; lines end in '\n'.
    std::string title{};  ///< At most limits::title_bytes_max bytes, one line; empty: none.
    Severity severity = Severity::info;
    Style style = Style::notification;

    bool operator==(const Content&) const = default;
};

/// Who should see it. Exactly one of the three.
struct Target {
    enum class Kind : std::uint8_t { all, sessions, where };

    Kind kind = Kind::all;
    std::vector<SessionId> sessions;  ///< Kind::sessions: 1 to limits::targets_max, no duplicates.
    std::string where;                ///< Kind::where: a filter (PROTOCOL.md, "Filters").

    static Target everyone() { return {}; }
    static Target of(std::vector<SessionId> ids) { return {Kind::sessions, std::move(ids), {}}; }
    static Target matching(std::string filter) { return {Kind::where, {}, std::move(filter)}; }

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

}  // namespace crier
