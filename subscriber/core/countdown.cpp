// The time that is left, as people read it.
#include "crier/subscriber.hpp"
#include "shared/base/time.hpp"

namespace crier {

std::string remaining_time(Milliseconds left) {
    return remaining_words(left);
}

std::string text_at(const IncomingMessage& message, UtcTime now) {
    if (message.text_parts.empty()) return message.content.text;
    const Milliseconds left =
        message.content.countdown_to ? *message.content.countdown_to - now : Milliseconds{0};
    std::string text;
    for (std::size_t i = 0; i < message.text_parts.size(); ++i) {
        if (i > 0) text += remaining_time(left);
        text += message.text_parts[i];
    }
    return text;
}

}  // namespace crier
