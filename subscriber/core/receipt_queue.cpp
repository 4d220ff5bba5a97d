#include "subscriber/core/receipt_queue.hpp"

#include <algorithm>

#include "subscriber/core/session_core.hpp"

namespace crier::subscriber {

void ReceiptQueue::queue(const MessageId& id, Haste haste, Instant now) {
    if (queued_.insert(id).second) order_.push_back(id);
    wake(haste, now);
}

void ReceiptQueue::wake(Haste haste, Instant now) {
    const bool is_due = haste == Haste::at_once || order_.size() >= core_limits::receipts_at_once;
    const Instant due = is_due ? now : now + core_limits::receipts_delay_max;
    due_at_ = due_at_ ? std::min(*due_at_, due) : due;
}

std::vector<MessageId> ReceiptQueue::take_all() {
    queued_.clear();
    due_at_.reset();
    return std::exchange(order_, {});
}

}  // namespace crier::subscriber
