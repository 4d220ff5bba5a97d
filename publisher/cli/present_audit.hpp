/// \file
/// The broker's log as text.

#pragma once

#include <string>
#include <vector>

#include "crier/audit.hpp"
#include "publisher/cli/exit_code.hpp"
#include "publisher/cli/present.hpp"
#include "publisher/cli/table.hpp"

namespace crier::cli {

[[nodiscard]] std::string present(const std::vector<AuditEntry>& entries, const View& view);

/// The line, whatever the form, so that it can be kept as it is; in JSON also what is in it.
[[nodiscard]] std::string present(const AuditHead& head, const View& view);

/// `kept`: a head was to be compared.
struct Verified {
    AuditVerdict verdict;
    bool has_kept = false;
};
[[nodiscard]] ExitCode exit_code_of(const Verified& verified);
[[nodiscard]] std::string present(const Verified& verified, const View& view);

/// A row for each change of a message, oldest first: when, by whom, what. `history`: newest first.
[[nodiscard]] Rows changes_in(const std::vector<AuditEntry>& history, const View& view);

}  // namespace crier::cli
