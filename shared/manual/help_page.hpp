/// \file
/// Reads a help text that was written by hand, as `crierd --help` and `crier-agent --help` print
/// it, into what it says. Such a text has a title, "crierd: the broker. …", and sections below
/// heads in capitals, with paragraphs or with entries in two columns.

#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shared/manual/program.hpp"

namespace crier::manual {

/// A piece of a section: a paragraph, or an entry with its name and what it is about.
struct Block {
    std::string name{};  ///< Empty: a paragraph.
    std::string text{};
};

struct Section {
    std::string title{};
    std::vector<Block> blocks{};
};

struct HelpPage {
    std::string summary{};      ///< "the broker"; its first sentence without the program's name.
    std::string description{};  ///< The rest of what stands before the sections.
    std::vector<Section> sections{};
};

[[nodiscard]] HelpPage read_help(std::string_view text);

/// `commands`: the help of each command by its name; which options it takes stands in its usage.
[[nodiscard]] Program program_from(
    std::string name, const HelpPage& page,
    const std::vector<std::pair<std::string, std::string_view>>& commands);

}  // namespace crier::manual
