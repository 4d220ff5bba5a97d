// Questions: each session's newest answer counts, until a quorum has answered, the time is over, or
// an operator closes it.
#include <algorithm>
#include <utility>

#include "broker/core/request_entry.hpp"
#include "broker/core/stages.hpp"
#include "broker/core/varint.hpp"

namespace crier::broker {
namespace {

/// The broker has no random numbers: its own entries have ids that follow from what they say.
MessageId id_from(const Bytes& bytes) {
    const Bytes32 hash = blake2b(bytes);
    MessageId id;
    std::copy_n(hash.begin(), id.bytes.size(), id.bytes.begin());
    return id;
}

/// The same for every broker that sees the quorum reached, so that the first entry counts.
MessageId closing_id_of(const MessageId& question) {
    Bytes bytes{'c', 'l', 'o', 's', 'e'};
    bytes.insert(bytes.end(), question.bytes.begin(), question.bytes.end());
    return id_from(bytes);
}

/// `number` tells apart what is the same again.
MessageId id_of_answers(Bytes body, UtcTime at, std::uint64_t number) {
    put_varint(body, static_cast<std::uint64_t>(to_ms(at)));
    put_varint(body, number);
    return id_from(body);
}

}  // namespace

/// Journaled with who and when at the end of the turn.
void Engine::Stages::note_answer(const Stay& stay, Message& message, const Cell& cell) {
    auto& due = answers_due[message.seq];
    // While the disk is full, only the newest of each session is kept for it.
    if (storage_problem) {
        std::erase_if(due, [&](const auto& one) { return one.session == stay.session.id; });
    }
    due.push_back({stay.session.id, stay.session.attributes.user, stay.session.user_verified,
                   cell.answer, message.first_time() + Milliseconds(cell.at_ms())});
}

bool Engine::Stages::has_quorum(const Message& message) {
    if (message.quorum == 0 || message.cells.has_moving() || !has_heard_of_all(message))
        return false;
    const Tally tally = tally_of(message).tally;
    const std::uint64_t answered = tally[State::answered];
    return tally.targeted() > 0 &&
           answered * 100 >= std::uint64_t{message.quorum} * tally.targeted();
}

/// Once as many as were to have answered, of the sessions of all brokers.
void Engine::Stages::close_with_quorum(Message& message) {
    const bool is_open = message.is_question() && !message.is_over && !message.is_closing;
    if (!is_open || !has_quorum(message)) return;
    const bool has_log = !settings.cluster || cluster.was_backbone_reached;
    if (!has_log || refusal_of_entries()) return;
    flush_answers();  // What brought the quorum is no late answer.
    message.is_closing = true;
    protocol::CloseQuestion close;
    close.id = closing_id_of(message.id);
    close.message = message.id;
    PeerFacts broker;
    broker.principal = message.principal;
    Entry entry = entry_of(close, EntryKind::close, broker, now.utc);
    PendingEntry pending{entry.principal, entry.content_hash, {}, close};
    append_change(std::move(entry), std::move(pending));
}

/// The entry that closes one may never have come to the disk, or could not be asked for.
void Engine::Stages::close_answered_questions() {
    for (const std::uint64_t seq : messages.not_over()) close_with_quorum(*messages.find(seq));
}

void Engine::Stages::flush_answers() {
    if (storage_problem) return;
    for (auto& [seq, list] : std::exchange(answers_due, {})) {
        const Message* message = messages.find(seq);
        if (message == nullptr) continue;
        for (std::size_t begin = 0; begin < list.size(); begin += limits::answers_per_entry_max) {
            const std::size_t end = std::min(list.size(), begin + limits::answers_per_entry_max);
            const auto place = list.begin();
            protocol::Answers answers{message->id,
                                      {place + static_cast<std::ptrdiff_t>(begin),
                                       place + static_cast<std::ptrdiff_t>(end)}};
            Entry entry;
            entry.kind = EntryKind::answers;
            entry.about = message->id;
            entry.at = now.utc;
            entry.body = protocol::encode(protocol::ToOperator{std::move(answers)});
            entry.content_hash = blake2b(entry.body);
            entry.id = id_of_answers(entry.body, now.utc, writes);
            record_and_let_go(AppendEntry{std::move(entry), true});
        }
    }
}

}  // namespace crier::broker
