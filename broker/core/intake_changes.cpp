// What operators change of a message: whether that can be; then on its way to the journal.
#include <type_traits>

#include "broker/core/request_entry.hpp"
#include "broker/core/stages.hpp"
#include "broker/core/timetable.hpp"
#include "shared/base/text.hpp"

namespace crier::broker {
namespace {

/// Whoever may not send such a message may not put words into it, nor take it back; nor may who
/// reaches only some, what somebody else has sent.
std::optional<Error> refusal_of_change(const PeerFacts& peer, const std::string& sent_by,
                                       const std::string& within, const Content& content,
                                       const Schedule& schedule) {
    // It may have been sent when the key reached more, or by another key of that name.
    if (!peer.within.empty() && (sent_by != peer.principal || within != peer.within)) {
        return Error{ErrorCode::not_authorized,
                     "your key has no right to change what others have sent, or what reaches more "
                     "than it may now"};
    }
    return refusal_by(peer.rights, content, schedule);
}

std::optional<Error> refusal_of_change(const PeerFacts& peer, const Message& message) {
    return refusal_of_change(peer, message.principal, message.target.within, message.content,
                             message.schedule);
}

std::optional<Error> refusal_of_change(const PeerFacts& peer,
                                       const protocol::MessageSummary& summary) {
    return refusal_of_change(peer, summary.from, summary.target.within, summary.content,
                             summary.schedule);
}

}  // namespace
void Engine::Stages::on_update(Peer& peer, protocol::Update update) {
    on_change(peer, std::move(update), EntryKind::update);
}

void Engine::Stages::on_recall(Peer& peer, const protocol::Recall& recall) {
    on_change(peer, recall, EntryKind::recall);
}

void Engine::Stages::on_close(Peer& peer, const protocol::CloseQuestion& close) {
    on_change(peer, close, EntryKind::close);
}

template <class Asked>
void Engine::Stages::on_change(Peer& peer, Asked asked, EntryKind kind) {
    if (!may_change_things(peer, "changed", asked.request)) return;
    Entry entry = entry_of(asked, kind, peer.facts, now.utc);
    const PendingEntry::Waiter waiter{peer.id, asked.request, asked.follow};
    if (answer_repeat(peer, asked.id, waiter, entry.content_hash)) return;

    Message* message = messages.find(asked.message);
    // Of a message on its way to the disk history tells when it is there, or was there long ago.
    if (message == nullptr) {
        return ask_history_for_changed(peer, std::move(asked), std::move(entry));
    }
    if (const auto refused = refusal_of_change(peer.facts, *message)) {
        return refuse(peer, *refused, asked.request);
    }
    if (const auto refused = refusal_of_one_more_entry())
        return refuse(peer, *refused, asked.request);
    if constexpr (std::is_same_v<Asked, protocol::Update>) {
        if (const auto refused = refusal_of(*message, asked)) {
            return refuse(peer, *refused, asked.request);
        }
    } else if (message->is_off_screen() && !message->is_to_bring_about()) {
        return tell_accepted(waiter, *message, true);
    } else if (std::is_same_v<Asked, protocol::CloseQuestion> && !message->is_question()) {
        return refuse(peer, no_question(), asked.request);
    }
    PendingEntry pending{entry.principal, entry.content_hash, {waiter}, std::move(asked)};
    append_change(std::move(entry), std::move(pending));
}

void Engine::Stages::append_change(Entry entry, PendingEntry pending) {
    if (Message* message = messages.find(*entry.about)) {
        message->changes_on_the_way += 1;  // So that it is still held when the change comes back.
        messages.unsettle(*message);
        messages.reschedule(*message);
    }
    const bool is_own = pending.waiters.empty();
    pending_entries.emplace(entry.id, std::move(pending));
    append_entry(std::move(entry), is_own);
}

std::optional<Error> Engine::Stages::refusal_of(const Message& message,
                                                const protocol::Update& update) const {
    if (update.text && is_blank(*update.text)) {
        return Error{ErrorCode::text_invalid, "the text is only white space"};
    }
    if (auto refused = refusal_of_expiry(update.expires, now.utc)) return refused;
    if (message.is_off_screen()) return over(message);
    if (message.content.is_private && (update.text || update.title)) {
        return Error{ErrorCode::text_invalid,
                     "a private message's words cannot be changed: recall it, and send another"};
    }
    Message changed = message;
    take_in(changed, update, now.utc, settings.deliver_default);
    if (const Status content = protocol::check(changed.content); !content) return content.error();
    if (const Status plan = protocol::check(changed.schedule); !plan) return plan.error();
    return refusal_of_reschedule(message, changed, update);
}

std::optional<Error> Engine::Stages::refusal_of_reschedule(const Message& message,
                                                           const Message& changed,
                                                           const protocol::Update& update) const {
    const auto invalid = [](std::string detail) {
        return Error{ErrorCode::time_invalid, std::move(detail)};
    };
    if (update.due && message.is_released()) {
        return invalid("it has gone out already: what is left to change is what it says");
    }
    if (update.due && !message.schedule.due) {
        return invalid("it goes out at several times: they can only be moved together, by a shift");
    }
    const bool is_shifted = update.shift != Milliseconds{0};
    if (is_shifted && !message.is_to_go_on()) {
        return invalid("nothing of its schedule is still to come");
    }
    if (is_shifted && message.is_released() && message.schedule.every != Milliseconds{0}) {
        return invalid("reminders that have begun cannot be moved: recall them, and begin others");
    }
    if (end_of(changed.schedule) > now.utc + limits::lifetime_max) {
        return invalid("its schedule would end in more than 366 days");
    }
    if (auto refused = refusal_of_expiry(changed.expires, now.utc)) return refused;
    // What is past of one that has gone out is no mistake.
    return message.is_released() ? std::nullopt : refusal_of(changed.schedule, changed.expires);
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
        if (!has_message(read)) {
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
        if (const auto refused = refusal_of_change(asker.facts, summary)) {
            return refuse(asker, *refused, asked.request);
        }
        const bool is_close = std::is_same_v<Asked, protocol::CloseQuestion>;
        if (is_close && summary.content.choices.empty()) {
            return refuse(asker, no_question(), asked.request);
        }
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
            const bool is_over = summary.is_recalled || summary.closed || is_expired;
            if (is_over) return tell_accepted_before(waiter, stored);
            if (const auto refused = refusal_of_one_more_entry()) {
                return refuse(asker, *refused, asked.request);
            }
            append_change(entry, {entry.principal, entry.content_hash, {waiter}, asked});
        }
    };
    read_history(peer, request, std::move(wanted), std::move(answered));
}

}  // namespace crier::broker
