/// \file
/// Writes manual pages for man(1): troff with the macros of man(7).

#pragma once

#include <string>
#include <vector>

#include "shared/manual/help_page.hpp"
#include "shared/manual/program.hpp"

namespace crier::manual {

struct PageHead {
    std::string name{};      ///< "crierd".
    int section = 1;         ///< 1 for users, 8 for administrators.
    std::string version{};   ///< "0.1.0".
    std::string see_also{};  ///< "crierd(8), crier-agent(1)".
};

/// Of a program whose help was written by hand, its sections as they are. `commands`: what each of
/// its commands prints as its help.
[[nodiscard]] std::string man_page(const PageHead& head, const HelpPage& page,
                                   const std::vector<HelpPage>& commands = {});

/// Of a program with commands, each with its own help.
[[nodiscard]] std::string man_page(const PageHead& head, const Program& program);

}  // namespace crier::manual
