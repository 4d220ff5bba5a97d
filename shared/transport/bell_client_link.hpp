/// \file
/// A listener's side of the bell, over ZeroMQ.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "shared/transport/client_link.hpp"
#include "shared/transport/context.hpp"
#include "shared/transport/keys.hpp"

namespace crier::transport {

/// The bell rang: one message of two parts.
struct BellRang {
    std::string topic;  ///< As on the wire, the NUL at its end included.
    protocol::Bytes body;
};

using BellEvent = std::variant<LinkUp, LinkDown, BellRang>;

/// A SUB socket; otherwise as ZmqClientLink: each attempt has a socket of its own, which connects
/// once, and LinkDown has the same four codes.
/// Thread-safety: one thread at a time. Nothing here blocks.
class BellClientLink {
public:
    struct Settings {
        std::optional<ClientKeys> keys;   ///< nullopt: plaintext.
        std::vector<std::string> topics;  ///< Prefixes, as protocol::bell_topic_*() spell them.
        Milliseconds attempt_limit{5'000};
        int receive_hwm = 1'000;  ///< Messages; beyond it the broker drops.
    };

    BellClientLink(Context& context, const Settings& settings);
    ~BellClientLink();
    BellClientLink(const BellClientLink&) = delete;
    BellClientLink& operator=(const BellClientLink&) = delete;

    /// As the functions of ClientLink.
    void open(const std::string& endpoint);
    void close() noexcept;
    [[nodiscard]] std::vector<int> descriptors() const;
    [[nodiscard]] Milliseconds wake_after() const;
    void drain(std::vector<BellEvent>& events);

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace crier::transport
