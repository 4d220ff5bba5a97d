#include "broker/cluster/ordering.hpp"

#include <algorithm>
#include <array>

#include "broker/cluster/ordering_parts.hpp"

namespace crier::broker {

std::string_view name_of(OrderingFact fact) noexcept {
    constexpr std::array<std::string_view, 15> names{
        "foreign_message", "newer_message", "other_cluster",    "void_entry",       "rolled_back",
        "refilling",       "seeding",       "refilled",         "generation_began", "behind",
        "journal_unread",  "broker_joined", "broker_forgotten", "cluster_full",     "purged"};
    return names[static_cast<std::size_t>(fact)];
}

// ---- The tail -----------------------------------------------------------------------------------

void Tail::add(std::uint64_t seq, const MessageId& id) {
    if (order_.emplace(id, seq).second) ids_.emplace(seq, id);
}

void Tail::add_last(const MessageId& id) {
    add(++last_, id);
}

bool Tail::erase(const MessageId& id) {
    const auto found = order_.find(id);
    if (found == order_.end()) return false;
    ids_.erase(found->second);
    order_.erase(found);
    return true;
}

void Tail::clear() {
    ids_.clear();
    order_.clear();
}

std::vector<MessageId> Tail::first(std::size_t count_max) const {
    std::vector<MessageId> first;
    for (const auto& [seq, id] : ids_) {
        if (first.size() == count_max) break;
        first.push_back(id);
    }
    return first;
}

// ---- What others are told -----------------------------------------------------------------------

void Ordering::Parts::notice(OrderingNotice notice) {
    notice.generation = reached.at.generation;
    emit(std::move(notice));
}

void Ordering::Parts::enter(Phase next) {
    phase = next;
    std::optional<Error> why_not = problem();
    if (is_told && why_not == told) return;
    is_told = true;
    told = why_not;
    emit(StateChanged{std::move(why_not)});
}

std::optional<Error> Ordering::Parts::problem() const {
    if (phase == Phase::ready) return std::nullopt;
    return Error{ErrorCode::backbone_unreachable,
                 std::string(words_of_phase()) + "; nothing was stored: try again"};
}

std::string_view Ordering::Parts::words_of_phase() const {
    switch (phase) {
        case Phase::down:
            return backbone_problem;
        case Phase::stalled:
            return "this broker's disk takes nothing";
        case Phase::behind:
            return "this broker is behind, and fetches from another one what it has missed";
        case Phase::outdated:
            return "the cluster's log goes on with what only a newer crierd reads; install that "
                   "one on this broker";
        case Phase::unwelcome:
            return "the cluster's log is that of brokers with other keys; make this one's data "
                   "folder with `crierd join`, or give cluster.name another value, or, if no "
                   "broker has those keys any more, remove the stream from NATS";
        case Phase::asking:
        case Phase::checking:
            return "the cluster's log is being read";
        default:
            return is_whole ? "the cluster's log is being read"
                            : "the cluster's log is being put back in order";
    }
}

// ---- Steps --------------------------------------------------------------------------------------

Ordering::Ordering(const OrderingSettings& settings, const Recovery& recovery, Moment now,
                   OrderingEffects& effects)
    : parts_(std::make_unique<Parts>(settings)) {
    Parts& parts = *parts_;
    parts.now = now;
    parts.effects = &effects;
    parts.cursor = parts.cursor_stored = recovery.cursor;
    parts.unplaced = recovery.unplaced;
    parts.has_entries = recovery.last_seq > 0;
    parts.members = parts.members_stored = recovery.members;
    if (!parts.members.empty()) parts.emit(MembersChanged{.members = parts.members});
    if (recovery.cursor) parts.generation_seen = recovery.cursor->at.generation;
    parts.has_met_own =
        (recovery.cursor && recovery.cursor->at.number > 0) || !recovery.members.empty();
    parts.reached.at = {1, 0};
    parts.backbone_problem = "the cluster's backbone was not reached yet";
    parts.enter(Phase::down);
    parts.effects = nullptr;
}

Ordering::~Ordering() = default;

void Ordering::step(const OrderingEvent& event, Moment now, OrderingEffects& effects) {
    parts_->now = now;
    parts_->effects = &effects;
    std::visit([this](const auto& happened) { parts_->on(happened); }, event);
    parts_->effects = nullptr;
}

std::optional<Instant> Ordering::next_deadline() const {
    std::optional<Instant> next = parts_->wait_until;
    const auto consider = [&next](Instant at) { next = next ? std::min(*next, at) : at; };
    if (parts_->phase == Phase::ready) {
        consider(parts_->probe_at);
        if (!parts_->is_announced()) consider(parts_->announce_at);
    }
    if (!parts_->timers.empty()) consider(parts_->timers.begin()->first);
    return next;
}

std::optional<LogPosition> Ordering::followed() const {
    return parts_->followed();
}

std::optional<LogCursor> Ordering::followed_cursor() const {
    const auto& cursor = parts_->cursor;
    // In the middle of a copy of its own it is at no message of the stream.
    const bool is_known = cursor && !is_to_be_compared(cursor->message) &&
                          parts_->phase != Phase::behind && parts_->phase != Phase::unwelcome;
    return is_known ? std::optional(parts_->reached) : std::nullopt;
}

const std::vector<BrokerId>& Ordering::members() const {
    return parts_->members;
}

void Ordering::Parts::on(const TimePassed& /*event*/) {
    attend_due();
    if (phase == Phase::ready && now.steady >= probe_at) probe();
    announce();
    if (!wait_until || now.steady < *wait_until) return;
    wait_until.reset();
    // What was asked for is not answered any more.
    lose_questions();
    begin_check();
}

}  // namespace crier::broker
