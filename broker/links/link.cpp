#include "broker/links/link.hpp"

#include <utility>

#include "broker/security/peer_identity.hpp"

namespace crier::broker {
namespace {

using transport::Arrival;
using transport::Connection;
using transport::Frame;
using transport::SendResult;

/// Kept for the log between two turns; a flood of cuts is counted, not listed.
constexpr std::size_t ended_max = 64;

std::string address_of(const Frame& frame) {
    return origin_of(frame.property("Peer-Address").value_or("")).address;
}

}  // namespace

std::string_view name_of(LinkEnd end) noexcept {
    switch (end) {
        case LinkEnd::lost:
            return "lost";
        case LinkEnd::pipe_full:
            return "pipe_full";
        case LinkEnd::impostor:
            return "impostor";
        case LinkEnd::misshapen:
            return "misshapen";
        case LinkEnd::not_admitted:
            return "not_admitted";
        case LinkEnd::endless:
            return "endless";
    }
    return {};
}

Link::Link(transport::RouterSocket router, transport::Monitor& monitor, LinkSettings settings)
    : router_(std::move(router)), monitor_(monitor), settings_(settings), peers_(settings.door) {}

// ---- Receiving ----------------------------------------------------------------------------------

std::size_t Link::receive(std::size_t frames_max, Instant now, const Sink& sink) {
    now_ = now;
    Arrival arrival;
    std::size_t count = 0;
    for (; count < frames_max && router_.receive(arrival); ++count) {
        if (arrival.kind == Arrival::Kind::impostor) {
            on_stranger(arrival, LinkEnd::impostor);
            continue;
        }
        if (arrival.kind == Arrival::Kind::misshapen) {
            on_misshapen(arrival, sink);
            continue;
        }
        LinkPeer* peer = peers_.find(arrival.from);
        if (peer == nullptr) peer = open(arrival, sink);
        if (peer != nullptr) peer->growths = 0;
        if (peer != nullptr && is_heard(*peer)) {
            sink(FrameReceived{peer->id, arrival.body.bytes()});
        }
    }
    // What a connection had sent before it ended has been heard by now, its goodbye for one.
    if (count < frames_max) tell_closed(sink);
    return count;
}

void Link::on_misshapen(const Arrival& arrival, const Sink& sink) {
    LinkPeer* peer = peers_.find(arrival.from);
    if (peer == nullptr) {
        on_stranger(arrival, LinkEnd::misshapen);
    } else if (peer->state == LinkPeer::State::open) {
        if (peer->connection) peer->connection->cut();
        end(*peer, LinkEnd::misshapen, address_of(arrival.body));
    } else {
        return;
    }
    // Without CURVE a peer may claim another's.
    if (settings_.door != Door::sessions || !settings_.is_secure) return;
    if (const auto key = proven_key(arrival.body)) {
        sink(KeyMisbehaved{session_id_of(*key),
                           {ErrorCode::malformed_frame, "a message of more than one part"}});
    }
}

bool Link::is_heard(const LinkPeer& peer) const {
    return peer.state == LinkPeer::State::open || peer.state == LinkPeer::State::ending;
}

LinkPeer* Link::open(const Arrival& arrival, const Sink& sink) {
    std::optional<PeerFacts> facts = facts_of(arrival.body, settings_.door, settings_.is_secure);
    if (!facts) {
        on_stranger(arrival, LinkEnd::not_admitted);
        return nullptr;
    }
    const std::optional<Connection> connection = Connection::of(arrival.body);
    if (connection) {
        monitor_.first_frame(*connection);
        // Of two peers with one connection the older one is gone, and must not take the newer
        // one with it.
        for (const PeerId older : peers_.bound_to(connection->descriptor())) {
            LinkPeer* peer = peers_.find(older);
            if (peer != nullptr && peer->connection == connection) peers_.unbind(*peer);
        }
    }
    LinkPeer& peer = peers_.add(arrival.from, connection);
    open_count_ += 1;
    if (facts->public_key) peer.session = session_id_of(*facts->public_key);
    sink(PeerOpened{peer.id, std::move(*facts)});
    return &peer;
}

/// A connection that the engine never hears of.
void Link::on_stranger(const Arrival& arrival, LinkEnd why) {
    if (const auto connection = Connection::of(arrival.body)) {
        monitor_.first_frame(*connection);
        connection->cut();
    }
    note(why, std::nullopt, address_of(arrival.body));
}

// ---- Sending ------------------------------------------------------------------------------------

void Link::send(PeerId id, const Frame& frame) {
    LinkPeer* peer = peers_.find(id);
    if (peer != nullptr && peer->state == LinkPeer::State::open) deliver(*peer, frame);
}

void Link::send(PeerId id, protocol::BytesView bytes) {
    send(id, Frame(bytes));
}

void Link::deliver(LinkPeer& peer, const Frame& frame) {
    switch (router_.send(peer.routing, frame)) {
        case SendResult::sent:
            peer.was_spoken_to = true;
            break;
        case SendResult::would_block:
            // The windows of the protocol are far below what a pipe holds: it reads nothing.
            if (peer.connection) peer.connection->cut();
            end(peer, LinkEnd::pipe_full);
            break;
        case SendResult::gone:
            end(peer, LinkEnd::lost);
            break;
    }
}

void Link::on_hint(int descriptor, const Frame& probe) {
    for (const PeerId id : peers_.bound_to(descriptor)) {
        LinkPeer* peer = peers_.find(id);
        if (peer == nullptr || peer->state != LinkPeer::State::open) continue;
        // Who was not spoken to has proven nothing yet, and hears nothing; its first answer tells.
        if (peer->was_spoken_to) deliver(*peer, probe);
    }
}

void Link::on_bytes(const transport::ConnectionHint& hint, const Sink& sink) {
    using transport::ConnectionHint;
    const bool is_growing = hint.kind == ConnectionHint::Kind::growing;
    for (const PeerId id : peers_.bound_to(hint.descriptor)) {
        LinkPeer* peer = peers_.find(id);
        const bool is_it =
            peer != nullptr && peer->connection && peer->connection->cookie() == hint.cookie;
        if (!is_it || (is_growing && ++peer->growths < ConnectionHint::growths_max)) continue;
        if (is_growing && peer->state == LinkPeer::State::open) {
            peer->connection->cut();
            end(*peer, LinkEnd::endless);
        }
        if (!peer->session) continue;
        const char* why = is_growing ? "a message without an end" : "too many bytes a second";
        sink(KeyMisbehaved{*peer->session, {ErrorCode::rate_exceeded, why}});
    }
}

// ---- Ending -------------------------------------------------------------------------------------

void Link::cut(PeerId id, Instant now) {
    if (begin_to_close(peers_.find(id), now))
        to_cut_.emplace(now + settings_.cut_delay, Closing{id});
}

void Link::cut(PeerId id, Instant now, protocol::BytesView refusal) {
    LinkPeer* peer = peers_.find(id);
    if (peer == nullptr || peer->state != LinkPeer::State::open) return;
    const auto before = peer->connection ? peer->connection->outgoing() : std::nullopt;
    deliver(*peer, Frame(refusal));
    if (!begin_to_close(peer, now)) return;
    if (before) {
        to_cut_.emplace(now + settings_.look_interval, Closing{id, before->written, now});
    } else {
        to_cut_.emplace(now + settings_.hasty_cut_delay, Closing{id});
    }
}

/// False: it is none that the engine knows.
bool Link::begin_to_close(LinkPeer* peer, Instant now) {
    now_ = now;
    if (peer == nullptr || peer->state != LinkPeer::State::open) return false;
    peer->state = LinkPeer::State::closing;
    open_count_ -= 1;
    return true;
}

/// For its refusal to leave.
bool Link::must_wait(const Closing& closing, const LinkPeer& peer, Instant now) const {
    if (!closing.written || !peer.connection) return false;
    const auto outgoing = peer.connection->outgoing();
    if (!outgoing || outgoing->written != *closing.written) return false;
    const bool is_taken_in = outgoing->unacknowledged == 0;
    return now - closing.since <
           (is_taken_in ? settings_.hasty_cut_delay_max : settings_.hasty_cut_delay);
}

/// The connection has ended, and the engine is yet to hear of it.
void Link::end(LinkPeer& peer, LinkEnd why, std::string address) {
    open_count_ -= 1;
    peer.state = why == LinkEnd::lost ? LinkPeer::State::ending : LinkPeer::State::gone;
    closed_.push_back(peer.id);
    note(why, peer.id, std::move(address));
}

void Link::tell_closed(const Sink& sink) {
    // The engine's answers are effects, so nothing is added while this goes on.
    for (const PeerId id : closed_) {
        sink(PeerClosed{id});
        if (LinkPeer* peer = peers_.find(id)) forget_later(*peer, now_);
    }
    closed_.clear();
}

void Link::forget_later(LinkPeer& peer, Instant now) {
    peer.state = LinkPeer::State::gone;
    to_forget_.emplace_back(now + settings_.memory, peer.id);
}

void Link::on_time(Instant now) {
    now_ = now;
    while (!to_cut_.empty() && to_cut_.begin()->first <= now) {
        const Closing closing = to_cut_.begin()->second;
        to_cut_.erase(to_cut_.begin());
        LinkPeer* peer = peers_.find(closing.peer);
        if (peer == nullptr) continue;
        if (must_wait(closing, *peer, now)) {
            to_cut_.emplace(now + settings_.look_interval, closing);
            continue;
        }
        if (peer->connection) peer->connection->cut();
        forget_later(*peer, now);
    }
    while (!to_forget_.empty() && to_forget_.front().first <= now) {
        peers_.remove(to_forget_.front().second);
        to_forget_.pop_front();
    }
}

std::optional<Instant> Link::next_deadline() const {
    std::optional<Instant> next;
    if (!to_cut_.empty()) next = to_cut_.begin()->first;
    if (!to_forget_.empty() && (!next || to_forget_.front().first < *next)) {
        next = to_forget_.front().first;
    }
    return next;
}

void Link::note(LinkEnd why, std::optional<PeerId> peer, std::string address) {
    ends_[static_cast<std::size_t>(why)] += 1;
    if (ended_.size() < ended_max) ended_.push_back({why, peer, std::move(address)});
}

std::vector<Link::Ended> Link::take_ended() {
    return std::exchange(ended_, {});
}

}  // namespace crier::broker
