/// \file
/// One option as all of them are: for the files that know CLI11.

#pragma once

#include <CLI/CLI.hpp>

namespace crier::cli {

/// `takes` stands behind its name in the help, "FILE".
template <class Value>
CLI::Option& add(CLI::App& app, const char* names, Value& value, const char* takes,
                 const char* description) {
    return *app.add_option(names, value, description)->option_text(takes)->type_name("value");
}

}  // namespace crier::cli
