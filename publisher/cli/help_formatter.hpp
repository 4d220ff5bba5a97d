/// \file
/// How `crier --help` is laid out.

#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "publisher/cli/help.hpp"
#include "shared/base/display.hpp"

namespace crier::cli {

inline constexpr std::size_t help_columns = 80;
inline constexpr std::size_t names_columns = 26;

/// CLI11's help, but no line is longer than a terminal is wide, and what an option takes is named.
class HelpFormatter : public CLI::Formatter {
public:
    std::string make_help(const CLI::App* app, std::string name,
                          CLI::AppFormatMode mode) const override {
        if (app->get_parent() != nullptr) return CLI::Formatter::make_help(app, name, mode);
        return make_description(app) + make_usage(app, name) + "\n" + help::program_examples +
               "\n" + make_subcommands(app, mode) + make_groups(app, mode) + "\n" +
               make_footer(app);
    }
    std::string make_description(const CLI::App* app) const override {
        return lines_of(app->get_description(), 0) + "\n";
    }
    std::string make_usage(const CLI::App* app, std::string name) const override {
        if (app->get_parent() == nullptr) return "Usage: crier [OPTIONS] COMMAND\n";
        std::string usage = "Usage: " + name + " [OPTIONS]";
        for (const CLI::Option* option : positionals_of(app)) {
            const std::string& takes = option->get_option_text();
            usage += option->get_required() ? " " + takes : " [" + takes + "]";
        }
        return usage + "\n";
    }
    std::string make_positionals(const CLI::App* app) const override {
        std::string text;
        for (const CLI::Option* option : positionals_of(app)) {
            text += entry(option->get_option_text(), option->get_description());
        }
        return text.empty() ? text : "\n" + text;
    }
    std::string make_option(const CLI::Option* option, bool) const override {
        const std::string& takes = option->get_option_text();
        return entry(option->get_name(false, true) + (takes.empty() ? "" : " " + takes),
                     option->get_description());
    }
    std::string make_subcommands(const CLI::App* app, CLI::AppFormatMode) const override {
        std::string text;
        for (const CLI::App* command : app->get_subcommands({})) {
            text += entry(command->get_name(), command->get_description());
        }
        return text.empty() ? text : "\nCommands:\n" + text;
    }

private:
    static std::vector<const CLI::Option*> positionals_of(const CLI::App* app) {
        return app->get_options([](const CLI::Option* option) { return option->get_positional(); });
    }
    /// Wrapped, with all lines but the first indented.
    static std::string lines_of(const std::string& text, std::size_t indent) {
        std::string lines;
        for (const std::string& line : wrapped(text, help_columns - indent)) {
            if (!lines.empty()) lines += "\n" + std::string(indent, ' ');
            lines += line;
        }
        return lines;
    }
    static std::string entry(const std::string& names, const std::string& description) {
        std::string text = "  " + padded(names, names_columns - 2);
        if (display_width(text) > names_columns) text += "\n" + std::string(names_columns, ' ');
        return text + lines_of(description, names_columns) + "\n";
    }
};

}  // namespace crier::cli
