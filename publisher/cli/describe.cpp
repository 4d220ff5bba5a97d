#include "publisher/cli/describe.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string_view>

#include "publisher/cli/help.hpp"

namespace crier::cli {
namespace {

constexpr std::string_view choices_mark = "choices:";

/// What choices_name() was made of.
std::vector<std::string> choices_in(std::string_view name) {
    std::vector<std::string> choices;
    if (!name.starts_with(choices_mark)) return choices;
    name.remove_prefix(choices_mark.size());
    if (name.ends_with(',')) name.remove_suffix(1);
    while (!name.empty()) {
        const std::size_t end = std::min(name.find('|'), name.size());
        choices.emplace_back(name.substr(0, end));
        name.remove_prefix(std::min(end + 1, name.size()));
    }
    return choices;
}

std::string validator_of(CLI::Option& option) {
    try {
        return option.get_validator(0)->get_name();
    } catch (const CLI::OptionNotFound&) {
        return {};  // It takes anything.
    }
}

std::vector<std::string> names_of(const CLI::Option& option) {
    std::vector<std::string> names;
    for (const std::string& name : option.get_snames()) names.push_back("-" + name);
    for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
    return names;
}

manual::Option option_of(CLI::Option& option) {
    manual::Option described;
    described.names = names_of(option);
    described.takes = option.get_option_text();
    described.description = option.get_description();
    const std::string validator = validator_of(option);
    described.choices = choices_in(validator);
    described.value = manual::value_for(described.takes, described.names);
    if (!described.choices.empty()) {
        described.value = validator.ends_with(',') ? manual::Value::choices : manual::Value::choice;
    }
    return described;
}

/// "crier audit verify".
std::string path_of(CLI::App& app) {
    CLI::App* const parent = app.get_parent();
    return parent == nullptr ? app.get_name() : path_of(*parent) + " " + app.get_name();
}

/// Those of the program itself are no part of it: they have a list of their own.
manual::Command command_of(CLI::App& app) {
    manual::Command command;
    const bool is_program = app.get_parent() == nullptr;
    command.name = is_program ? "" : app.get_name();
    command.description = app.get_description();
    command.footer = app.get_footer();
    command.usage = path_of(app) + " [OPTIONS]" + (is_program ? " COMMAND" : "");
    for (CLI::Option* option : app.get_options()) {
        if (!option->get_positional()) {
            command.options.push_back(option_of(*option));
            continue;
        }
        const std::string& takes = option->get_option_text();
        command.argument = {takes, option->get_description(), manual::value_for(takes, {}), {}};
        command.usage += option->get_required() ? " " + takes : " [" + takes + "]";
    }
    if (is_program) return command;
    for (CLI::App* one : app.get_subcommands({})) command.commands.push_back(command_of(*one));
    return command;
}

}  // namespace

std::string choices_name(const std::vector<std::string>& choices) {
    std::string name(choices_mark);
    for (const std::string& choice : choices)
        name += (choice == choices.front() ? "" : "|") + choice;
    return name;
}

manual::Program describe(CLI::App& app) {
    manual::Program program;
    program.name = app.get_name();
    program.itself = command_of(app);
    program.itself.footer = std::string(help::program_examples) + "\n\n" + app.get_footer();
    for (CLI::App* command : app.get_subcommands({})) {
        program.commands.push_back(command_of(*command));
    }
    return program;
}

}  // namespace crier::cli
