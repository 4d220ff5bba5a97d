#include "broker/core/messages.hpp"

#include <algorithm>

#include "broker/core/states.hpp"
#include "shared/base/assert.hpp"
#include "shared/protocol/codec.hpp"

namespace crier::broker {
namespace {

/// What a message costs in memory, counted in cells.
std::size_t cost_of(const Message& message) {
    constexpr std::size_t record = 64;
    return record + message.content.text.size() / sizeof(Cell) + message.cells.all().size();
}

protocol::Show show_of(const Message& message) {
    protocol::Show show;
    show.id = message.id;
    show.revision = message.revision;
    show.seq = message.seq;
    show.to_all = message.target.kind == Target::Kind::all;
    show.content = message.content;
    show.from = message.principal;
    show.sent = message.sent;
    show.deliver_until = message.deliver_until;
    show.off_screen_at = message.expires;
    return show;
}

}  // namespace

void Message::aim_at(Target asked) {
    target = std::move(asked);
    std::sort(target.sessions.begin(), target.sessions.end());
    if (target.kind != Target::Kind::where) return;
    auto parsed = protocol::Filter::parse(target.where);
    CRIER_ASSERT(parsed.has_value(), "the caller has tried it");
    filter = std::move(*parsed);
}

bool Message::names(const Session& session) const {
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

std::uint32_t Message::since_sent(UtcTime at) const {
    const std::int64_t ms = (at - sent).count();
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(ms, 0, UINT32_MAX));
}

Result<protocol::Send> request_in(const StoredEntry& stored) {
    auto body = protocol::decode_from_operator(stored.entry.body);
    auto* send = body ? std::get_if<protocol::Send>(&*body) : nullptr;
    if (send == nullptr) {
        return fail(ErrorCode::journal_damaged,
                    "entry " + std::to_string(stored.seq) + " holds no message that can be read");
    }
    const bool has_filter = send->target.kind == Target::Kind::where;
    if (has_filter && !protocol::Filter::parse(send->target.where)) {
        return fail(ErrorCode::journal_damaged,
                    "entry " + std::to_string(stored.seq) + " has a filter that does not parse");
    }
    return std::move(*send);
}

Result<Change> change_in(const StoredEntry& stored) {
    auto body = protocol::decode_from_operator(stored.entry.body);
    if (body) {
        if (auto* update = std::get_if<protocol::Update>(&*body)) return std::move(*update);
        if (auto* recall = std::get_if<protocol::Recall>(&*body)) return std::move(*recall);
    }
    return fail(ErrorCode::journal_damaged,
                "entry " + std::to_string(stored.seq) + " holds no change that can be read");
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
    message.expires = request.expires;
    message.deliver_until = request.expires.value_or(message.sent + deliver_default);
    message.aim_at(std::move(request.target));
    return message;
}

void take_in(Message& message, const protocol::Update& update, UtcTime at,
             Milliseconds deliver_default) {
    Content& content = message.content;
    if (update.text) content.text = *update.text;
    if (update.title) content.title = *update.title;
    if (update.severity) content.severity = *update.severity;
    if (update.style) content.style = *update.style;
    if (update.expires) message.expires = update.expires;
    message.deliver_until =
        message.expires ? *message.expires : std::max(message.deliver_until, at + deliver_default);
    message.revision += 1;
    message.asks_again.push_back(update.ask_again);
    message.frame.reset();
}

Result<Message> message_from(const StoredMessage& stored, Milliseconds deliver_default) {
    Result<protocol::Send> request = request_in(stored.entry);
    if (!request) return fail(std::move(request.error()));
    Message message = message_from(stored.entry, std::move(*request), deliver_default);
    for (const StoredEntry& entry : stored.changes) {
        const Result<Change> change = change_in(entry);
        if (!change) return fail(change.error());
        const auto* update = std::get_if<protocol::Update>(&*change);
        if (update != nullptr && message.is_recalled) continue;  // It came too late.
        if (update != nullptr) {
            take_in(message, *update, entry.entry.at, deliver_default);
        } else {
            message.is_recalled = message.is_over = true;
        }
        message.changes.push_back(
            {entry.entry.id, entry.entry.principal, entry.entry.content_hash});
    }
    return message;
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
    summary.is_final = message.is_final;
    summary.is_recalled = message.is_recalled;
    summary.tally = message.cells.tally();
    return summary;
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): it is moved on, which clang-tidy 14 misses.
Message& Messages::add(Message message) {
    const std::uint64_t seq = message.seq;
    const auto [place, is_new] = messages_.try_emplace(seq, std::move(message));
    CRIER_ASSERT(is_new, "the journal gives a seq once");
    Message& added = place->second;
    seqs_[added.id] = seq;
    pending_.insert(seq);
    if (added.is_recalled) {
        recalled_.insert(seq);
    } else {
        deadlines_.emplace(added.deliver_until, seq);
    }
    for (const TakenChange& change : added.changes) changes_[change.id] = seq;
    return added;
}

Message* Messages::find(std::uint64_t seq) {
    Recent& recent = recent_[seq % recent_count];
    if (recent.message != nullptr && recent.seq == seq) return recent.message;
    const auto found = messages_.find(seq);
    if (found == messages_.end()) return nullptr;
    recent = {seq, &found->second};
    return recent.message;
}

Message* Messages::find(const MessageId& id) {
    const auto found = seqs_.find(id);
    return found == seqs_.end() ? nullptr : find(found->second);
}

Message* Messages::find_by_change(const MessageId& change) {
    const auto found = changes_.find(change);
    return found == changes_.end() ? nullptr : find(found->second);
}

void Messages::remember(Message& message, TakenChange change) {
    changes_[change.id] = message.seq;
    message.changes.push_back(std::move(change));
}

std::vector<std::uint64_t> Messages::not_final() const {
    return {pending_.begin(), pending_.end()};
}

std::vector<std::uint64_t> Messages::not_over() const {
    std::vector<std::uint64_t> seqs;
    seqs.reserve(deadlines_.size());
    for (const auto& [until, seq] : deadlines_) seqs.push_back(seq);
    std::sort(seqs.begin(), seqs.end());
    return seqs;
}

bool Messages::settle(Message& message) {
    if (message.is_final || message.changes_on_the_way > 0) return false;
    const Tally& tally = message.cells.tally();
    const bool may_return = message.expires && tally[State::gone_unseen] > 0;
    const bool is_waiting = tally[State::waiting] + tally[State::delivered] > 0;
    if (!message.is_over && (is_waiting || may_return || message.is_standing())) return false;
    message.is_final = true;
    message.frame.reset();
    pending_.erase(message.seq);
    settled_.push_back(message.seq);
    settled_cells_ += cost_of(message);
    return true;
}

void Messages::unsettle(Message& message) {
    if (!message.is_final) return;
    message.is_final = false;
    pending_.insert(message.seq);
    settled_.erase(std::find(settled_.begin(), settled_.end(), message.seq));
    settled_cells_ -= cost_of(message);
}

std::vector<Message*> Messages::take_over(UtcTime now) {
    std::vector<Message*> over;
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
        Message* message = find(deadlines_.begin()->second);
        CRIER_ASSERT(message != nullptr, "forget() takes the deadline away too");
        deadlines_.erase(deadlines_.begin());
        message->is_over = true;
        over.push_back(message);
    }
    return over;
}

