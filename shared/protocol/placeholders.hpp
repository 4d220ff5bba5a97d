/// \file
/// What stands for something else in the text of a message that is a template (PROTOCOL.md,
/// "Content"): {user} for the session's own user, {remaining} for the time that is left.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "crier/result.hpp"
#include "crier/session.hpp"
#include "crier/time.hpp"

namespace crier::protocol {

/// Errors: text_invalid, with the placeholder that does not exist and those that do. `{remaining}`
/// is one only where there is something to count down to.
[[nodiscard]] Status check_placeholders(std::string_view text, bool has_countdown);

/// `text` with every placeholder expanded but {remaining}, which stands between each two of the
/// pieces. What check_placeholders() refuses stays as it is. Attributes are taken as they are: a
/// brace in one of them means nothing.
[[nodiscard]] std::vector<std::string> expand(std::string_view text, const SessionId& session,
                                              const Attributes& attributes);

/// The pieces of expand() with the time that is left between them.
[[nodiscard]] std::string with_remaining(const std::vector<std::string>& pieces, Milliseconds left);

}  // namespace crier::protocol
