// Who belongs to the cluster: whoever has said so in its log, until an operator has it forgotten.
// What all of them have on their disks, and is old, is removed from the stream.
#include <algorithm>
#include <utility>

#include "broker/cluster/ordering_parts.hpp"

namespace crier::broker {

void Ordering::Parts::take_joined(const Joined& joined, Batch& batch) {
    if (joined.broker == settings.broker) {
        announcement.reset();
        is_to_announce = false;
    }
    const auto place = std::lower_bound(members.begin(), members.end(), joined.broker);
    const bool is_known = place != members.end() && *place == joined.broker;
    if (is_known || is_full()) return;
    std::vector<BrokerId> next = members;
    next.insert(next.begin() + (place - members.begin()), joined.broker);
    set_members(std::move(next), batch);
    notice({.fact = OrderingFact::broker_joined,
            .number = reached.at.number,
            .broker = joined.broker});
}

void Ordering::Parts::take_forgotten(const Forgotten& forgotten, Batch& batch) {
    std::erase(members, forgotten.broker);
    batch.members = members;  // Also if it never was one of them: others may have heard it.
    notice({.fact = OrderingFact::broker_forgotten,
            .number = reached.at.number,
            .broker = forgotten.broker,
            .detail = "by " + forgotten.by});
}

void Ordering::Parts::set_members(std::vector<BrokerId> next, Batch& batch) {
    if (next == members) return;
    members = std::move(next);
    batch.members = members;
}

bool Ordering::Parts::is_full() const {
    return members.size() >= limits::brokers_max;
}

bool Ordering::Parts::is_member() const {
    return std::binary_search(members.begin(), members.end(), settings.broker);
}

/// Once it has everything: from then on the others keep for it what it lacks. Said again until the
/// feed shows it.
void Ordering::Parts::announce() {
    if (phase != Phase::ready || is_announced() || now.steady < announce_at) return;
    announce_at = now.steady + settings.publish_retry;
    if (is_full() && !is_member()) {
        if (std::exchange(is_told_full, true)) return;
        return notice({.fact = OrderingFact::cluster_full,
                       .detail = "it has its " + std::to_string(limits::brokers_max) +
                                 " brokers: `crier cluster forget` one that is gone"});
    }
    is_told_full = false;
    if (!announcement) {
        const Joined joined{settings.broker, now.utc};
        announcement =
            seal({settings.broker, reached.at.generation, std::nullopt, joined}, settings.key);
    }
    emit(Publish{announcement->id, announcement->body, std::nullopt});
}

// ---- What all have ------------------------------------------------------------------------------

void Ordering::Parts::on(const OtherFollowed& event) {
    Other& other = others[event.broker];
    other.at = event.at;
    other.is_there = true;
    other.takes_entries = event.takes_entries;
    if (phase == Phase::unwelcome && !is_of_others()) begin_check();
}

void Ordering::Parts::on(const OtherAsked& event) {
    Other& other = others[event.broker];
    other.after = event.after;
    other.asked = now.steady;
}

void Ordering::Parts::on(const OtherLost& event) {
    Other& other = others[event.broker];
    other.is_there = false;
    other.asked.reset();
}

/// The stream may be another one than that in which they were told.
void Ordering::Parts::forget_positions() {
    for (auto& [id, other] : others) other.at = {};
}

std::optional<LogPosition> Ordering::Parts::followed() const {
    if (!cursor_stored || is_to_be_compared(cursor_stored->message)) return std::nullopt;
    return cursor_stored->at;
}

/// One is enough: of those that are there the first one does it.
bool Ordering::Parts::is_purging() const {
    if (!is_member()) return false;
    return std::none_of(members.begin(), members.end(), [this](const BrokerId& member) {
        const auto other = others.find(member);
        return member < settings.broker && other != others.end() && other->second.is_there;
    });
}

/// Up to which number every member has the stream on its disk; 0: that is not known of all. What
/// one says of another generation says nothing of this one.
std::uint64_t Ordering::Parts::all_have() const {
    const auto own = followed();
    if (!own) return 0;
    std::uint64_t least = own->number;
    for (const BrokerId& member : members) {
        if (member == settings.broker) continue;
        const auto other = others.find(member);
        if (other == others.end() || other->second.at.generation != own->generation) return 0;
        least = std::min(least, other->second.at.number);
    }
    return least;
}

/// Some at a time, if the last of them is old: the answer to that question says so. The message at
/// a member's own cursor stays, so that it can be compared.
void Ordering::Parts::purge_some() {
    if (!is_purging() || awaited_look) return;
    const std::uint64_t last = extent.first + settings.purged_at_once - 1;
    if (last >= all_have()) return;
    unanswered += 1;
    awaited_look = last;
    emit(Look{last});
}

void Ordering::Parts::on_last_to_purge_seen(const StreamMessage& message) {
    const bool is_old = message.time + settings.kept <= now.utc;
    if (!is_old || message.number >= all_have()) return;
    emit(PurgeStream{message.number + 1});
    notice({.fact = OrderingFact::purged, .number = message.number});
}

}  // namespace crier::broker
