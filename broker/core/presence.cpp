// Sessions come, come back, are replaced, go unreachable and close.
#include <algorithm>
#include <tuple>
#include <utility>

#include "broker/core/stages.hpp"

namespace crier::broker {
namespace {

using protocol::Happening;

bool knows(const std::vector<std::uint32_t>& features, std::uint32_t feature) {
    return std::find(features.begin(), features.end(), feature) != features.end();
}

/// What the session says of itself, with what the broker knows beside it.
Session describe(const Peer& peer, const protocol::SessionHello& hello, const Identity& identity,
                 UtcTime now) {
    Session session;
    session.id = identity.id;
    session.attributes = hello.attributes;
    session.address = peer.facts.address;
    session.state = hello.state;
    session.created = now;
    if (knows(hello.features, protocol::feature_private)) session.key = peer.facts.public_key;
    if (const auto& known = peer.facts.system_user) {
        Attributes& said = session.attributes;
        if (said.system_user.empty()) said.system_user = *known;
        session.system_user_verified = said.system_user == *known;
        session.user_verified = said.user == *known;
    }
    apply(identity, session);
    return session;
}

/// nullopt: it shows none, or one that is not its own, or was of somebody else with the same key.
std::optional<ResumeToken> token_of(const protocol::SessionHello& hello, const Session& described,
                                    const Secret& resume_key) {
    auto token = hello.resume ? verify(*hello.resume, resume_key) : std::nullopt;
    if (!token || token->session != described.id) return std::nullopt;
    return may_go_on(token->owner, owner_of(described)) ? token : std::nullopt;
}

/// But for what it is doing.
bool is_same(const Session& one, const Session& other) {
    const auto verified = [](const Session& session) {
        return std::tie(session.user_verified, session.system_user_verified,
                        session.machine_verified, session.application_verified,
                        session.groups_verified);
    };
    return one.attributes == other.attributes && one.address == other.address &&
           one.key == other.key && verified(one) == verified(other);
}

}  // namespace

void Engine::Stages::on_hello(Peer& peer, protocol::SessionHello hello) {
    if (hello.versions.lowest > protocol::version || hello.versions.highest < protocol::version) {
        return cut(peer, {ErrorCode::version_unsupported,
                          "this broker speaks version " + std::to_string(protocol::version)});
    }
    if (is_stopping) return cut(peer, {ErrorCode::stopping, "the broker stops: come back shortly"});
    if (cluster.early_hellos) {
        // Under which number the session was here is not known yet: it would get a second one.
        cluster.early_hellos->emplace(peer.id, std::move(hello));
        return;
    }
    Result<Identity> identity = gate().identify(peer.facts, hello);
    if (!identity) return cut(peer, identity.error());
    const SessionId& id = identity->id;
    forgive_keys();
    if (const auto refused = refusal_of_key(id)) {
        PendingEnd* end = pending_end_of(id);
        return end != nullptr ? tell_later(*end, peer, *refused) : cut(peer, *refused);
    }
    if (const auto refused = misbehaved_keys.refusal_of(id, now.steady)) {
        return cut(peer, *refused);
    }
    if (!hello_counts.count(id, now.steady)) {
        return cut(peer, {ErrorCode::rate_exceeded,
                          "more than " + std::to_string(HelloCounts::a_minute_max) +
                              " hellos a minute: wait longer before you come back"});
    }
    if (const auto refused = cluster.refusal_when_cut_off(id, now.steady)) {
        return cut(peer, *refused);
    }
    Session described = describe(peer, hello, *identity, now.utc);
    const auto token = token_of(hello, described, settings.resume_key);
    const Result<Stay*> found = stay_for(token, std::move(described));
    if (!found) return cut(peer, found.error());
    Stay& stay = **found;
    if (!pay_for_names(stay, hello.known)) {
        return cut(peer, {ErrorCode::rate_exceeded,
                          "it says too often what is on its screen: connect again later"});
    }
    if (stay.peer != nullptr) {
        notice({.fact = Fact::session_replaced, .peer = stay.peer->id, .session = stay.session.id});
        cut(*stay.peer, {ErrorCode::replaced, "a newer connection with the same key took over"});
    }
    stays.hold(stay, std::move(identity->ticket));
    peer.is_greeted = true;
    peer.hello_at = now.utc;
    peer.stay = &stay;
    stay.peer = &peer;
    peer.known = std::move(hello.known);
    if (!claim_elsewhere(peer, token)) settle_in(peer);
}

/// The stay that this hello goes on with, or a new one.
///
/// A stay that is open goes on, token or not: the key proves that it is the same session, and
/// nothing that was accepted for it is lost when its program crashed and forgot the token. The
/// token counts where this broker has closed the stay. One that another broker has goes on here.
/// But nothing goes on that was another person's: what was accepted for that one is not theirs.
Result<Stay*> Engine::Stages::stay_for(const std::optional<ResumeToken>& token, Session described) {
    const std::uint32_t claim = end_if_anothers(described);
    if (Stay* open = stays.find(described.id)) {
        described.created = open->session.created;
        const bool is_changed = !is_same(described, open->session);
        if (described.state != Presence::unreachable) open->said = described.state;
        described.state = open->session.state;
        described.unreachable_since = open->session.unreachable_since;
        stays.describe(*open, std::move(described));
        if (is_changed) record_session(*open);
        return open;
    }
    const Directory::Place* elsewhere = cluster.directory.find(described.id);
    if (!token && elsewhere == nullptr) {
        if (auto refused = refusal_of_admission(described)) return fail(std::move(*refused));
    }
    // Who only comes and goes, with a new key each time, takes nobody's place.
    Stay* given_up = stays.size() >= settings.sessions_max ? stays.least_missed() : nullptr;
    if (given_up != nullptr) close(*given_up, "its place was needed");
    if (stays.size() >= settings.sessions_max) {
        return fail(ErrorCode::overloaded, "the broker has its " +
                                               std::to_string(settings.sessions_max) +
                                               " sessions: try later, or raise limits.sessions");
    }
    if (let_go.size() >= let_go_max) {
        return fail(ErrorCode::overloaded, "the journal is behind: try later");
    }
    std::optional<std::uint32_t> number;
    bool is_reopened = false;
    if (token || elsewhere != nullptr) {
        described.created = token ? token->opened : elsewhere->opened;
        is_reopened = true;
    }
    const bool is_own_token = token && token->broker == own_id();
    if (is_own_token && token->number != 0 && stays.find(token->number) == nullptr) {
        number = token->number;
    }
    const bool has_token_number = number.has_value();
    if (is_reopened && !number) number = number_before(described);
    if (const auto own = come_back(described)) number = own;
    Stay& stay = stays.open(std::move(described), number);
    stay.claim = claim;
    stay.is_reopened = is_reopened;
    stay.has_token_number = has_token_number;
    // What this broker, or another one, has shown it under another number is not known of this one.
    stay.has_come_over = is_reopened && !has_token_number;
    stay.session.state = Presence::unreachable;  // Until its welcome.
    stay.session.unreachable_since = now.utc;
    stay.recorded = record_session(stay);
    await_return(stay);
    return &stay;
}

void Engine::Stages::welcome(Peer& peer) {
    Stay& stay = *peer.stay;
    const bool is_return = stay.was_connected;
    stay.was_connected = true;
    stay.session.state = stay.said;
    stay.session.unreachable_since.reset();
    peer.is_welcomed = true;
    connected += 1;
    await_heartbeat(peer);

    protocol::SessionWelcome frame;
    if (stay.session.key) frame.features.push_back(protocol::feature_private);
    frame.session = stay.session.id;
    frame.opened = stay.session.created;
    // A number that a crash can take back goes to another session then.
    const bool is_its_own = stay.recorded <= committed || stay.has_token_number;
    const std::uint32_t number = is_its_own ? stay.number : 0;
    frame.resume = sign({stay.session.id, stay.session.created, number, stay.claim, own_id(),
                         owner_of(stay.session)},
                        settings.resume_key);
    frame.time = now.utc;
    frame.heartbeat = settings.heartbeat;
    frame.broker = settings.software_version;
    frame.others = other_places(peer.facts);
    if (stay.ticket) frame.ticket_expires = stay.ticket->expires;
    send(peer.id, protocol::ToSession{std::move(frame)});

    notice({.fact = is_return ? Fact::session_resumed : Fact::session_opened,
            .peer = peer.id,
            .session = stay.session.id,
            .detail = stay.session.attributes.user});
    happened(event_of(is_return ? Happening::session_returned : Happening::session_opened,
                      stay.session));
    // So it was when it said hello; while the welcome waited for the disk more may have happened.
    sightings.add({.what = Sighting::What::back, .at = peer.hello_at, .session = stay.number});
    catch_up(stay, std::exchange(peer.known, {}));
}

void Engine::Stages::release_welcomes() {
    while (!pending_welcomes.empty() &&
           (storage_problem || pending_welcomes.front().write <= committed)) {
        const auto found = peers.find(pending_welcomes.front().peer);
        pending_welcomes.pop_front();
        // Who was told goodbye meanwhile comes back to a broker that has its record.
        if (found != peers.end() && !is_stopping) welcome(found->second);
    }
}

void Engine::Stages::on_state(Peer& peer, const protocol::SessionState& frame) {
    Stay& stay = *peer.stay;
    stay.said = frame.state;
    if (is_connected(stay)) stay.session.state = frame.state;
}

void Engine::Stages::on_goodbye(Peer& peer, const protocol::Goodbye& goodbye) {
    Stay& stay = *peer.stay;
    const PeerId id = peer.id;
    emit(CutPeer{id});
    detach(stay);
    drop_peer(id);
    close(stay, goodbye.reason.empty() ? "said goodbye" : goodbye.reason);
}

void Engine::Stages::detach(Stay& stay) {
    if (is_connected(stay)) connected -= 1;
    stay.peer = nullptr;
    stay.outbox.clear();
}

/// The connection is gone; the stay waits for the session to come back.
void Engine::Stages::lose(Stay& stay) {
    const bool was_connected = is_connected(stay);
    if (was_connected) note_lost(stay);
    detach(stay);
    await_return(stay);
    if (!was_connected) return;  // It was listed as unreachable all the time.
    stay.session.state = Presence::unreachable;
    stay.session.unreachable_since = now.utc;
    notice({.fact = Fact::session_unreachable, .session = stay.session.id});
    happened(event_of(Happening::session_unreachable, stay.session));
}

/// Every stay without a connection has its place in the queue of closings.
void Engine::Stages::await_return(Stay& stay) {
    stay.unreachable_at = now.steady;
    closings.emplace_back(now.steady + settings.closing_time, stay.number);
}

void Engine::Stages::close(Stay& stay, const std::string& why) {
    notice({.fact = Fact::session_closed, .session = stay.session.id, .detail = why});
    protocol::Happened event = event_of(Happening::session_closed, stay.session);
    event.detail = why;
    happened(std::move(event));
    record_closed(stay);
    note_not_served(stay.session.id);
    if (settings.cluster) {
        const Session& session = stay.session;
        cluster.remember_closed(session.id, {stay.number, stay.claim, session.created, stay.unasked,
                                             cluster.links, owner_of(session)});
    }
    sightings.add({.what = Sighting::What::closed, .at = now.utc, .session = stay.number});

    const std::uint32_t number = stay.number;
    for (const std::uint64_t seq : messages.not_final()) {
        Message& message = *messages.find(seq);
        Cell* cell = message.cells.find(number);
        if (cell == nullptr) continue;
        change_by_itself(message, *cell, Occurrence::gone);
        after_change(message);
    }
    stays.close(number);
}

/// Some at a time: when a whole network has gone away, the others need not wait for all of them.
void Engine::Stages::close_overdue() {
    constexpr int closings_a_step = 250;
    for (int left = closings_a_step; left > 0; --left) {
        if (closings.empty() || closings.front().first > now.steady) return;
        const std::uint32_t number = closings.front().second;
        const Instant began = closings.front().first - settings.closing_time;
        closings.pop_front();
        Stay* stay = stays.find(number);
        // It came back since, or went again later: then a later entry of the queue is its own.
        if (stay == nullptr || stay->peer != nullptr || stay->unreachable_at != began) continue;
        close(*stay, "unreachable for too long");
    }
}

}  // namespace crier::broker
