// What this broker has missed and the stream no longer has, from another broker.
#include <algorithm>
#include <utility>

#include "broker/cluster/ordering_parts.hpp"

namespace crier::broker {

void Ordering::Parts::fall_behind() {
    stop_following();
    notice({.fact = OrderingFact::behind, .number = reached.at.number});
    const bool begins_later = reached.at.number + 1 < extent.first;
    if (begins_later && is_foremost_of_all_behind()) return begin_for_all();
    enter(Phase::behind);
    emit(AskPeer{reached.at});
    if (!has_met_own) ask_look(extent.last);
    wait(settings.answer_max);  // Then it is asked again, or another one is.
}

/// Nobody may ever answer: who has other keys than those whose stream it is knows nobody here.
void Ordering::Parts::on_newest_seen(const StreamMessage& message) {
    if (has_met_own) return;
    const auto envelope = open(message, settings.key);
    has_met_own = envelope || envelope.error().is_newer;
    has_met_foreign = !has_met_own;
    if (!is_of_others()) return;
    reached.at.number = message.number;
    reached.message = mark_of(message);
    stop_as_unwelcome();
    follow();
}

/// Each other member asks as well: then none has what came before the stream's first message,
/// which is of another life, and one has to begin. Each of them is asked in turn, so they have been
/// heard by the time that takes.
bool Ordering::Parts::is_foremost_of_all_behind() const {
    if (!is_member()) return false;
    const Milliseconds round = settings.answer_max * static_cast<int>(members.size() + 1);
    const std::pair own(reached.at, settings.broker);
    return std::all_of(members.begin(), members.end(), [&](const BrokerId& member) {
        if (member == settings.broker) return true;
        const auto other = others.find(member);
        if (other == others.end() || !other->second.asked) return false;
        const bool is_behind = now.steady - *other->second.asked <= round;
        return is_behind && std::pair(other->second.after, member) < own;
    });
}

/// With everything of its own as lost, until it is met in the stream or put back: the others copy
/// it from this broker then, and put back what they alone have.
void Ordering::Parts::begin_for_all() {
    note_rolled_back(extent.first, "it begins behind what any broker has");
    search = Search{};
    search.is_for_all = true;
    if (cursor) tail_generation = std::max(tail_generation, cursor->at.generation);
    search_when_settled();
}

void Ordering::Parts::on(const PeerEntries& event) {
    if (phase != Phase::behind || event.cursor.at <= reached.at) return;
    reached = event.cursor;
    has_met_own = true;
    generation_seen = std::max(generation_seen, reached.at.generation);
    Batch batch;
    batch.entries = event.entries;
    batch.places = event.places;
    for (const Entry& entry : event.entries) tail.erase(entry.id);
    // A journal that has entries of its own has a beginning of its own.
    if (!has_entries) batch.begins_behind = event.beginning;
    // With entries of its own, which the others may not have, it goes on as from a stream that was
    // rolled back to there.
    // In the middle of it nothing is said of how far it has come: a start copies it once more.
    if (event.is_last) {
        batch.cursor = cursor = is_whole ? reached : unsure(reached);
        set_members(event.members, batch);
    }
    if (!batch.empty()) store(std::move(batch));
    if (event.is_last) return begin_check();
    emit(AskPeer{reached.at});
    wait(settings.answer_max);
}

void Ordering::Parts::on(const PeerNewer& event) {
    if (phase == Phase::behind) stop_at_newer(reached.at.number + 1, event.why);
}

}  // namespace crier::broker
