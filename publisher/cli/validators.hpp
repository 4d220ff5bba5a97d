/// \file
/// What the values of options must look like. CLI11's own validators say the same less plainly.

#pragma once

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "publisher/cli/describe.hpp"

namespace crier::cli {

/// Its name is what describe() makes of it.
inline CLI::Validator one_of(std::vector<std::string> names) {
    const std::string choices = choices_name(names);
    return CLI::Validator(
        [names = std::move(names)](const std::string& value) {
            if (std::find(names.begin(), names.end(), value) != names.end()) return std::string();
            std::string detail = "\"" + value + "\" is none of ";
            for (const std::string& name : names) detail += name + ", ";
            return detail.substr(0, detail.size() - 2);
        },
        "", choices);
}

/// For describe() alone: what may stand there, with commas between, is looked at later.
inline CLI::Validator some_of(const std::vector<std::string_view>& names) {
    const std::vector<std::string> choices(names.begin(), names.end());
    return CLI::Validator([](const std::string&) { return std::string(); }, "",
                          choices_name(choices) + ",");
}

inline CLI::Validator number_up_to(int max) {
    return CLI::Validator(
        [max](const std::string& value) {
            const bool is_number = !value.empty() && value.size() <= 9 &&
                                   value.find_first_not_of("0123456789") == std::string::npos;
            const int number = is_number ? std::stoi(value) : 0;
            if (number >= 1 && number <= max) return std::string();
            return "\"" + value + "\" is no number from 1 to " + std::to_string(max);
        },
        "");
}

}  // namespace crier::cli
