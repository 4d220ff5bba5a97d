// What sessions say became of messages, and what follows from it.
#include <algorithm>
#include <utility>

#include "broker/core/stages.hpp"

namespace crier::broker {
namespace {

/// But for when it was, which the message knows.
ReceiptFact fact_of(const protocol::Receipt& receipt) {
    ReceiptFact fact;
    fact.state = receipt.state;
    if (receipt.again) fact.flags |= Cell::again;
    if (receipt.removed) fact.flags |= Cell::removed;
    if (receipt.digest) fact.flags |= Cell::digest;
    fact.cause = receipt.cause;
    if (receipt.answer) {
        fact.flags |= Cell::has_answer;
        fact.answer = static_cast<std::uint8_t>(*receipt.answer);
    }
    return fact;
}

/// Who has acknowledged or answered, and was not asked again since, speaks of the revision that it
/// was left alone with: a person may change their mind, and take it off the screen.
bool is_of_newest(const Stay& stay, const Message& message, const protocol::Receipt& receipt,
                  bool is_in_cluster) {
    if (receipt.revision == message.cells.revision()) return true;
    // By another broker's clock its schedule went on for longer.
    if (receipt.revision > message.cells.revision()) return is_in_cluster;
    const Cell* cell = message.cells.find(stay.number);
    if (cell != nullptr && is_answer(cell->state)) return true;
    // Another broker knows that it has, and left it alone.
    const bool is_asked_anew = receipt.revision < message.newest_asking;
    return stay.has_come_over && is_answer(receipt.state) && !is_asked_anew;
}

}  // namespace

void Engine::Stages::on_receipts(Peer& peer, const protocol::Receipts& frame) {
    if (frame.number != peer.receipts_number + 1) {
        return cut(peer, {ErrorCode::malformed_frame,
                          "receipts: n is " + std::to_string(frame.number) + ", not " +
                              std::to_string(peer.receipts_number + 1)});
    }
    peer.receipts_number = frame.number;
    if (!peer.has_new_receipts) {
        peer.has_new_receipts = true;
        received_from.push_back(peer.id);
    }
    // The frame is paid for. It is taken whole even if that makes a debt.
    constexpr double price = 0.25;
    peer.frame_credit.charge(price * static_cast<double>(frame.receipts.size()));
    bool frees_room = false;
    for (const protocol::Receipt& receipt : frame.receipts) {
        const std::optional<std::uint64_t> landed = land(peer, receipt);
        frees_room |= landed.has_value();
        Message* message = landed ? messages.find(*landed) : messages.find(receipt.id);
        if (const Status taken = on_receipt(peer, receipt, message); !taken) {
            return cut(peer, taken.error());
        }
    }
    if (frees_room) schedule_sending(*peer.stay);
}

/// `message` is nullptr when it is in history only.
Status Engine::Stages::on_receipt(Peer& peer, const protocol::Receipt& receipt, Message* message) {
    note_screen(*peer.stay, receipt, message);
    const bool is_early = keep_if_early({peer.stay->number, receipt, now, peer.id}, message);
    if (is_early) peer.receipts_waiting += 1;
    if (message == nullptr) return on_late_receipt(peer, receipt);
    if (Status known = check_answer(receipt, *message); !known) return known;
    if (!is_early) hear_receipt(*peer.stay, receipt, *message);
    return {};
}

Status Engine::Stages::on_late_receipt(Peer& peer, const protocol::Receipt& receipt) {
    if (receipt.answer) return {};  // The question closed long ago.
    // History works out whether it was targeted at all, when somebody asks.
    const ReceiptFact fact = fact_of(receipt);
    // Each becomes a row of its own on the disk.
    constexpr double late_price = 0.5;
    peer.frame_credit.charge(late_price);
    const bool may_clear = !person_of(peer.stay->session).empty();
    if (fact.state == State::acknowledged && may_clear) {
        clear_person(peer, receipt.id, fact);
        return {};
    }
    return record_late_receipt(receipt.id, peer.stay->number, fact);
}

/// Requires: check_answer().
void Engine::Stages::hear_receipt(Stay& stay, const protocol::Receipt& receipt, Message& message) {
    if (message.names(stay.session)) count_if_it_went_out(message);
    if (!is_of_newest(stay, message, receipt, settings.cluster.has_value())) return;
    ReceiptFact fact = fact_of(receipt);
    // Another broker's clock may have been the session's, or the message's.
    const Milliseconds margin = settings.cluster ? limits::clocks_apart_max : Milliseconds{0};
    const bool is_plausible = receipt.at + margin >= message.sent && receipt.at <= now.utc + margin;
    fact.at_ms = message.since_first(is_plausible ? receipt.at : now.utc);
    receive(stay, message, fact);
}

/// Somebody has it, so those who were there when it was due are its audience. Of what was taken
/// back before that only who says so.
void Engine::Stages::count_if_it_went_out(Message& message) {
    if (!message.may_have_gone_out()) return;
    messages.unsettle(message);
    message.times = std::max(message.times, 1u);
    message.cells.begin({message.revision, 0, 0});
    facts.audience(message.seq, message.cells);
    facts.revision(message.seq, {message.cells.beginning(), {}});
    if (!message.is_recalled && !message.closed) widen_audience(message, message.first_time());
    for (Cell& cell : message.cells.all()) {
        change_by_itself(message, cell, message.ending());
        const Stay* stay = stays.find(cell.session);
        if (stay != nullptr) clear_if_read(*stay, message);
    }
    hear_early_words(message);
    after_change(message);
}

void Engine::Stages::receive(Stay& stay, Message& message, const ReceiptFact& fact) {
    Cell* cell = message.cells.find(stay.number);
    if (cell == nullptr && join_with_receipt(stay, message)) cell = message.cells.find(stay.number);
    if (cell == nullptr) return;  // Not for this session: it says nothing.
    const bool is_late = message.is_question() && message.is_over;
    if (is_late && fact.state == State::answered) return;
    const State before = cell->state;
    const bool is_asked = message.is_question() && (fact.flags & Cell::has_answer) != 0;
    if (!apply(message.cells, *cell, fact)) return;
    facts.receipt(stay.number, message.seq, fact);
    if (is_asked) note_answer(stay, message, *cell);
    const bool is_read = cell->state == State::acknowledged && before != State::acknowledged;
    if (is_read) clear_person(stay, message);
    after_change(message);
    if (watchers.empty() || (cell->state == before && !is_asked)) return;
    protocol::Happened event = event_of(protocol::Happening::receipt, stay.session);
    event.message = message.id;
    event.seq = message.seq;
    event.state = cell->state;
    event.detail = fact.cause;
    happened(std::move(event));
}

/// Who came over from another broker, which has not handed over yet how a message stands: what the
/// session itself knows of it counts. It may have come after the message was accepted, to a broker
/// that had not heard of the message by then.
bool Engine::Stages::join_with_receipt(Stay& stay, Message& message) {
    const bool may_have_it =
        stay.has_come_over && message.is_released() && message.names(stay.session);
    if (!may_have_it) return false;
    come_into_audience(stay, message);
    if (!message.is_over) return true;
    change_by_itself(message, *message.cells.find(stay.number), message.ending());
    return true;
}

/// A person who has acknowledged it in one session need not in the others. Who they are must be
/// known: anybody could claim to be them.
void Engine::Stages::clear_person(const Stay& stay, Message& message) {
    const PersonsRead::One person{stay.session.id, person_of(stay.session)};
    if (person.name.empty() || !message.is_for_persons()) return;
    clear_sessions_of(person, message);
    tell_brokers(PersonsRead{message.id, message.cells.revision(), {person}});
}

/// A link is new: what was told of them before may not have arrived, and whoever told this broker
/// may be gone.
void Engine::Stages::tell_all_persons_who_read(PeerId broker) {
    for (const auto& [seq, message] : messages.all()) {
        if (message.is_off_screen()) continue;
        PersonsRead read{message.id, message.cells.revision(), {}};
        for (const auto& [person, session] : message.readers) {
            read.persons.push_back({session, person});
            if (read.persons.size() < persons_per_frame_max) continue;
            tell(broker, read);
            read.persons.clear();
        }
        if (!read.persons.empty()) tell(broker, read);
    }
}

/// Those whose cells say so; `closed` are the persons of sessions that are not open any more. A
/// session that has come over may have missed it.
void Engine::Stages::find_readers(Message& message, const ClosedPersons& closed) {
    if (!settings.cluster || message.is_off_screen() || !message.is_for_persons()) return;
    for (const Cell& cell : message.cells.all()) {
        if (!cell.is_read_there()) continue;
        const Stay* stay = stays.find(cell.session);
        const auto left = closed.find(cell.session);
        if (stay != nullptr && !person_of(stay->session).empty()) {
            message.readers.emplace(person_of(stay->session), stay->session.id);
        } else if (left != closed.end()) {
            message.readers.emplace(left->second.name, left->second.session);
        }
    }
    for (const auto& [person, session] : message.readers) {
        for (const Stay* stay : stays.of_person(person)) {
            if (stay->has_come_over) clear_if_read(*stay, message);
        }
    }
}

/// Whoever is asked anew since has to read it again.
void Engine::Stages::hear_reader(const EarlyWords::Reader& reader, Message& message) {
    if (!message.is_for_persons()) return;
    if (reader.revision >= message.newest_asking) clear_sessions_of(reader.person, message);
}

/// Of those who are certain to be this person, but for the session in which they read it.
void Engine::Stages::clear_sessions_of(const PersonsRead::One& person, Message& message) {
    std::vector<PeerId> cleared;
    if (settings.cluster) message.readers.emplace(person.name, person.session);
    for (const Stay* other : stays.of_person(person.name)) {
        Cell* cell = message.cells.find(other->number);
        if (cell == nullptr || other->session.id == person.session) continue;
        if (clear(*other, message, *cell) && is_connected(*other)) {
            cleared.push_back(other->peer->id);
        }
    }
    send_removal(std::move(cleared), message.id, protocol::RemovalCause::acknowledged);
}

/// It has come over, and the person has read the message in another session meanwhile.
void Engine::Stages::clear_if_read(const Stay& stay, Message& message) {
    const std::string& person = person_of(stay.session);
    if (message.readers.empty() || person.empty()) return;
    const auto reader = message.readers.find(person);
    if (reader == message.readers.end() || reader->second == stay.session.id) return;
    Cell* cell = message.cells.find(stay.number);
    if (cell == nullptr || !clear(stay, message, *cell) || !is_connected(stay)) return;
    send_removal({stay.peer->id}, message.id, protocol::RemovalCause::acknowledged);
}

/// False: it need not be.
bool Engine::Stages::clear(const Stay& stay, Message& message, Cell& cell) {
    if (cell.state == State::acknowledged) return false;
    const ReceiptFact fact{State::acknowledged, Cell::cleared, message.since_first(now.utc), {}};
    if (!apply(message.cells, cell, fact)) return false;
    facts.receipt(stay.number, message.seq, fact);
    return true;
}

/// The same of a message that memory has let go of: some screens have it still. All that follows is
/// written together, and the receipt is not confirmed before.
void Engine::Stages::clear_person(Peer& peer, const MessageId& id, const ReceiptFact& fact) {
    peer.receipts_waiting += 1;
    ReadHistory wanted;
    wanted.id = id;
    wanted.count_max = 1;
    auto answered = [this, peer_id = peer.id, number = peer.stay->number, id,
                     fact](const HistoryRead& read) {
        Status recorded = record_late_receipt(id, number, fact);
        if (const auto found = peers.find(peer_id); found != peers.end()) {
            found->second.receipts_waiting -= 1;
            if (!recorded) return cut(found->second, recorded.error());
        }
        if (recorded && read.messages && !read.messages->empty()) {
            clear_person(number, read.messages->front());
        }
    };
    read_history(std::move(wanted), std::move(answered));
}

void Engine::Stages::clear_person(std::uint32_t number, const StoredMessage& stored) {
    const Stay* reader = stays.find(number);
    const Result<Message> message = message_from(stored, settings.deliver_default);
    const Result<Cells> cells = newest_cells_of(stored);
    if (reader == nullptr || !message || !cells || cells->find(number) == nullptr) return;
    const std::string& person = person_of(reader->session);
    if (!message->is_for_persons() || person.empty()) return;
    const ReceiptFact fact{State::acknowledged, Cell::cleared, message->since_first(now.utc), {}};
    for (const Stay* other : stays.of_person(person)) {
        const Cell* cell = cells->find(other->number);
        const bool is_read =
            other == reader || cell == nullptr || cell->state == State::acknowledged;
        if (is_read) continue;
        if (!record_late_receipt(message->id, other->number, fact)) return;
        if (!is_connected(*other)) continue;
        send(other->peer->id, protocol::ToSession{protocol::Remove{
                                  message->id, protocol::RemovalCause::acknowledged}});
    }
}

/// Expired or gone: no receipt brings it, so no fact is written. A start works it out again, but
/// not since when.
void Engine::Stages::change_by_itself(Message& message, Cell& cell, Occurrence occurrence) {
    const State next = next_state(cell.state, occurrence);
    if (next == cell.state) return;
    message.cells.set_state(cell, next);
    cell.set_at_ms(message.since_first(now.utc));
    message.is_outcome_dirty = true;
    message.has_untold_change = true;
}

void Engine::Stages::after_change(Message& message) {
    message.is_outcome_dirty = true;
    if (messages.settle(message)) {
        if (message.has_untold_change) record_outcome(message);
        if (!message.followers.empty()) tell_tally(message);
        notice({.fact = Fact::message_final, .message = message.id});
        return;
    }
    note_tally(message);
    close_with_quorum(message);
}

}  // namespace crier::broker
