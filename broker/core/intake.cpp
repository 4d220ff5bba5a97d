// An operator's send: shape, limits, right, once; then on its way to the journal.
#include <algorithm>

#include "broker/core/stages.hpp"

namespace crier::broker {
namespace {

bool has_right(const Peer& peer, std::string_view right) {
    const auto& rights = peer.facts.rights;
    return std::find(rights.begin(), rights.end(), right) != rights.end();
}

/// The request without what belongs to the asking alone: what is stored, and what a repetition
/// must equal.
Bytes stored_form(const protocol::Send& send) {
    protocol::Send canonical = send;
    canonical.request = 0;
    canonical.dry_run = false;
    canonical.follow = false;
    return protocol::encode(protocol::FromOperator{std::move(canonical)});
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
    const Bytes body = stored_form(send);
    const Bytes32 content_hash = blake2b(body);
    if (!send.dry_run && answer_repeat(peer, send, content_hash)) return;

    if (const Status checked = check_request(send); !checked) {
        return refuse(peer, checked.error(), send.request);
    }
    std::size_t audience = 0;
    if (!resolve(peer, send.request, send.target, audience)) return;
    if (send.dry_run) {
        protocol::Accepted counted;
        counted.request = send.request;
        counted.id = send.id;
        counted.tally[State::waiting] = static_cast<std::uint32_t>(audience);
        counted.dry_run = true;
        return this->send(peer.id, protocol::ToOperator{std::move(counted)});
    }
    PendingEntry pending{
        peer.facts.principal, content_hash, {{peer.id, send.request, send.follow}}};
    pending_entries.emplace(send.id, std::move(pending));
    Entry entry;
    entry.id = send.id;
    entry.at = now.utc;
    entry.principal = peer.facts.principal;
    entry.content_hash = content_hash;
    entry.body = body;
    append_entry(std::move(entry));
}

Status Engine::Stages::check_request(const protocol::Send& send) const {
    if (send.expires && *send.expires <= now.utc) {
        return fail(ErrorCode::time_invalid,
                    "it expires at " + to_string(*send.expires) + ", which is past");
    }
    if (send.expires && *send.expires > now.utc + limits::lifetime_max) {
        return fail(ErrorCode::time_invalid, "it expires in more than 366 days");
    }
    if (send.dry_run) return {};
    if (storage_problem) return fail(*storage_problem);
    if (messages.not_final_count() + pending_entries.size() >= settings.live_messages_max) {
        return fail(ErrorCode::overloaded,
                    "there are " + std::to_string(settings.live_messages_max) +
                        " live messages: wait until some are delivered or expire, or raise "
                        "limits.live_messages");
    }
    return {};
}

/// Counts whom the target names now; refuses by itself and returns false where it cannot be meant.
bool Engine::Stages::resolve(Peer& peer, std::uint64_t request, const Target& target,
                             std::size_t& audience) {
    protocol::Refused refused;
    refused.request = request;
    switch (target.kind) {
        case Target::Kind::all:
            audience = stays.size();
            return true;
        case Target::Kind::sessions:
            for (const SessionId& id : target.sessions) {
                if (stays.find(id) == nullptr) refused.unknown.push_back(id);
            }
            if (refused.unknown.empty()) {
                audience = target.sessions.size();
                return true;
            }
            refused.code = ErrorCode::session_unknown;
            refused.detail = "no session " + to_string(refused.unknown.front());
            if (refused.unknown.size() > 1) {
                refused.detail += " and " + std::to_string(refused.unknown.size() - 1) + " more";
            }
            refused.detail += "; `crier sessions` lists those there are";
            break;
        case Target::Kind::where: {
            const auto filter = protocol::Filter::parse(target.where);
            if (filter) {
                const auto& all = stays.all();
                audience = static_cast<std::size_t>(
                    std::count_if(all.begin(), all.end(), [&](const auto& numbered) {
                        return filter->matches(numbered.second.session);
                    }));
                return true;
            }
            const Error error = protocol::to_error(filter.error(), target.where);
            refused.code = error.code;
            refused.detail = error.detail;
            refused.position = filter.error().position;
            break;
        }
    }
    this->send(peer.id, protocol::ToOperator{std::move(refused)});
    return false;
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
        if (is_same(pending.principal, pending.content_hash)) pending.waiters.push_back(waiter);
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

Error Engine::Stages::reused(const MessageId& id) {
    return {ErrorCode::request_id_reused,
            "the id " + to_string(id) + " was used for another message: choose a new one"};
}

}  // namespace crier::broker