std::optional<UtcTime> Messages::next_over() const {
    if (deadlines_.empty()) return std::nullopt;
    return deadlines_.begin()->first;
}

void Messages::reopen(Message& message) {
    const auto is_of_it = [&](const auto& deadline) { return deadline.second == message.seq; };
    std::erase_if(deadlines_, is_of_it);
    message.is_over = false;
    deadlines_.emplace(message.deliver_until, message.seq);
    unsettle(message);
}

void Messages::recall(Message& message) {
    deadlines_.erase({message.deliver_until, message.seq});
    message.is_over = message.is_recalled = true;
    recalled_.insert(message.seq);
}

std::vector<std::uint64_t> Messages::take_settled(std::size_t cells) {
    std::vector<std::uint64_t> taken;
    std::size_t cost = 0;
    while (cost < cells && !settled_.empty()) {
        const std::uint64_t seq = settled_.front();
        settled_.pop_front();
        const Message* message = find(seq);
        CRIER_ASSERT(message != nullptr, "what is settled is held until it is forgotten");
        cost += cost_of(*message);
        settled_cells_ -= cost_of(*message);
        taken.push_back(seq);
    }
    return taken;
}

void Messages::forget(std::uint64_t seq) {
    const auto found = messages_.find(seq);
    if (found == messages_.end()) return;
    const Message& message = found->second;
    seqs_.erase(message.id);
    for (const TakenChange& change : message.changes) changes_.erase(change.id);
    deadlines_.erase({message.deliver_until, seq});
    pending_.erase(seq);
    recalled_.erase(seq);
    if (Recent& recent = recent_[seq % recent_count]; recent.seq == seq) recent = {};
    messages_.erase(found);
}

}  // namespace crier::broker
