/// \file
/// Whose turn it is to come in at the sessions' door, where nobody has proved anything yet: so many
/// a second in all, and of that a share for each place that newcomers come from, so that a flood
/// from one keeps nobody elsewhere out.

#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>

#include "shared/base/credit.hpp"
#include "shared/base/time.hpp"

namespace crier::broker {

/// Not thread-safe.
class Turns {
public:
    /// A place's share of all. What others leave it may have besides.
    static constexpr double share = 0.1;
    /// What places that have kept to their shares may still have, of the burst, when it is used up;
    /// nobody beyond a share has a turn before that has come back.
    static constexpr double reserve = 0.25;
    /// Places that are told apart; those that come beyond it have no share.
    static constexpr std::size_t places_max = 10'000;

    explicit Turns(const Credit::Limits& limits) : limits_(limits), left_(limits.burst) {}

    /// `place`: see transport/place.hpp. False: not now.
    [[nodiscard]] bool take(const std::string& place, Instant now);

    /// Those that are told apart now.
    [[nodiscard]] std::size_t places() const { return places_.size(); }

private:
    struct Place {
        Credit left;
        Instant last{};  ///< When it came.
    };

    [[nodiscard]] bool is_within_share(const std::string& place, Instant now);
    void forget_quiet(Instant now);

    const Credit::Limits limits_;
    Credit left_;
    std::unordered_map<std::string, Place> places_;
    Instant forgot_{};
};

}  // namespace crier::broker
