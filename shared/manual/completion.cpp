#include "shared/manual/completion.hpp"

#include <algorithm>

namespace crier::manual {

std::string menu_line(const std::string& description) {
    // The first clause says what it is; what is in parentheses or behind it, --help says.
    std::string text;
    int depth = 0;
    for (std::size_t index = 0; index < description.size(); ++index) {
        const char one = description[index];
        const bool is_end = index + 1 == description.size() || description[index + 1] == ' ';
        if (depth == 0 && is_end && (one == '.' || one == ';' || one == ':')) break;
        depth += one == '(' ? 1 : 0;
        if (one == '(' && text.ends_with(' ')) text.pop_back();
        if (depth == 0) text += one;
        depth -= one == ')' ? 1 : 0;
    }
    return text;
}

std::string function_name(const Program& program) {
    std::string name = "_" + program.name;
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

std::string words_of(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
    return text;
}

}  // namespace crier::manual
