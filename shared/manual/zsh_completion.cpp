#include "shared/manual/completion.hpp"

namespace crier::manual {
namespace {

/// Inside single quotes, in a specification of _arguments.
std::string quoted(const std::string& text) {
    std::string made;
    for (const char one : text) {
        if (one == '\'') {
            made += "'\\''";
        } else if (one == '[' || one == ']' || one == ':' || one == '\\') {
            made += std::string("\\") + one;
        } else {
            made += one;
        }
    }
    return made;
}

std::string action_for(const Program& program, Value value,
                       const std::vector<std::string>& choices) {
    switch (value) {
        case Value::none:
        case Value::any:
            return " ";
        case Value::choice:
            return "(" + words_of(choices) + ")";
        case Value::choices:
            return " _values -s , value " + words_of(choices);
        case Value::file:
            return "_files";
        case Value::folder:
            return "_files -/";
        case Value::session:
            return " " + function_name(program) + "_ids sessions";
        case Value::message:
            return " " + function_name(program) + "_ids status";
        case Value::command:
            break;
    }
    return " _normal";
}

/// '*'{-s,--session=}'[This session]:ID: _crier_ids sessions'; the star: it may come again.
std::string option_line(const Program& program, const Option& option) {
    const bool has_value = option.value != Value::none;
    std::string names;
    for (const std::string& name : option.names) {
        const bool is_long = name.starts_with("--");
        names += (names.empty() ? "" : ",") + name + (has_value && is_long ? "=" : "");
    }
    const bool is_one = option.names.size() == 1;
    std::string text = is_one ? "'*" + names : "'*'{" + names + "}'";
    text += "[" + quoted(menu_line(option.description)) + "]";
    if (has_value) {
        const bool is_optional = option.takes.starts_with('[');
        text += (is_optional ? "::" : ":") + quoted(option.takes) + ":" +
                action_for(program, option.value, option.choices);
    }
    return text + "'";
}

std::string arguments_of(const Program& program, const Command& command,
                         const std::string& indent) {
    std::string text = "_arguments -S";
    for (const Option& option : command.options) {
        text += " \\\n" + indent + option_line(program, option);
    }
    const Argument& argument = command.argument;
    // zsh would take one with nothing to say about it for a second way to complete an option.
    if (argument.value != Value::none && argument.value != Value::any) {
        const bool is_rest = argument.value == Value::command;
        text += " \\\n" + indent + (is_rest ? "'*::" : "'1:") + quoted(argument.takes) + ":" +
                action_for(program, argument.value, argument.choices) + "'";
    }
    return text + "\n";
}

/// The function that completes what stands behind a command with others behind it.
std::string function_for(const Program& program, const Command& command) {
    return function_name(program) + "_" + command.name;
}

/// The body of a function for options and then a command, with what stands behind that.
std::string commands_of(const Program& program, const std::vector<Option>& options,
                        const std::vector<Command>& commands) {
    std::string text =
        "    local curcontext=$curcontext state line\n"
        "    typeset -A opt_args\n    _arguments -C";
    for (const Option& option : options) {
        text += " \\\n        " + option_line(program, option);
    }
    text +=
        " \\\n        '1:command:->command' \\\n        '*::argument:->argument'\n"
        "    case $state in\n        command)\n            local -a commands\n"
        "            commands=(\n";
    for (const Command& command : commands) {
        text += "                '" + command.name + ":" + quoted(menu_line(command.description)) +
                "'\n";
    }
    text +=
        "            )\n            _describe -t commands command commands\n            ;;\n"
        "        argument)\n            case $words[1] in\n";
    for (const Command& command : commands) {
        text +=
            "                " + command.name + ")\n                    " +
            (command.commands.empty() ? arguments_of(program, command, "                        ")
                                      : function_for(program, command) + "\n") +
            "                    ;;\n";
    }
    return text + "            esac\n            ;;\n    esac\n";
}

/// Of the commands that have others behind them.
std::string functions_of(const Program& program, const std::vector<Command>& commands) {
    std::string text;
    for (const Command& command : commands) {
        if (command.commands.empty()) continue;
        text += functions_of(program, command.commands) + function_for(program, command) +
                "() {\n" + commands_of(program, command.options, command.commands) + "}\n\n";
    }
    return text;
}

}  // namespace

std::string zsh_completion(const Program& program) {
    const std::string name = function_name(program);
    std::string text = "#compdef " + program.name +
                       "\n# Made from its command line; do not edit.\n\n" + name +
                       "_ids() { # sessions or status: what the broker knows\n"
                       "    local -a ids\n"
                       "    ids=(${(f)\"$(_call_program ids timeout 2 " +
                       program.name +
                       " $1 2>/dev/null </dev/null | cut -f 1)\"})\n"
                       "    compadd -a ids\n}\n\n" +
                       functions_of(program, program.commands) + name + "() {\n";
    text += program.commands.empty()
                ? "    " + arguments_of(program, program.itself, "        ")
                : commands_of(program, program.itself.options, program.commands);
    return text + "}\n\n" + name + " \"$@\"\n";
}

}  // namespace crier::manual
