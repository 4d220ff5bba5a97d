// What operators ask.
#include <algorithm>

#include "broker/core/merge.hpp"
#include "broker/core/page_filler.hpp"
#include "broker/core/stages.hpp"
#include "broker/core/timetable.hpp"

namespace crier::broker {
namespace {

std::optional<std::uint64_t> request_number(const protocol::FromOperator& frame) {
    return std::visit(
        [](const auto& request) -> std::optional<std::uint64_t> {
            if constexpr (requires { request.request; }) return request.request;
            return std::nullopt;
        },
        frame);
}

/// One line of an outcome: a cell, and where its session is described.
struct Row {
    SessionId session;
    const Cell* cell = nullptr;
    const Stay* stay = nullptr;  ///< While it is open; else its record.
    const SessionRecord* record = nullptr;
};

/// In the order of session ids, and of one session's stays. `records` are in the order of numbers.
std::vector<Row> rows_of(const Cells& cells, Stays& stays,
                         const std::vector<SessionRecord>& records) {
    std::vector<Row> rows;
    rows.reserve(cells.all().size());
    auto record = records.begin();
    for (const Cell& cell : cells.all()) {
        if (cell.has(Cell::moving)) continue;  // Another broker tells of it.
        if (const Stay* stay = stays.find(cell.session)) {
            rows.push_back({stay->session.id, &cell, stay, nullptr});
            continue;
        }
        while (record != records.end() && record->number < cell.session) ++record;
        if (record == records.end() || record->number != cell.session) continue;  // Pruned.
        rows.push_back({record->id, &cell, nullptr, &*record});
    }
    std::stable_sort(rows.begin(), rows.end(), [](const Row& left, const Row& right) {
        return left.session < right.session;
    });
    return rows;
}

/// A page's cursor is a session's id, so a page ends between two sessions, not between two stays of
/// one; unless it has no other.
void end_before(std::vector<protocol::SessionOutcome>& outcomes, const SessionId& next) {
    const auto first = std::find_if(outcomes.begin(), outcomes.end(),
                                    [&](const auto& one) { return one.session == next; });
    if (first != outcomes.begin()) outcomes.erase(first, outcomes.end());
}

protocol::SessionOutcome outcome_of(const Cells& cells, const Cell& cell, const Session& session,
                                    UtcTime first) {
    protocol::SessionOutcome outcome;
    outcome.session = session.id;
    outcome.user = session.attributes.user;
    outcome.system_user = session.attributes.system_user;
    outcome.machine = session.attributes.machine;
    outcome.application = session.attributes.application;
    outcome.state = cell.state;
    outcome.at = first + Milliseconds(cell.at_ms());
    outcome.cause = cells.cause_of(cell);
    outcome.again = cell.has(Cell::again);
    outcome.removed = cell.has(Cell::removed);
    outcome.digest = cell.has(Cell::digest);
    outcome.dropped = cell.has(Cell::dropped);
    if (cell.has(Cell::has_answer)) outcome.answer = cell.answer;
    outcome.user_verified = session.user_verified;
    outcome.system_user_verified = session.system_user_verified;
    return outcome;
}

}  // namespace

void Engine::Stages::on_operator(Peer& peer, protocol::FromOperator frame) {
    if (const auto* hello = std::get_if<protocol::OperatorHello>(&frame)) {
        return on_operator_hello(peer, *hello);
    }
    if (!peer.is_greeted) {
        return cut(peer, {ErrorCode::malformed_frame, "the first frame must be a hello"});
    }
    if (std::holds_alternative<protocol::Goodbye>(frame)) {
        const PeerId id = peer.id;
        emit(CutPeer{id});
        return drop_peer(id);
    }
    if (const auto refused = refusal_by(peer.facts.rights, frame)) {
        return refuse(peer, *refused, request_number(frame));
    }
    if (auto* send = std::get_if<protocol::Send>(&frame)) return on_send(peer, std::move(*send));
    if (auto* update = std::get_if<protocol::Update>(&frame)) {
        return on_update(peer, std::move(*update));
    }
    if (const auto* recall = std::get_if<protocol::Recall>(&frame)) {
        return on_recall(peer, *recall);
    }
    if (const auto* close = std::get_if<protocol::CloseQuestion>(&frame)) {
        return on_close(peer, *close);
    }
    if (auto* set = std::get_if<protocol::SetAdmission>(&frame)) {
        return on_set_admission(peer, std::move(*set));
    }
    if (auto* set = std::get_if<protocol::SetKeys>(&frame)) {
        return on_set_keys(peer, std::move(*set));
    }
    std::visit(
        [&](const auto& request) {
            if constexpr (requires { on_request(peer, request); }) on_request(peer, request);
        },
        frame);
}

void Engine::Stages::on_operator_hello(Peer& peer, const protocol::OperatorHello& hello) {
    if (peer.is_greeted) {
        return cut(peer, {ErrorCode::malformed_frame, "a second hello in one connection"});
    }
    if (hello.versions.lowest > protocol::version || hello.versions.highest < protocol::version) {
        return cut(peer, {ErrorCode::version_unsupported,
                          "this broker speaks version " + std::to_string(protocol::version)});
    }
    peer.is_greeted = peer.is_welcomed = true;
    await_heartbeat(peer);
    protocol::OperatorWelcome welcome;
    welcome.principal = peer.facts.principal;
    welcome.rights = peer.facts.rights.lines();
    welcome.time = now.utc;
    welcome.heartbeat = heartbeat_of(peer);
    welcome.broker = settings.software_version;
    welcome.others = other_places(peer.facts);
    send(peer.id, protocol::ToOperator{std::move(welcome)});
    notice({.fact = Fact::operator_joined, .peer = peer.id, .detail = peer.facts.principal});
}

void Engine::Stages::on_request(Peer& peer, const protocol::ListSessions& request) {
    Audience audience = audience_of(request.target, is_asked_of_it_alone(peer));
    if (!audience) {
        protocol::Refused& refused = audience.error();
        refused.request = request.request;
        return send(peer.id, protocol::ToOperator{std::move(refused)});
    }
    protocol::SessionPage page = own_page(request);
    if (is_asked_of_it_alone(peer)) return send(peer.id, protocol::ToOperator{std::move(page)});
    gather(peer, request, [this, page](Peer* asker, Gathering& gathered) {
        if (asker == nullptr) return;
        protocol::SessionPage all = page;
        for (protocol::ToOperator& answer : gathered.answers) {
            auto* more = std::get_if<protocol::SessionPage>(&answer);
            if (more != nullptr) merge(all, std::move(*more));
        }
        all.silent = silent_of(gathered);
        send(asker->id, protocol::ToOperator{std::move(all)});
    });
}

protocol::SessionPage Engine::Stages::own_page(const protocol::ListSessions& request) {
    Message probe;  // Whom a target names is a message's own question.
    probe.aim_at(request.target);
    protocol::SessionPage page;
    page.request = request.request;
    PageFiller filler(page.sessions);
    for (const Stay* stay : stays.in_order_of_id(request.after)) {
        if (!probe.names(stay->session)) continue;
        if (filler.add(stay->session)) continue;
        page.more = true;
        break;
    }
    return page;
}

protocol::MessageSummary Engine::Stages::summary_of_stored(const StoredMessage& stored) {
    if (Message* message = messages.find(stored.entry.entry.id)) return summary_of(*message);
    Result<Message> message = message_from(stored, settings.deliver_default);
    if (!message) return {};
    if (Result<Cells> cells = cells_of(stored)) message->cells = std::move(*cells);
    message->revision = std::max(message->revision, message->cells.revision());
    message->is_final = message->is_over = true;
    return summary_of(*message);
}

/// What is scheduled is in memory.
void Engine::Stages::list_scheduled(Peer& peer, const protocol::ListMessages& request) {
    protocol::MessagePage page;
    page.request = request.request;
    PageFiller filler(page.messages);
    const std::vector<std::uint64_t> seqs = messages.not_final();
    for (auto seq = seqs.rbegin(); seq != seqs.rend(); ++seq) {
        const Message& message = *messages.find(*seq);
        const bool is_listed = (!request.before || *seq < *request.before) && message.is_to_go_on();
        if (!is_listed) continue;
        const bool is_full = page.messages.size() == request.count_max;
        if (!is_full && filler.add(summary_of(message))) continue;
        page.more = true;
        break;
    }
    send_with_tallies(peer, std::move(page));
}

void Engine::Stages::on_request(Peer& peer, const protocol::ListMessages& request) {
    if (request.scheduled) return list_scheduled(peer, request);
    ReadHistory wanted;
    wanted.before = request.before;
    wanted.count_max = request.count_max + 1;  // One more tells whether there are more.
    auto answered = [this, request](Peer& asker, const HistoryRead& read) {
        protocol::MessagePage page;
        page.request = request.request;
        PageFiller filler(page.messages);
        for (const StoredMessage& stored : *read.messages) {
            const bool is_full = page.messages.size() == request.count_max;
            if (!is_full && filler.add(summary_of_stored(stored))) continue;
            page.more = true;
            break;
        }
        send_with_tallies(asker, std::move(page));
    };
    read_history(peer, request.request, std::move(wanted), std::move(answered));
}

void Engine::Stages::on_request(Peer& peer, const protocol::AskOutcome& request) {
    const Message* held = messages.find(request.id);
    if (held == nullptr) return ask_history_for_outcome(peer, request);
    ReadHistory wanted;
    for (const Cell& cell : held->cells.all()) {
        if (stays.find(cell.session) == nullptr) wanted.sessions.push_back(cell.session);
    }
    if (wanted.sessions.empty()) {
        return answer_outcome(peer, request, summary_of(*held), held->cells, {});
    }
    auto answered = [this, request](Peer& asker, const HistoryRead& read) {
        const Message* still_held = messages.find(request.id);
        if (still_held == nullptr) return ask_history_for_outcome(asker, request);
        answer_outcome(asker, request, summary_of(*still_held), still_held->cells, read.sessions);
    };
    read_history(peer, request.request, std::move(wanted), std::move(answered));
}

void Engine::Stages::ask_history_for_outcome(Peer& peer, const protocol::AskOutcome& request) {
    ReadHistory wanted;
    wanted.id = request.id;
    wanted.count_max = 1;
    wanted.with_sessions = true;
    auto answered = [this, request](Peer& asker, const HistoryRead& read) {
        if (!has_message(read)) return refuse(asker, unknown_message(request.id), request.request);
        // Its entry may have been on the way when it was asked for.
        if (messages.find(request.id) != nullptr) return on_request(asker, request);
        const StoredMessage& stored = read.messages->front();
        const Result<Cells> cells = cells_of(stored);
        if (!cells) return refuse(asker, cells.error(), request.request);
        answer_outcome(asker, request, summary_of_stored(stored), *cells, read.sessions);
    };
    read_history(peer, request.request, std::move(wanted), std::move(answered));
}

void Engine::Stages::answer_outcome(Peer& peer, const protocol::AskOutcome& request,
                                    protocol::MessageSummary summary, const Cells& cells,
                                    const std::vector<SessionRecord>& records) {
    protocol::OutcomePage page;
    page.request = request.request;
    page.message = std::move(summary);
    const UtcTime first =
        time_number(page.message.schedule, page.message.sent, 0).value_or(page.message.sent);
    const std::vector<Row> rows = rows_of(cells, stays, records);
    auto row = rows.begin();
    if (request.after) {
        row = std::find_if(rows.begin(), rows.end(),
                           [&](const Row& one) { return one.session > *request.after; });
    }
    PageFiller filler(page.outcomes, page_head_bytes + protocol::size_of_item(page.message));
    for (; row != rows.end(); ++row) {
        Result<Session> session =
            row->stay != nullptr ? Result<Session>(row->stay->session) : session_from(*row->record);
        if (!session) return refuse(peer, session.error(), request.request);
        if (filler.add(outcome_of(cells, *row->cell, *session, first))) continue;
        page.more = true;
        end_before(page.outcomes, row->session);
        break;
    }
    if (is_asked_of_it_alone(peer)) return send(peer.id, protocol::ToOperator{std::move(page)});
    send_with_outcomes_elsewhere(peer, request, std::move(page));
}

void Engine::Stages::on_request(Peer& peer, const protocol::Follow& request) {
    const auto follow_held = [this, request](const Peer& follower) {
        Message* message = messages.find(request.id);
        if (message == nullptr) return false;
        send(follower.id, protocol::ToOperator{protocol::Done{request.request}});
        follow(*message, follower.id);
        return true;
    };
    if (follow_held(peer)) return;
    ReadHistory wanted;
    wanted.id = request.id;
    wanted.count_max = 1;
    auto answered = [this, request, follow_held](Peer& asker, const HistoryRead& read) {
        if (follow_held(asker)) return;  // Its entry was on the way when it was asked for.
        if (!has_message(read)) return refuse(asker, unknown_message(request.id), request.request);
        send(asker.id, protocol::ToOperator{protocol::Done{request.request}});
        const protocol::MessageSummary summary = summary_of_stored(read.messages->front());
        send(asker.id, protocol::ToOperator{protocol::TallyChanged{request.id, summary.tally, true,
                                                                   summary.counts}});
    };
    read_history(peer, request.request, std::move(wanted), std::move(answered));
}

void Engine::Stages::on_request(Peer& peer, const protocol::Watch& request) {
    if (!peer.is_watching) {
        peer.is_watching = true;
        peer.watch_credit = watch_credit_max;
        watchers.push_back(peer.id);
        schedule_sweep();
        for (const auto& [id, other] : cluster.brokers) {
            if (other.peer && peer.facts.door == Door::operators) ask_to_watch(*other.peer);
        }
    }
    send(peer.id, protocol::ToOperator{protocol::Done{request.request}});
}

void Engine::Stages::on_request(Peer& peer, const protocol::AskIdentity& request) {
    send(peer.id,
         protocol::ToOperator{protocol::Identity{request.request, peer.facts.principal,
                                                 peer.facts.rights.lines(), peer.facts.address}});
}

void Engine::Stages::on_request(Peer& peer, const protocol::AskHealth& request) {
    protocol::Health health;
    health.request = request.request;
    const auto problem = refusal_of_entries();
    health.is_healthy = !problem.has_value();
    if (problem) health.problem = problem->detail;
    health.broker = settings.software_version;
    health.started = started;
    health.seq = last_seq;
    health.sessions = static_cast<std::uint32_t>(stays.size());
    health.connected = static_cast<std::uint32_t>(connected);
    health.live_messages = static_cast<std::uint32_t>(messages.not_final_count());
    send(peer.id, protocol::ToOperator{std::move(health)});
}

}  // namespace crier::broker
