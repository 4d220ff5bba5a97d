/// \file
/// Options that several commands have, as values. Errors say which option it was.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "crier/message.hpp"
#include "crier/result.hpp"
#include "publisher/cli/options.hpp"

namespace crier::cli {

[[nodiscard]] tl::unexpected<Error> usage(std::string detail);

[[nodiscard]] bool is_empty_filter(std::string_view where);

/// Leaving the target out means everyone; an empty one is a mistake, and never everyone.
[[nodiscard]] Result<Target> make_target(const Options& options);

/// A message's id, or how it begins.
[[nodiscard]] Result<std::string> read_message(const std::string& id);

// What was not given leaves the value as it is.
[[nodiscard]] Status read_time(const std::optional<std::string>& text, UtcTime now,
                               const std::string& option, std::optional<UtcTime>& time);
[[nodiscard]] Status read_expires(const Options& options, UtcTime now,
                                  std::optional<UtcTime>& expires);
[[nodiscard]] Status read_duration(const std::optional<std::string>& text,
                                   const std::string& option,
                                   std::optional<Milliseconds>& duration);
[[nodiscard]] Status read_timeout(const Options& options, std::optional<Milliseconds>& timeout);
[[nodiscard]] Status read_id(const Options& options, std::optional<MessageId>& id);

}  // namespace crier::cli
