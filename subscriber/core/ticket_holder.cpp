#include "subscriber/core/ticket_holder.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "shared/base/crypto.hpp"

namespace crier::subscriber {

void TicketHolder::give(std::string ticket) {
    forget();
    ticket_ = std::move(ticket);
    ask_at_.reset();
}

void TicketHolder::take_effect(Milliseconds left, Instant now) {
    if (!is_needed_) return;
    const Milliseconds margin = std::min(asked_before_end, left / 3);
    ask_at_ = now + std::max(left - margin, Milliseconds{0});
}

void TicketHolder::reject() {
    forget();
    ask_at_.reset();
}

void TicketHolder::forget() {
    if (ticket_) wipe(std::span<char>(*ticket_));
    ticket_.reset();
}

bool TicketHolder::is_to_ask(Instant now) {
    const bool is_due = ask_at_ ? *ask_at_ <= now : is_missing();
    if (is_due) ask_at_ = now + asked_again_after;
    return is_due;
}

std::optional<Instant> TicketHolder::next_asking() const {
    return ask_at_;
}

}  // namespace crier::subscriber
