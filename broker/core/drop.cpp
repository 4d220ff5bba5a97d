// A message ends the sessions that it was for, and their keys are refused for a while.
#include <algorithm>
#include <utility>

#include "broker/core/stages.hpp"

namespace crier::broker {

/// Whoever is of the target when the time has come, and was there by then.
void Engine::Stages::drop_sessions(Message& message) {
    std::vector<std::uint32_t> dropped;
    // One that had expired when it could go out has no audience yet.
    if (!message.is_released()) work_out_audience(message, 0);
    widen_audience(message, *message.schedule.drop);
    for (Cell& cell : message.cells.all()) {
        const Stay* stay = stays.find(cell.session);
        const bool was_there = stay != nullptr && stay->session.created <= *message.schedule.drop;
        if (!was_there) continue;
        message.cells.mark(cell, Cell::dropped);
        dropped.push_back(cell.session);
    }
    message.cells.set_drop_done();
    end_sessions(message, dropped);
}

/// Those with these numbers, whose cells are marked.
void Engine::Stages::end_sessions(Message& message, const std::vector<std::uint32_t>& numbers) {
    facts.dropped(message.seq, numbers);
    flush_facts();  // What is written of the sessions comes after it.
    for (const std::uint32_t number : numbers) drop(*stays.find(number), message);
    release_ends();
    after_change(message);
}

/// The time came while this broker was not there. Who was here before may have gone to another one,
/// which has ended it, and may have come back since: nobody is to go twice.
bool Engine::Stages::must_drop_wait(const Message& message) const {
    const bool is_seeking =
        settings.cluster && (!cluster.was_backbone_reached || cluster.finds_until != Instant{});
    return is_seeking && message.schedule.drop && *message.schedule.drop < cluster.began;
}

/// By now the others have told which sessions they have, or cannot.
void Engine::Stages::drop_who_is_left() {
    for (const std::uint64_t seq : messages.not_over()) {
        Message& message = *messages.find(seq);
        if (!message.does_drop_wait) continue;
        attend(message);
        after_change(message);
    }
}

void Engine::Stages::drop(Stay& stay, const Message& message) {
    const Session session = stay.session;
    const std::uint32_t number = stay.number;
    PendingEnd end;
    end.key = {session.id, now.utc + settings.refusal_time};
    if (stay.peer != nullptr) {
        Peer& peer = *stay.peer;
        detach(stay);
        peer.stay = nullptr;
        std::string detail = "ended by " + message.principal;
        // Without a grace nobody has had the time to read it.
        const bool has_grace = message.first_time() < *message.schedule.drop;
        if (!has_grace) detail += ": " + text_for_refused(message, now.utc);
        tell_later(end, peer, {ErrorCode::dropped, std::move(detail)});
    }
    protocol::Happened event = event_of(protocol::Happening::session_dropped, session);
    event.message = message.id;
    event.seq = message.seq;
    event.detail = "by " + message.principal;
    happened(std::move(event));
    close(stay, "dropped by " + message.principal);
    // Its record stays open, so that a start finds it.
    record_refused(to_record(session, number, true, now.utc, end.key.until), end.key.until);
    end.write = writes;
    pending_ends.push_back(std::move(end));
}

/// The other brokers hear of them first: none of those who are told comes in there.
void Engine::Stages::release_ends() {
    const auto is_ready = [this](const PendingEnd& end) {
        return storage_problem || end.write <= committed;
    };
    KeysRefused keys;
    for (const PendingEnd& end : pending_ends) {
        if (!is_ready(end)) break;
        keys.list.push_back(end.key);
        if (keys.list.size() == refused_per_frame_max) tell_brokers(std::exchange(keys, {}));
    }
    if (!keys.list.empty()) tell_brokers(keys);
    while (!pending_ends.empty() && is_ready(pending_ends.front())) {
        PendingEnd end = std::move(pending_ends.front());
        pending_ends.pop_front();
        if (end.peer) {
            send(*end.peer, protocol::ToSession{std::move(end.refused)});
            emit(CutPeer{*end.peer});
        }
        const auto claimer = end.claim ? peers.find(end.claim->first) : peers.end();
        if (claimer != peers.end()) on_broker(claimer->second, end.claim->second);
    }
}

/// nullptr: it was not ended, or is told already.
PendingEnd* Engine::Stages::pending_end_of(const SessionId& session) {
    const auto found =
        std::find_if(pending_ends.begin(), pending_ends.end(),
                     [&session](const PendingEnd& end) { return end.key.session == session; });
    return found == pending_ends.end() ? nullptr : &*found;
}

/// Over its newest connection: it may have come again meanwhile.
void Engine::Stages::tell_later(PendingEnd& end, const Peer& peer, const Error& why) {
    if (end.peer) emit(CutPeer{*end.peer});
    end.peer = peer.id;
    end.refused = refused_by(why);
    note_cut(peer, why);
    drop_peer(peer.id);
}

void Engine::Stages::record_refused(const SessionRecord& record, UtcTime until) {
    refused_keys.add(record, until);
    if (storage_problem) return;  // All is written anew when the journal is back.
    emit(RecordSession{record});
    writes += 1;
}

std::optional<Error> Engine::Stages::refusal_of_key(const SessionId& id) const {
    const auto until = refused_keys.until(id);
    if (!until || *until <= now.utc) return std::nullopt;
    return Error{ErrorCode::dropped,
                 "an operator ended this session; its key is refused until " + to_string(*until)};
}

/// Another broker has ended it, of which this one hears only now. True: it is closed.
bool Engine::Stages::end_if_refused(Stay& stay) {
    const auto refused = refusal_of_key(stay.session.id);
    if (!refused) return false;
    const std::uint32_t number = stay.number;
    if (stay.peer != nullptr) cut(*stay.peer, *refused);
    close(*stays.find(number), refused->detail);
    return true;
}

/// Those whose time is over.
void Engine::Stages::forgive_keys() {
    while (auto record = refused_keys.take_over(now.utc)) {
        record->is_open = false;
        record->changed = now.utc;
        record_and_let_go(RecordSession{std::move(*record)});
    }
}

}  // namespace crier::broker
