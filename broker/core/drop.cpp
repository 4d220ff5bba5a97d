// A message ends the sessions that it was for, and their keys are refused for a while.
#include "broker/core/stages.hpp"

namespace crier::broker {

/// Whoever is of the target when the time has come, and was there by then.
void Engine::Stages::drop_sessions(Message& message) {
    std::vector<std::uint32_t> dropped;
    // One that had expired when it could go out has no audience yet.
    if (!message.is_released()) work_out_audience(message, 0);
    widen_audience(message, *message.schedule.drop);
    for (Cell& cell : message.cells.all()) {
        if (stays.find(cell.session) == nullptr) continue;
        message.cells.mark(cell, Cell::dropped);
        dropped.push_back(cell.session);
    }
    message.cells.set_drop_done();
    facts.dropped(message.seq, dropped);
    message.is_outcome_dirty = true;
    for (const std::uint32_t number : dropped) drop(*stays.find(number), message);
    after_change(message);
}

void Engine::Stages::drop(Stay& stay, const Message& message) {
    const Session session = stay.session;
    const std::uint32_t number = stay.number;
    if (stay.peer != nullptr) {
        Peer& peer = *stay.peer;
        detach(stay);
        peer.stay = nullptr;
        std::string detail = "ended by " + message.principal;
        // Without a grace nobody has had the time to read it.
        const bool has_grace = message.first_time() < *message.schedule.drop;
        if (!has_grace) detail += ": " + text_for_refused(message, now.utc);
        cut(peer, {ErrorCode::dropped, std::move(detail)});
    }
    protocol::Happened event = event_of(protocol::Happening::session_dropped, session);
    event.message = message.id;
    event.seq = message.seq;
    event.detail = "by " + message.principal;
    happened(std::move(event));
    close(stay, "dropped by " + message.principal);
    refuse_key(session, number);
}

/// Its record stays open, so that a start finds it.
void Engine::Stages::refuse_key(const Session& session, std::uint32_t number) {
    const UtcTime until = now.utc + settings.refusal_time;
    record_refused(to_record(session, number, true, now.utc, until), until);
    tell_brokers(KeysRefused{{{session.id, until}}});
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
