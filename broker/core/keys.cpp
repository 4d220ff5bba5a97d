// Who may come in by key: what operators say, and what follows for those who are in.
#include <algorithm>
#include <utility>

#include "broker/core/page_filler.hpp"
#include "broker/core/request_entry.hpp"
#include "broker/core/stages.hpp"

namespace crier::broker {

// ---- Requests -----------------------------------------------------------------------------------

void Engine::Stages::on_set_keys(Peer& peer, protocol::SetKeys set) {
    if (!may_change_things(peer, "changed", set.request)) return;
    Entry entry = entry_of(set, EntryKind::keys, peer.facts, key_ring.time_of_change(now.utc));
    const PendingEntry::Waiter waiter{peer.id, set.request, false};
    if (const KeyRing::Source* before = key_ring.source(set.id)) {
        if (before->content_hash == entry.content_hash) return tell_done(waiter);
        return refuse(peer, reused(set.id), set.request);
    }
    if (answer_repeat(peer, set.id, waiter, entry.content_hash)) return;
    PendingEntry pending{entry.principal, entry.content_hash, {waiter}, {}, true};
    auto refused = key_ring.refusal_of(set.change, std::max(keys_looked_at, now.utc));
    if (!refused) refused = refusal_of_one_more_entry();
    // Each is looked at by what the one before has made of it.
    const bool is_late = std::any_of(pending_entries.begin(), pending_entries.end(),
                                     [](const auto& one) { return one.second.is_of_keys; });
    if (!refused && is_late) {
        refused = {ErrorCode::overloaded, "another change of keys is on its way: ask again"};
    }
    if (refused) {
        // It may have been accepted when all was in order.
        if (remedy_for(refused->code) == Remedy::retry_later) {
            return refuse(peer, *refused, set.request);
        }
        return look_up(set.id, pending, refused_by(*refused));
    }
    pending_entries.emplace(entry.id, std::move(pending));
    append_entry(std::move(entry));
}

void Engine::Stages::on_request(Peer& peer, const protocol::ListKeys& request) {
    protocol::KeyPage page;
    page.request = request.request;
    PageFiller filler(page.keys);
    for (const RegisteredKey* key : key_ring.list(request.after)) {
        if (filler.add(*key)) continue;
        page.more = true;
        break;
    }
    send(peer.id, protocol::ToOperator{std::move(page)});
}

void Engine::Stages::tell_done(const PendingEntry::Waiter& waiter) {
    if (peers.contains(waiter.peer)) {
        send(waiter.peer, protocol::ToOperator{protocol::Done{waiter.request}});
    }
}

// ---- Entries ------------------------------------------------------------------------------------

void Engine::Stages::fold_keys(const EntryResult& result, const PendingEntry& pending) {
    if (const Status taken = take_keys(result.stored); !taken) {
        return refuse_waiters(pending, taken.error());
    }
    notice({.fact = Fact::keys_changed, .detail = "by " + result.stored.entry.principal});
    // Whoever asked for it is told, though it may be the last thing that they hear.
    for (const PendingEntry::Waiter& waiter : pending.waiters) tell_done(waiter);
    admit_keys();
    end_revoked();
}

Status Engine::Stages::take_keys(const StoredEntry& stored) {
    const auto set = asked_in<protocol::SetKeys>(stored, "keys");
    if (!set) return fail(set.error());
    const Entry& entry = stored.entry;
    const KeyRing::Source source{stored.seq, entry.id, entry.at, entry.principal,
                                 entry.content_hash};
    // From now on only history has those.
    for (const std::uint64_t seq : key_ring.take(source, set->change)) {
        record_and_let_go(end_of_entry(seq));
    }
    return {};
}

// ---- What counts --------------------------------------------------------------------------------

/// Whose keys count has changed: the doors are told, and who is in has the rights from now on that
/// the key has.
void Engine::Stages::admit_keys() {
    // A clock that is set back brings no key back that had expired.
    keys_looked_at = std::max(keys_looked_at, now.utc);
    keys_expire = key_ring.next_expiry(keys_looked_at);
    auto principals = std::make_shared<const Principals>(key_ring.in_force(keys_looked_at));
    if (*admitted == *principals) return;
    const auto before = std::exchange(admitted, std::move(principals));
    emit(AdmitKeys{admitted});
    std::vector<PeerId> operators;
    for (const auto& [id, peer] : peers) {
        if (peer.facts.door == Door::operators) operators.push_back(id);
    }
    for (const PeerId id : operators) settle_rights(peers.at(id));
    settle_sessions(*before);
}

/// False: it may not be here, and is cut.
bool Engine::Stages::settle_rights(Peer& peer) {
    if (!peer.facts.public_key) return true;  // Without CURVE nobody has a key.
    const Principal* principal = admitted->find(*peer.facts.public_key);
    if (principal == nullptr || !principal->rights.is_operator()) {
        cut(peer, {ErrorCode::not_admitted, "this key is not registered for operators any more"});
        return false;
    }
    const bool is_narrower = !principal->within.empty() && principal->within != peer.facts.within;
    const bool is_less =
        peer.is_greeted && (is_narrower || !principal->rights.covers(peer.facts.rights));
    peer.facts.principal = principal->name;
    peer.facts.rights = principal->rights;
    peer.facts.within = principal->within;
    // What it was given leave for goes on in this connection, and must not.
    constexpr Milliseconds come_back_after{1};
    if (is_less) send_away(peer.id, {"the rights of this key have changed", come_back_after});
    return !is_less;
}

}  // namespace crier::broker
