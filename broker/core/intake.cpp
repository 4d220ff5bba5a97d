// What operators send: shape, limits, right, once; then on its way to the journal.
#include <algorithm>

#include "broker/core/request_entry.hpp"
#include "broker/core/stages.hpp"
#include "broker/core/timetable.hpp"
#include "shared/base/text.hpp"

namespace crier::broker {
namespace {

tl::unexpected<protocol::Refused> refusal(const Error& error) {
    return tl::unexpected(refused_by(error));
}

/// A session that was named and may not be reached. Those of other brokers are left out there.
std::optional<Error> refusal_of_outsiders(const Target& target, Stays& stays) {
    if (target.within.empty()) return std::nullopt;
    Message probe;
    probe.aim_at(target);
    for (const SessionId& id : target.sessions) {
        const Stay* stay = stays.find(id);
        if (stay == nullptr || probe.names(stay->session)) continue;
        return Error{ErrorCode::not_authorized, "session " + to_string(id) +
                                                    " is out of reach: what is verified of it does "
                                                    "not match " +
                                                    target.within};
    }
    return std::nullopt;
}

/// A message that its session could not open. Those of other brokers whoever sealed it has asked
/// for.
std::optional<Error> refusal_of_private(const protocol::Send& send, bool has_curve, Stays& stays) {
    if (!send.content.is_private) return std::nullopt;
    if (!has_curve) {
        return Error{ErrorCode::target_invalid,
                     "this broker runs without CURVE: no session has a key to seal for"};
    }
    const SessionId& id = send.target.sessions.front();
    const Stay* stay = stays.find(id);
    if (stay == nullptr || stay->session.key) return std::nullopt;
    return Error{ErrorCode::target_invalid,
                 "session " + to_string(id) +
                     " cannot open private messages: its program does not know them"};
}

/// Lets it name nobody whom the operator's messages may not reach: `within` is the filter for those
/// that they may. Not silently of everybody: who says so is to know that it is not.
std::optional<Error> narrow(Target& target, const std::string& within) {
    if (within.empty()) return std::nullopt;
    if (target.kind == Target::Kind::all) {
        return Error{ErrorCode::not_authorized,
                     "your key has no right to send to everybody, only to sessions where " +
                         within +
                         " (as far as that is verified): name them, by that filter for one"};
    }
    // Put together, the one could undo the other.
    if (!target.within.empty()) {
        return Error{ErrorCode::not_authorized,
                     "your key has a filter of its own: leave \"within\" out"};
    }
    target.within = within;
    return std::nullopt;
}

}  // namespace

void Engine::Stages::on_send(Peer& peer, protocol::Send send) {
    if (!may_change_things(peer, "sent", send.request)) return;
    if (const auto refused = narrow(send.target, peer.facts.within)) {
        return refuse(peer, *refused, send.request);
    }
    Entry entry = entry_of(send, EntryKind::message, peer.facts, now.utc);
    const PendingEntry::Waiter waiter{peer.id, send.request, send.follow};
    if (!send.dry_run && answer_repeat(peer, send.id, waiter, entry.content_hash)) return;

    PendingEntry pending{entry.principal, entry.content_hash, {waiter}, {}};
    Audience audience = audience_of_request(send, is_asked_of_it_alone(peer));
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
        const bool is_whole = send.target.kind == Target::Kind::sessions;
        if (is_whole || is_asked_of_it_alone(peer)) {
            return this->send(peer.id, protocol::ToOperator{std::move(counted)});
        }
        return count_elsewhere(peer, std::move(send), std::move(counted));
    }
    pending.request = std::move(send);
    pending_entries.emplace(entry.id, std::move(pending));
    append_entry(std::move(entry));
}

/// Whether it can be accepted now, and whom it names.
Audience Engine::Stages::audience_of_request(const protocol::Send& send, bool is_own) {
    if (is_blank(send.content.text)) {
        return refusal({ErrorCode::text_invalid, "the text is only white space"});
    }
    if (const auto refused = refusal_of_expiry(send.expires, now.utc)) return refusal(*refused);
    if (const auto refused = refusal_of(send.schedule, send.expires)) return refusal(*refused);
    if (const auto refused = refusal_of_plan(send)) return refusal(*refused);
    const bool has_curve = settings.join_secret.has_value();
    if (const auto refused = refusal_of_private(send, has_curve, stays)) return refusal(*refused);
    if (const auto refused = refusal_of_one_more_entry(); refused && !send.dry_run) {
        return refusal(*refused);
    }
    const std::size_t live = messages.not_final_count() + pending_entries.size();
    if (live >= settings.live_messages_max && !send.dry_run) {
        return refusal({ErrorCode::overloaded,
                        "there are " + std::to_string(settings.live_messages_max) +
                            " live messages: wait until some are delivered or expire, or raise "
                            "limits.live_messages"});
    }
    return audience_of(send.target, is_own);
}

