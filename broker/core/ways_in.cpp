#include "broker/core/ways_in.hpp"

#include <utility>

#include "shared/base/crypto.hpp"
#include "shared/base/limits.hpp"

namespace crier::broker {
namespace {

/// Without CURVE nothing is proven: the hello names a key.
Result<Identity> take_at_its_word(const protocol::SessionHello& hello) {
    if (hello.key) return Identity{session_id_of(*hello.key)};
    return fail(ErrorCode::malformed_frame,
                "hello: key is missing; without CURVE it names the session");
}

tl::unexpected<Error> not_admitted(std::string why) {
    return fail(ErrorCode::not_admitted, std::move(why));
}

}  // namespace

Error revoked_key() {
    return {ErrorCode::not_admitted, "this key was revoked: come with another one"};
}

Result<Identity> Gate::identify(const PeerFacts& peer, const protocol::SessionHello& hello) const {
    if (!settings.join_secret) return take_at_its_word(hello);
    if (!peer.public_key) return not_admitted("the connection has proven no key");
    const Bytes32& key = *peer.public_key;
    Identity identity{session_id_of(key)};
    if (keys.was_revoked(key)) return fail(revoked_key());
    if (hello.ticket) {
        auto ticket = read(*hello.ticket, identity.id);
        if (!ticket) return fail(std::move(ticket.error()));
        identity.user = (*ticket)->user;
        identity.ticket = std::move(*ticket);
        return identity;
    }
    const Principal* enrolled = admitted.find(key);
    if (enrolled != nullptr && enrolled->rights.has(Right::session) && settings.takes_enrolled) {
        identity.user = enrolled->user;
        return identity;
    }
    if (settings.takes_enrolled && keys.is_for_sessions(key)) {
        return not_admitted("the registration of this key has expired");
    }
    if (!settings.takes_invited) {
        return not_admitted("this broker takes no session by invitation alone: its key " +
                            to_string(key) + " is not registered, and it shows no ticket");
    }
    if (!hello.proof || !equal(*hello.proof, join_proof(*settings.join_secret, key))) {
        return not_admitted(
            "the hello does not prove the join secret: ask for a new sessions' invitation");
    }
    return identity;
}

Result<std::unique_ptr<Ticket>> Gate::read(std::string_view token, const SessionId& session) const {
    if (!settings.read_ticket) return no_ticket("counts for nothing: this broker takes none");
    Result<Ticket> ticket = settings.read_ticket(token);
    if (!ticket) return fail(std::move(ticket.error()));
    if (ticket->session != session) {
        return no_ticket("is another session's: this one is " + to_string(session));
    }
    if (ticket->issued > now + limits::ticket_early_max) {
        return no_ticket("is from the future: the clocks of its server and of the broker differ");
    }
    if (ticket->expires <= now) return no_ticket("has expired: get a new one");
    // Its own time, not what is left of it: so long the word that it is revoked may have to be
    // kept.
    if (ticket->expires > ticket->issued + limits::ticket_time_max) {
        return no_ticket("counts for more than " +
                         std::to_string(limits::ticket_time_max / std::chrono::hours{24}) +
                         " days");
    }
    if (keys.was_revoked(*ticket)) return no_ticket("was revoked");
    return std::make_unique<Ticket>(std::move(*ticket));
}

void apply(const Identity& identity, Session& session) {
    Attributes& said = session.attributes;
    if (!identity.user.empty()) {
        said.user = identity.user;
        session.user_verified = true;
    }
    if (!identity.ticket) return;
    const Ticket& ticket = *identity.ticket;
    if (ticket.machine) said.machine = *ticket.machine;
    if (ticket.application) said.application = *ticket.application;
    if (ticket.groups) said.groups = *ticket.groups;
    session.machine_verified = ticket.machine.has_value();
    session.application_verified = ticket.application.has_value();
    session.groups_verified = ticket.groups.has_value();
}

}  // namespace crier::broker
