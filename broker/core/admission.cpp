// Whether new sessions come in: what operators say, and what messages with a plan bring about.
#include <algorithm>

#include "broker/core/request_entry.hpp"
#include "broker/core/stages.hpp"
#include "shared/base/text.hpp"

namespace crier::broker {

void Engine::Stages::on_set_admission(Peer& peer, protocol::SetAdmission set) {
    if (!may_change_things(peer, "changed", set.request)) return;
    Entry entry = entry_of(set, EntryKind::admission, peer.facts, time_of_change());
    const PendingEntry::Waiter waiter{peer.id, set.request, false};
    if (admission.id == set.id && admission.content_hash == entry.content_hash) {
        return tell_admission(waiter, true);
    }
    if (answer_repeat(peer, set.id, waiter, entry.content_hash)) return;
    if (auto refused = refusal_of(set)) {
        refused->request = set.request;
        return send(peer.id, protocol::ToOperator{std::move(*refused)});
    }
    admission_changed = entry.at;
    PendingEntry pending{entry.principal, entry.content_hash, {waiter}, std::move(set)};
    pending_entries.emplace(entry.id, std::move(pending));
    append_entry(std::move(entry));
}

/// Later than all that this broker knows of, whatever the clocks of others say: whoever acts upon
/// what is so has the last word.
UtcTime Engine::Stages::time_of_change() const {
    UtcTime at = std::max(now.utc, admission_changed + Milliseconds{1});
    if (admission.seq != 0) at = std::max(at, admission.since + Milliseconds{1});
    return at;
}

std::optional<protocol::Refused> Engine::Stages::refusal_of(
    const protocol::SetAdmission& set) const {
    if (set.is_open && !(set.message.empty() && set.except.empty())) {
        return refused_by({ErrorCode::malformed_frame, "an open admission refuses nobody"});
    }
    if (!set.is_open && is_blank(set.message)) {
        return refused_by(
            {ErrorCode::text_invalid, "those who are refused are to see why: say so"});
    }
    if (!set.except.empty()) {
        const auto filter = protocol::Filter::parse(set.except);
        if (!filter) return refused_by(filter.error(), set.except);
        if (filter->matches(Session{})) {
            return refused_by({ErrorCode::filter_invalid,
                               "it lets in sessions of which nothing is verified: say who they "
                               "are, not who they are not"});
        }
    }
    const auto refused = refusal_of_one_more_entry();
    return refused ? std::optional(refused_by(*refused)) : std::nullopt;
}

void Engine::Stages::fold_admission(const EntryResult& result, const PendingEntry& pending) {
    if (!admission.is_older_than(result.stored.entry)) {
        record_and_let_go(end_of_entry(result.stored.seq));
        for (const PendingEntry::Waiter& waiter : pending.waiters) tell_admission(waiter, false);
        return;
    }
    const std::uint64_t earlier = admission.seq;
    if (const Status taken = recover_admission(result.stored); !taken) {
        return refuse_waiters(pending, taken.error());
    }
    forget_admission_holders();
    // From now on only history has the one before.
    if (earlier != 0) record_and_let_go(end_of_entry(earlier));
    for (const PendingEntry::Waiter& waiter : pending.waiters) tell_admission(waiter, false);
    protocol::Happened event;
    event.what = protocol::Happening::admission_changed;
    event.at = now.utc;
    event.detail = std::string(admission.is_open ? "opened" : "closed") + " by " + admission.by;
    notice({.fact = Fact::admission_changed, .detail = event.detail});
    happened(std::move(event));
}

Status Engine::Stages::recover_admission(const StoredEntry& stored) {
    const auto set = asked_in<protocol::SetAdmission>(stored, "admission");
    if (!set) return fail(set.error());
    if (!admission.is_older_than(stored.entry)) return {};
    admission = {stored.seq,   stored.entry.id, stored.entry.content_hash,
                 set->is_open, set->message,    std::nullopt,
                 set->except,  stored.entry.at, stored.entry.principal};
    if (!set->except.empty()) {
        auto filter = protocol::Filter::parse(set->except);
        if (filter) admission.filter = std::move(*filter);
    }
    return {};
}

/// Whoever closed admission before an operator spoke of it does not any more.
void Engine::Stages::forget_admission_holders() {
    if (admission.seq == 0) return;
    const std::set<std::uint64_t> holders = messages.admission_holders();
    for (const std::uint64_t seq : holders) {
        Message& message = *messages.find(seq);
        if (!message.holds_admission || *message.schedule.close_admission > admission.since)
            continue;
        message.holds_admission = false;
        after_change(message);
    }
}

void Engine::Stages::tell_admission(const PendingEntry::Waiter& waiter, bool already) {
    if (!peers.contains(waiter.peer)) return;
    protocol::Admission answer = effective_admission();
    answer.request = waiter.request;
    answer.already = already;
    send(waiter.peer, protocol::ToOperator{std::move(answer)});
}

/// What an operator said last, or a message's plan since.
protocol::Admission Engine::Stages::effective_admission() {
    protocol::Admission answer;
    answer.is_open = admission.is_open;
    answer.message = admission.message;
    answer.except = admission.except;
    if (admission.seq != 0) answer.since = admission.since;
    answer.by = admission.by;
    if (!admission.is_open) return answer;
    if (const Message* closer = admission_closer(nullptr)) {
        answer.is_open = false;
        answer.message = text_for_refused(*closer, now.utc);
        answer.since = closer->schedule.close_admission;
        answer.by = closer->principal;
    }
    return answer;
}

/// The message whose plan has closed admission; for that session, if one is given.
const Message* Engine::Stages::admission_closer(const Session* session) {
    for (const std::uint64_t seq : messages.admission_holders()) {
        const Message* message = messages.find(seq);
        if (!message->holds_admission || *message->schedule.close_admission > now.utc) continue;
        if (session == nullptr || message->names(*session)) return message;
    }
    return nullptr;
}

/// Why a session that was not here before cannot come in.
std::optional<Error> Engine::Stages::refusal_of_admission(const Session& session) {
    if (!admission.is_open) {
        const bool is_exempt =
            admission.filter && admission.filter->matches(verified_part(session));
        if (!is_exempt) return Error{ErrorCode::admission_closed, admission.message};
    }
    if (const Message* closer = admission_closer(&session)) {
        return Error{ErrorCode::admission_closed, text_for_refused(*closer, now.utc)};
    }
    return std::nullopt;
}

void Engine::Stages::on_request(Peer& peer, const protocol::AskAdmission& request) {
    tell_admission({peer.id, request.request, false}, false);
}

}  // namespace crier::broker
