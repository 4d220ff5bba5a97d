// Messages to sessions: at the end of the turn where there is room, later where there is not.
#include <algorithm>
#include <utility>

#include "broker/core/stages.hpp"

namespace crier::broker {
namespace {

bool has_room(const Peer& peer, std::size_t bytes, std::size_t messages_max) {
    if (peer.in_flight.empty()) return true;
    return peer.in_flight.size() < messages_max &&
           peer.in_flight_bytes + bytes <= limits::unconfirmed_bytes_max;
}

/// A hello does not count as an answer: with which choice says the receipt, which comes yet.
protocol::Receipt receipt_of(const protocol::Known& known, UtcTime now) {
    protocol::Receipt receipt;
    receipt.id = known.id;
    receipt.revision = known.revision;
    receipt.state = known.state == State::answered ? State::displayed : known.state;
    receipt.at = now;
    return receipt;
}

SharedFrame frame_of_all(Messages& messages, const std::vector<std::uint64_t>& seqs) {
    if (seqs.size() == 1) return frame_of(*messages.find(seqs.front()));
    std::vector<protocol::BytesView> frames;
    for (const std::uint64_t seq : seqs) frames.emplace_back(*frame_of(*messages.find(seq)));
    return std::make_shared<const protocol::Bytes>(protocol::bundle_of(frames));
}

}  // namespace

void Engine::Stages::fan_out(Message& message, bool is_first) {
    // Both are in the order of session numbers, so one walk finds every stay.
    auto place = stays.all().begin();
    for (const Cell& cell : message.cells.all()) {
        while (place != stays.all().end() && place->first < cell.session) ++place;
        if (place == stays.all().end()) break;
        if (place->first != cell.session) continue;  // It has left since.
        if (is_connected(place->second) && is_pending(cell.state)) {
            queue(place->second, message);
        }
    }
    using Kind = protocol::BellMessage::Kind;
    ring(message, is_first ? Kind::message : Kind::changed);
}

/// At a hello: the session comes into the audiences in which it belongs. The welcome waits until
/// that is on disk; otherwise a crash could forget whom a message was shown to.
void Engine::Stages::join_audiences(Stay& stay) {
    // A message is final once all have it who were there; whoever comes back was not.
    const bool is_reopened = std::exchange(stay.is_reopened, false);
    bool has_joined = false;
    for (const std::uint64_t seq : is_reopened ? messages.not_over() : messages.not_final()) {
        Message& message = *messages.find(seq);
        if (!message.is_over) has_joined |= join_audience(stay, message);
    }
    if (!has_joined) return;
    flush_facts();
    if (!storage_problem) stay.joined = writes;
}

/// After a welcome: what the session lacks, in order; and what it must take off its screen.
void Engine::Stages::catch_up(Stay& stay, const std::vector<protocol::Known>& known) {
    KnownById knows;
    for (const protocol::Known& one : known) knows.emplace(one.id, &one);

    for (const std::uint64_t seq : messages.not_final()) {
        const Message* message = awaited(stay, seq);
        if (message == nullptr) continue;
        const auto found = knows.find(message->id);
        const bool has_it = found != knows.end() && found->second->revision >= message->revision;
        if (!has_it) stay.outbox.push(seq);
    }
    for (const protocol::Known& one : known) {
        if (knows.at(one.id) == &one) learn(stay, one);  // Once, however often it is named.
    }
    remove_recalled(stay, knows);
    schedule_sending(stay);
}

/// A hello need not name all that the session knows, so what it is known to show leaves its screen
/// too.
void Engine::Stages::remove_recalled(const Stay& stay, const KnownById& named) {
    for (const std::uint64_t seq : messages.withdrawn()) {
        const Message& message = *messages.find(seq);
        const Cell* cell = message.cells.find(stay.number);
        if (cell == nullptr || cell->has(Cell::removed) || named.contains(message.id)) continue;
        if (cell->state < State::suppressed || cell->state > State::answered) continue;
        send(stay.peer->id,
             protocol::ToSession{protocol::Remove{message.id, message.removal_cause()}});
    }
}

void Engine::Stages::learn(Stay& stay, const protocol::Known& known) {
    Message* message = messages.find(known.id);
    note_named(stay, known, message);
    if (message == nullptr) {
        if (known.on_screen) ask_history_for_end(*stay.peer, known);
        return;
    }
    learn_state(stay, known);
    const bool is_newest = message->cells.revision() == known.revision;
    const Cell* cell = message->cells.find(stay.number);
    if (known.on_screen && cell != nullptr && cell->has(Cell::cleared)) {
        return send(stay.peer->id, protocol::ToSession{protocol::Remove{
                                       known.id, protocol::RemovalCause::acknowledged}});
    }
    if (!known.on_screen || !message->is_over) return;
    if (message->is_off_screen()) {
        return send(stay.peer->id,
                    protocol::ToSession{protocol::Remove{known.id, message->removal_cause()}});
    }
    // Nobody is to see it for the first time any more, but what is on a screen is to be true.
    if (!is_newest && cell != nullptr) {
        emit(SendFrame{stay.peer->id, *frame_of(*message)});
    }
}

void Engine::Stages::learn_state(Stay& stay, const protocol::Known& known) {
    Message* message = messages.find(known.id);
    const protocol::Receipt receipt = receipt_of(known, now.utc);
    const bool is_early = keep_if_early({stay.number, receipt, now, {}}, message);
    if (!is_early && message != nullptr) hear_receipt(stay, receipt, *message);
}

/// A message that memory has let go of may have been recalled since the session saw it, or the
/// person may have read it elsewhere. Or the log is yet to bring it.
void Engine::Stages::ask_history_for_end(const Peer& peer, const protocol::Known& known) {
    ReadHistory wanted;
    wanted.id = known.id;
    wanted.count_max = 1;
    read_history(std::move(wanted), [this, peer_id = peer.id, known](const HistoryRead& read) {
        if (!peers.contains(peer_id) || !read.messages) return;
        const MessageId& id = known.id;
        if (read.messages->empty()) return learn_state(*peers.at(peer_id).stay, known);
        const Result<Message> message =
            message_from(read.messages->front(), settings.deliver_default);
        if (!message) return;
        const Stay* stay = peers.at(peer_id).stay;
        const Result<Cells> cells = newest_cells_of(read.messages->front());
        const Cell* cell = cells && stay != nullptr ? cells->find(stay->number) : nullptr;
        const bool is_expired = message->expires && *message->expires <= now.utc;
        if (message->is_recalled || message->closed || is_expired) {
            return send(peer_id,
                        protocol::ToSession{protocol::Remove{id, message->removal_cause()}});
        }
        if (cell == nullptr || !cell->has(Cell::cleared)) return;
        send(peer_id,
             protocol::ToSession{protocol::Remove{id, protocol::RemovalCause::acknowledged}});
    });
}

/// True when the session comes into the audience now.
bool Engine::Stages::join_audience(Stay& stay, Message& message) {
    if (!message.is_released()) return false;  // Whom it is for is not known before.
    if (Cell* cell = message.cells.find(stay.number)) {
        if (cell->state != State::gone_unseen) return false;
        // It closed, and came back as the same.
        messages.unsettle(message);
        message.cells.set_state(*cell, State::waiting);
        record_outcome(message);  // No fact says this, and facts to come rest on it.
        after_change(message);
        return true;
    }
    // Brokers' clocks are not quite the same.
    const Milliseconds margin = stay.has_come_over ? limits::clocks_apart_max : Milliseconds{0};
    const bool was_here = stay.session.created <= message.last_time() + margin;
    if (!(message.is_standing() || was_here) || !message.names(stay.session)) return false;
    come_into_audience(stay, message);
    return true;
}

void Engine::Stages::come_into_audience(const Stay& stay, Message& message) {
    messages.unsettle(message);
    message.cells.add(stay.number);
    facts.audience(message.seq, stay.number);
    if (stay.has_come_over) clear_if_read(stay, message);
    after_change(message);
}

/// Puts it behind the others. Of a session that takes nothing in, the outbox would grow with
/// messages that nobody waits for any more; there are never more live ones than the limit.
void Engine::Stages::queue(Stay& stay, const Message& message) {
    const std::uint64_t seq = message.seq;
    // What waits there as an older revision leaves as the newest.
    const auto is_it = [&](std::uint64_t waiting) { return waiting == seq; };
    const bool may_wait = message.revision > 1;
    if (may_wait && std::any_of(stay.outbox.begin(), stay.outbox.end(), is_it)) return;
    if (stay.outbox.size() >= 2 * settings.live_messages_max) {
        stay.outbox.drop_if([&](std::uint64_t old) { return awaited(stay, old) == nullptr; });
    }
    stay.outbox.push(seq);
    schedule_sending(stay);
}

/// nullptr: the session is not to get it any more.
Message* Engine::Stages::awaited(const Stay& stay, std::uint64_t seq) {
    Message* message = messages.find(seq);
    if (message == nullptr || message->is_over) return nullptr;
    // It waits for the program that could open it to come back.
    if (message->content.is_private && !stay.session.key) return nullptr;
    const Cell* cell = message->cells.find(stay.number);
    return cell != nullptr && is_pending(cell->state) ? message : nullptr;
}

void Engine::Stages::schedule_sending(Stay& stay) {
    if (stay.is_sending_due || stay.outbox.empty()) return;
    stay.is_sending_due = true;
    sending_due.push_back(stay.number);
}

/// At the end of a turn: what it has brought leaves together. A session gets its messages in one
/// frame, and all that get the same ones get the same frame; so what a delivery costs in the
/// transport is shared by all that were accepted together.
void Engine::Stages::send_outboxes() {
    // In the order of seqs, which is the order in each outbox.
    std::map<std::vector<std::uint64_t>, std::vector<PeerId>> sendings;
    auto last = sendings.end();
    std::vector<std::uint64_t> seqs;
    for (const std::uint32_t number : std::exchange(sending_due, {})) {
        Stay* stay = stays.find(number);
        if (stay == nullptr) continue;
        stay->is_sending_due = false;
        while (true) {
            take_from_outbox(*stay, seqs);
            if (seqs.empty()) break;
            if (last == sendings.end() || last->first != seqs) {
                last = sendings.try_emplace(seqs).first;
            }
            last->second.push_back(stay->peer->id);
        }
    }
    for (auto& [which, peers_to] : sendings)
        emit(FanOut{std::move(peers_to), frame_of_all(messages, which)});
}

/// What goes into the next frame: nothing when the outbox is empty or there is no room.
void Engine::Stages::take_from_outbox(Stay& stay, std::vector<std::uint64_t>& seqs) {
    constexpr std::size_t bytes_max = limits::bundle_bytes_max;
    std::size_t bytes = protocol::bundle_overhead_max;
    seqs.clear();
    while (is_connected(stay) && !stay.outbox.empty()) {
        const std::uint64_t seq = stay.outbox.front();
        if (Message* message = awaited(stay, seq)) {
            const std::size_t size = frame_of(*message)->size();
            const bool fits = seqs.empty() || bytes + size <= bytes_max;
            if (!fits || !has_room(*stay.peer, size, settings.unconfirmed_messages_max)) return;
            mark_in_flight(*stay.peer, *message, size);
            seqs.push_back(seq);
            bytes += size;
        }
        stay.outbox.pop();
    }
}

void Engine::Stages::mark_in_flight(Peer& peer, const Message& message, std::size_t bytes) {
    peer.in_flight.push({message.id, message.seq, bytes, message.revision});
    peer.in_flight_bytes += bytes;
    // What the session must answer costs it nothing: delivered, displayed and what a person does.
    constexpr double frames_expected = 4;
    peer.frame_credit.give(frames_expected, settings.frames_burst_max);
}

/// The first receipt for something in flight: its seq. nullopt: it was not. A receipt for a
/// revision stands for the older ones too, which the session may not have answered.
std::optional<std::uint64_t> Engine::Stages::land(Peer& peer, const protocol::Receipt& receipt) {
    std::optional<std::uint64_t> seq;
    const auto is_landed = [&](const InFlight& sent) {
        return sent.id == receipt.id && sent.revision <= receipt.revision;
    };
    for (std::uint32_t revisions = receipt.revision; revisions > 0; --revisions) {
        const auto found = std::find_if(peer.in_flight.begin(), peer.in_flight.end(), is_landed);
        if (found == peer.in_flight.end()) break;
        seq = found->seq;
        peer.in_flight_bytes -= found->bytes;
        peer.in_flight.take_out(found);
    }
    return seq;
}

void Engine::Stages::ring(Message& message, protocol::BellMessage::Kind kind,
                          protocol::RemovalCause cause) {
    RingBell bell;
    if (message.target.kind == Target::Kind::all) {
        bell.topics.push_back(protocol::bell_topic_all());
    } else {
        for (const Cell& cell : message.cells.all()) {
            const Stay* stay = stays.find(cell.session);
            if (stay != nullptr) bell.topics.push_back(protocol::bell_topic_of(stay->session.id));
        }
    }
    if (bell.topics.empty()) return;
    bell.body.kind = kind;
    bell.body.cause = cause;
    bell.body.id = message.id;
    bell.body.seq = message.seq;
    bell.body.revision = message.revision;
    bell.body.content = message.content;
    bell.body.from = message.principal;
    bell.body.sent = message.sent;
    bell.body.off_screen_at = message.expires;
    emit(std::move(bell));
}

}  // namespace crier::broker
