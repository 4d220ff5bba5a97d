/// \file
/// What LogCursor::message holds: by what a broker knows the last message that it took in.
///
///     byte  0       0: the journal has everything up to here; 1: it has to be compared
///     bytes 1 to 7  the time at which the stream took the message in, ms, big-endian
///     bytes 8 to 15 of a hash over its id and its bytes
///
/// With the time, because a message may come to the same number again after the stream was rolled
/// back, when its broker repeats it: it is another one then, and what lies below it differs.

#pragma once

#include "broker/cluster/backbone.hpp"
#include "crier/id.hpp"
#include "shared/base/time.hpp"

namespace crier::broker {

[[nodiscard]] MessageId mark_of(const StreamMessage& message);

/// Of a cursor behind which the journal has what the stream may have lost, or has in another order.
[[nodiscard]] MessageId to_be_compared(MessageId mark);
[[nodiscard]] bool is_to_be_compared(const MessageId& mark);
/// Whether both are of the same message.
[[nodiscard]] bool are_of_one_message(MessageId left, MessageId right);
/// When the stream took the message in.
[[nodiscard]] UtcTime time_in(const MessageId& mark);

}  // namespace crier::broker
