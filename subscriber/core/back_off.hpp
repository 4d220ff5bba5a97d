/// \file
/// Which endpoint to try next, and after what pause: all in order with short pauses, then a longer,
/// jittered one that doubles from round to round. Thousands of sessions that lose a broker at once
/// come back spread over its first pause.
///
/// Pure: its random numbers come from a seed. Not thread-safe.

#pragma once

#include <cstddef>
#include <cstdint>

#include "crier/time.hpp"

namespace crier::subscriber {

class BackOff {
public:
    BackOff(std::size_t endpoints, std::uint64_t seed);

    [[nodiscard]] std::size_t endpoint() const { return endpoint_; }

    /// The attempt on endpoint() failed: moves on. Returns the pause before the next attempt.
    [[nodiscard]] Milliseconds after_failure();
    /// A connection that had lasted ended: starts from the first endpoint, which the invitation
    /// prefers (ipc, say). Returns the pause before the next attempt.
    [[nodiscard]] Milliseconds after_loss();
    /// The broker named a time to come back, to the same endpoint. Returns it, jittered upwards.
    [[nodiscard]] Milliseconds after_goodbye(Milliseconds come_back_after);

private:
    [[nodiscard]] Milliseconds random_up_to(Milliseconds most);

    std::size_t endpoints_;
    std::uint64_t random_state_;
    std::size_t endpoint_ = 0;
    std::size_t failures_ = 0;
};

}  // namespace crier::subscriber
