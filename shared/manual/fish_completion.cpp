#include "shared/manual/completion.hpp"

namespace crier::manual {
namespace {

std::string quoted(const std::string& text) {
    std::string made = "'";
    for (const char one : text) {
        if (one == '\'' || one == '\\') made += '\\';
        made += one;
    }
    return made + "'";
}

/// The options of `complete` for what may stand there.
std::string value_flags(const Program& program, Value value,
                        const std::vector<std::string>& choices) {
    const std::string ids = " -x -a '(_" + function_name(program) + "_ids ";
    switch (value) {
        case Value::none:
            return "";
        case Value::any:
            return " -x";
        case Value::choice:
            return " -x -a " + quoted(words_of(choices));
        case Value::choices:
            return " -x -a '(__fish_append , " + words_of(choices) + ")'";
        case Value::file:
            return " -r -F";
        case Value::folder:
            return " -x -a '(__fish_complete_directories)'";
        case Value::session:
            return ids + "sessions)'";
        case Value::message:
            return ids + "status)'";
        case Value::command:
            break;
    }
    return " -x -a '(__fish_complete_subcommand)'";
}

std::string options_of(const Program& program, const Command& command,
                       const std::string& condition) {
    std::string text;
    for (const Option& option : command.options) {
        text += "complete -c " + program.name + condition;
        for (const std::string& name : option.names) {
            const bool is_long = name.starts_with("--");
            text += (is_long ? " -l " : " -s ") + name.substr(is_long ? 2 : 1);
        }
        text += value_flags(program, option.value, option.choices) + " -d " +
                quoted(menu_line(option.description)) + "\n";
    }
    const Argument& argument = command.argument;
    const bool is_known = argument.value != Value::none && argument.value != Value::any;
    if (is_known) {
        text += "complete -c " + program.name + condition +
                value_flags(program, argument.value, argument.choices) + "\n";
    }
    return text;
}

/// A command's options, and the commands behind it.
std::string command_of(const Program& program, const Command& command, const std::string& seen) {
    std::string names;
    for (const Command& one : command.commands) names += " " + one.name;
    const std::string is_there = seen + "__fish_seen_subcommand_from " + command.name;
    const std::string is_last =
        names.empty() ? is_there : is_there + "; and not __fish_seen_subcommand_from" + names;
    const std::string condition = " -n '" + is_last + "'";
    std::string text = options_of(program, command, condition);
    for (const Command& one : command.commands) {
        text += "complete -c " + program.name + condition + " -a " + one.name + " -d " +
                quoted(menu_line(one.description)) + "\n" +
                command_of(program, one, is_there + "; and ");
    }
    return text;
}

}  // namespace

std::string fish_completion(const Program& program) {
    std::string text = "# Made from the command line of " + program.name +
                       "; do not edit.\n\nfunction _" + function_name(program) +
                       "_ids # sessions or status: what the broker knows\n    timeout 2 " +
                       program.name +
                       " $argv[1] 2>/dev/null </dev/null | cut -f 1\nend\n\n"
                       "complete -c " +
                       program.name + " -f\n";
    const bool has_commands = !program.commands.empty();
    text += options_of(program, program.itself, has_commands ? " -n __fish_use_subcommand" : "");
    for (const Command& command : program.commands) {
        text += "complete -c " + program.name + " -n __fish_use_subcommand -a " + command.name +
                " -d " + quoted(menu_line(command.description)) + "\n";
    }
    for (const Command& command : program.commands) text += command_of(program, command, "");
    return text;
}

}  // namespace crier::manual
