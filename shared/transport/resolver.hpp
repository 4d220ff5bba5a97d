/// \file
/// Host names to addresses, without making anyone wait. For this folder only.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crier/result.hpp"
#include "shared/base/mailbox.hpp"

namespace crier::transport {

/// An endpoint, taken apart.
struct Place {
    std::string host;  ///< Without brackets; empty on ipc.
    std::string port;
    bool is_ipc = false;
};

/// Errors: host_unknown, for anything that is neither tcp://HOST:PORT nor ipc://PATH.
[[nodiscard]] Result<Place> parse_endpoint(const std::string& endpoint);

/// At most 3 addresses, as libzmq wants them: "tcp://10.1.2.3:7411", "tcp://[::1]:7411".
using Addresses = Result<std::vector<std::string>>;

/// One question to the name service, asked on a thread of its own, which may outlive this: the
/// name service cannot be interrupted.
class Resolution {
public:
    /// Numeric addresses and "localhost" are answered at once.
    Resolution(const std::string& endpoint, const Place& place);

    /// Readable once there is an answer.
    [[nodiscard]] int descriptor() const noexcept { return answers_->descriptor(); }

    /// Once, when it is there. Errors: host_unknown.
    [[nodiscard]] std::optional<Addresses> take();

private:
    std::shared_ptr<Mailbox<Addresses>> answers_;
};

}  // namespace crier::transport
