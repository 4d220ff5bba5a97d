// What the engine asks of the journal, and what it makes of the answers.
#include <algorithm>
#include <utility>

#include "broker/core/stages.hpp"

namespace crier::broker {
namespace {

/// Brokers that live are found within two or three beats.
constexpr Milliseconds finding_time{3'000};

}  // namespace

void ConfirmMarks::on_recorded(std::uint64_t number, std::uint64_t write) {
    newest = {number, write};
    if (awaited.number <= stored) awaited = newest;
}

bool ConfirmMarks::on_committed(std::uint64_t writes) {
    if (awaited.number <= stored || awaited.write > writes) return false;
    stored = awaited.number;
    awaited = newest;
    if (awaited.write <= writes) stored = std::max(stored, awaited.number);
    return true;
}

void Engine::Stages::append_entry(Entry entry, bool is_own) {
    emit(AppendEntry{std::move(entry), is_own});
    writes += 1;
}

/// Why none can be taken now.
std::optional<Error> Engine::Stages::refusal_of_entries() const {
    if (storage_problem) return storage_problem;
    if (backbone_problem) return backbone_problem;
    if (sought().empty()) return std::nullopt;
    // Whom it reaches would be told without their sessions.
    return Error{ErrorCode::backbone_unreachable,
                 "this broker has just started, and looks for the others; nothing was stored: try "
                 "again"};
}

/// Why what somebody asks for cannot become one. Who floods a disk that is slow fills no memory.
std::optional<Error> Engine::Stages::refusal_of_one_more_entry() const {
    if (auto refused = refusal_of_entries()) return refused;
    if (pending_entries.size() < pending_entries_max) return std::nullopt;
    return Error{ErrorCode::overloaded,
                 std::to_string(pending_entries_max) +
                     " requests are on their way to the disk already: wait until some are there"};
}

std::uint64_t Engine::Stages::record_session(const Stay& stay) {
    if (storage_problem) return Stay::never;  // All is written anew when the journal is back.
    emit(RecordSession{to_record(stay.session, stay.number, true, stay.session.created,
                                 std::nullopt, stay.claim)});
    return writes += 1;
}

void Engine::Stages::record_outcome(Message& message) {
    if (storage_problem) return;
    emit(RecordOutcome{{message.seq, message.cells.pack(), false}});
    writes += 1;
    message.is_outcome_dirty = false;
    message.has_untold_change = false;
}

void Engine::Stages::record_and_let_go(LetGo last_word) {
    if (!storage_problem) {
        std::visit([this](const auto& effect) { emit(effect); }, last_word);
        writes += 1;
    }
    let_go.emplace_back(writes, std::move(last_word));
}

void Engine::Stages::record_closed(const Stay& stay) {
    // The journal knows nothing of it that would have to be undone.
    if (stay.recorded == Stay::never && let_go.size() >= let_go_max) return;
    record_and_let_go(RecordSession{
        to_record(stay.session, stay.number, false, now.utc, std::nullopt, stay.claim)});
}

void Engine::Stages::record_end(const Message& message) {
    record_and_let_go(RecordOutcome{{message.seq, message.cells.pack(), true}});
}

/// With what memory has let go of, and is on its way to the disk still.
Result<Cells> Engine::Stages::newest_cells_of(StoredMessage stored) const {
    for (const auto& [write, last_word] : let_go) {
        if (const auto* end = std::get_if<RecordOutcome>(&last_word)) {
            if (end->outcome.seq == stored.entry.seq) stored.cells = end->outcome.cells;
        } else if (const auto* late = std::get_if<RecordLateReceipt>(&last_word)) {
            const bool is_of_it = late->receipt.message == stored.entry.entry.id;
            if (is_of_it) stored.late_receipts.push_back(late->receipt.receipt);
        }
    }
    return cells_of(stored);
}

Status Engine::Stages::record_late_receipt(const MessageId& message, std::uint32_t session,
                                           const ReceiptFact& fact) {
    if (let_go.size() >= let_go_max) {
        return fail(ErrorCode::overloaded, "the journal is behind: connect again later");
    }
    record_and_let_go(RecordLateReceipt{{message, pack_late_receipt(session, fact)}});
    return {};
}

void Engine::Stages::flush_facts() {
    flush_answers();
    flush_sightings();
    Bytes taken = facts.take();
    const bool has_facts = !taken.empty() && !storage_problem;
    if (has_facts) {
        facts_bytes += taken.size();
        emit(RecordFacts{std::move(taken)});
        writes += 1;
    }
    for (const PeerId id : std::exchange(received_from, {})) {
        const auto found = peers.find(id);
        if (found == peers.end()) continue;
        Peer& peer = found->second;
        if (peer.receipts_waiting > 0) {
            received_from.push_back(id);
            continue;
        }
        peer.has_new_receipts = false;
        peer.confirm.on_recorded(peer.receipts_number, writes);
        if (peer.is_awaiting_commit) continue;
        peer.is_awaiting_commit = true;
        awaiting_commit.push_back(id);
    }
    // Receipts that changed nothing wait for no write.
    if (!storage_problem && committed == writes) confirm_committed();
}

void Engine::Stages::replace_facts_by_outcomes() {
    if (storage_problem) return;
    for (auto& [seq, message] : messages.all()) {
        if (message.is_outcome_dirty) record_outcome(message);
    }
    emit(ForgetFacts{});
    writes += 1;
    facts_bytes = 0;
}

void Engine::Stages::snapshot_everything() {
    // First: a session that was closed may have been opened again, under the same number.
    for (const auto& [write, last_word] : let_go) {
        std::visit([this](const auto& effect) { emit(effect); }, last_word);
    }
    writes += let_go.size();
    write_sightings_anew();
    flush_answers();  // Before the cells that tell of them: those confirm their receipts.
    for (auto& [number, stay] : stays.all()) {
        const std::uint64_t write = record_session(stay);
        // A number that is on the disk already stays its own, whatever becomes of this write.
        if (stay.recorded > committed) stay.recorded = write;
    }
    // Until another broker has taken them, what became of messages at them is counted here.
    for (const auto& [id, moving] : cluster.moving) {
        if (!moving.last_word) continue;
        SessionRecord open = *moving.last_word;
        open.is_open = true;
        open.changed = moving.opened;
        emit(RecordSession{std::move(open)});
        writes += 1;
    }
    for (const auto& [id, refused] : refused_keys.all()) {
        emit(RecordSession{refused.first});
        writes += 1;
    }
    for (auto& [seq, message] : messages.all()) record_outcome(message);
    facts.take();
    emit(ForgetFacts{});
    writes += 1;
    facts_bytes = 0;
    for (auto& [write, last_word] : let_go) write = writes;
    for (PendingTook& one : cluster.tooks) one.write = writes;
}

/// Counts the question. False: the peer has been told that there are too many.
bool Engine::Stages::may_ask(Peer& peer, std::uint64_t request) {
    constexpr std::size_t questions_max = 100;
    if (peer.questions >= questions_max) {
        refuse(peer, {ErrorCode::overloaded, "too many questions: wait for the answers"}, request);
        return false;
    }
    peer.questions += 1;
    return true;
}

void Engine::Stages::read_history(Peer& peer, std::uint64_t request, ReadHistory wanted,
                                  Question::Answered answered) {
    if (!may_ask(peer, request)) return;
    wanted.ticket = ++last_ticket;
    questions.emplace(wanted.ticket, Question{peer.id, request, std::move(answered)});
    emit(std::move(wanted));
}

/// For the broker itself.
void Engine::Stages::read_history(ReadHistory wanted,
                                  std::function<void(const HistoryRead&)> answered) {
    wanted.ticket = ++last_ticket;
    errands.emplace(wanted.ticket, std::move(answered));
    emit(std::move(wanted));
}

// ---- Answers
// ---------------------------------------------------------------------------------------

void Engine::Stages::on(const Committed& event) {
    committed = std::max(committed, event.writes);
    while (!let_go.empty() && let_go.front().first <= committed) let_go.pop_front();
    forget_written_sightings();
    for (const EntryResult& result : event.entries) on_result(result);
    release_welcomes();
    release_ends();
    release_tooks();
    confirm_committed();
}

void Engine::Stages::confirm_committed() {
    std::vector<PeerId> awaiting;
    awaiting.swap(awaiting_commit);
    for (const PeerId id : awaiting) {
        const auto found = peers.find(id);
        if (found == peers.end()) continue;
        Peer& peer = found->second;
        if (peer.confirm.on_committed(committed)) schedule_confirm(peer);
        peer.is_awaiting_commit = peer.confirm.awaited.number > peer.confirm.stored;
        if (peer.is_awaiting_commit) awaiting_commit.push_back(id);
    }
}

void Engine::Stages::on(const JournalFailed& event) {
    if (!storage_problem) {
        notice(
            {.fact = Fact::storage_failed, .code = event.error.code, .detail = event.error.detail});
    }
    storage_problem = event.error;
    // What asks once more for a message of long ago was accepted all the same. In a cluster the log
    // may have all of them.
    const Error unknown{ErrorCode::outcome_unknown,
                        "this broker's disk failed meanwhile: " + event.error.detail +
                            "; ask again with the same id"};
    const protocol::Refused refused = refused_by(settings.cluster ? unknown : event.error);
    for (const auto& [id, pending] : std::exchange(pending_entries, {})) {
        on_change_lost(pending);
        look_up(id, pending, refused);
    }
    release_ends();
    release_welcomes();  // Nothing can be accepted now that such a session could miss.
}

void Engine::Stages::on(const EntryRefused& event) {
    if (const auto forget = cluster.forgets.extract(event.id)) {
        const auto asker = peers.find(forget.mapped().asker);
        if (asker != peers.end()) refuse(asker->second, event.error, forget.mapped().request);
        return;
    }
    const auto found = pending_entries.find(event.id);
    if (found == pending_entries.end()) return;
    const PendingEntry pending = std::move(found->second);
    pending_entries.erase(found);
    on_change_lost(pending);
    refuse_waiters(pending, event.error);
}

void Engine::Stages::on(const BackboneChanged& event) {
    const bool is_news = event.problem.has_value() != backbone_problem.has_value();
    backbone_problem = event.problem;
    if (is_news) {
        cluster.log_lost_at.reset();
        cluster.cut_off_at.reset();
        cluster.is_cut_off = false;
        cluster.sent_away.clear();
        if (backbone_problem && settings.cluster) {
            cluster.log_lost_at = now.steady;
            cluster.cut_off_at = now.steady + settings.cluster->cut_off_time;
        }
    }
    if (is_news && !backbone_problem) seek_lost_answers();
    // Of an outage one line is enough. Who waits for a start wants to see what it waits for.
    if (cluster.was_backbone_reached && !is_news) return;
    if (!backbone_problem) {
        notice({.fact = cluster.was_backbone_reached ? Fact::backbone_recovered
                                                     : Fact::backbone_reached});
        if (!cluster.was_backbone_reached) cluster.finds_until = now.steady + finding_time;
        cluster.was_backbone_reached = true;
        return close_answered_questions();
    }
    notice({.fact = cluster.was_backbone_reached ? Fact::backbone_lost : Fact::backbone_awaited,
            .code = backbone_problem->code,
            .detail = backbone_problem->detail});
}

void Engine::Stages::on(const JournalRecovered&) {
    if (!storage_problem) return;
    storage_problem.reset();
    notice({.fact = Fact::storage_recovered});
    snapshot_everything();
    close_answered_questions();
}

void Engine::Stages::on(const HistoryRead& event) {
    if (auto errand = errands.extract(event.ticket)) return errand.mapped()(event);
    const auto found = questions.find(event.ticket);
    if (found == questions.end()) return;
    const Question question = std::move(found->second);
    questions.erase(found);
    const auto asker = peers.find(question.peer);
    if (asker == peers.end()) return;
    Peer& peer = asker->second;
    peer.questions -= 1;
    if (!event.messages) return refuse(peer, event.messages.error(), question.request);
    question.answered(peer, event);
}

}  // namespace crier::broker
