/// \file
/// The ticket that a session shows, and when its program is asked for another one.

#pragma once

#include <optional>
#include <string>

#include "shared/base/time.hpp"

namespace crier::subscriber {

/// Pure, and not thread-safe.
class TicketHolder {
public:
    /// `is_needed`: the program has tickets, and the session comes in by them alone.
    explicit TicketHolder(bool is_needed) : is_needed_(is_needed) {}

    /// What to show; nullopt: none is at hand.
    [[nodiscard]] const std::optional<std::string>& ticket() const { return ticket_; }
    /// There is no use in saying hello.
    [[nodiscard]] bool is_missing() const { return is_needed_ && !ticket_; }
    [[nodiscard]] bool is_needed() const { return is_needed_; }

    /// The program gives a new one.
    void give(std::string ticket);
    /// It counts for so long still.
    void take_effect(Milliseconds left, Instant now);
    /// The broker does not take it.
    void reject();

    /// True: the program is to be asked now, and not again for asked_again_after.
    [[nodiscard]] bool is_to_ask(Instant now);
    /// When is_to_ask() may become true; nullopt: not by itself.
    [[nodiscard]] std::optional<Instant> next_asking() const;

    static constexpr Milliseconds asked_again_after{30'000};
    /// Before the old one expires; but not before two thirds of its time are over.
    static constexpr Milliseconds asked_before_end{60'000};

private:
    /// Whoever reads this memory later is to find none that may still count.
    void forget();

    bool is_needed_;
    std::optional<std::string> ticket_;
    std::optional<Instant> ask_at_;  ///< nullopt: as soon as one is missing.
};

}  // namespace crier::subscriber
