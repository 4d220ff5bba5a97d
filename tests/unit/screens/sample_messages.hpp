/// \file
/// Messages, looks and times for the tests of the agent's screens.

#pragma once

#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "crier/subscriber.hpp"
#include "subscriber/screens/board.hpp"

namespace crier::screens::testing {

/// 2026-11-23 20:40 UTC; tests run in the zone UTC, whatever the machine's is.
inline constexpr UtcTime evening = utc_from_ms(1'795'466'400'000);

/// What a board writes before anything else: over its status line.
inline const std::string erase = "\r\x1b[K";

inline void use_utc() {
    setenv("TZ", "UTC", 1);
    tzset();
}

inline MessageId id_of(std::uint8_t number) {
    MessageId id;
    id.bytes[15] = number;
    return id;
}

inline IncomingMessage message_of(std::uint8_t number, std::string text) {
    IncomingMessage message;
    message.id = id_of(number);
    message.seq = number;
    message.topic = "all";
    message.content.text = std::move(text);
    message.from = "ops";
    message.sent = evening;
    return message;
}

inline IncomingMessage alert_of(std::uint8_t number, std::string title) {
    IncomingMessage message = message_of(number, "Please log off.");
    message.content.title = std::move(title);
    message.content.style = Style::alert;
    message.content.severity = Severity::warning;
    return message;
}

inline IncomingMessage question_of(std::uint8_t number, std::string title,
                                   std::vector<std::string> choices = {"Yes", "No"}) {
    IncomingMessage message = message_of(number, "Please choose.");
    message.content.title = std::move(title);
    message.content.choices = std::move(choices);
    return message;
}

/// A terminal without colours.
inline Look box_look(std::size_t columns, Language language = Language::english) {
    return {.language = language, .columns = columns, .is_boxed = true, .has_keyboard = true};
}

/// A pipe or a file.
inline Look plain_look() {
    return {.columns = 0};
}

/// The key, if it acknowledges an alert.
inline std::optional<Acknowledgement> acknowledgement_by(Board& board, char key) {
    const std::optional<Reply> reply = board.choose(key);
    const auto* acknowledgement = reply ? std::get_if<Acknowledgement>(&*reply) : nullptr;
    return acknowledgement != nullptr ? std::optional(*acknowledgement) : std::nullopt;
}

/// What the screen makes of what can be read now.
inline std::vector<Reply> replies_to_input(Screen& screen) {
    static_cast<void>(screen.take_events());
    std::vector<pollfd> waits;
    screen.add_waits(waits);
    screen.serve(waits, evening);
    std::vector<Reply> replies;
    for (const ScreenEvent& event : screen.take_events()) {
        if (const auto* one = std::get_if<Acknowledgement>(&event)) replies.emplace_back(*one);
        if (const auto* one = std::get_if<Answer>(&event)) replies.emplace_back(*one);
        if (const auto* one = std::get_if<Dismissal>(&event)) replies.emplace_back(*one);
    }
    return replies;
}

}  // namespace crier::screens::testing
