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

void Engine::Stages::end_revoked_tickets() {
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

}  // namespace crier::broker
