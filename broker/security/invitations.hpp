/// \file
/// The three lines that let programs in, as files.

#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "broker/security/key_store.hpp"
#include "crier/result.hpp"
#include "shared/protocol/invitation.hpp"

namespace crier::broker {

struct DoorEndpoints {
    std::vector<std::string> sessions;
    std::vector<std::string> operators;
    std::vector<std::string> bell;
    bool has_join_secret = true;  ///< The sessions' invitation does.
};

/// `keys` nullptr: of a broker without CURVE. Endpoints that listen on every address are written
/// with this machine's host name; of more than 8, the first 8.
[[nodiscard]] protocol::Invitation make_invitation(protocol::Invitation::Kind kind,
                                                   const KeyStore* keys,
                                                   const DoorEndpoints& endpoints);

/// Writes FOLDER/sessions.invitation (0644), operators.invitation and listeners.invitation (0640,
/// of the group crier where there is one), each whole or not at all; replaces those that are there.
/// Makes the folder (0755). Errors: file_unusable.
[[nodiscard]] Status write_invitations(const std::filesystem::path& folder, const KeyStore* keys,
                                       const DoorEndpoints& endpoints);

/// "sessions.invitation" and so on.
[[nodiscard]] std::string invitation_file_name(protocol::Invitation::Kind kind);

}  // namespace crier::broker
