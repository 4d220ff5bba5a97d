/// \file
/// The state table of one message at one session (PROTOCOL.md, "States of a message at a session").

#pragma once

#include <cstdint>

#include "crier/message.hpp"

namespace crier::broker {

/// What comes over a message at a session: a receipt, or the end of it by itself.
enum class Occurrence : std::uint8_t {
    delivered,
    suppressed,
    displayed,
    acknowledged,
    answered,
    failed,
    expire,
    recall,
    gone,
};

/// The state that follows; `state` itself where the table has no change.
[[nodiscard]] State next_state(State state, Occurrence occurrence) noexcept;

/// The occurrence that a receipt of this state is. Requires: delivered to failed.
[[nodiscard]] Occurrence occurrence_of(State receipt_state) noexcept;

/// Waiting or delivered: it may still come to be displayed without anybody's doing.
[[nodiscard]] constexpr bool is_pending(State state) {
    return state == State::waiting || state == State::delivered;
}

}  // namespace crier::broker
