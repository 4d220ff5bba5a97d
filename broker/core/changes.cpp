// What operators change of a message, once its entry is on disk.
#include <algorithm>

#include "broker/core/stages.hpp"
#include "shared/base/assert.hpp"

namespace crier::broker {

void Engine::Stages::fold_change(const EntryResult& result, PendingEntry pending) {
    const Entry& entry = result.stored.entry;
    if (result.is_orphan) return refuse_waiters(pending, unknown_message(*entry.about));
    Message* message = messages.find(*entry.about);
    if (message == nullptr) {
        // Final here, but for a broker that remembers it still: only a recall concerns anybody.
        if (entry.kind != EntryKind::recall) return;
        return recall_from_history(*entry.about, std::move(pending));
    }
    if (!pending.principal.empty()) message->changes_on_the_way -= 1;  // It was asked for here.
    const Result<Change> change = change_in(result.stored);
    CRIER_ASSERT(change.has_value(), "intake encoded it");
    const bool is_recall = entry.kind == EntryKind::recall;
    if (!is_recall && (message->is_recalled || message->closed)) {
        // Both were on their way together; history knows which came first.
        const bool is_update = entry.kind == EntryKind::update;
        if (is_update) refuse_waiters(pending, over(*message));
        for (const PendingEntry::Waiter& waiter : pending.waiters) {
            if (!is_update) tell_accepted(waiter, *message, true);
        }
        attend(*message);
        return after_change(*message);
    }
    messages.remember(*message, {entry.id, entry.principal, entry.content_hash});
    std::visit([&](const auto& asked) { apply_change(*message, asked, entry.at); }, *change);
    for (const PendingEntry::Waiter& waiter : pending.waiters) {
        tell_accepted(waiter, *message, false);
    }
    using protocol::Happening;
    tell_of(*message,
            is_recall                        ? Happening::message_recalled
            : entry.kind == EntryKind::close ? Happening::question_closed
                                             : Happening::message_updated,
            "by " + entry.principal);
    after_change(*message);
}

void Engine::Stages::refuse_waiters(const PendingEntry& pending, const Error& error) {
    for (const PendingEntry::Waiter& waiter : pending.waiters) {
        const auto found = peers.find(waiter.peer);
        if (found != peers.end()) refuse(found->second, error, waiter.request);
    }
}

/// Those who show it change it; those who are yet to get it get this revision only.
void Engine::Stages::apply_change(Message& message, const protocol::Update& update, UtcTime at) {
    take_in(message, update, at, settings.deliver_default);
    messages.reopen(message);
    const bool was_released = message.is_released();
    if (was_released) begin_revision(message);
    attend(message);
    if (was_released && !message.is_over) fan_out(message, false);
}

/// What was due before it was taken back at `at` counts, though it waited for the disk and nobody
/// got it: a start that has only the entries reckons the same.
void Engine::Stages::take_in_held(Message& message, UtcTime at) {
    take_in_times(message, at);
    if (message.times > 0 && !message.is_released()) work_out_audience(message, 0);
    if (message.is_released() && message.revision > message.cells.revision()) {
        begin_revision(message);
    }
}

void Engine::Stages::apply_change(Message& message, const protocol::Recall&, UtcTime at) {
    if (message.is_recalled) return;
    if (!message.is_over) take_in_held(message, at);
    messages.recall(message);
    withdraw(message, protocol::RemovalCause::recalled, Occurrence::recall);
}

void Engine::Stages::apply_change(Message& message, const protocol::CloseQuestion&, UtcTime at) {
    if (!message.is_over) take_in_held(message, at);
    messages.close(message, at);
    withdraw(message, protocol::RemovalCause::closed, Occurrence::expire);
}

void Engine::Stages::send_removal(std::vector<PeerId> to, const MessageId& id,
                                  protocol::RemovalCause cause) {
    if (to.empty()) return;
    auto frame = std::make_shared<const protocol::Bytes>(
        protocol::encode(protocol::ToSession{protocol::Remove{id, cause}}));
    emit(FanOut{std::move(to), std::move(frame)});
}

/// Off every connected screen, at once.
void Engine::Stages::withdraw(Message& message, protocol::RemovalCause cause,
                              Occurrence occurrence) {
    std::vector<PeerId> connected_ones;
    for (Cell& cell : message.cells.all()) {
        const Stay* stay = stays.find(cell.session);
        if (stay != nullptr && is_connected(*stay)) connected_ones.push_back(stay->peer->id);
        change_by_itself(message, cell, occurrence);
    }
    send_removal(std::move(connected_ones), message.id, cause);
    const bool was_released = message.is_released();
    hear_early_words(message);
    if (was_released) ring(message, protocol::BellMessage::Kind::removed, cause);
}

void Engine::Stages::begin_revision(Message& message, std::uint64_t late_ms) {
    // A start may have several to begin at once.
    const bool asks_again = message.newest_asking > message.cells.revision();
    RevisionFact fact;
    fact.beginning = message.beginning(late_ms, now.utc);
    for (const Cell& cell : message.cells.all()) {
        // Whom the message has ended stays so, and is told nothing any more.
        if (cell.has(Cell::dropped)) continue;
        if (!is_answer(cell.state) || asks_again) fact.sessions.push_back(cell.session);
    }
    apply(message.cells, fact);
    if (asks_again) message.readers.clear();
    for (Cell& cell : message.cells.all()) {
        // Who has left did not get this revision. Coming back as the same, it will.
        if (stays.find(cell.session) == nullptr) change_by_itself(message, cell, Occurrence::gone);
    }
    facts.revision(message.seq, fact);
    message.is_outcome_dirty = true;
    hear_early_words(message);
}

/// A message that memory has let go of: only screens have it still.
void Engine::Stages::recall_from_history(const MessageId& id, PendingEntry pending) {
    ReadHistory wanted;
    wanted.id = id;
    wanted.count_max = 1;
    wanted.with_sessions = true;
    auto answered = [this, id, waiters = std::move(pending.waiters)](const HistoryRead& read) {
        if (!read.messages || read.messages->empty()) return;
        const protocol::ToSession removal{protocol::Remove{id, protocol::RemovalCause::recalled}};
        for (const SessionRecord& record : read.sessions) {
            const Stay* stay = stays.find(record.id);
            if (stay != nullptr && is_connected(*stay)) send(stay->peer->id, removal);
        }
        for (const PendingEntry::Waiter& waiter : waiters) {
            tell_accepted_before(waiter, read.messages->front());
        }
    };
    read_history(std::move(wanted), std::move(answered));
}

/// The change that was on its way to the disk will never come.
void Engine::Stages::on_change_lost(const PendingEntry& pending) {
    const MessageId* about = std::visit(
        [](const auto& asked) -> const MessageId* {
            if constexpr (requires { asked.message.bytes; }) return &asked.message;
            return nullptr;
        },
        pending.request);
    Message* message = about == nullptr ? nullptr : messages.find(*about);
    if (message == nullptr || message->changes_on_the_way == 0) return;
    message->changes_on_the_way -= 1;
    attend(*message);
    after_change(*message);
    message->is_closing = false;  // Last: what was refused just now is not asked for again at once.
}

/// Recalled, and on a connected screen still, as far as is known.
bool Engine::Stages::awaits_removals(const Message& message) {
    if (!message.is_recalled) return false;
    const auto& cells = message.cells.all();
    return std::any_of(cells.begin(), cells.end(), [this](const Cell& cell) {
        const bool is_shown = cell.state == State::displayed || is_answer(cell.state);
        if (!is_shown || cell.has(Cell::removed)) return false;
        const Stay* stay = stays.find(cell.session);
        return stay != nullptr && is_connected(*stay);
    });
}

}  // namespace crier::broker
