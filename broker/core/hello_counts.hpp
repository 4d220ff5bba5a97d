/// \file
/// How often each session has said hello in this minute: each brings it all that is live.

#pragma once

#include <cstdint>
#include <unordered_map>

#include "crier/session.hpp"
#include "shared/base/time.hpp"

namespace crier::broker {

class HelloCounts {
public:
    /// More than a line that comes and goes all the time brings about.
    static constexpr std::uint32_t a_minute_max = 120;

    /// False: it is one too many.
    [[nodiscard]] bool count(const SessionId& id, Instant now) {
        constexpr Milliseconds minute{60'000};
        if (now - began_ >= minute) {
            began_ = now;
            counts_.clear();
        }
        return ++counts_[id] <= a_minute_max;
    }

private:
    Instant began_{};
    std::unordered_map<SessionId, std::uint32_t> counts_;
};

}  // namespace crier::broker
