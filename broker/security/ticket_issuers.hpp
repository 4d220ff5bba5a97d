/// \file
/// Whose tickets count: servers of programs that sign them for their users. A ticket is a JWT
/// (RFC 7519) in the compact form of JWS (RFC 7515), read with libjwt.
///
/// Each issuer has one algorithm and one key, and the token has no say in it: a token that is
/// signed with HS256, the issuer's public key being the secret, would be taken for good otherwise.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "broker/core/ticket.hpp"
#include "shared/base/crypto.hpp"

namespace crier::broker {

enum class TicketAlgorithm : std::uint8_t { es256, rs256, hs256 };

struct TicketIssuer {
    std::string name;      ///< The claim `iss`.
    std::string audience;  ///< What the claim `aud` has to name.
    TicketAlgorithm algorithm = TicketAlgorithm::es256;
    std::string key;  ///< ES256, RS256: the public key, as PEM. HS256: the secret's bytes.
};

/// What a file says of an issuer, as TOML:
///
///     issuer = "https://shop.example"
///     audience = "crier"
///     algorithm = "ES256"            # or "RS256", "HS256"
///     public_key = """
///     -----BEGIN PUBLIC KEY-----
///     …
///     -----END PUBLIC KEY-----"""    # HS256: secret = "…", base64url of 32 bytes at least
///
/// Errors: configuration_invalid, with the place.
[[nodiscard]] Result<TicketIssuer> parse_issuer(std::string_view text,
                                                const std::string& file_name);

/// A value: made, then only read, from any thread.
class TicketIssuers {
public:
    /// Blocking: on the disk. Errors: configuration_invalid; file_unusable (it cannot be read, or
    /// others can read a secret).
    [[nodiscard]] static Result<TicketIssuers> load(const std::vector<std::string>& files);
    /// No two with the same name.
    explicit TicketIssuers(std::vector<TicketIssuer> issuers) : issuers_(std::move(issuers)) {}

    /// Who says what of whom, if the signature is right and it is meant for us. Whether it counts
    /// now is not looked at. Errors: ticket_invalid.
    [[nodiscard]] Result<Ticket> read(std::string_view token) const;

private:
    std::vector<TicketIssuer> issuers_;
};

}  // namespace crier::broker
