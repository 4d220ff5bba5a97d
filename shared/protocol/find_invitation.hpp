/// \file
/// Where a client finds its invitation: given, in the environment, stored by `crier join`, or
/// written by the broker on this machine. For operators, sessions and listeners alike.

#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "shared/protocol/invitation.hpp"

namespace crier::protocol {

/// Where to look; a value, so that tests can make their own.
struct InvitationPlaces {
    std::optional<std::string> variable;            ///< CRIER_INVITATION.
    std::optional<std::filesystem::path> settings;  ///< ~/.config/crier; nullopt without a home.
    std::vector<std::filesystem::path> run;         ///< /run/crier, $XDG_RUNTIME_DIR/crier.
};

/// Reads the environment. Not thread-safe against setenv(), like everything that reads it.
[[nodiscard]] InvitationPlaces read_invitation_places();

/// `given`: a line, a file's path, "-" for one line of standard input, or empty to look around.
/// Blocking: with "-", until the line has come.
/// Errors, all fix_request: invitation_invalid; file_unusable (nothing found; not readable; a
///   stored one that others can read). The detail says where it was looked for and what to do.
[[nodiscard]] Result<Invitation> find_invitation(const std::string& given, Invitation::Kind wanted,
                                                 const InvitationPlaces& places);

struct StoredInvitation {
    Invitation::Kind kind{};
    std::filesystem::path file;
};

/// Stores an invitation of any kind under the places' settings, for the user alone.
/// `line_or_file`: a line, a file's path, or "-". The same invitation again changes nothing.
/// Errors: invitation_invalid; file_unusable; in_use, when there is another one already —
/// fix_request.
[[nodiscard]] Result<StoredInvitation> store_invitation(const std::string& line_or_file,
                                                        const InvitationPlaces& places);

}  // namespace crier::protocol
