/// \file
/// A client's side of a door over ZeroMQ.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "shared/transport/client_link.hpp"
#include "shared/transport/context.hpp"
#include "shared/transport/keys.hpp"

namespace crier::transport {

/// A DEALER: for sessions and operators. Each attempt has a socket of its own, which connects once.
///
/// What a LinkDown's code says to do:
///   broker_unreachable: nobody answers there, or not in time; try again later, or elsewhere.
///   host_unknown: the name does not resolve. Where a network may come up later, try again.
///   server_key_wrong, not_admitted: another invitation is needed.
class ZmqClientLink final : public ClientLink {
public:
    struct Settings {
        std::optional<ClientKeys> keys;  ///< nullopt: plaintext.
        Milliseconds attempt_limit{5'000};
        int send_hwm = 256;     ///< Frames.
        int receive_hwm = 256;  ///< Frames.
        /// For the broker's self-test only: it must have no effect.
        std::string claimed_routing_id;
    };

    ZmqClientLink(Context& context, const Settings& settings);
    ~ZmqClientLink() override;

    void open(const std::string& endpoint) override;
    void close() noexcept override;
    [[nodiscard]] bool send(protocol::BytesView frame) override;
    [[nodiscard]] std::vector<int> descriptors() const override;
    [[nodiscard]] Milliseconds wake_after() const override;
    void drain(std::vector<LinkEvent>& events) override;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace crier::transport
