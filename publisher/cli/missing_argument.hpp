/// \file
/// What is missing of a command, in words: the only arguments that are not optional.

#pragma once

#include <string>
#include <string_view>

namespace crier::cli {

/// `command` as it was given, with a space behind it; `why` is the parser's word.
[[nodiscard]] inline std::string missing_of(std::string_view command, std::string_view why) {
    if (command == "join ") return "LINE is missing";
    if (command == "hook ") return "the COMMAND is missing";
    if (command == "cluster ") return "say what of it: status, or forget";
    if (command == "cluster forget ") return "the BROKER is missing";
    if (command != "ask ") return "the message's ID is missing";
    return why.starts_with("--choice") ? "the answers are missing: --choice A --choice B"
                                       : "the question's TEXT is missing";
}

}  // namespace crier::cli
