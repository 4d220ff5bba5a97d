/// \file
/// What is missing of a command line, in words.

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace crier::cli {

/// The first argument that should have been a command; empty if there is none.
[[nodiscard]] inline std::string command_in(const std::vector<std::string>& arguments) {
    for (auto next = arguments.begin(); next != arguments.end(); ++next) {
        if (*next == "--invitation" && next + 1 != arguments.end()) {
            ++next;  // Its value.
        } else if (!next->empty() && !next->starts_with('-')) {
            return *next;
        }
    }
    return {};
}

/// `command` as it was given, with a space behind it; `why` is the parser's word.
[[nodiscard]] inline std::string missing_of(std::string_view command, std::string_view why) {
    if (command == "join ") return "LINE is missing";
    if (command == "hook ") return "the COMMAND is missing";
    if (command == "cluster ") return "say what of it: status, or forget";
    if (command == "cluster forget ") return "the BROKER is missing";
    if (command == "keys ") {
        return "say what of them: list, new, add, revoke, rotate, export or import";
    }
    if (command == "keys new ") return "the FILE is missing";
    if (command == "keys add ") return "the KEY is missing";
    if (command == "keys revoke ") return "the NAME or KEY is missing";
    if (command == "keys rotate ") return "NAME and FILE are missing";
    if (command.starts_with("keys ")) return "the DIR is missing";
    if (command != "ask ") return "the message's ID is missing";
    return why.starts_with("--choice") ? "the answers are missing: --choice A --choice B"
                                       : "the question's TEXT is missing";
}

}  // namespace crier::cli
