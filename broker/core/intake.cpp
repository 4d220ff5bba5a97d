// What operators send and change: shape, limits, right, once; then on its way to the journal.
#include <algorithm>
#include <type_traits>

#include "broker/core/stages.hpp"
#include "shared/base/text.hpp"

namespace crier::broker {
namespace {

bool has_right(const Peer& peer, std::string_view right) {
    const auto& rights = peer.facts.rights;
    return std::find(rights.begin(), rights.end(), right) != rights.end();
}

/// The request without what belongs to the asking alone.
template <class Asked>
Bytes stored_form(Asked asked) {
    asked.request = 0;
    asked.follow = false;
    if constexpr (requires { asked.dry_run; }) asked.dry_run = false;
    return protocol::encode(protocol::FromOperator{std::move(asked)});
}

/// Of what must be the same when a request is repeated. The expiry need not: "in 15 minutes" is
/// another time when it is said again, and the first one stands.
template <class Asked>
Bytes32 content_hash_of(const Asked& asked, const Bytes& body) {
    if constexpr (requires { asked.expires; }) {
        if (asked.expires) {
            Asked lasting = asked;
            lasting.expires = UtcTime{};
            return blake2b(stored_form(std::move(lasting)));
        }
    }
    return blake2b(body);
}

template <class Asked>
Entry entry_of(const Asked& asked, EntryKind kind, const Peer& peer, UtcTime now) {
    Entry entry;
    entry.id = asked.id;
    entry.kind = kind;
    if constexpr (requires { asked.message; }) entry.about = asked.message;
    entry.at = now;
    entry.principal = peer.facts.principal;
    entry.body = stored_form(asked);
    entry.content_hash = content_hash_of(asked, entry.body);
    return entry;
}

/// The change of that id among those that came in time: an update after a recall did nothing.
const StoredEntry* effective_change(const StoredMessage& stored, const MessageId& id) {
    bool is_recalled = false;
    for (const StoredEntry& change : stored.changes) {
        const bool is_recall = change.entry.kind == EntryKind::recall;
        if (change.entry.id == id) return is_recalled && !is_recall ? nullptr : &change;
        is_recalled |= is_recall;
    }
    return nullptr;
}

tl::unexpected<protocol::Refused> refusal(const Error& error) {
    protocol::Refused refused;
    refused.code = error.code;
    refused.detail = error.detail;
    return tl::unexpected(std::move(refused));
}

}  // namespace

void Engine::Stages::on_send(Peer& peer, protocol::Send send) {
    if (!may_change_things(peer, "sent", send.request)) return;
    Entry entry = entry_of(send, EntryKind::message, peer, now.utc);
    const PendingEntry::Waiter waiter{peer.id, send.request, send.follow};
    if (!send.dry_run && answer_repeat(peer, send.id, waiter, entry.content_hash)) return;

    PendingEntry pending{entry.principal, entry.content_hash, {waiter}, {}};
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
    if (const auto refused = refusal_of_expiry(send.expires)) return refusal(*refused);
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

std::optional<Error> Engine::Stages::refusal_of_expiry(std::optional<UtcTime> expires) const {
    if (expires && *expires <= now.utc) {
        return Error{ErrorCode::time_invalid,
                     "it expires at " + to_string(*expires) + ", which is past"};
    }
    if (expires && *expires > now.utc + limits::lifetime_max) {
        return Error{ErrorCode::time_invalid, "it expires in more than 366 days"};
    }
    return std::nullopt;
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

/// False: the peer has been told why not.
bool Engine::Stages::may_change_things(Peer& peer, std::string_view what, std::uint64_t request) {
    if (!has_right(peer, "send")) {
        refuse(peer, {ErrorCode::not_authorized, "your key has no right to send"}, request);
        return false;
    }
    if (is_stopping) {
        refuse(peer, {ErrorCode::stopping, "the broker stops; nothing was " + std::string(what)},
               request);
        return false;
    }
    return true;
}

/// A request with an id that is known here: the same again is answered the same, anything else is
/// refused. False: the id is new here (the journal may still know it).
bool Engine::Stages::answer_repeat(Peer& peer, const MessageId& id,
                                   const PendingEntry::Waiter& waiter,
                                   const Bytes32& content_hash) {
    const auto is_same = [&](const std::string& principal, const Bytes32& hash) {
        if (principal == peer.facts.principal && hash == content_hash) return true;
        refuse(peer, reused(id), waiter.request);
        return false;
    };
    if (const auto found = pending_entries.find(id); found != pending_entries.end()) {
        PendingEntry& pending = found->second;
        if (!is_same(pending.principal, pending.content_hash)) return true;
        constexpr std::size_t waiters_max = 100;
        if (pending.waiters.size() < waiters_max) {
            pending.waiters.push_back(waiter);
        } else {
            refuse(peer, {ErrorCode::overloaded, "too often: wait for the answer"}, waiter.request);
        }
        return true;
    }
    if (Message* message = messages.find(id)) {
        if (is_same(message->principal, message->content_hash)) {
            tell_accepted(waiter, *message, true);
        }
        return true;
    }
    if (Message* message = messages.find_by_change(id)) {
        const auto change = std::find_if(message->changes.begin(), message->changes.end(),
                                         [&](const TakenChange& one) { return one.id == id; });
        if (is_same(change->principal, change->content_hash)) {
            tell_accepted(waiter, *message, true);
        }
        return true;
    }
    return false;
}

// ---- Changes ------------------------------------------------------------------------------------

void Engine::Stages::on_update(Peer& peer, protocol::Update update) {
    on_change(peer, std::move(update), EntryKind::update);
}

void Engine::Stages::on_recall(Peer& peer, const protocol::Recall& recall) {
    on_change(peer, recall, EntryKind::recall);
}

template <class Asked>
void Engine::Stages::on_change(Peer& peer, Asked asked, EntryKind kind) {
    if (!may_change_things(peer, "changed", asked.request)) return;
    Entry entry = entry_of(asked, kind, peer, now.utc);
    const PendingEntry::Waiter waiter{peer.id, asked.request, asked.follow};
    if (answer_repeat(peer, asked.id, waiter, entry.content_hash)) return;

    Message* message = messages.find(asked.message);
    // Of a message on its way to the disk history tells when it is there, or was there long ago.
    if (message == nullptr) {
        return ask_history_for_changed(peer, std::move(asked), std::move(entry));
    }
    if (storage_problem) return refuse(peer, *storage_problem, asked.request);
    if constexpr (std::is_same_v<Asked, protocol::Update>) {
        if (const auto refused = refusal_of(*message, asked)) {
            return refuse(peer, *refused, asked.request);
        }
    } else if (message->is_off_screen()) {
        return tell_accepted(waiter, *message, true);
    }
    PendingEntry pending{entry.principal, entry.content_hash, {waiter}, std::move(asked)};
    append_change(std::move(entry), std::move(pending));
}

void Engine::Stages::append_change(Entry entry, PendingEntry pending) {
    if (Message* message = messages.find(*entry.about)) {
        message->changes_on_the_way += 1;  // So that it is still held when the change comes back.
        messages.unsettle(*message);
    }
    pending_entries.emplace(entry.id, std::move(pending));
    append_entry(std::move(entry));
}

std::optional<Error> Engine::Stages::refusal_of(const Message& message,
                                                const protocol::Update& update) const {
    if (update.text && is_blank(*update.text)) {
        return Error{ErrorCode::text_invalid, "the text is only white space"};
    }
    if (auto refused = refusal_of_expiry(update.expires)) return refused;
    if (!message.is_off_screen()) return std::nullopt;
    if (message.is_recalled) return was_recalled();
    return Error{ErrorCode::message_over,
                 "it expired at " + to_string(*message.expires) + ": send a new message"};
}

/// A message that memory has let go of. It is final, so all that can still be done is to take it
/// off the screens.
template <class Asked>
void Engine::Stages::ask_history_for_changed(Peer& peer, Asked asked, Entry entry) {
    ReadHistory wanted;
    wanted.id = asked.message;
    wanted.count_max = 1;
    const std::uint64_t request = asked.request;
    auto answered = [this, asked, entry](Peer& asker, const HistoryRead& read) {
        // It, or this very change, may have been on the way when history was asked.
        const bool is_held_now = messages.find(asked.message) != nullptr;
        if (is_held_now || pending_entries.contains(asked.id)) {
            return on_change(asker, asked, entry.kind);
        }
        const PendingEntry::Waiter waiter{asker.id, asked.request, asked.follow};
        if (read.messages->empty() || read.messages->front().entry.entry.about) {
            return refuse(asker, unknown_message(asked.message), asked.request);
        }
        const StoredMessage& stored = read.messages->front();
        const StoredEntry* repeated = effective_change(stored, entry.id);
        if (repeated != nullptr) {
            if (repeated->entry.principal == entry.principal &&
                repeated->entry.content_hash == entry.content_hash) {
                return tell_accepted_before(waiter, stored);
            }
            return refuse(asker, reused(entry.id), asked.request);
        }
        const protocol::MessageSummary summary = summary_of_stored(stored);
        const bool is_expired = summary.expires && *summary.expires <= now.utc;
        if constexpr (std::is_same_v<Asked, protocol::Update>) {
            return refuse(asker,
                          {ErrorCode::message_over,
                           summary.is_recalled || is_expired
                               ? "it was recalled or has expired: send a new message"
                               : "nothing of it can change any more, and only history has it: "
                                 "send a new message"},
                          asked.request);
        } else {
            if (summary.is_recalled || is_expired) return tell_accepted_before(waiter, stored);
            if (storage_problem) return refuse(asker, *storage_problem, asked.request);
            append_change(entry, {entry.principal, entry.content_hash, {waiter}, asked});
        }
    };
    read_history(peer, request, std::move(wanted), std::move(answered));
}

// ---- Repeats ------------------------------------------------------------------------------------

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
            if (!entry.about) return tell_accepted_before(waiter, stored);
            // A change: what is said of it is said of its message.
            if (Message* message = messages.find(*entry.about)) {
                const bool took_effect =
                    entry.kind == EntryKind::recall || messages.find_by_change(entry.id) == message;
                if (!took_effect) return refuse(peer, was_recalled(), waiter.request);
                return tell_accepted(waiter, *message, true);
            }
            ReadHistory changed;
            changed.id = entry.about;
            changed.count_max = 1;
            auto found_message = [this, waiter, id = entry.id](Peer& asker,
                                                               const HistoryRead& of_it) {
                if (of_it.messages->empty()) return;
                const StoredMessage& changed_one = of_it.messages->front();
                if (effective_change(changed_one, id) == nullptr) {
                    return refuse(asker, was_recalled(), waiter.request);
                }
                tell_accepted_before(waiter, changed_one);
            };
            read_history(peer, waiter.request, std::move(changed), std::move(found_message));
        };
        read_history(found->second, waiter.request, std::move(wanted), std::move(answered));
    }
}

Error Engine::Stages::was_recalled() {
    return {ErrorCode::message_over, "it was recalled: send a new message"};
}

Error Engine::Stages::unknown_message(const MessageId& id) {
    return {ErrorCode::message_unknown, "no message " + to_string(id)};
}

Error Engine::Stages::reused(const MessageId& id) {
    return {ErrorCode::request_id_reused,
            "the id " + to_string(id) + " was used for another message: choose a new one"};
}

}  // namespace crier::broker
