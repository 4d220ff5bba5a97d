/// \file
/// The broker's time of day: the machine's, except that a jump of it must prove itself first.
///
/// Deadlines between peers run on the steady clock and never notice. What people were told ("until
/// 22:00") runs on this one. A wrong time server that sets the clock a year ahead must not expire
/// every message at once, so a jump is taken only after it has lasted a minute.

#pragma once

#include <cstdint>
#include <optional>

#include "shared/base/time.hpp"

namespace crier::broker {

/// Thread-safety: one thread at a time. Pure: never reads a clock itself.
class BrokerClock {
public:
    static constexpr Milliseconds jump_min{60'000};    ///< From here on it is a jump.
    static constexpr Milliseconds proof_time{60'000};  ///< How long a jump must last.
    static constexpr int slew_divisor = 20;  ///< Below: caught up by 1 ms in 20 ms at most.

    struct Alarm {
        enum class Kind : std::uint8_t { jump_seen, jump_taken, jump_gone };
        Kind kind{};
        Milliseconds by{};  ///< Positive: the machine's clock went ahead.

        bool operator==(const Alarm&) const = default;
    };

    /// `start`: both clocks of the machine, read at once.
    explicit BrokerClock(Moment start);

    /// What time it is, given both clocks of the machine just read; `steady` must not go backwards.
    /// The answer's utc goes backwards only when a jump backwards is taken.
    Moment now(Moment read);

    /// What the last now() noticed; nullopt: nothing new.
    [[nodiscard]] std::optional<Alarm> alarm() const { return alarm_; }

private:
    struct Suspicion {
        Milliseconds offset{};  ///< Of the machine's clock when the jump was seen.
        Instant since{};
    };

    void suspect(Milliseconds offset, Instant steady);
    void slew(Milliseconds ahead, Milliseconds passed);

    Milliseconds offset_;  ///< UTC minus steady, as used.
    Instant last_;
    Milliseconds slew_time_{};  ///< Passed and not yet spent on slewing.
    std::optional<Suspicion> suspicion_;
    std::optional<Alarm> alarm_;
};

}  // namespace crier::broker
