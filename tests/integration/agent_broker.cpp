#include "tests/integration/agent_broker.hpp"

#include <variant>

#include "shared/base/time.hpp"
#include "shared/protocol/codec.hpp"
#include "shared/protocol/invitation.hpp"

namespace crier::testing {

AgentBroker::AgentBroker() : door_(scene_.open(broker::domain::sessions)) {
    protocol::Invitation invitation;
    invitation.kind = protocol::Invitation::Kind::sessions;
    invitation.endpoints = {door_.endpoint()};
    invitation_ = to_line(invitation);
}

void AgentBroker::send(const protocol::ToSession& frame) {
    const Bytes bytes = protocol::encode(frame);
    for (const Peer& peer : peers_) static_cast<void>(door_.socket.send(peer.id, bytes));
}

void AgentBroker::cut() {
    for (const Peer& peer : peers_) {
        if (peer.connection) peer.connection->cut();
    }
    peers_.clear();
}

bool AgentBroker::until(const std::function<bool()>& is_so) {
    return scene_.until(
        [&] {
            while (taken_ < door_.seen.size()) take(door_.seen[taken_++]);
            return is_so();
        },
        Milliseconds(10'000));
}

void AgentBroker::take(const Seen& seen) {
    const auto frame = protocol::decode_from_session(bytes_of(seen.text));
    if (!frame) return;
    if (const auto* hello = std::get_if<protocol::SessionHello>(&*frame)) {
        hellos.push_back(*hello);
        if (refusal) {
            const Bytes bytes = protocol::encode(protocol::ToSession(*refusal));
            static_cast<void>(door_.socket.send(seen.from, bytes));
            return;
        }
        peers_.push_back({seen.from, seen.connection});
        protocol::SessionWelcome welcome;
        welcome.session = session_id_of(*hello->key);
        welcome.opened = read_clocks().utc;
        welcome.time = welcome.opened;
        welcome.resume = {1};
        welcome.heartbeat = Milliseconds(600'000);
        welcome.broker = "played";
        const Bytes bytes = protocol::encode(protocol::ToSession(welcome));
        static_cast<void>(door_.socket.send(seen.from, bytes));
        for (const protocol::ToSession& next : after_welcome) {
            static_cast<void>(door_.socket.send(seen.from, protocol::encode(next)));
        }
    } else if (const auto* list = std::get_if<protocol::Receipts>(&*frame)) {
        receipts.insert(receipts.end(), list->receipts.begin(), list->receipts.end());
    } else if (std::holds_alternative<protocol::Goodbye>(*frame)) {
        goodbyes += 1;
    }
}

bool AgentBroker::has_receipt(const MessageId& id, State state) const {
    for (const protocol::Receipt& receipt : receipts) {
        if (receipt.id == id && receipt.state == state) return true;
    }
    return false;
}

protocol::Refused refused_with(ErrorCode code, std::string detail) {
    protocol::Refused refused;
    refused.code = code;
    refused.detail = std::move(detail);
    return refused;
}

MessageId agent_message_id(std::uint8_t number) {
    MessageId id;
    id.bytes[15] = number;
    return id;
}

protocol::Show show_of(std::uint8_t number, std::string text, Style style) {
    protocol::Show show;
    show.id = agent_message_id(number);
    show.seq = number;
    show.to_all = true;
    show.content.text = std::move(text);
    show.content.style = style;
    show.from = "ops";
    show.sent = read_clocks().utc;
    show.deliver_until = show.sent + std::chrono::minutes(5);
    return show;
}

}  // namespace crier::testing
