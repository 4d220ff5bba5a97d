/// \file
/// What was on somebody's screens at a time, as text: as present.hpp.

#pragma once

#include <string>

#include "crier/audit.hpp"
#include "publisher/cli/exit_code.hpp"
#include "publisher/cli/present.hpp"

namespace crier::cli {

struct ScreensThen {
    Screens screens;
    UtcTime at{};
};
[[nodiscard]] ExitCode exit_code_of(const ScreensThen& then);
[[nodiscard]] std::string present(const ScreensThen& then, const View& view);

/// Why there is nothing in it: nothing was there, or nothing is known. A sentence, which the form
/// for terminals has in it; empty where there is something.
[[nodiscard]] std::string remark_on(const ScreensThen& then);

}  // namespace crier::cli
