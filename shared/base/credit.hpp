/// \file
/// How often somebody may do something: so many times at once, and so many a second.

#pragma once

#include <algorithm>
#include <chrono>

#include "shared/base/time.hpp"

namespace crier {

/// A token bucket. Whoever spends, gives or charges says what the bucket holds; it may be less than
/// nothing. Not thread-safe.
class Credit {
public:
    struct Limits {
        double burst = 0;     ///< At most; and at first.
        double a_second = 0;  ///< Comes back.
    };

    explicit Credit(double burst = 0) : left_(burst) {}

    /// False: there is less than `count`, and nothing was taken.
    [[nodiscard]] bool spend(Instant now, const Limits& limits, double count = 1) {
        const std::chrono::duration<double> passed = now - at_;
        at_ = std::max(at_, now);
        left_ = std::min(limits.burst, left_ + std::max(passed.count(), 0.0) * limits.a_second);
        if (left_ < count) return false;
        left_ -= count;
        return true;
    }

    /// More for something that is expected.
    void give(double count, double burst) { left_ = std::min(burst, left_ + count); }
    /// Less for something that costs more than one.
    void charge(double count) { left_ -= count; }

    /// As of the last spend().
    [[nodiscard]] double left() const { return left_; }

private:
    double left_;
    Instant at_{};
};

}  // namespace crier