std::optional<Error> Engine::Stages::refusal_of(const Schedule& schedule,
                                                std::optional<UtcTime> expires) const {
    const auto invalid = [](std::string detail) {
        return Error{ErrorCode::time_invalid, std::move(detail)};
    };
    const std::optional<UtcTime> start = start_of(schedule);
    const std::optional<UtcTime> end = end_of(schedule);
    if (start && *start <= now.utc) {
        return invalid("it is due at " + to_string(*start) + ", which is past");
    }
    if (schedule.until && *schedule.until <= now.utc) {
        return invalid("it is to be repeated until " + to_string(*schedule.until) +
                       ", which is past");
    }
    const bool is_too_long =
        (end && *end > now.utc + limits::lifetime_max) ||
        (schedule.close_admission && *schedule.close_admission > now.utc + limits::lifetime_max);
    if (is_too_long) return invalid("its schedule ends in more than 366 days");
    if (schedule.until) {
        const std::uint32_t times = times_by(schedule, now.utc, *schedule.until);
        if (times > limits::repetitions_max) {
            return invalid("it would be said more than " + std::to_string(limits::repetitions_max) +
                           " times");
        }
        if (times < 2) {
            return invalid("it would be said only once until " + to_string(*schedule.until) +
                           ": let it be repeated sooner, or until later");
        }
    }
    if (start && expires && *expires <= *start) {
        return invalid("it expires at " + to_string(*expires) + ", before it is due at " +
                       to_string(*start));
    }
    return std::nullopt;
}

std::optional<Error> Engine::Stages::refusal_of_plan(const protocol::Send& send) {
    const Schedule& schedule = send.schedule;
    if (!send.content.choices.empty() && !send.expires) {
        return Error{ErrorCode::time_invalid,
                     "a question needs an expiry: the time until which it can be answered"};
    }
    // "At once" is past when it arrives.
    constexpr Milliseconds on_the_way{60'000};
    for (const auto& at : {schedule.drop, schedule.close_admission}) {
        if (at && *at + on_the_way < now.utc) {
            return Error{ErrorCode::time_invalid,
                         "its plan has something at " + to_string(*at) + ", which is past"};
        }
    }
    if (!schedule.drop || send.target.kind == Target::Kind::sessions) return std::nullopt;
    // Two that end the sessions of one another's target would each tell them another time.
    for (const std::uint64_t seq : messages.not_over()) {
        const Message& other = *messages.find(seq);
        if (!other.is_to_drop() || other.target != send.target) continue;
        return Error{ErrorCode::drain_overlaps,
                     "message " + to_string(other.id) + " is to end the same sessions at " +
                         to_string(*other.schedule.drop) + ": extend or recall that one"};
    }
    for (const auto& [id, pending] : pending_entries) {
        const auto* other = std::get_if<protocol::Send>(&pending.request);
        if (other == nullptr || !other->schedule.drop || other->target != send.target) continue;
        return Error{ErrorCode::drain_overlaps, "message " + to_string(id) +
                                                    ", which comes just now, is to end the same "
                                                    "sessions: extend or recall that one"};
    }
    return std::nullopt;
}

/// Counts whom the target names now: this broker's sessions, but of ids, if they are not only to be
/// `is_own`, all that some broker has.
Audience Engine::Stages::audience_of(const Target& target, bool is_own) {
    for (const std::string* text : {&target.where, &target.within}) {
        if (text->empty()) continue;
        const auto filter = protocol::Filter::parse(*text);
        if (!filter) return tl::unexpected(refused_by(filter.error(), *text));
        if (text == &target.within && filter->matches(Session{})) {
            return refusal({ErrorCode::filter_invalid,
                            "it matches sessions of which nothing is verified: say who they are, "
                            "not who they are not"});
        }
    }
    switch (target.kind) {
        case Target::Kind::all:
            break;
        case Target::Kind::sessions: {
            protocol::Refused refused;
            for (const SessionId& id : target.sessions) {
                const bool is_known =
                    stays.find(id) != nullptr || (!is_own && cluster.directory.find(id) != nullptr);
                if (!is_known) refused.unknown.push_back(id);
            }
            if (is_own && !knows_no_other()) return target.sessions.size() - refused.unknown.size();
            if (refused.unknown.empty()) {
                if (auto outside = refusal_of_outsiders(target, stays)) return refusal(*outside);
                return target.sessions.size();
            }
            refused.code = ErrorCode::session_unknown;
            refused.detail = "no session " + to_string(refused.unknown.front());
            if (refused.unknown.size() > 1) {
                refused.detail += " and " + std::to_string(refused.unknown.size() - 1) + " more";
            }
            refused.detail += "; `crier sessions` lists those there are";
            return tl::unexpected(std::move(refused));
        }
        case Target::Kind::where:
            break;
    }
    if (target == Target::everyone()) return stays.size();
    Message probe;
    probe.aim_at(target);
    const auto& all = stays.all();
    return static_cast<std::size_t>(std::count_if(
        all.begin(), all.end(),
        [&probe](const auto& numbered) { return probe.names(numbered.second.session); }));
}

/// False: the peer has been told why not.
bool Engine::Stages::may_change_things(Peer& peer, std::string_view what, std::uint64_t request) {
    if (!is_stopping) return true;
    refuse(peer, {ErrorCode::stopping, "the broker stops; nothing was " + std::string(what)},
           request);
    return false;
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
            if (entry.kind == EntryKind::admission) return tell_admission(waiter, true);
            if (entry.kind == EntryKind::keys) return tell_done(waiter);
            if (!entry.about) return tell_accepted_before(waiter, stored);
            // A change: what is said of it is said of its message.
            if (Message* message = messages.find(*entry.about)) {
                const bool took_effect =
                    entry.kind != EntryKind::update || messages.find_by_change(entry.id) == message;
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

}  // namespace crier::broker
