#include "shared/manual/program.hpp"

#include <algorithm>

namespace crier::manual {

Value value_for(std::string_view takes, const std::vector<std::string>& names) {
    const auto is_named = [&names](std::string_view name) {
        return std::find(names.begin(), names.end(), name) != names.end();
    };
    const auto has = [takes](std::string_view word) { return takes.find(word) != takes.npos; };
    if (takes.empty()) return Value::none;
    if (has("COMMAND")) return Value::command;
    // An invitation is a line, or a file that holds it.
    if (has("FILE") || is_named("--invitation") || (names.empty() && takes == "LINE")) {
        return Value::file;
    }
    if (has("DIR")) return Value::folder;
    if (is_named("--session")) return Value::session;
    // An option's ID is one that its user chooses.
    if (names.empty() && has("ID")) return Value::message;
    return Value::any;
}

}  // namespace crier::manual
