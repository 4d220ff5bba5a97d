// Sessions that closed here, and come to another broker: that one is handed what became of messages
// at them, so that each is counted once. A start learns of them from the journal, and sessions that
// come before that wait.
#include <utility>

#include "broker/core/stages.hpp"

namespace crier::broker {
namespace {

/// With such a claim it came as another one.
bool is_first(std::uint32_t claim) {
    constexpr std::uint32_t first_claim = 2;
    return claim <= first_claim;
}

}  // namespace

void Cluster::remember_closed(const SessionId& session, const ClosedStay& stay) {
    constexpr std::size_t closed_max = 100'000;
    if (closed.size() >= closed_max) closed.clear();
    closed.insert_or_assign(session, stay);
}

/// Under which it was here, so that it has one only.
std::optional<std::uint32_t> Engine::Stages::number_before(const Session& session) {
    const auto found = cluster.closed.find(session.id);
    const bool is_free = found != cluster.closed.end() &&
                         stays.find(found->second.number) == nullptr &&
                         may_go_on(found->second.owner, owner_of(session));
    return is_free ? std::optional(found->second.number) : std::nullopt;
}

/// At a start: whom messages in memory name, and who is not there any more.
void Engine::Stages::read_closed_stays() {
    std::set<std::uint32_t> numbers;
    for (const auto& [seq, message] : messages.all()) {
        for (const Cell& cell : message.cells.all()) {
            if (stays.find(cell.session) == nullptr) numbers.insert(cell.session);
        }
    }
    if (numbers.empty()) return;
    ReadHistory wanted;
    wanted.sessions.assign(numbers.begin(), numbers.end());
    cluster.early_hellos.emplace();
    read_history(std::move(wanted), [this](const HistoryRead& read) {
        // Without them they are counted here as well, which is the lesser evil.
        if (read.messages) take_closed(read.sessions);
        auto hellos = std::exchange(cluster.early_hellos, {});
        for (auto& [id, hello] : *hellos) {
            const auto found = peers.find(id);
            if (found != peers.end()) on_hello(found->second, std::move(hello));
        }
    });
}

void Engine::Stages::take_closed(const std::vector<SessionRecord>& records) {
    ClosedPersons persons;
    for (const SessionRecord& record : records) {
        const Result<Session> session = session_from(record);
        if (!session) continue;
        take_closed(record, *session);
        const std::string& person = person_of(*session);
        if (!person.empty()) persons[record.number] = {session->id, person};
    }
    for (auto& [seq, message] : messages.all()) {
        find_readers(message, persons);
        after_change(message);
    }
    // There may be links by now.
    for (const auto& [id, other] : cluster.brokers) {
        if (other.peer) tell_all_persons_who_read(*other.peer);
    }
}

void Engine::Stages::take_closed(const SessionRecord& record, const Session& session) {
    const SessionId& id = record.id;
    const bool is_here = stays.find(id) != nullptr || cluster.moving.contains(id);
    const auto other = cluster.closed.find(id);
    const bool is_newest = other == cluster.closed.end() || other->second.number < record.number;
    if (is_here || !is_newest) return;
    cluster.remember_closed(
        id, {record.number, claim_in(record), session.created, {}, 0, owner_of(session)});
    const Directory::Place* place = cluster.directory.find(id);
    if (place != nullptr) hand_over_closed({id, place->opened, place->claim}, place->broker);
}

/// It closed here, and had come here from the broker that claims it now of an earlier time.
bool Engine::Stages::was_here_later(const ClaimSession& claim, const BrokerId& claimer) const {
    const auto closed = cluster.closed.find(claim.session);
    if (closed == cluster.closed.end() || closed->second.claim < claim.claim) return false;
    if (closed->second.claim > claim.claim) return true;
    // That one was told that it was open here, and hands it over.
    if (cluster.was_told_of(closed->second, claimer) && !is_first(claim.claim)) return true;
    const Directory::Place* place = cluster.directory.find(claim.session);
    const bool is_there = place != nullptr && place->broker == claimer;
    return !is_there && claimer < own_id();
}

/// The broker that was to take it is gone, and it has gone on from there.
void Engine::Stages::hand_on(const Moving& moving, const Served& served, const BrokerId& to) {
    if (cluster.peer_of(moving.to) || served.claim <= moving.claim) return;
    Moving next = moving;
    next.to = to;
    next.claim = served.claim;
    hand_over(served.session, next.number, next);
}

/// It is at that broker now, and came there later.
void Engine::Stages::hand_over_closed(const Served& served, const BrokerId& to) {
    if (!cluster.peer_of(to)) return;
    if (const auto found = cluster.moving.find(served.session); found != cluster.moving.end()) {
        return hand_on(found->second, served, to);
    }
    const auto closed = cluster.closed.find(served.session);
    if (closed == cluster.closed.end() || is_first(served.claim)) return;
    const ClosedStay& stay = closed->second;
    if (stay.claim > served.claim) return;
    // Each was told that the other one has it: the one with the lower id hands it over.
    const bool is_tie = stay.claim == served.claim;
    if (is_tie && cluster.was_told_of(stay, to) && own_id() > to) return;
    hand_over(served.session, stay.number,
              {stay.number, served.claim, stay.opened, to, stay.owner, {}});
}

}  // namespace crier::broker
