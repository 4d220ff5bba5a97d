#include "tests/simulation/on_disk.hpp"

#include <algorithm>

#include "broker/core/session_record.hpp"
#include "shared/base/assert.hpp"
#include "shared/protocol/codec.hpp"

namespace crier::simulation {

using namespace broker;

void OnDisk::on_written(const Batch& batch, const std::vector<EntryResult>& results, UtcTime now) {
    for (const EntryResult& result : results) {
        const Entry& entry = result.stored.entry;
        if (result.is_orphan || result.already) continue;
        plans_.on_entry(result.stored, now);
        if (entry.kind == EntryKind::answers) on_answers(entry);
        seqs_.emplace(entry.id, result.stored.seq);
        messages_.try_emplace(result.stored.seq);
    }
    for (const SessionRecord& record : batch.sessions) on_session(record);
    if (batch.forget_facts) forget_facts();
    CRIER_ASSERT(read_facts(batch.facts, *this).has_value(), "the core wrote them");
    for (const Outcome& outcome : batch.outcomes) on_outcome(outcome);
    for (const LateReceipt& late : batch.late_receipts) {
        Receipt receipt;
        CRIER_ASSERT(unpack_late_receipt(late.receipt, receipt.first, receipt.second).has_value(),
                     "the core wrote it");
        const auto seq = seqs_.find(late.message);
        if (seq == seqs_.end()) continue;
        Message& message = messages_[seq->second];
        message.late_receipts.emplace_back(std::move(receipt));
        put_together(message);
    }
}

void OnDisk::on_answers(const Entry& entry) {
    const auto body = protocol::decode_to_operator(entry.body);
    CRIER_ASSERT(body.has_value(), "the core wrote it");
    const auto& answers = std::get<protocol::Answers>(*body);
    for (const protocol::Answers::One& one : answers.list) {
        answers_.insert({answers.id, one.session, one.answer});
    }
}

void OnDisk::on_session(const SessionRecord& record) {
    const auto until = record.is_open ? refused_until(record) : std::nullopt;
    refused_[record.id].erase(record.number);
    if (until) refused_[record.id].emplace(record.number, *until);
    if (until) dropped_.insert(record.id);
    numbers_[record.id].insert(record.number);
    std::set<std::uint32_t>& open = open_[record.id];
    open.erase(record.number);
    if (record.is_open && !until) open.insert(record.number);
    if (open.empty()) open_.erase(record.id);
}

void OnDisk::on_outcome(const Outcome& outcome) {
    Result<Cells> cells = Cells::unpack(outcome.cells);
    CRIER_ASSERT(cells.has_value(), "the core wrote it");
    Message& message = messages_[outcome.seq];
    message.outcome = std::move(*cells);
    put_together(message);
}

void OnDisk::forget_facts() {
    for (auto& [seq, message] : messages_) {
        message.facts.clear();
        put_together(message);
    }
}

void OnDisk::apply_to(Cells& cells, const Fact& fact) {
    if (const auto* revision = std::get_if<RevisionFact>(&fact)) return apply(cells, *revision);
    if (const auto* dropped = std::get_if<Dropped>(&fact)) return apply_dropped(cells, *dropped);
    if (const auto* moved = std::get_if<Moved>(&fact)) {
        for (const std::uint32_t session : moved->sessions) cells.remove(session);
        return;
    }
    if (const auto* audience = std::get_if<Audience>(&fact)) {
        return apply_audience(cells, audience->sessions);
    }
    const auto& [session, receipt] = std::get<Receipt>(fact);
    if (Cell* cell = cells.find(session)) apply(cells, *cell, receipt);
}

void OnDisk::put_together(Message& message) {
    message.cells = message.outcome;
    for (const auto* facts : {&message.facts, &message.late_receipts}) {
        for (const Fact& fact : *facts) apply_to(message.cells, fact);
    }
}

void OnDisk::on_receipt(std::uint32_t session, std::uint64_t seq, const ReceiptFact& fact) {
    Message& message = messages_[seq];
    message.facts.emplace_back(Receipt{session, fact});
    apply_to(message.cells, message.facts.back());
}

void OnDisk::on_audience(std::uint64_t seq, const std::vector<std::uint32_t>& sessions) {
    Message& message = messages_[seq];
    message.facts.emplace_back(Audience{sessions});
    apply_to(message.cells, message.facts.back());
}

void OnDisk::on_dropped(std::uint64_t seq, const std::vector<std::uint32_t>& sessions) {
    Message& message = messages_[seq];
    message.facts.emplace_back(sessions);
    apply_dropped(message.cells, sessions);
}

void OnDisk::on_moved(std::uint64_t seq, const std::vector<std::uint32_t>& sessions) {
    Message& message = messages_[seq];
    message.facts.emplace_back(Moved{sessions});
    apply_to(message.cells, message.facts.back());
}

void OnDisk::on_revision(std::uint64_t seq, const RevisionFact& fact) {
    Message& message = messages_[seq];
    message.facts.emplace_back(fact);
    apply(message.cells, fact);
}

std::set<MessageId> OnDisk::entries() const {
    std::set<MessageId> ids;
    for (const auto& [id, seq] : seqs_) ids.insert(id);
    return ids;
}

std::uint32_t OnDisk::revision_of(const MessageId& id) const {
    const auto seq = seqs_.find(id);
    return seq == seqs_.end() ? 0 : messages_.at(seq->second).cells.revision();
}

bool OnDisk::refuses(const SessionId& id, UtcTime now) const {
    const auto found = refused_.find(id);
    return found != refused_.end() &&
           std::any_of(found->second.begin(), found->second.end(),
                       [now](const auto& numbered) { return numbered.second > now; });
}

/// More than one where a session came back as a new one.
std::vector<Cell> OnDisk::cells_of(const MessageId& id, const SessionId& session) const {
    std::vector<Cell> found;
    const auto seq = seqs_.find(id);
    const auto numbers = numbers_.find(session);
    if (seq == seqs_.end() || numbers == numbers_.end()) return found;
    const Cells& cells = messages_.at(seq->second).cells;
    for (const std::uint32_t number : numbers->second) {
        if (const Cell* cell = cells.find(number)) found.push_back(*cell);
    }
    return found;
}

bool OnDisk::names(const MessageId& id, const SessionId& session) const {
    return !cells_of(id, session).empty();
}

std::string OnDisk::describe(const MessageId& id, const SessionId& session) const {
    std::string words = "revision " + std::to_string(revision_of(id));
    for (const Cell& cell : cells_of(id, session)) {
        words += ", number " + std::to_string(cell.session) + " is " +
                 std::string(name_of(cell.state)) + (cell.has(Cell::removed) ? ", removed" : "");
    }
    return words;
}

bool OnDisk::has_answered(const MessageId& id, const SessionId& session) const {
    const auto open = open_.find(session);
    const std::vector<Cell> cells = cells_of(id, session);
    return std::any_of(cells.begin(), cells.end(), [&](const Cell& cell) {
        const bool is_it = open != open_.end() && open->second.contains(cell.session);
        return is_it && is_answer(cell.state);
    });
}

bool OnDisk::has_receipt(const SessionId& session, const protocol::Receipt& receipt) const {
    for (const Cell& cell : cells_of(receipt.id, session)) {
        const bool is_seen = cell.state == State::displayed || is_answer(cell.state);
        // That it came at all is no news of a message that is over.
        const bool has_state = receipt.state <= State::suppressed
                                   ? cell.state != State::waiting
                                   : is_seen && cell.state >= receipt.state;
        const bool has_marks = (!receipt.again || cell.has(Cell::again)) &&
                               (!receipt.removed || cell.has(Cell::removed));
        if (has_state && has_marks) return true;
    }
    return false;
}

}  // namespace crier::simulation
