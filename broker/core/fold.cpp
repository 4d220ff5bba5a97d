// Entries from the journal's feed become messages, and messages come to their end.
#include "broker/core/stages.hpp"

namespace crier::broker {

void Engine::Stages::on_result(const EntryResult& result) {
    const Entry& entry = result.stored.entry;
    const auto found = pending_entries.find(entry.id);
    const bool is_asked = found != pending_entries.end();
    PendingEntry pending = is_asked ? std::move(found->second) : PendingEntry{};
    if (is_asked) pending_entries.erase(found);

    if (result.already) {
        on_change_lost(pending);
        // Gone between the commit and the reading: the same again becomes a new message.
        protocol::Refused pruned;
        pruned.code = ErrorCode::outcome_unknown;
        pruned.detail = "it was accepted long ago, and pruned just now: ask again";
        return look_up(entry.id, pending, pruned);
    }
    if (entry.about) return fold_change(result, std::move(pending));
    Result<protocol::Send> request =
        is_asked ? std::move(std::get<protocol::Send>(pending.request)) : request_in(result.stored);
    if (!request) {
        return notice({.fact = Fact::message_refused,
                       .message = entry.id,
                       .code = request.error().code,
                       .detail = request.error().detail});
    }
    fold(result.stored, std::move(*request));
    expire_overdue();  // It may have waited for the disk until its own time was over.
    Message& message = *messages.find(entry.id);
    for (const PendingEntry::Waiter& waiter : pending.waiters)
        tell_accepted(waiter, message, false);
    if (!message.is_over) fan_out(message);
    // Whoever follows is told at once of a message that nobody gets.
    after_change(message);
}

void Engine::Stages::fold(const StoredEntry& stored, protocol::Send request) {
    last_seq = std::max(last_seq, stored.seq);
    work_out_audience(
        messages.add(message_from(stored, std::move(request), settings.deliver_default)));
}

/// Who is of the target now.
void Engine::Stages::work_out_audience(Message& message) {
    if (message.target.kind == Target::Kind::sessions) {
        for (const SessionId& id : message.target.sessions) {
            if (const Stay* stay = stays.find(id)) message.cells.add(stay->number);
        }
    } else {
        if (message.target.kind == Target::Kind::all) message.cells.reserve(stays.size());
        for (const auto& [number, stay] : stays.all()) {
            if (message.names(stay.session)) message.cells.add(number);
        }
    }
    message.cells.begin_revision(message.revision);
    facts.audience(message.seq, message.cells);
    // After a crash that came before the first audience was on disk, but after an update was.
    if (message.revision > 1) facts.revision(message.seq, {message.revision, 0, {}});
    const std::uint32_t targeted = message.cells.tally().targeted();
    notice({.fact = Fact::message_accepted,
            .message = message.id,
            .detail = std::to_string(targeted) + " targeted"});
    protocol::Happened event;
    event.what = protocol::Happening::message_accepted;
    event.at = message.sent;
    event.message = message.id;
    event.seq = message.seq;
    event.detail = std::to_string(targeted) + " targeted";
    happened(std::move(event));
}

void Engine::Stages::tell_accepted(const PendingEntry::Waiter& waiter, Message& message,
                                   bool already) {
    if (!peers.contains(waiter.peer)) return;
    protocol::Accepted accepted;
    accepted.request = waiter.request;
    accepted.id = message.id;
    accepted.seq = message.seq;
    accepted.tally = message.cells.tally();
    accepted.already = already;
    accepted.revision = message.revision;
    accepted.removed = message.cells.removed();
    if (message.is_standing() && !message.is_over) accepted.stands_until = message.expires;
    send(waiter.peer, protocol::ToOperator{std::move(accepted)});
    if (waiter.follow) follow(message, waiter.peer);
}

/// The same request as one that only history has.
void Engine::Stages::tell_accepted_before(const PendingEntry::Waiter& waiter,
                                          const StoredMessage& stored) {
    const protocol::MessageSummary summary = summary_of_stored(stored);
    protocol::Accepted accepted;
    accepted.request = waiter.request;
    accepted.id = summary.id;
    accepted.seq = summary.seq;
    accepted.tally = summary.tally;
    accepted.already = true;
    accepted.revision = summary.revision;
    send(waiter.peer, protocol::ToOperator{std::move(accepted)});
    if (!waiter.follow) return;
    send(waiter.peer,
         protocol::ToOperator{protocol::TallyChanged{summary.id, summary.tally, true, 0}});
}

void Engine::Stages::expire_overdue() {
    for (Message* message : messages.take_over(now.utc)) {
        for (Cell& cell : message->cells.all()) {
            change_by_itself(*message, cell, Occurrence::expire);
        }
        if (message->expires) ring(*message, protocol::BellMessage::Kind::removed);
        after_change(*message);
    }
}

/// A part of it in each turn, because what was committed in this one waits for it; a larger part
/// the more there is, so that memory is bounded whatever comes. Nothing while there is little in a
/// turn that has messages to send.
void Engine::Stages::forget_surplus(bool is_busy) {
    if (storage_problem) return;  // What is only in memory stays there.
    const std::size_t surplus = messages.surplus(settings.remembered_cells_max);
    if (surplus == 0) return;
    if (is_busy && surplus < settings.remembered_cells_max / 8) return schedule_sweep();
    constexpr std::size_t cells_at_least = 1'000;
    forget(std::min(surplus, std::max(cells_at_least, surplus / 8)));
    if (messages.surplus(settings.remembered_cells_max) > 0) schedule_sweep();
}

void Engine::Stages::forget(std::size_t cells) {
    for (const std::uint64_t seq : messages.take_settled(cells)) {
        record_end(*messages.find(seq));
        messages.forget(seq);
    }
}

}  // namespace crier::broker
