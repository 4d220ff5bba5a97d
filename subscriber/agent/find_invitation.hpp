/// \file
/// Where the agent finds its invitation: given, in the environment, stored by `crier join`, or
/// written by the broker on this machine.

#pragma once

#include <string>

#include "shared/protocol/invitation.hpp"
#include "subscriber/agent/surroundings.hpp"

namespace crier::agent {

/// `given`: a line, a file's path, "-" for one line of standard input, or empty to look around.
/// Blocking: with "-", until the line has come.
/// Errors, all fix_request: invitation_invalid; file_unusable (nothing found; not readable; a
///   stored one that others can read). The detail says where it was looked for and what to do.
[[nodiscard]] Result<protocol::Invitation> find_invitation(const std::string& given,
                                                           protocol::Invitation::Kind wanted,
                                                           const Surroundings& surroundings);

}  // namespace crier::agent
