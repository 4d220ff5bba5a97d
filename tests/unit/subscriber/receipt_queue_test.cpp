// ReceiptQueue: what goes into the next frame, and when it is due.

#include "subscriber/core/receipt_queue.hpp"

#include <gtest/gtest.h>

#include "tests/unit/subscriber/core_bench.hpp"

namespace crier::subscriber {
namespace {

using Haste = ReceiptQueue::Haste;

TEST(ReceiptQueue, IsDueAMomentAfterTheFirst) {
    ReceiptQueue queue;
    EXPECT_EQ(queue.due_at(), std::nullopt);
    queue.queue(message_id(1), Haste::can_wait, Instant{});
    queue.queue(message_id(2), Haste::can_wait, Instant{} + Milliseconds{5});
    EXPECT_EQ(queue.due_at(), Instant{} + core_limits::receipts_delay_max);
}

TEST(ReceiptQueue, IsDueAtOnceForWhatAPersonDid) {
    ReceiptQueue queue;
    queue.queue(message_id(1), Haste::can_wait, Instant{});
    queue.queue(message_id(2), Haste::at_once, Instant{} + Milliseconds{5});
    EXPECT_EQ(queue.due_at(), Instant{} + Milliseconds{5});
}

TEST(ReceiptQueue, IsDueAtOnceWhenManyWait) {
    ReceiptQueue queue;
    for (int number = 0; number < int{core_limits::receipts_at_once}; ++number) {
        queue.queue(message_id(number), Haste::can_wait, Instant{});
    }
    EXPECT_EQ(queue.due_at(), Instant{});
}

TEST(ReceiptQueue, HoldsAMessageOnceInTheOrderInWhichItCameFirst) {
    ReceiptQueue queue;
    for (const int number : {2, 1, 2}) {
        queue.queue(message_id(number), Haste::can_wait, Instant{});
    }
    EXPECT_EQ(queue.take_all(), (std::vector<MessageId>{message_id(2), message_id(1)}));
    EXPECT_TRUE(queue.take_all().empty());
    EXPECT_EQ(queue.due_at(), std::nullopt);
}

}  // namespace
}  // namespace crier::subscriber
