#include "shared/manual/completion.hpp"

namespace crier::manual {
namespace {

/// What is the same for every program; @ stands for its function's name. bash hands over the words
/// of the line, broken at '=' too.
constexpr std::string_view functions = R"bash(
@_ids() { # sessions or status: the ids that the broker knows; nothing where it takes too long
    timeout 2 "${COMP_WORDS[0]}" "$1" </dev/null 2>/dev/null | cut -f 1
}

@_reply() { # kind and choices: what the word under the cursor may be
    local kind=${1%% *} choices=${1#* } before=""
    case $kind in
        choice) COMPREPLY=($(compgen -W "$choices" -- "$cur")) ;;
        choices)
            [[ $cur == *,* ]] && before=${cur%,*},
            COMPREPLY=($(compgen -P "$before" -W "$choices" -- "${cur##*,}"))
            compopt -o nospace 2>/dev/null
            ;;
        file)
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
            ;;
        folder)
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -d -- "$cur")
            ;;
        session) COMPREPLY=($(compgen -W "$(@_ids sessions)" -- "$cur")) ;;
        message) COMPREPLY=($(compgen -W "$(@_ids status)" -- "$cur")) ;;
        command) mapfile -t COMPREPLY < <(compgen -c -- "$cur") ;;
    esac
}

@() {
    local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local command="" index word arguments=0 is_over="" kind
    COMPREPLY=()
    if [[ $cur == "=" ]]; then
        cur=""
    elif [[ $previous == "=" ]]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    for ((index = 1; index < COMP_CWORD; ++index)); do
        word=${COMP_WORDS[index]}
        if [[ $word == "--" ]]; then
            ((++index))
            is_over=yes
            break
        elif [[ $word == -* ]]; then
            if [[ -n $(@_value "$command" "$word") ]]; then
                [[ ${COMP_WORDS[index + 1]} == "=" ]] && ((++index))
                ((++index))
            fi
        elif [[ -n $word && " $(@_commands "$command") " == *" $word "* ]]; then
            command=${command:+$command }$word
        else
            ((++arguments))
        fi
    done
    kind=$(@_argument "$command")
    if [[ -n $is_over ]]; then # From here on nothing is an option.
        if [[ $kind == command* && $index -lt $COMP_CWORD ]]; then
            kind=file
            if declare -F _command_offset >/dev/null; then
                _command_offset "$index"
                return
            fi
        fi
        @_reply "$kind"
    elif [[ $previous == -* && -n $(@_value "$command" "$previous") ]]; then
        @_reply "$(@_value "$command" "$previous")"
    elif [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$(@_options "$command")" -- "$cur"))
    elif [[ -n $(@_commands "$command") ]]; then
        COMPREPLY=($(compgen -W "$(@_commands "$command")" -- "$cur"))
    elif ((arguments == 0)); then
        @_reply "$kind"
    fi
}
)bash";

std::string replaced(std::string_view text, const std::string& name) {
    std::string made;
    for (const char one : text) {
        // "${COMP_WORDS[@]}" is not used above: every @ is the name.
        made += one == '@' ? name : std::string(1, one);
    }
    return made;
}

std::string_view kind_of(Value value) {
    switch (value) {
        case Value::none:
            return "";
        case Value::any:
            return "any";
        case Value::choice:
            return "choice";
        case Value::choices:
            return "choices";
        case Value::file:
            return "file";
        case Value::folder:
            return "folder";
        case Value::session:
            return "session";
        case Value::message:
            return "message";
        case Value::command:
            break;
    }
    return "command";
}

std::string echo(Value value, const std::vector<std::string>& choices) {
    return "echo \"" + std::string(kind_of(value)) + " " + words_of(choices) + "\"";
}

/// What is printed for a command and those behind it, each by what stands on the line up to it:
/// "audit verify".
template <class Print>
std::string cases_of(const Command& command, const std::string& before, Print print) {
    const std::string name = before + command.name;
    std::string text = "        \"" + name + "\") " + print(command) + " ;;\n";
    for (const Command& one : command.commands) text += cases_of(one, name + " ", print);
    return text;
}

/// A function that prints something for each command; for the program itself the name is empty.
template <class Print>
std::string by_command(const std::string& name, const Program& program, Print print) {
    std::string text = name + "() {\n    case $1 in\n" + cases_of(program.itself, "", print);
    for (const Command& command : program.commands) text += cases_of(command, "", print);
    return text + "    esac\n}\n";
}

std::string names_of(const std::vector<Command>& commands) {
    std::vector<std::string> names;
    for (const Command& command : commands) names.push_back(command.name);
    return words_of(names);
}

std::string option_words_of(const Command& command) {
    std::string words;
    for (const Option& option : command.options) words += " " + words_of(option.names);
    return "echo \"" + (words.empty() ? words : words.substr(1)) + "\"";
}

std::string values_of(const Command& command) {
    std::string text = "case $2 in";
    for (const Option& option : command.options) {
        if (option.value == Value::none) continue;
        std::string names;
        for (const std::string& name : option.names) names += (names.empty() ? "" : "|") + name;
        text += "\n            " + names + ") " + echo(option.value, option.choices) + " ;;";
    }
    return text + "\n        esac";
}

}  // namespace

std::string bash_completion(const Program& program) {
    const std::string name = function_name(program);
    const auto commands_behind = [&program](const Command& command) {
        const bool is_program = &command == &program.itself;
        return "echo \"" + names_of(is_program ? program.commands : command.commands) + "\"";
    };
    return "# bash completion for " + program.name +
           ". Made from its command line; do not edit.\n\n" +
           by_command(name + "_commands", program, commands_behind) + "\n" +
           by_command(name + "_options", program, option_words_of) + "\n" +
           by_command(name + "_value", program, values_of) + "\n" +
           by_command(name + "_argument", program,
                      [](const Command& command) {
                          return echo(command.argument.value, command.argument.choices);
                      }) +
           replaced(functions, name) + "\ncomplete -F " + name + " " + program.name + "\n";
}

}  // namespace crier::manual
