/// \file
/// What a shell needs to complete a program's command line. Each text stands alone: it needs
/// nothing that its shell does not bring.

#pragma once

#include <string>

#include "shared/manual/program.hpp"

namespace crier::manual {

/// For bash 4.2 or later: a file for share/bash-completion/completions, or to be sourced.
[[nodiscard]] std::string bash_completion(const Program& program);

/// A file for a folder of zsh's fpath, by the name of "_" and the program's.
[[nodiscard]] std::string zsh_completion(const Program& program);

/// A file for share/fish/vendor_completions.d.
[[nodiscard]] std::string fish_completion(const Program& program);

/// The beginning of a description, as one line that has room beside a name in a menu.
[[nodiscard]] std::string menu_line(const std::string& description);

/// "_crier_agent": what shells allow as a function's name.
[[nodiscard]] std::string function_name(const Program& program);

/// "a b c".
[[nodiscard]] std::string words_of(const std::vector<std::string>& words);

}  // namespace crier::manual
