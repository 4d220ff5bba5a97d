/// \file
/// Where an operator's program finds its invitation: given, in the environment, stored by
/// `crier join`, or written by the broker on this machine.

#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "crier/result.hpp"
#include "shared/protocol/invitation.hpp"

namespace crier::publisher {

/// What of its surroundings a program looks at; a value, so that tests can make their own.
struct Surroundings {
    std::optional<std::string> variable;            ///< CRIER_INVITATION.
    std::optional<std::filesystem::path> settings;  ///< ~/.config/crier; nullopt without a home.
    std::vector<std::filesystem::path> run;         ///< /run/crier, $XDG_RUNTIME_DIR/crier.
};

/// Reads the environment. Not thread-safe against setenv(), like everything that reads it.
[[nodiscard]] Surroundings read_surroundings();

/// `given`: a line, a file's path, "-" for standard input, or empty to look around.
/// Errors: invitation_invalid, file_unusable (nothing found; not readable; a stored one that others
///   can read) — fix_request. The detail says where it was looked for and what to do.
[[nodiscard]] Result<protocol::Invitation> find_invitation(const std::string& given,
                                                           const Surroundings& surroundings);

struct StoredInvitation {
    protocol::Invitation::Kind kind{};
    std::filesystem::path file;
};

/// Stores an invitation of any kind under the surroundings' settings, for the user alone.
/// `line_or_file` as above. The same invitation again changes nothing.
/// Errors: invitation_invalid; file_unusable; in_use, when there is another one already —
/// fix_request.
[[nodiscard]] Result<StoredInvitation> store_invitation(const std::string& line_or_file,
                                                        const Surroundings& surroundings);

}  // namespace crier::publisher
