// What operators ask.
#include <algorithm>

#include "broker/core/stages.hpp"

namespace crier::broker {
namespace {

/// Room for what a page says beside its elements.
constexpr std::size_t page_head_bytes = 1'024;

/// Fills a page with elements while they fit; at least one, so that every page goes on.
template <class Element>
class PageFiller {
public:
    explicit PageFiller(std::vector<Element>& elements, std::size_t head_bytes = page_head_bytes)
        : elements_(elements), bytes_(head_bytes) {}

    bool add(Element element) {
        bytes_ += protocol::size_of_item(element);
        if (!elements_.empty() && bytes_ > limits::page_bytes_max) return false;
        elements_.push_back(std::move(element));
        return true;
    }

private:
    std::vector<Element>& elements_;
    std::size_t bytes_;
};

std::optional<std::uint64_t> request_number(const protocol::FromOperator& frame) {
    return std::visit(
        [](const auto& request) -> std::optional<std::uint64_t> {
            if constexpr (requires { request.request; }) return request.request;
            return std::nullopt;
        },
        frame);
}

/// The right that a request needs; empty: none.
std::string_view right_for(const protocol::FromOperator& frame) {
    if (std::holds_alternative<protocol::Watch>(frame)) return "watch";
    const bool is_list = std::holds_alternative<protocol::ListSessions>(frame) ||
                         std::holds_alternative<protocol::ListMessages>(frame) ||
                         std::holds_alternative<protocol::AskOutcome>(frame) ||
                         std::holds_alternative<protocol::Follow>(frame);
    return is_list ? "list" : "";
}

protocol::SessionOutcome outcome_of(const Cells& cells, const Cell& cell, const Session& session,
                                    UtcTime sent) {
    protocol::SessionOutcome outcome;
    outcome.session = session.id;
    outcome.user = session.attributes.user;
    outcome.system_user = session.attributes.system_user;
    outcome.machine = session.attributes.machine;
    outcome.application = session.attributes.application;
    outcome.state = cell.state;
    outcome.at = sent + Milliseconds(cell.at_ms);
    outcome.cause = cells.cause_of(cell);
    outcome.again = cell.has(Cell::again);
    outcome.removed = cell.has(Cell::removed);
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
    if (auto* send = std::get_if<protocol::Send>(&frame)) return on_send(peer, std::move(*send));
    const std::string_view right = right_for(frame);
    const auto& rights = peer.facts.rights;
    if (!right.empty() && std::find(rights.begin(), rights.end(), right) == rights.end()) {
        return refuse(peer,
                      {ErrorCode::not_authorized, "your key has no right to " + std::string(right)},
                      request_number(frame));
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
    heartbeats.emplace_back(now.steady + settings.heartbeat, peer.id);
    protocol::OperatorWelcome welcome;
    welcome.principal = peer.facts.principal;
    welcome.rights = peer.facts.rights;
    welcome.time = now.utc;
    welcome.heartbeat = settings.heartbeat;
    welcome.broker = settings.software_version;
    send(peer.id, protocol::ToOperator{std::move(welcome)});
    notice({.fact = Fact::operator_joined, .peer = peer.id, .detail = peer.facts.principal});
}

void Engine::Stages::on_request(Peer& peer, const protocol::ListSessions& request) {
    std::size_t audience = 0;
    if (!resolve(peer, request.request, request.target, audience)) return;
    Message probe;  // Whom a target names is a message's own question.
    probe.target = request.target;
    if (probe.target.kind == Target::Kind::where) {
        probe.filter = *protocol::Filter::parse(probe.target.where);
    }
    protocol::SessionPage page;
    page.request = request.request;
    PageFiller filler(page.sessions);
    for (const Stay* stay : stays.in_order_of_id(request.after)) {
        if (!probe.names(stay->session)) continue;
        if (filler.add(stay->session)) continue;
        page.more = true;
        break;
    }
    send(peer.id, protocol::ToOperator{std::move(page)});
}

protocol::MessageSummary Engine::Stages::summary_of_stored(const StoredMessage& stored) {
    if (Message* message = messages.find(stored.entry.entry.id)) return summary_of(*message);
    Result<Message> message = message_from(stored.entry, settings.deliver_default);
    if (!message) return {};
    if (Result<Cells> cells = cells_of(stored)) message->cells = std::move(*cells);
    message->is_final = true;
    return summary_of(*message);
}

void Engine::Stages::on_request(Peer& peer, const protocol::ListMessages& request) {
    ReadHistory wanted;
    wanted.before = request.before;
    wanted.count_max = request.count_max + 1;  // One more tells whether there are more.
    read_history(wanted, [this, id = peer.id, request](const HistoryRead& read) {
        const auto found = peers.find(id);
        if (found == peers.end()) return;
        if (!read.messages) return refuse(found->second, read.messages.error(), request.request);
        protocol::MessagePage page;
        page.request = request.request;
        PageFiller filler(page.messages);
        for (const StoredMessage& stored : *read.messages) {
            const bool is_full = page.messages.size() == request.count_max;
            if (!is_full && filler.add(summary_of_stored(stored))) continue;
            page.more = true;
            break;
        }
        send(id, protocol::ToOperator{std::move(page)});
    });
}

void Engine::Stages::on_request(Peer& peer, const protocol::AskOutcome& request) {
    ReadHistory wanted;
    wanted.id = request.id;
    wanted.count_max = 1;
    read_history(wanted, [this, id = peer.id, request](const HistoryRead& read) {
        const auto found = peers.find(id);
        if (found == peers.end()) return;
        if (!read.messages) return refuse(found->second, read.messages.error(), request.request);
        if (read.messages->empty()) {
            return refuse(found->second,
                          {ErrorCode::message_unknown, "no message " + to_string(request.id)},
                          request.request);
        }
        answer_outcome(found->second, request, read);
    });
}

void Engine::Stages::answer_outcome(Peer& peer, const protocol::AskOutcome& request,
                                    const HistoryRead& read) {
    const StoredMessage& stored = read.messages->front();
    protocol::OutcomePage page;
    page.request = request.request;
    page.message = summary_of_stored(stored);
    const Message* held = messages.find(request.id);
    Result<Cells> cells = held != nullptr ? Result<Cells>(held->cells) : cells_of(stored);
    if (!cells) return refuse(peer, cells.error(), request.request);

    // By session id, whatever the numbers are.
    std::map<SessionId, std::pair<Session, const Cell*>> outcomes;
    std::map<std::uint32_t, const SessionRecord*> records;
    for (const SessionRecord& record : read.sessions) records.emplace(record.number, &record);
    for (const Cell& cell : cells->all()) {
        if (const Stay* stay = stays.find(cell.session)) {
            outcomes.insert_or_assign(stay->session.id, std::pair(stay->session, &cell));
        } else if (const auto record = records.find(cell.session); record != records.end()) {
            const Result<Session> session = session_from(*record->second);
            if (session) outcomes.insert_or_assign(session->id, std::pair(*session, &cell));
        }
    }
    PageFiller filler(page.outcomes, page_head_bytes + protocol::size_of_item(page.message));
    auto place = request.after ? outcomes.upper_bound(*request.after) : outcomes.begin();
    for (; place != outcomes.end(); ++place) {
        const auto& [session, cell] = place->second;
        if (filler.add(outcome_of(*cells, *cell, session, page.message.sent))) continue;
        page.more = true;
        break;
    }
    send(peer.id, protocol::ToOperator{std::move(page)});
}

void Engine::Stages::on_request(Peer& peer, const protocol::Follow& request) {
    if (Message* message = messages.find(request.id)) {
        send(peer.id, protocol::ToOperator{protocol::Done{request.request}});
        return follow(*message, peer.id);
    }
    ReadHistory wanted;
    wanted.id = request.id;
    wanted.count_max = 1;
    read_history(wanted, [this, id = peer.id, request](const HistoryRead& read) {
        const auto found = peers.find(id);
        if (found == peers.end()) return;
        if (!read.messages || read.messages->empty()) {
            return refuse(found->second,
                          read.messages ? Error{ErrorCode::message_unknown,
                                                "no message " + to_string(request.id)}
                                        : read.messages.error(),
                          request.request);
        }
        send(id, protocol::ToOperator{protocol::Done{request.request}});
        const Tally tally = summary_of_stored(read.messages->front()).tally;
        send(id, protocol::ToOperator{protocol::TallyChanged{request.id, tally, true}});
    });
}

void Engine::Stages::on_request(Peer& peer, const protocol::Watch& request) {
    if (!peer.is_watching) {
        peer.is_watching = true;
        peer.watch_credit = watch_credit_max;
        watchers.push_back(peer.id);
        schedule_sweep();
    }
    send(peer.id, protocol::ToOperator{protocol::Done{request.request}});
}

void Engine::Stages::on_request(Peer& peer, const protocol::AskIdentity& request) {
    send(peer.id, protocol::ToOperator{protocol::Identity{request.request, peer.facts.principal,
                                                          peer.facts.rights, peer.facts.address}});
}

void Engine::Stages::on_request(Peer& peer, const protocol::AskHealth& request) {
    protocol::Health health;
    health.request = request.request;
    health.is_healthy = !storage_problem.has_value();
    if (storage_problem) health.problem = storage_problem->detail;
    health.broker = settings.software_version;
    health.started = started;
    health.seq = last_seq;
    health.sessions = static_cast<std::uint32_t>(stays.size());
    health.connected = static_cast<std::uint32_t>(connected);
    health.live_messages = static_cast<std::uint32_t>(messages.not_final_count());
    send(peer.id, protocol::ToOperator{std::move(health)});
}

}  // namespace crier::broker
