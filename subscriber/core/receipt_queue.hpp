/// \file
/// Which messages have a receipt to send, and by when: receipts of a moment go into one frame, a
/// later state of a message replaces an earlier one, and what a person did does not wait.
///
/// Pure, not thread-safe.

#pragma once

#include <cstddef>
#include <optional>
#include <unordered_set>
#include <vector>

#include "crier/id.hpp"
#include "shared/base/time.hpp"

namespace crier::subscriber {

class ReceiptQueue {
public:
    enum class Haste { can_wait, at_once };

    void queue(const MessageId& id, Haste haste, Instant now);

    /// A frame is due for something that is not in here.
    void wake(Haste haste, Instant now);

    /// When the next frame is due; nullopt when there is nothing to send.
    [[nodiscard]] std::optional<Instant> due_at() const { return due_at_; }

    /// Takes all of them, in the order in which they were queued first.
    [[nodiscard]] std::vector<MessageId> take_all();

private:
    std::vector<MessageId> order_;
    std::unordered_set<MessageId> queued_;
    std::optional<Instant> due_at_;
};

}  // namespace crier::subscriber
