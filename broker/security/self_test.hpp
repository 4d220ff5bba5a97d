/// \file
/// Proves at start, from outside, that each door keeps out whom it must keep out on this machine.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "broker/security/invitations.hpp"
#include "crier/result.hpp"
#include "shared/base/mailbox.hpp"
#include "shared/transport/context.hpp"

namespace crier::broker {

struct SelfTestSettings {
    DoorEndpoints endpoints;            ///< The real ones, of doors that are served already.
    std::optional<Bytes32> server_key;  ///< nullopt: without CURVE.
    Milliseconds limit{10'000};         ///< For all of it.
};

/// At every endpoint:
///   operators and bell: a key that nobody knows is refused, and so is plaintext;
///   sessions: plaintext is refused; any key is let in, gets no frame but a refusal, and is cut
///     when it does not begin with a hello; two that claim one routing id are told apart.
/// Without CURVE only what remains of this is tested.
///
/// Blocking: yes, up to `limit`; the doors must be served meanwhile, so not on the loop's thread.
/// Errors: self_test_failed (page_human), naming the endpoint and the rule.
[[nodiscard]] Status test_doors(transport::Context& context, const SelfTestSettings& settings);

/// test_doors() on a thread of its own.
class SelfTest {
public:
    SelfTest(transport::Context& context, SelfTestSettings settings);
    /// Blocks until the test has ended.
    ~SelfTest();
    SelfTest(const SelfTest&) = delete;
    SelfTest& operator=(const SelfTest&) = delete;

    /// Readable when result() has something.
    [[nodiscard]] int descriptor() const noexcept { return results_.descriptor(); }

    /// Once, when the test has ended; nullopt: not yet.
    [[nodiscard]] std::optional<Status> result();

private:
    Mailbox<Status> results_{1};
    std::thread thread_;
};

}  // namespace crier::broker
