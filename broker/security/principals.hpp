/// \file
/// The file that says whose keys count at first.

#pragma once

#include <string>
#include <string_view>

#include "broker/core/principals.hpp"
#include "crier/result.hpp"

namespace crier::broker {

/// One line for each: key in base64url, the lines of its rights joined by commas, name. '#' begins
/// a comment.
[[nodiscard]] std::string to_text(const Principals& principals);
/// Errors: configuration_invalid (fix_request), with the line's number and what is wrong in it.
[[nodiscard]] Result<Principals> parse_principals(std::string_view text);

}  // namespace crier::broker
