/// \file
/// Invitations: all that a client needs to find a broker and be let in, in one line of text
/// (PROTOCOL.md, "Invitations"). Whoever holds the line holds its secret.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crier/result.hpp"
#include "shared/base/crypto.hpp"

namespace crier::protocol {

struct Invitation {
    enum class Kind : std::uint8_t { sessions, operators, listeners };

    Kind kind = Kind::sessions;
    std::vector<std::string> endpoints;  ///< 1 to 8 ZeroMQ endpoints, to be tried in order.
    std::optional<Bytes32> server_key;   ///< nullopt: a broker without CURVE.
    std::optional<Secret>
        secret;  ///< Sessions: the join secret, where it lets in. Others: the own CURVE secret key.
};

[[nodiscard]] std::string_view name_of(Invitation::Kind kind) noexcept;

/// One line without a line end.
[[nodiscard]] std::string to_line(const Invitation& invitation);

/// Surrounding white space is ignored. Errors: invitation_invalid (fix_request) says whether the
/// line is cut short, of another version, or no invitation at all.
[[nodiscard]] Result<Invitation> parse_invitation(std::string_view line);

/// What --invitation takes, of any kind: a line, a file's path, or "-" for one line of standard
/// input; what follows it is left to others.
/// Errors: invitation_invalid; file_unusable, when the file cannot be read.
[[nodiscard]] Result<Invitation> read_invitation(const std::string& line_or_file);

/// The same, of the kind that is wanted; another one is invitation_invalid, and a file with a key
/// of its own that everybody may read file_unusable.
[[nodiscard]] Result<Invitation> load_invitation(const std::string& line_or_file,
                                                 Invitation::Kind wanted);

}  // namespace crier::protocol
