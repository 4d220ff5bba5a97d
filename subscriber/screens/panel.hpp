/// \file
/// Text framed for a person: a box on a terminal, or plain lines. Pure.
///
///     ┌─ WARNING ────────────────────────────────────┐
///     │ Maintenance                                  │
///     │                                              │
///     │ The server restarts at 22:00.                │
///     │                                              │
///     │ from ops, 20:40 · to all · expires in 1 h 20 │
///     │ min (22:00)                                  │
///     │ [1] Press Enter or a to acknowledge          │
///     └──────────────────────────────────────────────┘

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "crier/message.hpp"
#include "subscriber/screens/phrases.hpp"

namespace crier::screens {

/// What the output can do.
struct Look {
    Language language = Language::english;
    std::size_t columns = 80;  ///< Of the terminal; 0: lines are never broken.
    bool is_boxed = false;     ///< Boxes and a status line: a terminal that knows escape sequences.
    bool is_coloured = false;
    bool has_keyboard = false;  ///< A person can press keys here.
    bool is_listener = false;   ///< Hears of messages to other sessions too.
    bool is_lasting = false;    ///< What it says stands for hours: nothing in it may grow old.
};

/// Narrower terminals get plain lines.
inline constexpr std::size_t box_columns_min = 16;

/// All of it is clean: see display.hpp.
struct Panel {
    Severity severity = Severity::info;
    std::string header;
    std::string title;               ///< Empty: none.
    std::string text;                ///< Several lines.
    std::vector<std::string> facts;  ///< Empty: none.
    std::string hint;                ///< What the person is to do; empty: nothing.
};

/// Lines that end in '\n' each.
[[nodiscard]] std::string render(const Panel& panel, const Look& look, UtcTime now);

/// "WARNING" and so on, as the header of a panel begins.
[[nodiscard]] std::string severity_word(Severity severity, Language language);

/// Escape sequences of our own, empty when the look has no colours.
enum class Weight : std::uint8_t { normal, strong, faint };
[[nodiscard]] std::string weighted(std::string_view text, Weight weight, const Look& look);

}  // namespace crier::screens
