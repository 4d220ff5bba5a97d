/// \file
/// The broker's side of the session link, played by the test: a real socket without CURVE that
/// welcomes whoever says hello, and sends what the test wants.

#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "shared/protocol/messages.hpp"
#include "tests/integration/scene.hpp"

namespace crier::testing {

class AgentBroker {
public:
    AgentBroker();

    /// The invitation for its sessions.
    [[nodiscard]] const std::string& invitation() const { return invitation_; }

    /// To the sessions that said hello, the newest last.
    void send(const protocol::ToSession& frame);
    /// Cuts every connection, as a network would.
    void cut();

    /// Takes turns with the agents until `is_so`; false: not within 10 s.
    [[nodiscard]] bool until(const std::function<bool()>& is_so);

    /// Whether a receipt with this state has come.
    [[nodiscard]] bool has_receipt(const MessageId& id, State state) const;

    /// What a hello is answered with instead of a welcome; what follows each welcome at once.
    std::optional<protocol::Refused> refusal;
    std::vector<protocol::ToSession> after_welcome;

    std::vector<protocol::SessionHello> hellos;
    std::vector<protocol::Receipt> receipts;
    std::size_t goodbyes = 0;

private:
    void take(const Seen& seen);

    Scene scene_{Scene::Security::none};
    Door& door_;
    std::string invitation_;
    std::size_t taken_ = 0;  ///< Of what the door has seen.
    struct Peer {
        RoutingId id;
        std::optional<Connection> connection;
    };
    std::vector<Peer> peers_;
};

/// A message as the broker sends it now, id and seq from `number`.
[[nodiscard]] protocol::Show show_of(std::uint8_t number, std::string text,
                                     Style style = Style::notification);
[[nodiscard]] protocol::Refused refused_with(ErrorCode code, std::string detail);
[[nodiscard]] MessageId agent_message_id(std::uint8_t number);

}  // namespace crier::testing
