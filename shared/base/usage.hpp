/// \file
/// What the programs say of a command line that they do not understand, in the same words. For use
/// with CLI11, which is not needed here.

#pragma once

#include <string>
#include <string_view>

namespace crier {

/// For CLI11's check(): "" when `value` is one. An option behind an option is none, though CLI11
/// takes it: --data= --check-config.
[[nodiscard]] std::string value_problem(const std::string& value);

/// CLI11's complaint, without its own terms: "--data: 1 required DIR missing" is "--data needs a
/// value".
[[nodiscard]] std::string usage_complaint(std::string_view complaint);

}  // namespace crier
