// What sessions have come in by may change, expire and be revoked while they are in.
#include <optional>
#include <string_view>
#include <vector>

#include "broker/core/stages.hpp"

namespace crier::broker {
namespace {

/// The user that a session with this key is for certain; nullopt: it does not come in by it.
std::optional<std::string_view> enrolled_user(const Principals& principals, const Bytes32& key) {
    const Principal* principal = principals.find(key);
    if (principal == nullptr || !principal->rights.has(Right::session)) return std::nullopt;
    return principal->user;
}

/// What a ticket said took the place of what the session says of itself, which nobody knows any
/// more.
void take_back(const Ticket& ticket, Session& session) {
    Attributes& said = session.attributes;
    if (ticket.machine) said.machine.clear();
    if (ticket.application) said.application.clear();
    if (ticket.groups) said.groups.clear();
}

}  // namespace

// ---- Tickets ------------------------------------------------------------------------------------

void Engine::Stages::on_renew(Peer& peer, const protocol::RenewTicket& renew) {
    Stay& stay = *peer.stay;
    auto ticket = gate().read(renew.ticket, stay.session.id);
    if (!ticket) return cut(peer, ticket.error());
    if (!stay.ticket || (*ticket)->user != stay.ticket->user) {
        return cut(peer, {ErrorCode::ticket_invalid,
                          "a ticket is renewed by one of the same user; connect again with it"});
    }
    const UtcTime expires = (*ticket)->expires;
    Identity identity{stay.session.id, (*ticket)->user, std::move(*ticket)};
    Session described = stay.session;
    take_back(*stay.ticket, described);
    apply(identity, described);
    const bool is_changed = described != stay.session;
    stays.describe(stay, std::move(described));
    stays.hold(stay, std::move(identity.ticket));
    if (is_changed) record_session(stay);
    send(peer.id, protocol::ToSession{protocol::TicketRenewed{expires}});
}

/// A session that is not connected has to show a new one when it comes back.
void Engine::Stages::end_expired_tickets() {
    while (Stay* stay = stays.with_expired_ticket(now.utc)) {
        stays.hold(*stay, nullptr);
        if (stay->peer == nullptr) continue;
        cut(*stay->peer, {ErrorCode::ticket_invalid, "the ticket has expired: get a new one"});
    }
}

/// However they came in: a key that was revoked is not to be in at all.
void Engine::Stages::end_revoked() {
    for (const PublicKey& key : key_ring.revoked()) {
        Stay* stay = stays.find(session_id_of(key));
        if (stay != nullptr) end_session(*stay, revoked_key());
    }
    std::vector<std::uint32_t> revoked;
    for (const auto& [number, stay] : stays.all()) {
        if (stay.ticket && key_ring.was_revoked(*stay.ticket)) revoked.push_back(number);
    }
    for (const std::uint32_t number : revoked) {
        end_session(*stays.find(number), {ErrorCode::ticket_invalid, "the ticket was revoked"});
    }
}

// ---- Enrolled keys ------------------------------------------------------------------------------

/// Whose session it is for certain may be another one now, or nobody. Sessions are found by their
/// keys: how they came in before a start is not known.
void Engine::Stages::settle_sessions(const Principals& before) {
    if (!settings.takes_enrolled) return;
    for (const Principals* principals : {&before, admitted.get()}) {
        for (const auto& [key, principal] : principals->all()) {
            const auto user = enrolled_user(*admitted, key);
            if (user == enrolled_user(before, key)) continue;
            Stay* stay = stays.find(session_id_of(key));
            if (stay == nullptr || stay->ticket) continue;
            if (!user) {
                end_session(*stay, {ErrorCode::not_admitted,
                                    "this key is not registered for sessions any more"});
            } else if (stay->peer != nullptr) {
                constexpr Milliseconds come_back_after{1};
                send_away(stay->peer->id, {"whose key it is has changed", come_back_after});
            }
        }
    }
}

void Engine::Stages::end_session(Stay& stay, const Error& why) {
    const std::uint32_t number = stay.number;
    if (stay.peer != nullptr) cut(*stay.peer, why);
    close(*stays.find(number), why.detail);
}

// ---- Somebody else with the same key ------------------------------------------------------------

/// The stay of somebody else who came with this key. Returns the claim, which goes on: the other
/// brokers know where the key came last.
std::uint32_t Engine::Stages::end_if_anothers(const Session& described) {
    Stay* open = stays.find(described.id);
    const bool is_anothers =
        open != nullptr && !may_go_on(owner_of(open->session), owner_of(described));
    if (!is_anothers) return 1;
    const std::uint32_t claim = open->claim;
    end_session(*open, {ErrorCode::replaced, "somebody else came with the same key"});
    return claim;
}

/// Somebody else has come with the session's key: what was for the one before stays where it was.
HandSession Engine::Stages::what_goes_on(HandSession hand) {
    Stay* stay = stays.find(hand.session);
    const bool is_here = stay != nullptr && stay->claim >= hand.claim;
    const Owner now_its = is_here ? owner_of(stay->session) : cluster.closed.at(hand.session).owner;
    if (may_go_on(hand.owner, now_its)) return hand;
    hand.cells.clear();
    hand.opened = {};
    // Since when the session is there was said of the one before.
    if (is_here && stay->peer != nullptr && !stay->peer->is_welcomed) {
        stay->session.created = stay->peer->hello_at;
        stay->recorded = record_session(*stay);
    }
    return hand;
}

}  // namespace crier::broker
