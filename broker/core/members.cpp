// Who belongs to the cluster, by its log; and brokers that operators have forgotten.
#include <algorithm>

#include "broker/core/stages.hpp"
#include "broker/core/varint.hpp"

namespace crier::broker {
namespace {

/// The broker has no random numbers. `number` tells apart what is asked again.
MessageId id_of_forgetting(const BrokerId& broker, UtcTime at, std::uint64_t number) {
    Bytes bytes{'f', 'o', 'r', 'g', 'e', 't'};
    bytes.insert(bytes.end(), broker.bytes.begin(), broker.bytes.end());
    put_varint(bytes, static_cast<std::uint64_t>(to_ms(at)));
    put_varint(bytes, number);
    const Bytes32 hash = blake2b(bytes);
    MessageId id;
    std::copy_n(hash.begin(), id.bytes.size(), id.bytes.begin());
    return id;
}

}  // namespace

bool Engine::Stages::is_member(const BrokerId& broker) const {
    return std::binary_search(cluster.members.begin(), cluster.members.end(), broker);
}

/// In this run, by this broker or by one that told it.
std::vector<BrokerId> Engine::Stages::unheard_members() const {
    std::vector<BrokerId> found;
    for (const BrokerId& member : cluster.members) {
        if (member != own_id() && !cluster.brokers.contains(member)) found.push_back(member);
    }
    return found;
}

/// They may be there all the same: this broker has just started.
std::vector<BrokerId> Engine::Stages::sought() const {
    return now.steady < cluster.finds_until ? unheard_members() : std::vector<BrokerId>{};
}

/// Whoever has not been heard by now is not there: what waited for them goes on.
void Engine::Stages::give_up_seeking() {
    if (cluster.finds_until == Instant{} || now.steady < cluster.finds_until) return;
    cluster.finds_until = {};
    drop_who_is_left();
    close_answered_questions();
}

void Engine::Stages::on(const MembersChanged& event) {
    const std::vector<BrokerId> before = std::exchange(cluster.members, event.members);
    for (const BrokerId& member : cluster.members) cluster.forgotten.erase(member);
    for (const BrokerId& broker : before) {
        if (!is_member(broker)) forget_broker(broker);
    }
    if (event.forgotten && !is_member(*event.forgotten)) forget_broker(*event.forgotten);
    std::erase_if(cluster.forgets, [this](const auto& one) {
        const PendingForget& forget = one.second;
        if (!cluster.forgotten.contains(forget.broker)) return false;
        tell_done({forget.asker, forget.request, false});
        return true;
    });
}

/// Its sessions are nobody's; one of them that comes to another broker is new there. As long as it
/// can be asked it stays.
void Engine::Stages::forget_broker(const BrokerId& broker) {
    cluster.forgotten.insert(broker);
    const auto found = cluster.brokers.find(broker);
    if (found == cluster.brokers.end() || found->second.peer) return;
    cluster.directory.forget(broker);
    cluster.brokers.erase(found);
    for (const std::uint64_t seq : messages.not_final()) note_tally(*messages.find(seq));
}

void Engine::Stages::on_request(Peer& peer, const protocol::ForgetBroker& request) {
    if (!may_change_things(peer, "changed", request.request)) return;
    if (const auto refused = refusal_of(request)) return refuse(peer, *refused, request.request);
    const MessageId id = id_of_forgetting(request.broker, now.utc, ++last_ticket);
    cluster.forgets.emplace(id, PendingForget{request.broker, peer.id, request.request});
    emit(ForgetBroker{id, request.broker, now.utc, peer.facts.principal});
}

std::optional<Error> Engine::Stages::refusal_of(const protocol::ForgetBroker& request) const {
    const auto invalid = [](std::string why) {
        return Error{ErrorCode::target_invalid, std::move(why)};
    };
    if (request.broker == own_id())
        return invalid(
            "that is this broker itself: ask another one, when this one has stopped for good");
    const auto other = cluster.brokers.find(request.broker);
    if (other != cluster.brokers.end() && other->second.peer) {
        return invalid("broker " + other->second.facts.name + " is alive: stop it first");
    }
    if (other == cluster.brokers.end() && !is_member(request.broker)) {
        return invalid("no broker " + to_string(request.broker) +
                       " belongs to the cluster; `crier cluster status` lists those that do");
    }
    return refusal_of_one_more_entry();
}

}  // namespace crier::broker
