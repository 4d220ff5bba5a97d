#include "broker/core/engine.hpp"

#include <algorithm>
#include <array>

#include "broker/core/stages.hpp"

namespace crier::broker {

std::string_view name_of(Fact fact) noexcept {
    constexpr std::array<std::string_view, 31> names{"session_opened",
                                                     "session_resumed",
                                                     "session_replaced",
                                                     "session_unreachable",
                                                     "session_closed",
                                                     "session_refused",
                                                     "operator_joined",
                                                     "operator_left",
                                                     "operator_refused",
                                                     "peer_cut",
                                                     "message_accepted",
                                                     "message_due",
                                                     "message_refused",
                                                     "message_final",
                                                     "admission_changed",
                                                     "storage_failed",
                                                     "storage_recovered",
                                                     "backbone_awaited",
                                                     "backbone_reached",
                                                     "backbone_lost",
                                                     "backbone_recovered",
                                                     "broker_found",
                                                     "broker_lost",
                                                     "broker_unread",
                                                     "session_moved",
                                                     "sessions_sent_away",
                                                     "head_signed",
                                                     "request_refused",
                                                     "keys_changed",
                                                     "stopping",
                                                     "stopped"};
    const auto index = static_cast<std::size_t>(fact);
    return index < names.size() ? names[index] : std::string_view{};
}

// ---- Engine
// ----------------------------------------------------------------------------------------

Engine::Engine(std::unique_ptr<Stages> stages) : stages_(std::move(stages)) {}
Engine::~Engine() = default;

Result<std::unique_ptr<Engine>> Engine::start(const EngineSettings& settings,
                                              const Recovery& recovery, Moment now,
                                              Effects& effects) {
    auto stages = std::make_unique<Stages>(settings, recovery.last_session_number);
    stages->started = now.utc;
    stages->now = now;
    stages->effects = &effects;
    stages->last_seq = recovery.last_seq;
    if (const Status recovered = stages->recover(recovery); !recovered) {
        return fail(recovered.error());
    }
    return std::unique_ptr<Engine>(new Engine(std::move(stages)));
}

void Engine::step(const Event& event, Moment now, Effects& effects) {
    Stages& stages = *stages_;
    stages.now = now;
    stages.effects = &effects;
    std::visit([&](const auto& happened) { stages.on(happened); }, event);
}

std::optional<Instant> Engine::next_deadline() const {
    return stages_->next_deadline();
}

BrokerLoad Engine::load() const {
    return stages_->load();
}

std::shared_ptr<const Principals> Engine::admitted() const {
    return stages_->admitted;
}

// ---- Events
// ----------------------------------------------------------------------------------------

void Engine::Stages::on(const PeerOpened& event) {
    Peer& peer = peers[event.peer];
    peer.id = event.peer;
    peer.facts = event.facts;
    peer.last_heard = now.steady;
    peer.frame_credit = Credit(settings.frames_burst_max);
    if (peer.facts.door == Door::brokers) return on_broker_opened(peer);
    if (peer.facts.door == Door::operators && !settle_rights(peer)) return;
    hello_deadlines.emplace_back(now.steady + limits::hello_deadline, event.peer);
}

void Engine::Stages::on(const PeerClosed& event) {
    for (PendingEnd& end : pending_ends) {
        if (end.peer == event.peer) end.peer.reset();
    }
    drop_peer(event.peer);
}

void Engine::Stages::on(const FrameReceived& event) {
    attend_due();  // What is due comes before what is asked in the same moment.
    const auto found = peers.find(event.peer);
    if (found == peers.end()) return;  // It was cut; this came before the cut took hold.
    Peer& peer = found->second;
    peer.last_heard = now.steady;
    switch (peer.facts.door) {
        case Door::sessions:
            return on_session_frame(peer, event.frame);
        case Door::operators:
            return on_operator_frame(peer, event.frame);
        case Door::brokers:
            return on_broker_frame(peer, event.frame);
    }
}

void Engine::Stages::on_session_frame(Peer& peer, protocol::BytesView bytes) {
    const Credit::Limits frames{static_cast<double>(settings.frames_burst_max),
                                static_cast<double>(settings.frames_per_second_max)};
    if (!peer.frame_credit.spend(now.steady, frames)) {
        return cut(peer, {ErrorCode::rate_exceeded,
                          "more than " + std::to_string(settings.frames_per_second_max) +
                              " frames a second, or too many receipts: send less, then connect "
                              "again"});
    }
    auto frame = protocol::decode_from_session(bytes);
    if (!frame) {
        // What an operator may ask is no gibberish: the answer is that a session may not.
        if (protocol::decode_from_operator(bytes)) {
            return cut(peer, {ErrorCode::not_authorized,
                              "a session cannot send or ask; that needs an operator's key"});
        }
        return cut(peer, frame.error());
    }
    if (auto* hello = std::get_if<protocol::SessionHello>(&*frame)) {
        if (has_said_hello(peer)) {
            return cut(peer, {ErrorCode::malformed_frame, "a second hello in one connection"});
        }
        return on_hello(peer, std::move(*hello));
    }
    if (!peer.is_greeted) {
        return cut(peer, {ErrorCode::malformed_frame, "the first frame must be a hello"});
    }
    if (const auto* receipts = std::get_if<protocol::Receipts>(&*frame)) {
        on_receipts(peer, *receipts);
    } else if (const auto* changed = std::get_if<protocol::SessionState>(&*frame)) {
        on_state(peer, *changed);
    } else if (const auto* renew = std::get_if<protocol::RenewTicket>(&*frame)) {
        on_renew(peer, *renew);
    } else if (const auto* goodbye = std::get_if<protocol::Goodbye>(&*frame)) {
        on_goodbye(peer, *goodbye);
    }
}

/// It may still wait to be heard.
bool Engine::Stages::has_said_hello(const Peer& peer) const {
    return peer.is_greeted || (cluster.early_hellos && cluster.early_hellos->contains(peer.id));
}

void Engine::Stages::on_operator_frame(Peer& peer, protocol::BytesView bytes) {
    auto frame = protocol::decode_from_operator(bytes);
    if (!frame) {
        if (!peer.is_greeted) return cut(peer, frame.error());
        return refuse(peer, frame.error(), protocol::request_of(bytes));
    }
    on_operator(peer, std::move(*frame));
}

void Engine::Stages::on(const StopRequested&) {
    if (is_stopping) return;
    is_stopping = true;
    note_all_lost();
    flush_facts();
    stops_after = writes;
    notice({.fact = Fact::stopping});
    constexpr Milliseconds come_back_after{1'000};
    for (auto& [id, peer] : peers) say_goodbye(peer, {"the broker stops", come_back_after});
}

void Engine::Stages::on(const TimePassed&) {
    while (!hello_deadlines.empty() && hello_deadlines.front().first <= now.steady) {
        const auto found = peers.find(hello_deadlines.front().second);
        hello_deadlines.pop_front();
        if (found == peers.end() || has_said_hello(found->second)) continue;
        cut(found->second, {ErrorCode::malformed_frame, "no hello came in time"});
    }
    for (DelayQueue<PeerId>* due : {&heartbeats, &operators_heartbeats}) {
        while (!due->empty() && due->front().first <= now.steady) {
            const PeerId id = due->front().second;
            due->pop_front();
            if (const auto found = peers.find(id); found != peers.end()) beat(found->second);
        }
    }
    close_overdue();
    settle_in_overdue();
    send_away_when_cut_off();
    give_up_seeking();
    finish_overdue();
    attend_due();
    forgive_keys();
    if (keys_expire && *keys_expire <= now.utc) admit_keys();
    end_expired_tickets();
    if (sweep_at && *sweep_at <= now.steady) sweep();
}

Milliseconds Engine::Stages::heartbeat_of(const Peer& peer) const {
    const bool is_session = peer.facts.door == Door::sessions;
    return is_session ? settings.heartbeat : settings.operators_heartbeat;
}

void Engine::Stages::await_heartbeat(const Peer& peer) {
    auto& queue = peer.facts.door == Door::sessions ? heartbeats : operators_heartbeats;
    queue.emplace_back(now.steady + heartbeat_of(peer), peer.id);
}

void Engine::Stages::beat(Peer& peer) {
    if (now.steady - peer.last_heard > limits::silence_max(heartbeat_of(peer))) {
        notice({.fact = Fact::peer_cut, .peer = peer.id, .detail = "silent"});
        emit(CutPeer{peer.id});
        return drop_peer(peer.id);
    }
    await_heartbeat(peer);
    if (peer.facts.door == Door::sessions) return confirm(peer);
    send(peer.id, protocol::ToOperator{protocol::Heartbeat{now.utc, 0}});
}

void Engine::Stages::on(const TurnEnded&) {
    const bool is_sending = !sending_due.empty();
    send_outboxes();
    flush_facts();
    flush_served();
    forget_surplus(is_sending);
    if (facts_bytes > settings.facts_bytes_max) replace_facts_by_outcomes();
    // What comes after the goodbyes is not waited for: somebody may go on for ever.
    const bool is_written = committed >= stops_after && pending_ends.empty();
    if (is_stopping && !is_stopped && (is_written || storage_problem)) {
        is_stopped = true;
        notice({.fact = Fact::stopped});
    }
}

std::optional<Instant> Engine::Stages::next_deadline() const {
    std::optional<Instant> next = sweep_at;
    const auto consider = [&](Instant at) { next = next ? std::min(*next, at) : at; };
    if (!hello_deadlines.empty()) consider(hello_deadlines.front().first);
    if (!heartbeats.empty()) consider(heartbeats.front().first);
    if (!operators_heartbeats.empty()) consider(operators_heartbeats.front().first);
    if (!closings.empty()) consider(closings.front().first);
    if (cluster.cut_off_at) consider(*cluster.cut_off_at);
    if (cluster.finds_until != Instant{}) consider(cluster.finds_until);
    if (!cluster.newcomers.empty()) consider(cluster.newcomers.front().first);
    if (!cluster.gathering_deadlines.empty()) {
        consider(cluster.gathering_deadlines.front().first);
    }
    for (const auto& at :
         {messages.next_due(), refused_keys.next_over(), keys_expire, stays.next_ticket_end()}) {
        if (at) consider(now.steady + std::max(Milliseconds{0}, *at - now.utc));
    }
    return next;
}

// ---- What every stage uses
// -------------------------------------------------------------------------

void Engine::Stages::send(PeerId peer, const protocol::ToSession& frame) {
    emit(SendFrame{peer, protocol::encode(frame)});
}

/// An operator, or a broker that asks for one.
void Engine::Stages::send(PeerId peer, const protocol::ToOperator& frame) {
    const auto found = peers.find(peer);
    const bool is_broker = found != peers.end() && found->second.facts.door == Door::brokers;
    if (is_broker) return tell(peer, Answered{protocol::encode(frame)});
    emit(SendFrame{peer, protocol::encode(frame)});
}

void Engine::Stages::refuse(const Peer& peer, const Error& error,
                            std::optional<std::uint64_t> request) {
    protocol::Refused refused = refused_by(error);
    refused.request = request;
    if (error.code == ErrorCode::not_authorized && request) {
        notice({.fact = Fact::request_refused,
                .peer = peer.id,
                .code = error.code,
                .detail = error.detail});
    }
    if (peer.facts.door == Door::sessions) {
        send(peer.id, protocol::ToSession{std::move(refused)});
    } else {
        send(peer.id, protocol::ToOperator{std::move(refused)});
    }
}

static protocol::Bytes encode(protocol::Refused refused, Door door) {
    if (door == Door::sessions) return protocol::encode(protocol::ToSession{std::move(refused)});
    return protocol::encode(protocol::ToOperator{std::move(refused)});
}

void Engine::Stages::notice(Notice what) {
    if (what.peer) {
        if (const auto peer = peers.find(*what.peer); peer != peers.end()) {
            const PeerFacts& known = peer->second.facts;
            what.who = known.principal.empty() ? known.address : known.principal;
        }
    }
    emit(std::move(what));
}

/// Whose key may be refused; nullopt: nobody's. An operator's is many people's, who would all be
/// locked out by one.
static std::optional<SessionId> session_of(const Peer& peer) {
    if (peer.facts.door != Door::sessions) return std::nullopt;
    if (peer.facts.public_key) return session_id_of(*peer.facts.public_key);
    // Without CURVE the hello has named it.
    return peer.stay != nullptr ? std::optional(peer.stay->session.id) : std::nullopt;
}

void Engine::Stages::cut(Peer& peer, const Error& error) {
    note_cut(peer, error);
    if (const auto session = session_of(peer)) misbehaved_keys.add(*session, error, now);
    const PeerId id = peer.id;
    // Who cannot prove to be let in, or comes back too early, gets no more time than who
    // misbehaves.
    const bool is_hasty = is_misbehaviour(error.code) || error.code == ErrorCode::not_admitted ||
                          error.code == ErrorCode::misbehaved;
    if (is_hasty) {
        emit(CutPeer{id, encode(refused_by(error), peer.facts.door)});
    } else {
        refuse(peer, error);
        emit(CutPeer{id});
    }
    drop_peer(id);
}

void Engine::Stages::note_cut(const Peer& peer, const Error& error) {
    const bool is_session = peer.facts.door == Door::sessions;
    Notice said;
    said.fact = peer.is_greeted ? Fact::peer_cut
                : is_session    ? Fact::session_refused
                                : Fact::operator_refused;
    said.peer = peer.id;
    if (peer.stay != nullptr) said.session = peer.stay->session.id;
    said.code = error.code;
    said.detail = error.detail;
    notice(std::move(said));
}

/// It is told to come again, or to go elsewhere.
void Engine::Stages::send_away(PeerId id, const protocol::Goodbye& goodbye) {
    say_goodbye(peers.at(id), goodbye);
    emit(CutPeer{id});
    drop_peer(id);
}

void Engine::Stages::say_goodbye(const Peer& peer, const protocol::Goodbye& goodbye) {
    if (peer.facts.door == Door::sessions) send(peer.id, protocol::ToSession{goodbye});
    if (peer.facts.door == Door::operators) send(peer.id, protocol::ToOperator{goodbye});
}

void Engine::Stages::drop_peer(PeerId id) {
    const auto found = peers.find(id);
    if (found == peers.end()) return;
    Peer& peer = found->second;
    if (peer.stay != nullptr && peer.stay->peer == &peer) lose(*peer.stay);
    if (peer.facts.door == Door::brokers) on_broker_closed(peer);
    if (peer.facts.door == Door::operators && peer.is_greeted) {
        notice({.fact = Fact::operator_left, .peer = id, .detail = peer.facts.principal});
        std::erase(watchers, id);
        for (auto& [seq, message] : messages.all()) std::erase(message.followers, id);
    }
    peers.erase(found);
}

}  // namespace crier::broker
