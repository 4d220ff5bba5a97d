/// \file
/// The options of `crier keys`, as they were given.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace crier::cli {

struct KeyOptions {
    std::optional<std::string> name;
    std::vector<std::string> rights;
    std::optional<std::string> user;
    std::optional<std::string> note;
    std::optional<std::string> expires;
    std::optional<std::string> overlap;
    std::vector<std::string> tickets;
    std::vector<std::string> tickets_of;
    bool replaces = false;
    bool is_exact = false;
};

/// Adds a command to another one.
using AddCommand = std::function<CLI::App&(CLI::App& to, const char* name, const char* description,
                                           const char* footer)>;

/// `words` takes what is no option. Both must outlive `app`.
void add_keys(CLI::App& app, KeyOptions& options, std::vector<std::string>& words,
              const AddCommand& add_command);

}  // namespace crier::cli
