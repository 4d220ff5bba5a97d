// Entries from the journal's feed become messages, and messages come to their end.
#include <algorithm>

#include "broker/core/merge.hpp"
#include "broker/core/stages.hpp"
#include "broker/core/timetable.hpp"

namespace crier::broker {
namespace {

/// In a cluster somebody may have asked another broker for something else with the same id; what
/// came into the log first stands there.
bool is_what_was_asked(const Entry& entry, const PendingEntry& pending) {
    return entry.principal == pending.principal && entry.content_hash == pending.content_hash;
}

}  // namespace

void Engine::Stages::on_result(const EntryResult& result) {
    const Entry& entry = result.stored.entry;
    auto asked = pending_entries.extract(entry.id);
    PendingEntry pending = asked ? std::move(asked.mapped()) : PendingEntry{};
    if (result.already) {
        on_change_lost(pending);
        // Gone between the commit and the reading: the same again becomes a new message.
        const Error pruned{ErrorCode::outcome_unknown,
                           "it was accepted long ago, and pruned just now: ask again"};
        return look_up(entry.id, pending, refused_by(pruned));
    }
    last_seq = std::max(last_seq, result.stored.seq);
    if (asked && !is_what_was_asked(entry, pending)) {
        fold_entry(result, {});
        on_change_lost(pending);
        return refuse_waiters(pending, reused(entry.id));
    }
    fold_entry(result, std::move(pending));
}

/// `pending` is empty if it was not asked for here.
void Engine::Stages::fold_entry(const EntryResult& result, PendingEntry pending) {
    const Entry& entry = result.stored.entry;
    if (entry.kind == EntryKind::answers) return;  // What follows from them is in the cells.
    if (entry.kind == EntryKind::admission) return fold_admission(result, pending);
    if (entry.kind == EntryKind::keys) return fold_keys(result, pending);
    if (entry.about) return fold_change(result, std::move(pending));
    // The same as was asked for at another broker may name other times: those of the log count.
    const bool is_own_word = !settings.cluster && !pending.waiters.empty();
    Result<protocol::Send> request = is_own_word
                                         ? std::move(std::get<protocol::Send>(pending.request))
                                         : request_in(result.stored);
    if (!request) {
        return notice({.fact = Fact::message_refused,
                       .message = entry.id,
                       .code = request.error().code,
                       .detail = request.error().detail});
    }
    fold(result.stored, std::move(*request));
    Message& message = *messages.find(entry.id);
    answer_early_questions(message);
    if (message.quorum != 0) follow_elsewhere(message);
    for (const PendingEntry::Waiter& waiter : pending.waiters)
        tell_accepted(waiter, message, false);
    // Whoever follows is told at once of a message that nobody gets.
    after_change(message);
}

void Engine::Stages::fold(const StoredEntry& stored, protocol::Send request) {
    Message& message =
        messages.add(message_from(stored, std::move(request), settings.deliver_default));
    attend(message);
    if (message.is_released()) return;
    const auto due = message.next_time();
    const std::string when = due ? "goes out at " + to_string(*due) : "its time is over";
    notice({.fact = Fact::message_accepted, .message = message.id, .detail = when});
    tell_of(message, protocol::Happening::message_accepted, when);
}

/// What its time has come for: it goes out, or it is over. It may have waited for the disk until
/// then, or the broker may have been down. While a change of it is on its way to the disk, which
/// was asked for before that time, it waits for that: a drain that was called off ends nobody, and
/// what was put off does not go out.
void Engine::Stages::attend(Message& message) {
    const auto has_come = [this](std::optional<UtcTime> at) { return at && *at <= now.utc; };
    // What was to go out at once has its audience, though nobody gets it any more.
    const bool is_first_at_once = !message.is_released() && !start_of(message.schedule);
    const bool is_in_time = !has_come(message.over_at()) || is_first_at_once;
    const bool is_due = message.is_released()
                            ? has_come(message.next_time())
                            : times_by(message.schedule, message.sent, now.utc) > 0;
    if (!message.is_over && is_in_time && is_due && !message.is_held()) release(message);
    message.does_drop_wait = must_drop_wait(message);
    const bool may_drop = message.is_to_drop() && !message.is_held() && !message.does_drop_wait;
    if (may_drop && has_come(message.schedule.drop)) drop_sessions(message);
    if (!message.is_over && has_come(message.over_at())) expire(message);
    messages.reschedule(message);
}

void Engine::Stages::attend_due() {
    for (Message* message : messages.take_due(now.utc)) {
        attend(*message);
        after_change(*message);
    }
}

/// It goes out: to whoever is of the target now, and was not reminded of it in vain before.
void Engine::Stages::release(Message& message) {
    const bool is_first = !message.is_released();
    const bool is_scheduled = start_of(message.schedule) || !is_first;
    take_in_times(message, now.utc);
    const Milliseconds late = now.utc - message.last_time();
    const bool is_late = is_scheduled && late > limits::late_after;
    const std::uint64_t late_ms = is_late ? static_cast<std::uint64_t>(late.count()) : 0;
    if (is_scheduled) message.deliver_until = now.utc + settings.deliver_default;
    if (is_first) {
        work_out_audience(message, late_ms);
    } else {
        widen_audience(message, UtcTime::max());
        begin_revision(message, late_ms);
    }
    const std::string targeted = std::to_string(message.cells.tally().targeted()) + " targeted";
    notice({.fact = is_scheduled ? Fact::message_due : Fact::message_accepted,
            .message = message.id,
            .detail = targeted});
    tell_of(message,
            is_scheduled ? protocol::Happening::message_due : protocol::Happening::message_accepted,
            targeted);
    const auto over = message.over_at();
    if (!over || *over > now.utc) fan_out(message, is_first);
}

/// Who is of the target now.
void Engine::Stages::work_out_audience(Message& message, std::uint64_t late_ms) {
    if (message.target.kind == Target::Kind::sessions) {
        for (const SessionId& id : message.target.sessions) {
            const Stay* stay = stays.find(id);
            if (stay != nullptr && message.names(stay->session)) message.cells.add(stay->number);
        }
    } else {
        if (message.target.kind == Target::Kind::all) message.cells.reserve(stays.size());
        for (const auto& [number, stay] : stays.all()) {
            if (message.names(stay.session)) message.cells.add(number);
        }
    }
    // An audience alone says that the first revision began when the message was accepted.
    const bool is_plain = message.revision == 1 && !start_of(message.schedule);
    message.cells.begin(is_plain ? Cells::Beginning{message.revision, 0, late_ms}
                                 : message.beginning(late_ms, now.utc));
    facts.audience(message.seq, message.cells);
    if (!is_plain) facts.revision(message.seq, {message.cells.beginning(), {}});
    hear_early_words(message);
}

/// Whoever is of the target by now, and was opened by then, comes into it too.
void Engine::Stages::widen_audience(Message& message, UtcTime opened_by) {
    for (const auto& [number, stay] : stays.all()) {
        const bool is_meant = message.names(stay.session) && stay.session.created <= opened_by;
        if (is_meant && message.cells.add(number)) facts.audience(message.seq, number);
    }
}

void Engine::Stages::expire(Message& message) {
    message.is_over = true;
    if (message.is_off_screen()) message.readers.clear();
    for (Cell& cell : message.cells.all()) change_by_itself(message, cell, Occurrence::expire);
    if (message.may_be_out()) hear_early_words(message);
    if (message.expires && message.is_released())
        ring(message, protocol::BellMessage::Kind::removed);
}

void Engine::Stages::tell_of(const Message& message, protocol::Happening what, std::string detail) {
    protocol::Happened event;
    event.what = what;
    event.at = now.utc;
    event.message = message.id;
    event.seq = message.seq;
    event.detail = std::move(detail);
    happened(std::move(event));
}

void Engine::Stages::tell_accepted(const PendingEntry::Waiter& waiter, Message& message,
                                   bool already) {
    if (!peers.contains(waiter.peer)) return;
    if (waiter.follow) follow_elsewhere(message);
    protocol::Accepted accepted;
    accepted.request = waiter.request;
    accepted.id = message.id;
    accepted.seq = message.seq;
    accepted.tally = message.cells.tally();
    accepted.already = already;
    accepted.revision = message.revision;
    accepted.counts = message.cells.counts(message.content.choices.size());
    if (!message.is_released()) accepted.due = message.next_time();
    if (message.is_standing() && !message.is_over) accepted.stands_until = message.expires;
    send_accepted(waiter, std::move(accepted));
}

/// With what the others count, and then whatever follows.
void Engine::Stages::send_accepted(const PendingEntry::Waiter& waiter,
                                   protocol::Accepted accepted) {
    const MessageId id = accepted.id;
    gather_tallies(waiter.peer, {id}, [this, waiter, accepted](Peer* asker, Gathering& gathered) {
        if (asker == nullptr) return;
        protocol::Accepted all = accepted;
        for (const protocol::ToOperator& answer : gathered.answers) {
            const auto* told = std::get_if<protocol::TallyChanged>(&answer);
            if (told != nullptr) add_to(all.tally, all.counts, told->tally, told->counts);
        }
        all.silent = silent_of(gathered);
        Message* const message = messages.find(accepted.id);
        for (const BrokerId& silent : gathered.silent) {
            if (message != nullptr) all.tally[State::waiting] += missed_at(silent, *message);
        }
        send(waiter.peer, protocol::ToOperator{all});
        if (!waiter.follow) return;
        if (message != nullptr) return follow(*message, waiter.peer);
        send(waiter.peer, protocol::ToOperator{
                              protocol::TallyChanged{accepted.id, all.tally, true, all.counts}});
    });
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
    accepted.counts = summary.counts;
    send_accepted(waiter, std::move(accepted));
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
