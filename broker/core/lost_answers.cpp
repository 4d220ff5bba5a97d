// Answers whose entries were on their way into the cluster's log when this broker crashed: its disk
// knows how the message stands at each session, and the log may not know who answered. Once the log
// was read to its end, what it lacks is written anew.
#include <algorithm>
#include <set>
#include <tuple>

#include "broker/core/stages.hpp"

namespace crier::broker {
namespace {

using Said = std::tuple<SessionId, std::uint32_t, UtcTime>;

/// What the log says of who answered.
std::set<Said> answers_in(const StoredMessage& stored) {
    std::set<Said> said;
    for (const StoredEntry& change : stored.changes) {
        if (change.entry.kind != EntryKind::answers) continue;
        const auto body = protocol::decode_to_operator(change.entry.body);
        const auto* answers = body ? std::get_if<protocol::Answers>(&*body) : nullptr;
        if (answers == nullptr) continue;
        for (const auto& one : answers->list) said.emplace(one.session, one.answer, one.at);
    }
    return said;
}

}  // namespace

void Engine::Stages::keep_recovered_answers() {
    if (!settings.cluster) return;
    for (const auto& [seq, message] : messages.all()) {
        if (!message.is_question()) continue;
        for (const Cell& cell : message.cells.all()) {
            if (!cell.has(Cell::has_answer)) continue;
            recovered_answers[seq].push_back(
                {cell.session, cell.answer, message.first_time() + Milliseconds(cell.at_ms())});
        }
    }
}

/// The journal is asked behind all that the log has brought.
void Engine::Stages::seek_lost_answers() {
    for (auto& [seq, recovered] : std::exchange(recovered_answers, {})) {
        const Message* message = messages.find(seq);
        if (message == nullptr) continue;
        ReadHistory wanted;
        wanted.id = message->id;
        wanted.count_max = 1;
        for (const RecoveredAnswer& one : recovered) wanted.sessions.push_back(one.session);
        read_history(std::move(wanted),
                     [this, answers = std::move(recovered)](const HistoryRead& read) {
                         note_lost_answers(answers, read);
                     });
    }
}

void Engine::Stages::note_lost_answers(const std::vector<RecoveredAnswer>& recovered,
                                       const HistoryRead& read) {
    if (!read.messages || read.messages->empty()) return;
    const std::set<Said> said = answers_in(read.messages->front());
    const std::uint64_t seq = read.messages->front().entry.seq;
    for (const RecoveredAnswer& one : recovered) {
        const auto record = std::lower_bound(
            read.sessions.begin(), read.sessions.end(), one.session,
            [](const SessionRecord& left, std::uint32_t number) { return left.number < number; });
        const bool is_there = record != read.sessions.end() && record->number == one.session;
        if (!is_there || said.contains({record->id, one.answer, one.at})) continue;
        const Result<Session> session = session_from(*record);
        if (!session) continue;
        answers_due[seq].push_back(
            {record->id, session->attributes.user, session->user_verified, one.answer, one.at});
    }
}

}  // namespace crier::broker
