// What this broker has missed and the stream no longer has, from another broker.
#include "broker/cluster/ordering_parts.hpp"

namespace crier::broker {

void Ordering::Parts::fall_behind() {
    stop_following();
    notice({.fact = OrderingFact::behind, .number = reached.at.number});
    enter(Phase::behind);
    emit(AskPeer{reached.at});
    wait(settings.answer_max);  // Then it is asked again, or another one is.
}

void Ordering::Parts::on(const PeerEntries& event) {
    if (phase != Phase::behind || event.cursor.at <= reached.at) return;
    reached = event.cursor;
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

}  // namespace crier::broker
