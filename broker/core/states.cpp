#include "broker/core/states.hpp"

#include "shared/base/assert.hpp"

namespace crier::broker {
namespace {

bool was_never_seen(State state) {
    return state == State::failed || state == State::expired_unseen ||
           state == State::recalled_unseen || state == State::gone_unseen;
}

/// How far along a state is, for receipts: a receipt moves forward only.
int progress_of(State state) {
    return was_never_seen(state) ? static_cast<int>(State::delivered) : static_cast<int>(state);
}

State after_receipt(State state, State receipt) {
    if (receipt == State::failed) {
        return is_pending(state) || state == State::suppressed ? State::failed : state;
    }
    return static_cast<int>(receipt) > progress_of(state) ? receipt : state;
}

}  // namespace

State next_state(State state, Occurrence occurrence) noexcept {
    switch (occurrence) {
        case Occurrence::delivered:
            return after_receipt(state, State::delivered);
        case Occurrence::suppressed:
            return after_receipt(state, State::suppressed);
        case Occurrence::displayed:
            return after_receipt(state, State::displayed);
        case Occurrence::acknowledged:
            return after_receipt(state, State::acknowledged);
        case Occurrence::answered:
            return after_receipt(state, State::answered);
        case Occurrence::failed:
            return after_receipt(state, State::failed);
        case Occurrence::expire:
            return is_pending(state) ? State::expired_unseen : state;
        case Occurrence::recall:
            return is_pending(state) ? State::recalled_unseen : state;
        case Occurrence::gone:
            return state == State::waiting ? State::gone_unseen : state;
    }
    return state;
}

Occurrence occurrence_of(State receipt_state) noexcept {
    switch (receipt_state) {
        case State::delivered:
            return Occurrence::delivered;
        case State::suppressed:
            return Occurrence::suppressed;
        case State::displayed:
            return Occurrence::displayed;
        case State::acknowledged:
            return Occurrence::acknowledged;
        case State::answered:
            return Occurrence::answered;
        case State::failed:
            return Occurrence::failed;
        default:
            break;
    }
    CRIER_ASSERT(false, "the codec lets only the states of receipts through");
}

}  // namespace crier::broker
