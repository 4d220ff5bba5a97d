// One message: what it is made of, and what follows from its entries.
#include <algorithm>

#include "broker/core/messages.hpp"
#include "broker/core/refusals.hpp"
#include "broker/core/request_entry.hpp"
#include "broker/core/states.hpp"
#include "broker/core/timetable.hpp"
#include "shared/base/assert.hpp"
#include "shared/base/text.hpp"
#include "shared/protocol/codec.hpp"
#include "shared/protocol/placeholders.hpp"

namespace crier::broker {
namespace {

protocol::Show show_of(const Message& message) {
    protocol::Show show;
    show.id = message.id;
    show.revision = message.revision;
    show.seq = message.seq;
    show.to_all = message.target.kind == Target::Kind::all;
    show.content = message.content;
    show.from = message.principal;
    show.sent = message.sent;
    // While the schedule goes on it is delivered whenever it goes out.
    show.deliver_until = message.over_at().value_or(
        std::max(message.deliver_until, end_of(message.schedule).value_or(UtcTime{})));
    show.off_screen_at = message.expires;
    show.late = message.late_since();
    show.is_reminder = message.is_reminder;
    show.sealed = message.sealed;
    return show;
}

}  // namespace

void Message::aim_at(Target asked) {
    target = std::move(asked);
    std::sort(target.sessions.begin(), target.sessions.end());
    const auto parsed = [](const std::string& text) {
        auto read = protocol::Filter::parse(text);
        CRIER_ASSERT(read.has_value(), "the caller has tried it");
        return std::move(*read);
    };
    if (target.kind == Target::Kind::where) filter = parsed(target.where);
    if (!target.within.empty()) within = parsed(target.within);
}

bool Message::names(const Session& session) const {
    if (within && !within->matches(verified_part(session))) return false;
    switch (target.kind) {
        case Target::Kind::all:
            return true;
        case Target::Kind::where:
            return filter && filter->matches(session);
        case Target::Kind::sessions:
            return std::binary_search(target.sessions.begin(), target.sessions.end(), session.id);
    }
    return false;
}

UtcTime Message::first_time() const {
    return time_number(schedule, sent, 0).value_or(sent);
}

std::optional<UtcTime> Message::next_time() const {
    return is_over ? std::nullopt : time_number(schedule, sent, times);
}

UtcTime Message::last_time() const {
    return times == 0 ? sent : time_number(schedule, sent, times - 1).value_or(sent);
}

bool Message::is_to_go_on() const {
    return next_time() || is_to_drop();
}

std::optional<UtcTime> Message::over_at() const {
    if (expires) return expires;
    if (is_to_go_on()) return std::nullopt;
    return deliver_until;
}

bool Message::may_have_gone_out() const {
    if (!is_over || is_released()) return false;
    return is_recalled || closed || times_by(schedule, sent, *over_at()) > 0;
}

std::optional<UtcTime> Message::late_since() const {
    const Cells::Beginning& began = cells.beginning();
    if (began.late_ms == 0) return std::nullopt;
    return first_time() + Milliseconds(began.at_ms) - Milliseconds(began.late_ms);
}

std::uint64_t Message::since_first(UtcTime at) const {
    const std::int64_t ms = (at - first_time()).count();
    return static_cast<std::uint64_t>(std::max<std::int64_t>(ms, 0));
}

Cells::Beginning Message::beginning(std::uint64_t late_ms, UtcTime at) const {
    return {revision, since_first(at), late_ms};
}

Result<protocol::Send> request_in(const StoredEntry& stored) {
    auto send = asked_in<protocol::Send>(stored, "message");
    if (!send) return send;
    const Target& target = send->target;
    const bool is_where_wrong =
        target.kind == Target::Kind::where && !protocol::Filter::parse(target.where);
    const bool is_within_wrong = !target.within.empty() && !protocol::Filter::parse(target.within);
    if (is_where_wrong || is_within_wrong) {
        return fail(ErrorCode::journal_damaged,
                    "entry " + std::to_string(stored.seq) + " has a filter that does not parse");
    }
    return send;
}

Result<Change> change_in(const StoredEntry& stored) {
    auto body = protocol::decode_from_operator(stored.entry.body);
    if (body) {
        if (auto* update = std::get_if<protocol::Update>(&*body)) return std::move(*update);
        if (auto* recall = std::get_if<protocol::Recall>(&*body)) return std::move(*recall);
        if (auto* close = std::get_if<protocol::CloseQuestion>(&*body)) return std::move(*close);
    }
    return fail(ErrorCode::journal_damaged,
                "entry " + std::to_string(stored.seq) + " holds no change that can be read");
}

const StoredEntry* effective_change(const StoredMessage& stored, const MessageId& id) {
    bool has_ended = false;
    for (const StoredEntry& change : stored.changes) {
        const bool is_update = change.entry.kind == EntryKind::update;
        if (change.entry.id == id) return has_ended && is_update ? nullptr : &change;
        has_ended |= !is_update && change.entry.kind != EntryKind::answers;
    }
    return nullptr;
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): it is moved on, which clang-tidy 14 misses.
Message message_from(const StoredEntry& stored, protocol::Send request,
                     Milliseconds deliver_default) {
    Message message;
    message.seq = stored.seq;
    message.id = stored.entry.id;
    message.principal = stored.entry.principal;
    message.content_hash = stored.entry.content_hash;
    message.sent = stored.entry.at;
    message.content = std::move(request.content);
    message.sealed = std::move(request.sealed);
    message.expires = request.expires;
    message.deliver_until = message.sent + deliver_default;
    message.schedule = std::move(request.schedule);
    message.each_session = request.each_session;
    message.quorum = request.quorum;
    message.holds_admission = message.schedule.close_admission.has_value();
    message.aim_at(std::move(request.target));
    return message;
}

void take_in(Message& message, const protocol::Update& update, UtcTime at,
             Milliseconds deliver_default) {
    Content& content = message.content;
    if (update.text) {
        content.text = *update.text;
        content.translations.clear();  // They say what it said before.
        content.language.clear();
    }
    if (update.title) content.title = *update.title;
    if (update.severity) content.severity = *update.severity;
    if (update.style) content.style = *update.style;
    if (update.shift != Milliseconds{0}) {
        shift(message.schedule, update.shift, at);
        for (std::optional<UtcTime>* moved : {&message.expires, &content.countdown_to}) {
            if (*moved && **moved > at) **moved += update.shift;
        }
    }
    if (update.due) message.schedule.due = update.due;
    if (update.expires) message.expires = update.expires;
    message.deliver_until = std::max(message.deliver_until, at + deliver_default);
    message.is_reminder = false;
    message.revision += 1;
    if (update.ask_again) message.newest_asking = message.revision;
    message.frame.reset();
}

void take_in_times(Message& message, UtcTime now) {
    const std::uint32_t times = times_by(message.schedule, message.sent, now);
    if (times <= message.times) return;
    const std::uint32_t begun = times - std::max(message.times, 1u);
    message.times = times;
    if (begun == 0) return;
    message.revision += begun;
    message.is_reminder = true;
    message.frame.reset();
}

Result<Message> message_from(const StoredMessage& stored, Milliseconds deliver_default) {
    Result<protocol::Send> request = request_in(stored.entry);
    if (!request) return fail(std::move(request.error()));
    Message message = message_from(stored.entry, std::move(*request), deliver_default);
    for (const StoredEntry& entry : stored.changes) {
        if (entry.entry.kind == EntryKind::answers) continue;  // What follows is in its cells.
        const Result<Change> change = change_in(entry);
        if (!change) return fail(change.error());
        const auto* update = std::get_if<protocol::Update>(&*change);
        const bool is_recall = std::holds_alternative<protocol::Recall>(*change);
        if (!is_recall && (message.is_recalled || message.closed)) continue;  // It came too late.
        // Two recalls may come: no time of its schedule counts after the first.
        if (!message.is_over) take_in_times(message, entry.entry.at);
        message.is_over = update == nullptr;
        if (update != nullptr) {
            take_in(message, *update, entry.entry.at, deliver_default);
        } else if (is_recall) {
            message.is_recalled = true;
            message.holds_admission = false;
        } else {
            message.closed = entry.entry.at;
        }
        message.changes.push_back(
            {entry.entry.id, entry.entry.principal, entry.entry.content_hash});
    }
    return message;
}

Result<Words> words_of(const StoredMessage& stored, std::uint32_t revision) {
    Result<protocol::Send> request = request_in(stored.entry);
    if (!request) return fail(std::move(request.error()));
    constexpr Milliseconds whatever{0};  // Nothing is delivered.
    Message message = message_from(stored.entry, std::move(*request), whatever);
    Words words{{}, stored.entry.entry.principal, stored.entry.entry.at};
    for (const StoredEntry& entry : stored.changes) {
        if (entry.entry.kind == EntryKind::answers) continue;
        const Result<Change> change = change_in(entry);
        if (!change) return fail(change.error());
        const auto* update = std::get_if<protocol::Update>(&*change);
        if (update == nullptr) break;  // Nothing was said after it was taken back.
        take_in_times(message, entry.entry.at);
        if (message.revision >= revision) break;
        const Content before = message.content;
        take_in(message, *update, entry.entry.at, whatever);
        if (message.content == before) continue;  // It expires at another time, or the like.
        words.by = entry.entry.principal;
        words.said = entry.entry.at;
    }
    words.content = std::move(message.content);
    return words;
}

std::string text_for_refused(const Message& message, UtcTime now) {
    const Content& content = message.content;
    std::string text = content.text;
    if (content.is_template) {
        const Milliseconds left = content.countdown_to.value_or(now) - now;
        text = protocol::with_remaining(protocol::expand(text, {}, {}), left);
    }
    return std::string(cut_to(text, limits::admission_bytes_max));
}

const SharedFrame& frame_of(Message& message) {
    if (!message.frame) {
        message.frame = std::make_shared<const protocol::Bytes>(
            protocol::encode(protocol::ToSession{show_of(message)}));
    }
    return message.frame;
}

protocol::MessageSummary summary_of(const Message& message) {
    protocol::MessageSummary summary;
    summary.id = message.id;
    summary.seq = message.seq;
    summary.revision = message.revision;
    summary.sent = message.sent;
    summary.from = message.principal;
    summary.target = message.target;
    constexpr std::size_t ids_shown = 20;
    if (summary.target.sessions.size() > ids_shown) summary.target.sessions.resize(ids_shown);
    summary.content = message.content;
    summary.expires = message.expires;
    summary.is_final = message.is_settled();
    summary.is_recalled = message.is_recalled;
    summary.tally = message.cells.tally();
    summary.counts = message.cells.counts(message.content.choices.size());
    summary.schedule = message.schedule;
    summary.next = message.next_time();
    summary.is_waiting = !message.is_released();
    summary.late = message.late_since();
    summary.each_session = message.each_session;
    summary.quorum = message.quorum;
    summary.closed = message.closed;
    const bool has_expired = message.is_question() && message.is_over && !message.is_recalled;
    if (has_expired && !message.closed) summary.closed = message.expires;
    return summary;
}

Error over(const Message& message) {
    if (message.is_recalled) return was_recalled();
    if (message.closed) return {ErrorCode::message_over, "the question is closed: ask anew"};
    return Error{ErrorCode::message_over,
                 "it expired at " + to_string(*message.expires) + ": send a new message"};
}

Status check_answer(const protocol::Receipt& receipt, const Message& message) {
    const std::size_t choices = message.content.choices.size();
    if (!receipt.answer) {
        if (receipt.state != State::answered || choices == 0) return {};
        return fail(ErrorCode::answer_unknown,
                    "message " + to_string(receipt.id) + " is a question: which choice is it?");
    }
    if (*receipt.answer < choices) return {};
    return fail(ErrorCode::answer_unknown, "message " + to_string(receipt.id) + " has no choice " +
                                               std::to_string(*receipt.answer));
}

}  // namespace crier::broker
