/// \file
/// One agent for each login session: two would show everything twice to the same person.

#pragma once

#include <filesystem>
#include <string>

#include "crier/result.hpp"
#include "subscriber/agent/surroundings.hpp"

namespace crier::agent {

/// What the person sits at: "display :0", "session 3" of logind, or "user".
[[nodiscard]] std::string login_session_of(const Surroundings& surroundings);

/// A lock that is held as long as this lives, or the process.
class LoginSession {
public:
    /// Errors: in_use (fix_request): another agent serves it; the detail names its process.
    ///   file_unusable (fix_request).
    static Result<LoginSession> take(const Surroundings& surroundings);
    LoginSession(LoginSession&& other) noexcept;
    LoginSession& operator=(LoginSession&&) = delete;
    ~LoginSession();

private:
    explicit LoginSession(int descriptor) : descriptor_(descriptor) {}

    int descriptor_;
};

}  // namespace crier::agent
