/// \file
/// `crier send --from-json`: a message as JSON, with the words that `crier send --json` and
/// `crier status --json` print.
///
///     {"text": "The server restarts at 22:00.", "severity": "warning", "expires": "22:00",
///      "to": {"where": "app=erp"}}

#pragma once

#include <cstdint>
#include <istream>
#include <optional>
#include <string_view>

#include "publisher/cli/command_line.hpp"

namespace crier::cli {

struct JsonFault {
    Error error;
    std::optional<std::uint32_t> position{};  ///< With filter_invalid: byte offset in the filter.
};

/// Adds what `json` says to what the options said. Nothing is sent here, and on an error `command`
/// is as it was. `now` is what times are reckoned from.
/// Errors, all fix_request: usage_invalid (no JSON; a key that is unknown, of another type, missing
///   or said by an option too), text_invalid, filter_invalid, time_invalid; the detail names the
///   key.
[[nodiscard]] std::optional<JsonFault> complete(SendCommand& command, std::string_view json,
                                                UtcTime now);

/// The same with the JSON from where the command says: `input` or a file. Blocking: until it has
/// come. Errors: also limit_exceeded (more than any message can be); a file that cannot be read is
/// usage_invalid.
[[nodiscard]] std::optional<JsonFault> complete(SendCommand& command, std::istream& input,
                                                UtcTime now);

}  // namespace crier::cli
