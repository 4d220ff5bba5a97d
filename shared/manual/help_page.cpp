#include "shared/manual/help_page.hpp"

#include <algorithm>
#include <optional>

namespace crier::manual {
namespace {

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        lines.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

std::string_view trimmed(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    return text.substr(0, text.find_last_not_of(' ') + 1);
}

std::size_t indent_of(std::string_view line) {
    return std::min(line.find_first_not_of(' '), line.size());
}

bool is_head(std::string_view line) {
    return !line.empty() && std::all_of(line.begin(), line.end(), [](char letter) {
        return (letter >= 'A' && letter <= 'Z') || letter == ' ';
    });
}

void append(std::string& text, std::string_view words) {
    if (!text.empty() && !words.empty()) text += ' ';
    text += words;
}

/// In which column the descriptions of a section begin: where its lines go on, or behind its first
/// gap; nullopt: it has paragraphs only.
std::optional<std::size_t> column_of(const std::vector<std::string_view>& lines) {
    constexpr std::size_t names_indent_max = 20;
    for (const std::string_view line : lines) {
        if (!line.empty() && indent_of(line) > names_indent_max) return indent_of(line);
    }
    for (const std::string_view line : lines) {
        const std::size_t gap = line.find("  ", indent_of(line));
        if (gap != line.npos) return line.find_first_not_of(' ', gap);
    }
    return std::nullopt;
}

/// A command that goes on behind '|' has no description in its line, however it looks.
bool begins_description(std::string_view line, std::size_t column) {
    return line.size() > column && line[column - 1] == ' ' && line[column] != ' ' &&
           !trimmed(line.substr(0, column)).ends_with('|');
}

Section read_section(std::string title, const std::vector<std::string_view>& lines) {
    Section section{std::move(title), {}};
    const auto column = column_of(lines);
    bool is_new = true;
    for (const std::string_view line : lines) {
        if (line.empty()) {
            is_new = true;
            continue;
        }
        auto& blocks = section.blocks;
        if (column && indent_of(line) == *column && !blocks.empty()) {
            append(blocks.back().text, trimmed(line));
        } else if (column) {
            const bool has_both = begins_description(line, *column);
            const std::string_view name = trimmed(has_both ? line.substr(0, *column) : line);
            // A name that goes on: "crierd --data /tmp/try \" and its next line.
            const bool goes_on = !blocks.empty() && blocks.back().name.ends_with('\\');
            if (goes_on) {
                blocks.back().name.pop_back();
                blocks.back().name += name;
            } else {
                blocks.push_back({std::string(name), {}});
            }
            if (has_both) append(blocks.back().text, trimmed(line.substr(*column)));
        } else if (section.title == "EXAMPLES") {
            blocks.push_back({std::string(trimmed(line)), {}});  // A command a line.
        } else if (is_new) {
            blocks.push_back({{}, std::string(trimmed(line))});
        } else {
            append(blocks.back().text, trimmed(line));
        }
        is_new = false;
    }
    return section;
}

const Section* find(const HelpPage& page, std::string_view title) {
    const auto found = std::find_if(page.sections.begin(), page.sections.end(),
                                    [title](const Section& one) { return one.title == title; });
    return found == page.sections.end() ? nullptr : &*found;
}

/// "terminal|json" are choices; "LINE|FILE|-" stand for something else.
std::vector<std::string> choices_in(std::string_view takes) {
    const bool is_literal = takes.find('|') != takes.npos &&
                            takes.find_first_not_of("abcdefghijklmnopqrstuvwxyz|") == takes.npos;
    std::vector<std::string> choices;
    while (is_literal && !takes.empty()) {
        const std::size_t end = std::min(takes.find('|'), takes.size());
        choices.emplace_back(takes.substr(0, end));
        takes.remove_prefix(std::min(end + 1, takes.size()));
    }
    return choices;
}

/// "-h, --help" and "--config FILE".
Option option_of(const Block& entry) {
    Option option;
    option.description = entry.text;
    std::string_view rest = entry.name;
    while (rest.starts_with('-')) {
        const std::size_t end = std::min(rest.find_first_of(", "), rest.size());
        option.names.emplace_back(rest.substr(0, end));
        rest.remove_prefix(end);
        rest.remove_prefix(std::min(rest.find_first_not_of(", "), rest.size()));
    }
    option.takes = rest;
    option.choices = choices_in(rest);
    option.value = option.choices.empty() ? value_for(option.takes, option.names) : Value::choice;
    return option;
}

/// The program's options that the usage of a command names, and --help.
std::vector<Option> options_in(std::string_view usage, const std::vector<Option>& all) {
    std::vector<Option> found;
    for (const Option& option : all) {
        const bool is_named =
            std::any_of(option.names.begin(), option.names.end(), [usage](const auto& name) {
                return usage.find(name + " ") != usage.npos || usage.find(name + "]") != usage.npos;
            });
        const bool is_help = option.names.back() == "--help";
        if (is_named || is_help) found.push_back(option);
    }
    return found;
}

Command command_of(const Block& entry, std::string_view help, const std::vector<Option>& all) {
    Command command;
    const std::size_t blank = std::min(entry.name.find(' '), entry.name.size());
    command.name = entry.name.substr(0, blank);
    command.description = entry.text;
    command.argument.takes = trimmed(std::string_view(entry.name).substr(blank));
    command.argument.value = value_for(command.argument.takes, {});
    const HelpPage page = read_help(help);
    const Section* usage = find(page, "USAGE");
    const bool has_usage = usage != nullptr && !usage->blocks.empty();
    if (has_usage) command.usage = usage->blocks.front().text;
    command.options = options_in(command.usage, all);
    return command;
}

}  // namespace

HelpPage read_help(std::string_view text) {
    HelpPage page;
    std::string beginning;
    std::vector<std::string_view> lines;
    std::string title;
    const auto finish = [&] {
        if (!title.empty()) page.sections.push_back(read_section(title, lines));
        lines.clear();
    };
    for (const std::string_view line : lines_of(text)) {
        if (is_head(line)) {
            finish();
            title = line;
        } else if (title.empty()) {
            append(beginning, trimmed(line));
        } else {
            lines.push_back(line);
        }
    }
    finish();
    const std::size_t colon = beginning.find(": ");
    std::string_view sentence = beginning;
    if (colon != std::string::npos) sentence.remove_prefix(colon + 2);
    const std::size_t end = std::min(sentence.find('.'), sentence.size());
    page.summary = sentence.substr(0, end);
    page.description = trimmed(sentence.substr(std::min(end + 1, sentence.size())));
    return page;
}

Program program_from(std::string name, const HelpPage& page,
                     const std::vector<std::pair<std::string, std::string_view>>& commands) {
    Program program;
    program.name = std::move(name);
    program.itself.description = page.summary;
    if (const Section* options = find(page, "OPTIONS")) {
        for (const Block& entry : options->blocks) {
            program.itself.options.push_back(option_of(entry));
        }
    }
    const Section* named = find(page, "COMMANDS");
    if (named == nullptr) return program;
    for (const Block& entry : named->blocks) {
        for (const auto& [command, help] : commands) {
            if (!(entry.name + " ").starts_with(command + " ")) continue;
            program.commands.push_back(command_of(entry, help, program.itself.options));
        }
    }
    return program;
}

}  // namespace crier::manual
