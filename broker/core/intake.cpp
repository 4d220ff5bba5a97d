// An operator's send: shape, limits, right, once; then on its way to the journal.
#include <algorithm>

#include "broker/core/stages.hpp"
#include "shared/base/text.hpp"

namespace crier::broker {
namespace {

bool has_right(const Peer& peer, std::string_view right) {
    const auto& rights = peer.facts.rights;
    return std::find(rights.begin(), rights.end(), right) != rights.end();
}

/// The request without what belongs to the asking alone.
Bytes stored_form(const protocol::Send& send) {
    protocol::Send canonical = send;
    canonical.request = 0;
    canonical.dry_run = false;
    canonical.follow = false;
    return protocol::encode(protocol::FromOperator{std::move(canonical)});
}

/// Of what must be the same when a request is repeated. The expiry need not: "in 15 minutes" is
/// another time when it is said again, and the first one stands.
Bytes32 content_hash_of(const protocol::Send& send, const Bytes& body) {
    if (!send.expires) return blake2b(body);
    protocol::Send lasting = send;
    lasting.expires = UtcTime{};
    return blake2b(stored_form(lasting));
}

tl::unexpected<protocol::Refused> refusal(const Error& error) {
    protocol::Refused refused;
    refused.code = error.code;
    refused.detail = error.detail;
    return tl::unexpected(std::move(refused));
}

}  // namespace

void Engine::Stages::on_send(Peer& peer, protocol::Send send) {
    if (!has_right(peer, "send")) {
        return refuse(peer, {ErrorCode::not_authorized, "your key has no right to send"},
                      send.request);
    }
    if (is_stopping) {
        return refuse(peer, {ErrorCode::stopping, "the broker stops; nothing was sent"},
                      send.request);
    }
    Entry entry;
    entry.id = send.id;
    entry.at = now.utc;
    entry.principal = peer.facts.principal;
    entry.body = stored_form(send);
    entry.content_hash = content_hash_of(send, entry.body);
    if (!send.dry_run && answer_repeat(peer, send, entry.content_hash)) return;

    PendingEntry pending{
        entry.principal, entry.content_hash, {{peer.id, send.request, send.follow}}, {}};
    Audience audience = audience_of_request(send);
    if (!audience) {
        protocol::Refused& refused = audience.error();
        refused.request = send.request;
        // What cannot be accepted now may have been accepted when all was in order. Whoever is told
        // to ask again will hear of that then.
        const bool may_have_been = remedy_for(refused.code) != Remedy::retry_later;
        if (may_have_been && !send.dry_run) return look_up(send.id, pending, refused);
        return this->send(peer.id, protocol::ToOperator{std::move(refused)});
    }
    if (send.dry_run) {
        protocol::Accepted counted;
        counted.request = send.request;
        counted.id = send.id;
        counted.tally[State::waiting] = static_cast<std::uint32_t>(*audience);
        counted.dry_run = true;
        return this->send(peer.id, protocol::ToOperator{std::move(counted)});
    }
    pending.request = std::move(send);
    pending_entries.emplace(entry.id, std::move(pending));
    append_entry(std::move(entry));
}

/// Whether it can be accepted now, and whom it names.
Audience Engine::Stages::audience_of_request(const protocol::Send& send) {
    if (is_blank(send.content.text)) {
        return refusal({ErrorCode::text_invalid, "the text is only white space"});
    }
    if (send.expires && *send.expires <= now.utc) {
        return refusal({ErrorCode::time_invalid,
                        "it expires at " + to_string(*send.expires) + ", which is past"});
    }
    if (send.expires && *send.expires > now.utc + limits::lifetime_max) {
        return refusal({ErrorCode::time_invalid, "it expires in more than 366 days"});
    }
    if (storage_problem && !send.dry_run) return refusal(*storage_problem);
    const std::size_t live = messages.not_final_count() + pending_entries.size();
    if (live >= settings.live_messages_max && !send.dry_run) {
        return refusal({ErrorCode::overloaded,
                        "there are " + std::to_string(settings.live_messages_max) +
                            " live messages: wait until some are delivered or expire, or raise "
                            "limits.live_messages"});
    }
    return audience_of(send.target);
}

/// Counts whom the target names now.
Audience Engine::Stages::audience_of(const Target& target) {
    switch (target.kind) {
        case Target::Kind::all:
            break;
        case Target::Kind::sessions: {
            protocol::Refused refused;
            for (const SessionId& id : target.sessions) {
                if (stays.find(id) == nullptr) refused.unknown.push_back(id);
            }
            if (refused.unknown.empty()) return target.sessions.size();
            refused.code = ErrorCode::session_unknown;
            refused.detail = "no session " + to_string(refused.unknown.front());
            if (refused.unknown.size() > 1) {
                refused.detail += " and " + std::to_string(refused.unknown.size() - 1) + " more";
            }
            refused.detail += "; `crier sessions` lists those there are";
            return tl::unexpected(std::move(refused));
        }
        case Target::Kind::where: {
            const auto filter = protocol::Filter::parse(target.where);
            if (!filter) {
                auto refused = refusal(protocol::to_error(filter.error(), target.where));
                refused.value().position = filter.error().position;
                return refused;
            }
            const auto& all = stays.all();
            return static_cast<std::size_t>(std::count_if(
                all.begin(), all.end(),
                [&](const auto& numbered) { return filter->matches(numbered.second.session); }));
        }
    }
    return stays.size();
}

/// A request with an id that is known here: the same again is answered the same, anything else is
/// refused. False: the id is new here (the journal may still know it).
bool Engine::Stages::answer_repeat(Peer& peer, const protocol::Send& send,
                                   const Bytes32& content_hash) {
    const auto is_same = [&](const std::string& principal, const Bytes32& hash) {
        if (principal == peer.facts.principal && hash == content_hash) return true;
        refuse(peer, reused(send.id), send.request);
        return false;
    };
    const PendingEntry::Waiter waiter{peer.id, send.request, send.follow};
    if (const auto found = pending_entries.find(send.id); found != pending_entries.end()) {
        PendingEntry& pending = found->second;
        if (!is_same(pending.principal, pending.content_hash)) return true;
        constexpr std::size_t waiters_max = 100;
        if (pending.waiters.size() < waiters_max) {
            pending.waiters.push_back(waiter);
        } else {
            refuse(peer, {ErrorCode::overloaded, "too often: wait for the answer"}, send.request);
        }
        return true;
    }
    if (Message* message = messages.find(send.id)) {
        if (is_same(message->principal, message->content_hash)) {
            tell_accepted(waiter, *message, true);
        }
        return true;
    }
    return false;
}

/// Whether history has the request, which memory does not. Each who waits is answered.
void Engine::Stages::look_up(const MessageId& id, const PendingEntry& asked,
                             const protocol::Refused& otherwise) {
    for (const PendingEntry::Waiter& waiter : asked.waiters) {
        const auto found = peers.find(waiter.peer);
        if (found == peers.end()) continue;
        ReadHistory wanted;
        wanted.id = id;
        wanted.count_max = 1;
        auto answered = [this, principal = asked.principal, hash = asked.content_hash, waiter,
                         refused = otherwise](Peer& peer, const HistoryRead& read) mutable {
            refused.request = waiter.request;
            if (read.messages->empty()) return send(peer.id, protocol::ToOperator{refused});
            const StoredMessage& stored = read.messages->front();
            const Entry& entry = stored.entry.entry;
            if (entry.principal != principal || entry.content_hash != hash) {
                return refuse(peer, reused(entry.id), waiter.request);
            }
            tell_accepted_before(waiter, stored);
        };
        read_history(found->second, waiter.request, std::move(wanted), std::move(answered));
    }
}

Error Engine::Stages::reused(const MessageId& id) {
    return {ErrorCode::request_id_reused,
            "the id " + to_string(id) + " was used for another message: choose a new one"};
}

}  // namespace crier::broker
