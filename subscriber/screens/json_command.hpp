/// \file
/// What a script may write to the agent's standard input, a line each.
///
///     acknowledge 0192f0c4a5b67c8d9e0f1a2b3c4d5e6f
///     {"acknowledge":"0192f0c4a5b67c8d9e0f1a2b3c4d5e6f"}
///     answer 0192f0c4a5b67c8d9e0f1a2b3c4d5e6f 2
///     {"answer":"0192f0c4a5b67c8d9e0f1a2b3c4d5e6f","choice":2}
///     remove 0192f0c4a5b67c8d9e0f1a2b3c4d5e6f
///     {"remove":"0192f0c4a5b67c8d9e0f1a2b3c4d5e6f"}

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "crier/id.hpp"
#include "crier/result.hpp"

namespace crier::screens {

enum class Verb : std::uint8_t { acknowledge, answer, remove };

struct Command {
    Verb verb = Verb::acknowledge;
    MessageId id;
    std::optional<std::uint32_t> choice{};  ///< From 1: of an answer, and of nothing else.

    bool operator==(const Command&) const = default;
};

/// The JSON forms may have blanks between their parts, and nothing else besides.
/// Errors: usage_invalid (fix_request), with the forms.
[[nodiscard]] Result<Command> parse_command(std::string_view line);

}  // namespace crier::screens
