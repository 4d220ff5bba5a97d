#include "subscriber/core/message_table.hpp"

#include <algorithm>
#include <utility>

namespace crier::subscriber {
namespace {

/// Until when the broker may send it again; later it is not shown for the first time anyway.
UtcTime end_of_memory(const protocol::Show& show, const Mark& mark) {
    return std::max(show.deliver_until, mark.at) + core_limits::remembered_after_end;
}

}  // namespace

std::uint64_t StoreCounter::store(Record record, Effects& effects) {
    if (!has_store_) return 0;
    stores_ += 1;
    effects.emplace_back(Store{stores_, std::move(record)});
    return stores_;
}

void MessageTable::load(const RecordTable& kept, Now now, Effects& effects) {
    std::vector<const KeepMessage*> in_order;
    for (const auto& [id, message] : kept.messages()) in_order.push_back(&message);
    std::sort(in_order.begin(), in_order.end(),
              [](const KeepMessage* left, const KeepMessage* right) {
                  return left->show.seq < right->show.seq;
              });
    for (const KeepMessage* message : in_order) {
        Entry& entry = entries_[message->show.id];
        entry.show = message->show;
        entry.mark = message->mark;
        if (is_to_be_shown_again(entry.mark, entry.show.content)) {
            entry.is_repeat = entry.mark.state != State::suppressed;
            hand_over(entry, now, effects);
        }
        refresh_deadline(entry);
    }
}

Status MessageTable::on_show(protocol::Show show, Now now, Effects& effects) {
    const auto found = entries_.find(show.id);
    if (found != entries_.end() && show.revision <= found->second.show.revision) {
        queue(found->second, ReceiptQueue::Haste::can_wait, now);
        return {};
    }
    if (found == entries_.end() && !make_room(now, effects)) {
        return fail(ErrorCode::limit_exceeded,
                    "the broker keeps more than " + std::to_string(core_limits::messages_max) +
                        " messages alive; lower its limit live_messages_max");
    }
    Entry& entry = entries_[show.id];
    take_place_of(entry, std::exchange(entry, Entry{}));
    entry.show = std::move(show);
    entry.mark.at = now.broker;
    const std::uint64_t stored = stores_.store(KeepMessage{entry.show, entry.mark}, effects);
    if (stored != 0) {
        entry.show_after = stored;
        awaiting_store_.emplace_back(stored, entry.show.id);
    } else {
        hand_over(entry, now, effects);
    }
    queue(entry, ReceiptQueue::Haste::can_wait, now);
    refresh_deadline(entry);
    return {};
}

void MessageTable::on_remove(const protocol::Remove& remove, Now now, Effects& effects) {
    const auto found = entries_.find(remove.id);
    if (found == entries_.end()) return;
    take_off(found->second, cause_from(remove.cause), now, effects);
    refresh_deadline(found->second);
}

void MessageTable::on_reported(const Reported& report, Now now, Effects& effects) {
    const auto found = entries_.find(report.id);
    if (found == entries_.end()) return;
    Entry& entry = found->second;
    const bool is_of_standing = entry.standing && entry.standing->revision == report.revision;
    if (is_of_standing && !report.state) return leave_standing(entry, now);
    if (entry.show.revision != report.revision || entry.show_after != 0) return;
    if (report.by_return && entry.has_report) return;
    entry.has_report = entry.has_report || !report.by_return;

    if (!report.state) {
        if (!entry.is_with_program) return;
        entry.is_with_program = false;
        entry.mark.removed = true;
        take_cause(entry.mark, report.cause);
        leave_screen(entry, now);
        change_mark(entry, now, effects);
        return;
    }
    const bool is_seen = was_on_screen(*report.state);
    const bool is_shown_again = entry.is_repeat && is_seen;
    if (!offers(entry.show.content, *report.state, report.answer)) return;
    const bool is_same_answer =
        entry.mark.state == State::answered && entry.mark.answer == report.answer;
    const bool is_step = may_follow(entry.mark.state, *report.state) && !is_same_answer;
    const bool is_only_noted =
        *report.state == State::displayed && entry.mark.state == State::displayed;
    const bool is_new_note = is_only_noted && take_cause(entry.mark, report.cause);
    if (!is_step && !is_shown_again && !is_new_note) return;
    // What the broker was not told yet of the earlier run's screen.
    if (is_shown_again) keep_last_words(entry);
    if (is_step) {
        // Brokers go by the time which answer is the newest, and another one's clock may be behind.
        const bool is_other_answer = entry.mark.state == State::answered;
        const UtcTime after_that = is_other_answer ? entry.mark.at + Milliseconds{1} : UtcTime{};
        entry.mark.state = *report.state;
        entry.mark.answer = report.answer;
        entry.mark.at = std::max(now.broker, after_that);
        entry.mark.cause = report.cause;
    }
    entry.mark.again = entry.mark.again || is_shown_again;
    entry.mark.digest = entry.mark.digest || report.digest;
    if (is_seen && (!entry.mark.shown || is_shown_again)) come_on_screen(entry, now);
    entry.is_with_program = *report.state != State::failed && !entry.is_over && !entry.mark.removed;
    if (!entry.is_with_program) leave_screen(entry, now);
    change_mark(entry, now, effects);
}

void MessageTable::on_stored(std::uint64_t up_to, Now now, Effects& effects) {
    while (!awaiting_store_.empty() && awaiting_store_.front().first <= up_to) {
        const auto [number, id] = awaiting_store_.front();
        awaiting_store_.pop_front();
        const auto found = entries_.find(id);
        if (found == entries_.end()) continue;
        Entry& entry = found->second;
        if (entry.show_after == number) {
            entry.show_after = 0;
            hand_over(entry, now, effects);
        }
        if (entry.answer_after == number) {
            entry.answer_after = 0;
            queue(entry, ReceiptQueue::Haste::at_once, now);
        }
        refresh_deadline(entry);
    }
    if (last_words_.on_stored(up_to)) receipts_.wake(ReceiptQueue::Haste::at_once, now.steady);
}

void MessageTable::collect(Now now, Effects& effects) {
    while (!deadlines_.empty() && deadlines_.begin()->first <= now.broker) {
        const MessageId id = deadlines_.begin()->second;
        Entry& entry = entries_.at(id);
        const auto& off_screen_at = entry.show.off_screen_at;
        if (!entry.is_over && off_screen_at && *off_screen_at <= now.broker) {
            const bool is_question = !entry.show.content.choices.empty();
            take_off(entry,
                     is_question ? MessageRemovalCause::closed : MessageRemovalCause::expired, now,
                     effects);
            refresh_deadline(entry);
        } else if (const auto at = next_escalation(entry); at && *at <= now.broker) {
            escalate(entry, now, effects);
            refresh_deadline(entry);
        } else {
            forget(id, effects);
        }
    }
}

std::optional<UtcTime> MessageTable::next_deadline() const {
    if (deadlines_.empty()) return std::nullopt;
    return deadlines_.begin()->first;
}

protocol::Known MessageTable::known_of(const Entry& entry) {
    // An older revision is on the screen until the program says that this one is; this one comes
    // again, and is known.
    if (entry.standing) {
        return {entry.show.id, entry.standing->revision, entry.standing->mark.state, true};
    }
    return {.id = entry.show.id,
            .revision = entry.show.revision,
            // What an earlier run showed this one has yet to show.
            .state = entry.is_repeat ? State::delivered : entry.mark.state,
            // Whoever shows it has it, or will have it in a moment.
            .on_screen = entry.is_with_program || entry.show_after != 0};
}

std::vector<protocol::Known> MessageTable::known() const {
    // First what is on the screen, which only the broker can take off; then the newest.
    std::vector<const Entry*> in_order;
    in_order.reserve(entries_.size());
    for (const auto& [id, entry] : entries_) in_order.push_back(&entry);
    std::sort(in_order.begin(), in_order.end(), [](const Entry* left, const Entry* right) {
        if (left->is_with_program != right->is_with_program) return left->is_with_program;
        return left->show.seq > right->show.seq;
    });
    if (in_order.size() > limits::known_max) in_order.resize(limits::known_max);
    std::vector<protocol::Known> known;
    known.reserve(in_order.size());
    for (const Entry* entry : in_order) known.push_back(known_of(*entry));
    return known;
}

void MessageTable::on_welcome(Now now) {
    if (last_words_.on_welcome()) receipts_.wake(ReceiptQueue::Haste::at_once, now.steady);
    for (auto& [id, entry] : entries_) {
        entry.sent_in = 0;
        if (!entry.mark.confirmed) queue(entry, ReceiptQueue::Haste::at_once, now);
    }
}

std::vector<protocol::Receipt> MessageTable::take_receipts(std::uint64_t frame_number, Now now) {
    std::vector<protocol::Receipt> receipts;
    last_words_.take(frame_number, receipts);  // Before the revisions that took their places.
    for (const MessageId& id : receipts_.take_all()) {
        const auto found = entries_.find(id);
        if (found == entries_.end()) continue;
        Entry& entry = found->second;
        if (entry.answer_after != 0) continue;  // on_stored() queues it again.
        if (receipts.size() == limits::receipts_per_frame_max) {
            receipts_.queue(id, ReceiptQueue::Haste::at_once, now.steady);
            continue;
        }
        entry.sent_in = frame_number;
        receipts.push_back(receipt_of(id, entry.show.revision, entry.mark));
    }
    return receipts;
}

void MessageTable::on_confirmed(std::uint64_t frame_number, Effects& effects) {
    last_words_.on_confirmed(frame_number);
    for (auto& [id, entry] : entries_) {
        if (entry.sent_in == 0 || entry.sent_in > frame_number || entry.mark.confirmed) continue;
        entry.mark.confirmed = true;
        // Only an unconfirmed answer is worth a record of its own: all else may be told twice.
        if (is_answer(entry.mark.state)) {
            stores_.store(MarkMessage{id, entry.show.revision, entry.mark}, effects);
        }
        refresh_deadline(entry);
    }
}

std::optional<UtcTime> MessageTable::next_escalation(const Entry& entry) {
    const auto& steps = entry.show.content.escalation;
    const bool may_rise = entry.is_with_program && entry.mark.state == State::displayed;
    if (!may_rise || entry.escalated >= steps.size()) return std::nullopt;
    return entry.mark.at + steps[entry.escalated].after;
}

/// Of several steps whose time has come, the last one counts.
void MessageTable::escalate(Entry& entry, Now now, Effects& effects) {
    const auto& steps = entry.show.content.escalation;
    while (true) {
        const auto at = next_escalation(entry);
        if (!at || *at > now.broker) break;
        entry.escalated += 1;
    }
    effects.emplace_back(Deliver{
        MessageEscalated{entry.show.id, entry.show.revision, steps[entry.escalated - 1].urgency}});
}

void MessageTable::take_off(Entry& entry, MessageRemovalCause cause, Now now, Effects& effects) {
    entry.is_over = true;
    if (entry.is_with_program) effects.emplace_back(Deliver{MessageRemoved{entry.show.id, cause}});
    entry.is_with_program = false;
    leave_screen(entry, now);
    if (entry.mark.removed) return;
    entry.mark.removed = true;
    change_mark(entry, now, effects);
}

/// The older revision stays on the screen until the program says that this one is there.
void MessageTable::take_place_of(Entry& entry, Entry before) {
    entry.is_with_program = before.is_with_program;
    entry.deadline = before.deadline;
    // Of what is to be shown again the hello has said that it is there.
    const bool was_named = before.is_repeat && before.mark.shown;
    if (before.is_on_screen || was_named) {
        entry.standing = Standing{before.show.revision, before.mark};
    } else {
        entry.standing = std::move(before.standing);
    }
    keep_last_words(before);
}

void MessageTable::keep_last_words(const Entry& entry) {
    if (!was_on_screen(entry.mark.state) || entry.mark.confirmed) return;
    last_words_.keep(receipt_of(entry.show.id, entry.show.revision, entry.mark), entry.sent_in,
                     entry.answer_after);
}

/// The broker's clock is not known to the millisecond, and put right now and then: no time is to be
/// before one that must have come first.
void MessageTable::come_on_screen(Entry& entry, Now now) {
    entry.mark.shown = std::max(now.broker, entry.show.sent);
    entry.is_on_screen = true;
    entry.is_repeat = false;
    entry.standing.reset();
}

void MessageTable::leave_screen(Entry& entry, Now now) {
    if (entry.is_on_screen) entry.mark.gone = std::max(now.broker, *entry.mark.shown);
    entry.is_on_screen = false;
    leave_standing(entry, now);
}

void MessageTable::leave_standing(Entry& entry, Now now) {
    if (!entry.standing) return;
    Mark& mark = entry.standing->mark;
    mark.removed = true;
    mark.gone = std::max(now.broker, *mark.shown);
    last_words_.keep(receipt_of(entry.show.id, entry.standing->revision, mark), 0, 0);
    entry.standing.reset();
    receipts_.wake(ReceiptQueue::Haste::can_wait, now.steady);
}

void MessageTable::change_mark(Entry& entry, Now now, Effects& effects) {
    entry.mark.confirmed = false;
    entry.sent_in = 0;
    const MessageId& id = entry.show.id;
    const std::uint64_t stored =
        stores_.store(MarkMessage{id, entry.show.revision, entry.mark}, effects);
    const bool is_answered = is_answer(entry.mark.state);
    if (is_answered && stored != 0) {
        entry.answer_after = stored;
        awaiting_store_.emplace_back(stored, id);
    } else {
        queue(entry, is_answered ? ReceiptQueue::Haste::at_once : ReceiptQueue::Haste::can_wait,
              now);
    }
    refresh_deadline(entry);
}

void MessageTable::queue(Entry& entry, ReceiptQueue::Haste haste, Now now) {
    receipts_.queue(entry.show.id, haste, now.steady);
}

bool MessageTable::make_room(Now now, Effects& effects) {
    if (entries_.size() < core_limits::messages_max) return true;
    const Entry* oldest = nullptr;
    const auto is_better = [&](const Entry& entry) {
        if (oldest == nullptr) return true;
        if (entry.is_with_program != oldest->is_with_program) return !entry.is_with_program;
        return entry.show.seq < oldest->show.seq;
    };
    for (const auto& [id, entry] : entries_) {
        const bool is_untold = is_answer(entry.mark.state) && !entry.mark.confirmed;
        const bool may_come_again = end_of_memory(entry.show, entry.mark) > now.broker;
        if (is_untold || may_come_again || entry.show_after != 0) continue;
        if (is_better(entry)) oldest = &entry;
    }
    if (oldest == nullptr) return false;
    keep_last_words(*oldest);
    forget(MessageId(oldest->show.id), effects);
    return true;
}

void MessageTable::forget(const MessageId& id, Effects& effects) {
    const auto found = entries_.find(id);
    if (found->second.deadline) deadlines_.erase({*found->second.deadline, id});
    stores_.store(ForgetMessage{id}, effects);
    entries_.erase(found);
}

void MessageTable::refresh_deadline(Entry& entry) {
    std::optional<UtcTime> deadline;
    const bool is_in_use = entry.is_with_program || entry.show_after != 0;
    if (is_in_use && !entry.is_over) {
        deadline = entry.show.off_screen_at;
        const auto rise = next_escalation(entry);
        if (rise && (!deadline || *rise < *deadline)) deadline = rise;
    } else if (entry.mark.confirmed && entry.show_after == 0) {
        deadline = end_of_memory(entry.show, entry.mark);
    }
    if (deadline == entry.deadline) return;
    if (entry.deadline) deadlines_.erase({*entry.deadline, entry.show.id});
    if (deadline) deadlines_.emplace(*deadline, entry.show.id);
    entry.deadline = deadline;
}

}  // namespace crier::subscriber
