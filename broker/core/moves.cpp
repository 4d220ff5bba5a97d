// Sessions go from broker to broker. The one that a session comes to claims it; the one that had
// it hands over what it knows, and goes on counting it until the other has that on its disk.
#include <algorithm>
#include <utility>

#include "broker/core/stages.hpp"

namespace crier::broker {
namespace {

constexpr auto without_answer = static_cast<std::uint8_t>(~Cell::has_answer);

}  // namespace

/// At a hello. True: another broker is to say first what it knows of the session.
bool Engine::Stages::claim_elsewhere(Peer& peer, const std::optional<ResumeToken>& token) {
    if (!settings.cluster) return false;
    Stay& stay = *peer.stay;
    const SessionId& id = stay.session.id;
    const Directory::Place* place = cluster.directory.find(id);
    const BrokerId from = place != nullptr ? place->broker : token ? token->broker : BrokerId{};
    const std::uint32_t heard = place != nullptr ? place->claim : 0;
    stay.claim = std::max({stay.claim, heard, token ? token->claim : 0}) + 1;
    note_served(stay);
    if (from == BrokerId{}) return false;
    // Since it closed here, or before this broker's start, it may have been anywhere.
    stay.has_come_over |= from != own_id() || stay.is_reopened;
    if (from == own_id()) return false;
    stay.unasked = from;
    // After a crash it is to be known where it came last.
    const std::uint64_t write = record_session(stay);
    if (write != Stay::never) stay.recorded = write;  // The welcome waits for that.
    // This broker may have started when that one was gone already.
    peer.awaited_broker = cluster.peer_of(from);
    if (!peer.awaited_broker) return false;
    cluster.newcomers.emplace_back(now.steady + settings.cluster->moving_time, peer.id);
    tell(*peer.awaited_broker, ClaimSession{id, stay.claim});
    return true;
}

/// Nobody has more to say of the newcomer.
void Engine::Stages::settle_in(Peer& peer) {
    peer.awaited_broker.reset();
    Stay& stay = *peer.stay;
    if (Message* message = missed_drop_of(stay)) {
        // It is counted here: what the other one has of it may come later.
        messages.unsettle(*message);
        if (message->cells.add(stay.number)) facts.audience(message->seq, stay.number);
        message->cells.mark(*message->cells.find(stay.number), Cell::dropped);
        return end_sessions(*message, {stay.number});
    }
    join_audiences(stay);
    const std::uint64_t awaited_write = std::max(stay.recorded, stay.joined);
    if (storage_problem || awaited_write <= committed) return welcome(peer);
    pending_welcomes.push_back({awaited_write, peer.id});
}

/// Those whose other broker has not answered in time.
void Engine::Stages::settle_in_overdue() {
    auto& newcomers = cluster.newcomers;
    while (!newcomers.empty() && newcomers.front().first <= now.steady) {
        const auto found = peers.find(newcomers.front().second);
        newcomers.pop_front();
        if (found != peers.end() && found->second.awaited_broker) settle_in(found->second);
    }
}

/// A session comes over whose broker is gone, and cannot say whether it has ended it.
Message* Engine::Stages::missed_drop_of(const Stay& stay) {
    if (!settings.cluster || !stay.has_come_over) return nullptr;
    for (auto& [seq, message] : messages.all()) {
        // It may have been handed over a moment before the other's clock came to the drop.
        const Cell* cell = message.cells.find(stay.number);
        const bool was_ended = cell != nullptr && cell->has(Cell::dropped);
        if (!message.cells.is_drop_done() || was_ended) continue;
        const UtcTime at = *message.schedule.drop;
        const bool is_meant = stay.session.created <= at && message.names(stay.session);
        if (is_meant && now.utc < at + settings.refusal_time) return &message;
    }
    return nullptr;
}

// ---- The broker that had it ---------------------------------------------------------------------

/// Neither broker had heard of the other, and nobody knows where the session came last.
void Engine::Stages::on_broker(Peer& broker, const ClaimSession& claim) {
    if (PendingEnd* end = pending_end_of(claim.session)) {
        end->claim = {broker.id, claim};
        return;
    }
    Stay* stay = stays.find(claim.session);
    if (stay != nullptr && claim.claim <= stay->claim) {
        return tell(broker.id, KeepSession{claim.session, stay->claim});
    }
    if (stay != nullptr) {
        // Before it tells which sessions it has it claims those of the time without a link.
        const bool is_newer = cluster.brokers.at(broker.facts.broker->id).has_told;
        const Error replaced{ErrorCode::replaced,
                             "a newer connection with the same key took over, at another broker"};
        return yield(*stay, broker, claim.claim, is_newer ? replaced : to_come_again());
    }
    if (const auto until = refused_keys.until(claim.session)) {
        tell(broker.id, KeysRefused{{{claim.session, *until}}});
    }
    if (was_here_later(claim, broker.facts.broker->id)) return;
    // It closed here, or its last move is not done yet.
    Moving moving{0, claim.claim, {}, broker.facts.broker->id, {}, {}};
    if (const auto before = cluster.moving.find(claim.session); before != cluster.moving.end()) {
        moving.number = before->second.number;
        moving.opened = before->second.opened;
        moving.owner = before->second.owner;
        moving.last_word = before->second.last_word;
    } else if (const auto found = cluster.closed.find(claim.session);
               found != cluster.closed.end()) {
        moving.number = found->second.number;
        moving.owner = found->second.owner;
    }
    hand_over(claim.session, moving.number, moving);
}

/// The other broker has the session from now on.
void Engine::Stages::yield(Stay& stay, const Peer& to, std::uint32_t claim, const Error& why) {
    const SessionId id = stay.session.id;
    const Moving moving{
        stay.number,
        claim,
        stay.session.created,
        to.facts.broker->id,
        owner_of(stay.session),
        to_record(stay.session, stay.number, false, now.utc, std::nullopt, stay.claim)};
    if (stay.peer != nullptr) {
        Peer& peer = *stay.peer;
        if (is_connected(stay)) note_lost(stay);
        detach(stay);
        peer.stay = nullptr;
        cut(peer, why);
    }
    notice({.fact = Fact::session_moved, .session = id, .detail = "to " + to.facts.broker->name});
    stays.close(moving.number);
    cluster.directory.take({moving.to, false, {{id, moving.opened, claim}}, {}});
    hand_over(id, moving.number, moving);
}

/// All that memory has of it; what history has stays here.
void Engine::Stages::hand_over(const SessionId& session, std::uint32_t number, Moving moving) {
    const PeerId to = *cluster.brokers.at(moving.to).peer;
    const HandSession none{session, moving.claim, moving.opened, {}, false, moving.owner};
    HandSession hand = none;
    std::size_t bytes = 0;
    for (auto& [seq, message] : messages.all()) {
        Cell* cell = number == 0 ? nullptr : message.cells.find(number);
        if (cell == nullptr) continue;
        message.cells.set_moving(*cell, true);
        note_tally(message);
        HandedCell handed{
            message.id,
            message.cells.revision(),
            {cell->state, cell->flags, cell->at_ms(), message.cells.cause_of(*cell), cell->answer}};
        handed.fact.flags &= static_cast<std::uint8_t>(~(Cell::moving | Cell::has_cause));
        bytes += size_of(handed);
        hand.cells.push_back(std::move(handed));
        if (bytes < cells_bytes_max) continue;
        hand.more = true;
        tell(to, std::exchange(hand, none));
        bytes = 0;
    }
    if (number != 0) cluster.moving.insert_or_assign(session, std::move(moving));
    tell(to, hand);
}

/// A link is new: what was handed over before may not have arrived.
void Engine::Stages::hand_again(const Peer& to) {
    std::vector<std::pair<SessionId, Moving>> again;
    for (const auto& [session, moving] : cluster.moving) {
        if (moving.to == to.facts.broker->id) again.emplace_back(session, moving);
    }
    for (auto& [session, moving] : again) hand_over(session, moving.number, moving);
}

/// The broker that was to take them cannot be reached: they are counted here meanwhile.
void Engine::Stages::put_back(const BrokerId& from) {
    for (const auto& [session, moving] : cluster.moving) {
        if (moving.to == from) set_moving(moving.number, false);
    }
}

void Engine::Stages::set_moving(std::uint32_t number, bool is_moving) {
    for (auto& [seq, message] : messages.all()) {
        Cell* cell = message.cells.find(number);
        if (cell == nullptr || cell->has(Cell::moving) == is_moving) continue;
        message.cells.set_moving(*cell, is_moving);
        after_change(message);
    }
}

/// It comes before the broker that it went to has taken it over: it goes on here as it was, under
/// its number, and what that one knows comes on top. nullopt: it has taken it, or it is elsewhere,
/// or somebody else's by now.
std::optional<std::uint32_t> Engine::Stages::come_back(const Session& session) {
    const auto found = cluster.moving.find(session.id);
    if (found == cluster.moving.end()) return std::nullopt;
    if (!may_go_on(found->second.owner, owner_of(session))) return std::nullopt;
    const std::uint32_t number = found->second.number;
    cluster.moving.erase(found);
    set_moving(number, false);
    return number;
}

void Engine::Stages::on_broker(Peer& broker, const TookSession& took) {
    const auto found = cluster.moving.find(took.session);
    const bool is_it = found != cluster.moving.end() && found->second.claim == took.claim &&
                       found->second.to == broker.facts.broker->id;
    if (!is_it) return;
    const std::uint32_t number = found->second.number;
    for (const MessageId& id : took.messages) {
        Message* message = messages.find(id);
        if (message == nullptr || message->cells.find(number) == nullptr) continue;
        message->cells.remove(number);
        facts.moved(message->seq, number);
        message->is_outcome_dirty = true;
        after_change(*message);
    }
    if (took.more) return;
    // It may have gone on to a third one before.
    const Directory::Place* place = cluster.directory.find(took.session);
    const bool has_gone_on = place != nullptr && place->broker != found->second.to;
    if (has_gone_on && cluster.peer_of(place->broker)) {
        Moving moving = found->second;
        moving.claim = place->claim;
        moving.to = place->broker;
        return hand_over(took.session, number, std::move(moving));
    }
    cluster.closed.erase(took.session);
    if (const auto last_word = std::exchange(found->second.last_word, {})) {
        record_and_let_go(RecordSession{*last_word});
    }
    // What the other does not know any more stays here, as it was; what it does not know yet until
    // it takes that too.
    bool may_take_more = false;
    for (auto& [seq, message] : messages.all()) {
        Cell* cell = message.cells.find(number);
        if (cell == nullptr) continue;
        may_take_more |= is_perhaps_early(message, broker);
        message.cells.set_moving(*cell, false);
        change_by_itself(message, *cell, Occurrence::gone);
        after_change(message);
    }
    if (!may_take_more) cluster.moving.erase(found);
}

// ---- The broker that it came to -----------------------------------------------------------------

void Engine::Stages::on_broker(Peer& broker, const HandSession& said) {
    TookSession took{said.session, said.claim, {}, said.more};
    const std::uint32_t taker = taker_of(said);
    if (taker == 0) return tell(broker.id, took);
    const HandSession hand = what_goes_on(said);
    bool is_news = false;
    for (const HandedCell& cell : hand.cells) {
        const std::optional<Cell> before = messages.cell_of(cell.message, taker);
        if (take_over(taker, cell)) {
            is_news |= before != messages.cell_of(cell.message, taker);
            took.messages.push_back(cell.message);
        } else {
            const HandSession early{hand.session, hand.claim, {}, {cell}, false, hand.owner};
            early_words_of(cell.message).hands.emplace_back(broker.facts.broker->id, early);
        }
    }
    flush_facts();
    cluster.tooks.push_back({writes, broker.id, std::move(took)});
    if (is_news) hand_on_news(hand.session, broker.facts.broker->id);
    Stay* stay = stays.find(taker);
    if (stay != nullptr) stay->has_come_over = true;
    if (hand.more) return;
    if (stay == nullptr) {
        BrokerId& unasked = cluster.closed.at(hand.session).unasked;
        if (unasked == broker.facts.broker->id) unasked = {};
        return release_tooks();
    }
    if (stay->unasked == broker.facts.broker->id) stay->unasked = {};
    Peer* peer = stay->peer;
    if (peer != nullptr && peer->awaited_broker == broker.id) {
        if (end_if_refused(*stay)) return;
        if (hand.opened != UtcTime{} && hand.opened < stay->session.created) {
            stay->session.created = hand.opened;
            stay->recorded = record_session(*stay);
        }
        settle_in(*peer);
    }
    release_tooks();
}

/// It is on its way to a third broker, which was handed what was known here before.
void Engine::Stages::hand_on_news(const SessionId& session, const BrokerId& from) {
    const auto found = cluster.moving.find(session);
    if (found == cluster.moving.end() || found->second.to == from) return;
    const Moving moving = found->second;
    if (cluster.peer_of(moving.to)) hand_over(session, moving.number, moving);
}

/// The number of its stay here, also if that is over; 0: it has not come here for that.
std::uint32_t Engine::Stages::taker_of(const HandSession& hand) {
    const Stay* stay = stays.find(hand.session);
    if (stay != nullptr && stay->claim >= hand.claim) return stay->number;
    const auto closed = cluster.closed.find(hand.session);
    const bool is_known = closed != cluster.closed.end() && closed->second.claim >= hand.claim;
    return is_known ? closed->second.number : 0;
}

/// A link is new: sessions came here meanwhile which the other one believes to have still.
void Engine::Stages::claim_again(const Peer& from) {
    const BrokerId& id = from.facts.broker->id;
    for (const auto& [number, stay] : stays.all()) {
        if (stay.unasked == id) tell(from.id, ClaimSession{stay.session.id, stay.claim});
    }
    SessionsAt gone{own_id(), false, {}, {}};
    for (const auto& [session, closed] : cluster.closed) {
        if (closed.unasked != id) continue;
        const auto moving = cluster.moving.find(session);
        const bool is_given_back = moving != cluster.moving.end() && moving->second.to == id;
        if (!is_given_back) tell(from.id, ClaimSession{session, closed.claim});
        gone.closed.push_back(session);
        if (gone.closed.size() < served_per_frame_max) continue;
        tell(from.id, std::exchange(gone, {own_id(), false, {}, {}}));
    }
    if (!gone.closed.empty()) tell(from.id, gone);
}

/// False: this broker is yet to hear of it, or does not know the message any more.
bool Engine::Stages::take_over(std::uint32_t number, const HandedCell& handed) {
    Message* message = messages.find(handed.message);
    if (is_early(message, handed.revision)) return false;
    count_if_it_went_out(*message);
    messages.unsettle(*message);
    const bool is_new = message->cells.add(number);
    if (is_new) facts.audience(message->seq, number);
    Cell& cell = *message->cells.find(number);
    ReceiptFact fact = handed.fact;
    // Somebody may have changed their mind here since.
    if (cell.has(Cell::has_answer) && fact.at_ms <= cell.at_ms()) fact.flags &= without_answer;
    const bool is_of_newest = handed.revision >= message->cells.revision() ||
                              (is_answer(fact.state) && handed.revision >= message->newest_asking);
    const bool is_receipt = fact.state >= State::delivered && fact.state <= State::failed;
    if (is_of_newest && is_receipt && apply(message->cells, cell, fact)) {
        facts.receipt(number, message->seq, fact);
    } else if (is_of_newest && is_new && fact.state > State::failed &&
               fact.state != State::gone_unseen) {
        message->cells.set_state(cell, fact.state);
        cell.set_at_ms(fact.at_ms);
        message->has_untold_change = true;
    }
    if ((fact.flags & Cell::dropped) != 0 && !cell.has(Cell::dropped)) {
        message->cells.mark(cell, Cell::dropped);
        facts.dropped_elsewhere(message->seq, number);
    }
    // What has become of the message here, or of the session, was not known there.
    if (message->is_over) change_by_itself(*message, cell, message->ending());
    Stay* stay = stays.find(number);
    if (stay == nullptr) change_by_itself(*message, cell, Occurrence::gone);
    if (stay != nullptr) clear_if_read(*stay, *message);
    // Welcomed before this was known, it was not sent the message.
    const bool is_missed = is_new && stay != nullptr && is_connected(*stay);
    if (is_missed && awaited(*stay, message->seq) != nullptr) queue(*stay, *message);
    after_change(*message);
    return true;
}

/// Whoever was to be asked has it since later; the session itself decides, if it is here still.
void Engine::Stages::on_broker(Peer& broker, const KeepSession& keep) {
    Stay* stay = stays.find(keep.session);
    if (stay == nullptr || stay->claim > keep.claim) return;
    if (stay->peer == nullptr) {
        return yield(*stay, broker, keep.claim, {ErrorCode::replaced, "it is at another broker"});
    }
    stay->claim = keep.claim + 1;
    record_session(*stay);
    note_served(*stay);
    tell(broker.id, ClaimSession{keep.session, stay->claim});
}

/// What is on the disk by now need not be counted by who had it before.
void Engine::Stages::release_tooks() {
    std::erase_if(cluster.tooks, [this](const PendingTook& one) {
        if (!peers.contains(one.to)) return true;
        // While the disk is full memory alone has it: a crash would take it from both.
        if (storage_problem || one.write > committed) return false;
        // Before the other one counts them no longer it knows that they are counted here.
        for (const MessageId& id : one.took.messages) {
            Message* message = messages.find(id);
            if (message != nullptr && message->is_tally_dirty) tell_tally(*message);
        }
        tell(one.to, one.took);
        return true;
    });
}

}  // namespace crier::broker
