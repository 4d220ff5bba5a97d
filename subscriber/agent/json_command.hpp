/// \file
/// What a script may write to the agent's standard input, a line each.
///
///     acknowledge 0192f0c4a5b67c8d9e0f1a2b3c4d5e6f
///     {"acknowledge":"0192f0c4a5b67c8d9e0f1a2b3c4d5e6f"}

#pragma once

#include <string_view>

#include "crier/id.hpp"
#include "crier/result.hpp"

namespace crier::agent {

/// Which message is acknowledged. The JSON form may have blanks between its parts, and nothing else
/// besides.
/// Errors: usage_invalid (fix_request), with the two forms.
[[nodiscard]] Result<MessageId> parse_command(std::string_view line);

}  // namespace crier::agent
