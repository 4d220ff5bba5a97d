#include "shared/manual/man_page.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <utility>
#include <vector>

#include "shared/base/text.hpp"

namespace crier::manual {
namespace {

/// Text that troff takes for nothing else.
std::string plain(std::string_view text) {
    std::string written;
    while (!text.empty()) {
        const char one = text.front();
        const std::string_view rest = text;
        const char32_t point = take_code_point(text);
        if (point >= 0x80 && point != ill_formed) {
            std::array<char, 16> escape{};
            std::snprintf(escape.data(), escape.size(), "\\[u%04X]", static_cast<unsigned>(point));
            written += escape.data();
            continue;
        }
        text = rest.substr(1);
        if (one == '\\') {
            written += "\\e";
        } else if (one == '-') {
            written += "\\-";  // Else it is a hyphen that nobody can paste into a shell.
        } else if (one == '\'') {
            written += "\\(aq";
        } else if (one == '`') {
            written += "\\(ga";
        } else if (one == '^') {
            written += "\\(ha";
        } else if (one == '~') {
            written += "\\(ti";
        } else {
            written += one;
        }
    }
    return written;
}

/// A line of its own, which must not begin like a request.
std::string line(std::string_view text) {
    const bool is_request = text.starts_with('.') || text.starts_with('\'');
    return (is_request ? "\\&" : "") + plain(text) + "\n";
}

std::string bold(std::string_view text) {
    return "\\fB" + plain(text) + "\\fR";
}

/// "--config FILE" with its own words bold and the others as they are.
std::string entry_name(const std::string& name) {
    const std::size_t end = name.starts_with('-') ? name.find(' ') : name.npos;
    if (end == name.npos) return bold(name) + "\n";
    const bool is_comma = name[end - 1] == ',';  // "-h, --help"
    return is_comma ? bold(name) + "\n"
                    : bold(name.substr(0, end)) + plain(name.substr(end)) + "\n";
}

std::string entry(const std::string& name, std::string_view text) {
    return ".TP\n" + entry_name(name) + (text.empty() ? "" : line(text));
}

/// Lines that stay as they are; as far to the left as the longest one needs on 80 columns.
std::string as_is(const std::vector<std::string_view>& lines) {
    constexpr std::size_t room_indented = 69;
    std::string text;
    bool is_wide = false;
    for (const std::string_view one : lines) {
        is_wide = is_wide || one.size() > room_indented;
        text += line(one);
    }
    return std::string(".PP\n.nf\n") + (is_wide ? ".in 2n\n" : ".RS 4\n") + text +
           (is_wide ? ".in\n" : ".RE\n") + ".fi\n";
}

std::string capitals(std::string_view text) {
    std::string made(text);
    std::transform(made.begin(), made.end(), made.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
    return made;
}

std::string raised(std::string_view summary) {
    std::string text(summary);
    if (!text.empty())
        text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
    return text;
}

std::string lowered(std::string_view summary) {
    std::string text(summary);
    if (!text.empty())
        text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
    return text;
}

std::string head_of(const PageHead& head, std::string_view summary) {
    return ".\\\" Made from the program's own help; do not edit.\n.TH " +
           plain(capitals(head.name)) + " " + std::to_string(head.section) + " \"\" \"Crier " +
           head.version + "\" \"Crier\"\n" +
           // Without hyphens in words, and ragged: names and options stay whole.
           ".nh\n.ad l\n.SH NAME\n" + plain(head.name) + " \\- " + plain(lowered(summary)) + "\n";
}

std::string foot_of(const PageHead& head) {
    return ".SH SEE ALSO\n" + line(head.see_also);
}

std::string section_of(const Section& section) {
    // What man pages call it.
    const bool is_usage = section.title == "USAGE";
    std::string text = ".SH " + (is_usage ? std::string("SYNOPSIS") : section.title) + "\n";
    for (const Block& block : section.blocks) {
        text += block.name.empty() ? ".PP\n" + line(block.text) : entry(block.name, block.text);
    }
    return text;
}

/// A command's help, below the others.
std::string command_of(const HelpPage& page) {
    std::string text;
    for (const Section& section : page.sections) {
        if (section.title == "USAGE") {
            for (const Block& block : section.blocks) {
                const bool is_first = text.empty();
                text += is_first
                            ? ".SS " + plain(block.text) + "\n" + line(raised(page.summary) + ".")
                            : ".PP\n" + line(block.text);
            }
        } else {
            std::vector<std::string_view> lines;
            for (const Block& block : section.blocks) lines.push_back(block.name);
            text += as_is(lines);
        }
    }
    return text;
}

/// Lines of a footer without an empty one between them.
struct Part {
    std::string_view head{};  ///< "Examples", where indented lines follow it.
    std::vector<std::string_view> lines{};
};

std::vector<Part> parts_of(std::string_view footer) {
    std::vector<Part> parts;
    bool is_new = true;
    while (!footer.empty()) {
        const std::size_t end = std::min(footer.find('\n'), footer.size());
        const std::string_view one = footer.substr(0, end);
        footer.remove_prefix(std::min(end + 1, footer.size()));
        if (one.empty()) {
            is_new = true;
            continue;
        }
        if (std::exchange(is_new, false)) parts.emplace_back();
        const bool is_head =
            parts.back().lines.empty() && one.ends_with(':') && footer.starts_with("  ");
        if (is_head) {
            parts.back().head = one.substr(0, one.size() - 1);
        } else {
            parts.back().lines.push_back(one);
        }
    }
    return parts;
}

/// Filled, unless it is indented.
std::string part_of(const Part& part) {
    const bool is_as_is = std::all_of(part.lines.begin(), part.lines.end(),
                                      [](std::string_view one) { return one.starts_with("  "); });
    if (is_as_is) {
        std::vector<std::string_view> lines = part.lines;
        for (std::string_view& one : lines) one.remove_prefix(2);
        return as_is(lines);
    }
    std::string text = ".PP\n";
    for (const std::string_view one : part.lines) text += line(one);
    return text;
}

std::string footer_of(std::string_view footer) {
    std::string text;
    for (const Part& part : parts_of(footer)) {
        if (!part.head.empty()) text += ".PP\n" + bold(part.head) + "\n";
        text += part_of(part);
    }
    return text;
}

std::string names_of(const Option& option) {
    std::string names;
    for (const std::string& name : option.names) names += (names.empty() ? "" : ", ") + bold(name);
    return names + (option.takes.empty() ? "" : " " + plain(option.takes)) + "\n";
}

std::string option_paragraphs_of(const Command& command) {
    std::string text;
    for (const Option& option : command.options) {
        text += ".TP\n" + names_of(option) + line(option.description);
    }
    return text;
}

/// A command, and then those behind it. `before`: "audit " for them.
std::string section_of(const Command& command, const std::string& before) {
    const std::string name = before + command.name;
    std::string text =
        ".SS " + plain(name) + "\n" + bold(command.usage) + "\n.PP\n" + line(command.description);
    if (!command.argument.takes.empty()) {
        text += ".TP\n" + plain(command.argument.takes) + "\n" + line(command.argument.description);
    }
    text += option_paragraphs_of(command) + footer_of(command.footer);
    for (const Command& one : command.commands) text += section_of(one, name + " ");
    return text;
}

}  // namespace

std::string man_page(const PageHead& head, const HelpPage& page,
                     const std::vector<HelpPage>& commands) {
    std::string text = head_of(head, page.summary);
    for (const Section& section : page.sections) {
        text += section_of(section);
        const bool is_usage = section.title == "USAGE";
        if (is_usage && !page.description.empty()) {
            text += ".SH DESCRIPTION\n" + line(page.description);
        }
        if (section.title != "COMMANDS") continue;
        for (const HelpPage& command : commands) text += command_of(command);
    }
    return text + foot_of(head);
}

std::string man_page(const PageHead& head, const Program& program) {
    const std::string& summary = program.itself.description;
    // The line under NAME says what it does, the rest is for the description.
    std::string text = head_of(head, std::string_view(summary).substr(0, summary.find(',')));
    text += ".SH SYNOPSIS\n" + bold(program.itself.usage) + "\n.SH DESCRIPTION\n" + line(summary);
    const std::vector<Part> parts = parts_of(program.itself.footer);
    for (const Part& part : parts) {
        if (part.head.empty()) text += part_of(part);
    }
    text += ".SH OPTIONS\n" + option_paragraphs_of(program.itself) + ".SH COMMANDS\n";
    for (const Command& command : program.commands) text += section_of(command, "");
    for (const Part& part : parts) {
        if (part.head.empty()) continue;
        // What man pages call it.
        const bool is_exit = part.head == "Exit codes";
        text += ".SH " + (is_exit ? std::string("EXIT STATUS") : capitals(part.head)) + "\n" +
                part_of(part);
    }
    return text + foot_of(head);
}

}  // namespace crier::manual
