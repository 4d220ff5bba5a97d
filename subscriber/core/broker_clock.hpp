/// \file
/// The broker's clock, as a session knows it: set by the welcome, slewed by heartbeats, run on the
/// steady clock in between.
///
/// A heartbeat may have waited, for a minute if the program was stopped, but none comes before it
/// was sent. So of those of the last quarter of a minute or two the one counts that was fastest.
///
/// The steady clock stands still while a machine sleeps. So a wall clock that has jumped by more
/// than a minute against it, for a minute without a word from the broker, is believed.
///
/// Pure, not thread-safe.

#pragma once

#include <optional>

#include "shared/base/time.hpp"

namespace crier::subscriber {

class BrokerClock {
public:
    /// Until the first welcome this machine's wall clock, corrected by what an earlier run knew.
    [[nodiscard]] UtcTime at(Moment now) const;

    /// When the steady clock will show that the broker's clock has come to `time`.
    [[nodiscard]] Instant when(UtcTime time) const;

    /// Before anything else: an earlier run knew the broker's clock so far ahead of the wall clock.
    void assume(Milliseconds broker_ahead, Moment now);
    /// The broker's clock less this machine's wall clock.
    [[nodiscard]] Milliseconds broker_ahead(Moment now) const { return at(now) - now.utc; }

    void on_welcome(UtcTime broker, Moment now);
    /// Moves towards what the fastest one said: by slew_max at most, or all the way when that is
    /// more than step_from off.
    void on_heartbeat(UtcTime broker, Moment now);
    /// At every turn, before anything else: notices a jump.
    void on_turn(Moment now);

    static constexpr Milliseconds slew_max{200};
    static constexpr Milliseconds step_from{5'000};
    static constexpr Milliseconds remembered{15'000};  ///< And up to as much again.
    static constexpr Milliseconds jump_from{60'000};
    static constexpr Milliseconds jump_lasts{60'000};

private:
    void set(UtcTime broker, Moment now);
    void forget_heartbeats(Moment now);

    bool is_set_ = false;
    Milliseconds assumed_ahead_{};
    Milliseconds ahead_of_steady_{};  ///< The broker's clock less the steady clock.
    Milliseconds wall_ahead_of_steady_{};
    std::optional<Instant> jumped_at_;
    // The broker's clock less the steady clock, as heartbeats say: the most is the truest.
    Milliseconds most_{};         ///< Since remembering_since_.
    Milliseconds most_before_{};  ///< In the time of the same length before.
    Instant remembering_since_{};
};

}  // namespace crier::subscriber
