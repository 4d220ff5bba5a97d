// What operators change of a message, once its entry is on disk.
#include <algorithm>

#include "broker/core/stages.hpp"
#include "shared/base/assert.hpp"

namespace crier::broker {

void Engine::Stages::fold_change(const EntryResult& result, PendingEntry pending) {
    const Entry& entry = result.stored.entry;
    if (result.is_orphan) return refuse_waiters(pending, unknown_message(*entry.about));
    last_seq = std::max(last_seq, result.stored.seq);
    Message* message = messages.find(*entry.about);
    if (message == nullptr) return recall_from_history(*entry.about, std::move(pending));
    if (!pending.waiters.empty()) message->changes_on_the_way -= 1;
    const Result<Change> change = change_in(result.stored);
    CRIER_ASSERT(change.has_value(), "intake encoded it");
    if (message->is_recalled && entry.kind == EntryKind::update) {
        // Both were on their way together; history knows that the recall came first.
        refuse_waiters(pending, was_recalled());
        return after_change(*message);
    }
    messages.remember(*message, {entry.id, entry.principal, entry.content_hash});
    std::visit([&](const auto& asked) { apply_change(*message, asked); }, *change);
    for (const PendingEntry::Waiter& waiter : pending.waiters) {
        tell_accepted(waiter, *message, false);
    }
    protocol::Happened event;
    event.what = entry.kind == EntryKind::recall ? protocol::Happening::message_recalled
                                                 : protocol::Happening::message_updated;
    event.at = now.utc;
    event.message = message->id;
    event.seq = message->seq;
    event.detail = "by " + entry.principal;
    happened(std::move(event));
    after_change(*message);
}

void Engine::Stages::refuse_waiters(const PendingEntry& pending, const Error& error) {
    for (const PendingEntry::Waiter& waiter : pending.waiters) {
        const auto found = peers.find(waiter.peer);
        if (found != peers.end()) refuse(found->second, error, waiter.request);
    }
}

/// Those who show it change it; those who are yet to get it get this revision only.
void Engine::Stages::apply_change(Message& message, const protocol::Update& update) {
    take_in(message, update, now.utc, settings.deliver_default);
    messages.reopen(message);
    begin_revision(message);
    expire_overdue();  // It may have waited for the disk until its own time was over.
    if (!message.is_over) fan_out(message);
}

void Engine::Stages::apply_change(Message& message, const protocol::Recall&) {
    if (message.is_recalled) return;
    messages.recall(message);
    const auto cause = protocol::RemovalCause::recalled;
    FanOut removal;
    removal.frame = std::make_shared<const protocol::Bytes>(
        protocol::encode(protocol::ToSession{protocol::Remove{message.id, cause}}));
    for (Cell& cell : message.cells.all()) {
        const Stay* stay = stays.find(cell.session);
        if (stay != nullptr && is_connected(*stay)) removal.peers.push_back(stay->peer->id);
        change_by_itself(message, cell, Occurrence::recall);
    }
    if (!removal.peers.empty()) emit(std::move(removal));
    ring(message, protocol::BellMessage::Kind::removed, cause);
}

void Engine::Stages::begin_revision(Message& message) {
    // A start may have several to begin at once.
    const auto first =
        message.asks_again.begin() + static_cast<std::ptrdiff_t>(message.cells.revision()) - 1;
    const bool asks_again =
        std::find(first, message.asks_again.end(), true) != message.asks_again.end();
    RevisionFact fact;
    fact.revision = message.revision;
    fact.at_ms = message.since_sent(now.utc);
    for (const Cell& cell : message.cells.all()) {
        if (!is_answer(cell.state) || asks_again) fact.sessions.push_back(cell.session);
    }
    apply(message.cells, fact);
    for (Cell& cell : message.cells.all()) {
        // Who has left did not get this revision. Coming back as the same, it will.
        if (stays.find(cell.session) == nullptr) change_by_itself(message, cell, Occurrence::gone);
    }
    facts.revision(message.seq, fact);
    message.is_outcome_dirty = true;
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
    const auto* recall = std::get_if<protocol::Recall>(&pending.request);
    const auto* update = std::get_if<protocol::Update>(&pending.request);
    if (recall == nullptr && update == nullptr) return;
    Message* message = messages.find(recall != nullptr ? recall->message : update->message);
    if (message == nullptr || message->changes_on_the_way == 0) return;
    message->changes_on_the_way -= 1;
    after_change(*message);
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
