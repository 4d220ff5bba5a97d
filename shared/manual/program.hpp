/// \file
/// What a program's command line is, as values: what its manual page and the completion of shells
/// are made of.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace crier::manual {

/// What can stand behind an option, or for an argument, as far as a shell can help.
enum class Value : std::uint8_t {
    none,     ///< Nothing: a flag.
    any,      ///< Only its user knows.
    choice,   ///< One of the choices.
    choices,  ///< Several of them, with commas.
    file,     ///< Also a folder on the way to one.
    folder,
    session,  ///< A session's id: the broker knows them.
    message,  ///< A message's id, likewise.
    command,  ///< A program of the system's and its arguments, up to the end of the line.
};

struct Option {
    std::vector<std::string> names{};  ///< "-s", "--session".
    std::string takes{};               ///< "FILE", as the help names it; empty: nothing.
    std::string description{};
    Value value = Value::none;
    std::vector<std::string> choices{};
};

/// What stands on a command line without a name. One for each command: none of ours has two that a
/// shell could help with.
struct Argument {
    std::string takes{};  ///< "[TEXT]"; empty: there is none.
    std::string description{};
    Value value = Value::none;
    std::vector<std::string> choices{};
};

struct Command {
    std::string name{};
    std::string usage{};  ///< "crier send [OPTIONS] [TEXT]".
    std::string description{};
    std::string footer{};  ///< Paragraphs, and examples that are indented.
    std::vector<Option> options{};
    Argument argument{};
    std::vector<Command> commands{};  ///< Those that stand behind it: "verify" of "audit verify".
};

struct Program {
    std::string name{};
    Command itself{};  ///< What can be said without a command, or before it.
    std::vector<Command> commands{};
};

/// What an option or argument that has this in its help can be completed with: "FILE", "DIR", "ID".
/// `names`: of the option; none for an argument, whose ID is a message's.
[[nodiscard]] Value value_for(std::string_view takes, const std::vector<std::string>& names);

}  // namespace crier::manual
