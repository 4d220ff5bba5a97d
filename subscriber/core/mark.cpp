#include "subscriber/core/mark.hpp"

namespace crier::subscriber {

bool was_on_screen(State state) {
    return state == State::displayed || is_answer(state);
}

bool offers(const Content& content, State state, const std::optional<std::uint32_t>& answer) {
    if (state != State::answered) return true;
    if (content.choices.empty()) return !answer;
    return answer && *answer < content.choices.size();
}

bool take_cause(Mark& mark, const std::string& cause) {
    if (cause.empty() || cause == mark.cause) return false;
    mark.cause = cause;
    return true;
}

bool may_follow(State now, State next) {
    switch (now) {
        case State::delivered:
            return next != State::delivered;
        case State::suppressed:
            return was_on_screen(next) || next == State::failed;
        case State::failed:
            return was_on_screen(next) || next == State::suppressed;
        case State::displayed:
            return is_answer(next);
        case State::acknowledged:
        case State::answered:  // A person may change their mind.
            return next == State::answered;
        default:
            return false;
    }
}

protocol::Receipt receipt_of(const MessageId& id, std::uint32_t revision, const Mark& mark) {
    protocol::Receipt receipt{.id = id,
                              .revision = revision,
                              .state = mark.state,
                              .at = mark.at,
                              .cause = mark.cause,
                              .again = mark.again,
                              .answer = mark.answer,
                              .digest = mark.digest};
    // The broker counts a removal only of what was on the screen.
    receipt.removed = mark.removed && was_on_screen(mark.state);
    if (receipt.removed) receipt.gone = mark.gone;
    const bool goes_without_saying = mark.state == State::displayed && mark.shown == mark.at;
    if (!goes_without_saying) receipt.shown = mark.shown;
    return receipt;
}

bool is_to_be_shown_again(const Mark& mark, const Content& content) {
    if (mark.removed) return false;
    return mark.state == State::delivered || mark.state == State::suppressed ||
           (mark.state == State::displayed &&
            (content.style == Style::alert || !content.choices.empty()));
}

}  // namespace crier::subscriber
