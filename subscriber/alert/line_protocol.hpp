/// \file
/// What crier-agent and the alert window say to each other: JSON objects, a line each (version 1).
/// Pure: no widgets, no files. Later versions may add keys; unknown ones are passed over.
///
///     in    {"show":{"id":…,"revision":…,…}}   {"remove":"ID"}   {"ring":"ID"}
///           {"window":{"title":"Messages","rtl":false,"heading":"{count} messages"}}
///     out   {"ready":{"platform":"xcb","kept_on_top":true}}
///           {"taken":"ID","revision":1}: it is read, and the program is alive
///           {"displayed":"ID","revision":1}, the same with acknowledged and dismissed
///           {"answered":"ID","revision":1,"choice":0}   {"error":"…"}

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "crier/message.hpp"
#include "crier/result.hpp"

namespace crier::alert {

/// A message as it is to stand in the window. Every text is UTF-8 and plain.
struct ShownMessage {
    std::string id;
    std::uint64_t revision = 0;
    Severity severity = Severity::info;
    std::string header{};  ///< Ready words, as "WARNING, reminder"; may be empty.
    std::string title{};   ///< May be empty.
    /// The remaining time stands between each two of them. One part: not in the text.
    std::vector<std::string> parts{};
    std::optional<std::chrono::milliseconds> countdown{};  ///< Left when the line was written.
    std::vector<std::string> facts{};
    std::vector<std::string> choices{};
    std::optional<std::size_t> answer{};       ///< The choice made so far, from 0.
    std::optional<std::string> acknowledge{};  ///< The button's label; nullopt: no such button.
    std::string hide{"Hide"};                  ///< The label of the button that dismisses.
    std::string note{};                        ///< Below the buttons.
    bool urgent = false;                       ///< Ask for attention.

    bool operator==(const ShownMessage&) const = default;
};

struct Show {
    ShownMessage message;
};
struct Remove {
    std::string id;
};
struct Ring {
    std::string id;
};
struct WindowWords {
    std::optional<std::string> title{};
    std::optional<std::string> heading{};  ///< Of several messages, with "{count}" in it.
    std::optional<bool> is_right_to_left{};
};
using Instruction = std::variant<Show, Remove, Ring, WindowWords>;

inline constexpr std::size_t line_bytes_max = 256 * 1024;
/// What one message may have: several times as much as any message of ours. More would take the
/// window seconds to break into lines.
inline constexpr std::size_t text_bytes_max = 64 * 1024;  ///< All parts together.
inline constexpr std::size_t words_bytes_max = 4 * 1024;  ///< Each other text.
inline constexpr std::size_t facts_max = 32;
inline constexpr std::size_t choices_max = 32;

/// One line without its end.
/// Errors: usage_invalid (fix_request), as a sentence.
[[nodiscard]] Result<Instruction> parse_line(std::string_view line);

/// "{count}" in `heading` replaced.
[[nodiscard]] std::string heading_of(std::string_view heading, std::size_t count);

enum class Deed : std::uint8_t { taken, displayed, acknowledged, dismissed };

// Without a line end.
[[nodiscard]] std::string ready_line(std::string_view platform, bool is_kept_on_top);
[[nodiscard]] std::string deed_line(Deed deed, std::string_view id, std::uint64_t revision);
[[nodiscard]] std::string answered_line(std::string_view id, std::uint64_t revision,
                                        std::size_t choice);
[[nodiscard]] std::string error_line(std::string_view what);

}  // namespace crier::alert
