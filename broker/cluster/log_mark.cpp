#include "broker/cluster/log_mark.hpp"

#include <algorithm>
#include <cstddef>

#include "shared/base/crypto.hpp"

namespace crier::broker {
namespace {

constexpr std::size_t time_bytes = 7;
constexpr std::size_t hash_begin = 8;

}  // namespace

MessageId mark_of(const StreamMessage& message) {
    Bytes hashed;
    hashed.reserve(message.body.size() + MessageId::size);
    if (message.id) hashed.assign(message.id->bytes.begin(), message.id->bytes.end());
    hashed.insert(hashed.end(), message.body.begin(), message.body.end());
    const Bytes32 hash = blake2b(hashed);
    MessageId mark;
    auto time = static_cast<std::uint64_t>(to_ms(message.time));
    for (std::size_t index = time_bytes; index > 0; --index) {
        mark.bytes[index] = static_cast<std::uint8_t>(time & 0xff);
        time >>= 8;
    }
    std::copy_n(hash.begin(), MessageId::size - hash_begin, mark.bytes.begin() + hash_begin);
    return mark;
}

MessageId to_be_compared(MessageId mark) {
    mark.bytes[0] = 1;
    return mark;
}

bool is_to_be_compared(const MessageId& mark) {
    return mark.bytes[0] != 0;
}

bool are_of_one_message(MessageId left, MessageId right) {
    return to_be_compared(left) == to_be_compared(right);
}

UtcTime time_in(const MessageId& mark) {
    std::uint64_t time = 0;
    for (std::size_t index = 1; index <= time_bytes; ++index) {
        time = (time << 8) | mark.bytes[index];
    }
    return utc_from_ms(static_cast<std::int64_t>(time));
}

}  // namespace crier::broker
