/// \file
/// Messages whose every text is a payload, and a reading of what came of them that knows nothing of
/// how it was made.

#pragma once

#include <string>
#include <string_view>

#include "shared/base/text.hpp"
#include "tests/support/hostile_texts.hpp"
#include "tests/unit/screens/sample_messages.hpp"

namespace crier::screens::testing {

/// Everything that a sender or a broker can put into a message.
inline IncomingMessage poisoned(const std::string& payload) {
    IncomingMessage message = message_of(1, payload);
    message.content.title = payload;
    message.from = payload;
    message.topic = "session/" + payload;
    message.off_screen_at = evening + std::chrono::hours(1);
    message.content.style = Style::alert;
    return message;
}

inline bool is_forbidden(char32_t point) {
    return (point < 0x20 && point != '\n') || (point >= 0x7f && point <= 0x9f) || point == 0x61c ||
           (point >= 0x200b && point <= 0x200f && point != 0x200c && point != 0x200d) ||
           (point >= 0x2028 && point <= 0x202e) || (point >= 0x2060 && point <= 0x206f) ||
           point == 0xfeff || point == 0xad || (point >= 0xe0000 && point <= 0xe0fff);
}

/// What must not stand in `text`, described; empty when all is well.
inline std::string trouble_in(std::string_view text) {
    if (!is_utf8(text)) return "bytes that are no UTF-8";
    while (!text.empty()) {
        const char32_t point = take_code_point(text);
        if (is_forbidden(point)) return "code point " + std::to_string(point);
    }
    return {};
}

}  // namespace crier::screens::testing
