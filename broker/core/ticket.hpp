/// \file
/// A ticket: what a program's server says of one of its users, signed, for one session.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crier/id.hpp"
#include "crier/result.hpp"
#include "crier/time.hpp"

namespace crier::broker {

/// The claims of a ticket whose signature is right and which is meant for this broker. What is not
/// there is not said.
struct Ticket {
    std::string id;     ///< "jti". Empty: it cannot be revoked by it.
    std::string user;   ///< "sub". One line, 1 to limits::attribute_bytes_max bytes.
    SessionId session;  ///< "cnf": {"kid"}. Nobody else can use it.
    UtcTime issued{};   ///< "iat".
    UtcTime expires{};  ///< "exp".
    std::optional<std::string> machine{};
    std::optional<std::string> application{};
    std::optional<std::vector<std::string>> groups{};

    bool operator==(const Ticket&) const = default;
};

/// "the ticket " and why it does not let in.
[[nodiscard]] inline tl::unexpected<Error> no_ticket(const std::string& why) {
    return fail(ErrorCode::ticket_invalid, "the ticket " + why);
}

/// Reads a token. Pure: the clock is the engine's to look at. Errors: ticket_invalid, with why.
using ReadTicket = std::function<Result<Ticket>(std::string_view token)>;

}  // namespace crier::broker
