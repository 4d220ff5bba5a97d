// The time that is left, as people read it.
#include "crier/subscriber.hpp"
#include "shared/base/time.hpp"
#include "shared/protocol/placeholders.hpp"

namespace crier {

std::string remaining_time(Milliseconds left) {
    return remaining_words(left);
}

std::string text_at(const IncomingMessage& message, UtcTime now) {
    if (message.text_parts.empty()) return message.content.text;
    const Milliseconds left =
        message.content.countdown_to ? *message.content.countdown_to - now : Milliseconds{0};
    return protocol::with_remaining(message.text_parts, left);
}

}  // namespace crier
