// What operators are told as it grows, and sessions of their receipts: gathered, not one by one.
#include <algorithm>

#include "broker/core/stages.hpp"

namespace crier::broker {
namespace {

constexpr Milliseconds sweep_delay{100};

}  // namespace

void Engine::Stages::follow(Message& message, PeerId peer) {
    follow_elsewhere(message);
    if (message.is_final && has_heard_of_all(message)) {
        send(peer, protocol::ToOperator{tally_of(message)});
    }
    // What people do comes later still.
    auto& followers = message.followers;
    if (std::find(followers.begin(), followers.end(), peer) != followers.end()) return;
    followers.push_back(peer);
}

/// At this broker's own sessions.
protocol::TallyChanged Engine::Stages::own_tally_of(const Message& message) {
    const bool is_final =
        message.is_settled() && !awaits_removals(message) && !message.cells.has_moving();
    return {message.id, message.cells.tally(), is_final,
            message.cells.counts(message.content.choices.size()),
            message.is_question() && message.is_off_screen()};
}

void Engine::Stages::tell_tally(Message& message) {
    message.is_tally_dirty = false;
    const protocol::TallyChanged own = own_tally_of(message);
    const protocol::TallyChanged all = tally_of(message);
    const bool is_known = has_heard_of_all(message);
    for (const PeerId follower : message.followers) {
        if (peers.at(follower).facts.door == Door::brokers) {
            tell(follower, TallyAt{0, own});
        } else if (is_known) {
            send(follower, protocol::ToOperator{all});
        }
    }
}

/// It has changed: those who follow it are told soon.
void Engine::Stages::note_tally(Message& message) {
    if (message.followers.empty() || message.is_tally_dirty) return;
    message.is_tally_dirty = true;
    dirty_tallies.push_back(message.seq);
    schedule_sweep();
}

protocol::Happened Engine::Stages::event_of(protocol::Happening what,
                                            const Session& session) const {
    protocol::Happened event;
    event.what = what;
    event.at = now.utc;
    event.session = session.id;
    event.user = session.attributes.user;
    event.machine = session.attributes.machine;
    event.user_verified = session.user_verified;
    return event;
}

/// `teller`: the broker at which it happened. The others have heard it from that one.
void Engine::Stages::happened(protocol::Happened event, const Peer* teller) {
    if (watchers.empty()) return;
    for (const PeerId id : watchers) {
        Peer& watcher = peers.at(id);
        if (teller != nullptr && watcher.facts.door == Door::brokers) continue;
        if (watcher.watch_credit == 0) {
            watcher.events_left_out += 1;
            schedule_sweep();
            continue;
        }
        watcher.watch_credit -= 1;
        send(id, protocol::ToOperator{event});
    }
}

void Engine::Stages::schedule_sweep() {
    if (!sweep_at) sweep_at = now.steady + sweep_delay;
}

void Engine::Stages::schedule_confirm(Peer& peer) {
    if (peer.is_confirm_due) return;
    peer.is_confirm_due = true;
    confirm_due.push_back(peer.id);
    schedule_sweep();
}

void Engine::Stages::sweep() {
    sweep_at.reset();
    std::vector<std::uint64_t> dirty;
    dirty.swap(dirty_tallies);
    for (const std::uint64_t seq : dirty) {
        Message* message = messages.find(seq);
        if (message != nullptr && message->is_tally_dirty) tell_tally(*message);
    }
    std::vector<PeerId> due;
    due.swap(confirm_due);
    for (const PeerId id : due) {
        const auto found = peers.find(id);
        if (found != peers.end()) confirm(found->second);
    }
    for (const PeerId id : watchers) {
        Peer& watcher = peers.at(id);
        watcher.watch_credit = watch_credit_max;
        if (watcher.events_left_out == 0) continue;
        protocol::Happened event;
        event.what = protocol::Happening::receipt;
        event.at = now.utc;
        event.detail = std::to_string(watcher.events_left_out) + " events left out: too many";
        watcher.events_left_out = 0;
        send(id, protocol::ToOperator{std::move(event)});
    }
    if (!watchers.empty()) schedule_sweep();
    let_confirm_early_words();
}

/// A heartbeat that says which receipts are on disk.
void Engine::Stages::confirm(Peer& peer) {
    peer.is_confirm_due = false;
    peer.confirm.told = peer.confirm.stored;
    send(peer.id, protocol::ToSession{protocol::Heartbeat{now.utc, peer.confirm.stored}});
}

}  // namespace crier::broker
