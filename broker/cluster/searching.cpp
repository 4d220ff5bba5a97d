// Where the stream is not the one that was followed: up to where it still is, and which of this
// broker's entries stood behind that. What is found is never later than the truth: earlier costs
// reading again what is known, later would lose something.
#include <algorithm>
#include <iterator>

#include "broker/cluster/ordering_parts.hpp"

namespace crier::broker {

void Ordering::Parts::begin_search() {
    search = Search{};
    if (cursor) {
        search.limit = cursor->at;
        search.is_limit_asked = is_to_be_compared(cursor->message);
        search.bound = time_in(cursor->message) - settings.skew_max;
        tail_generation = std::max(tail_generation, cursor->at.generation);
    }
    search_when_settled();
}

/// Places are read when everything that was written before has its own.
void Ordering::Parts::search_when_settled() {
    enter(Phase::settling);
    wait_until.reset();
    if (stores.empty()) start_search();
}

void Ordering::Parts::start_search() {
    enter(Phase::searching);
    const std::uint64_t number = search.limit.number;
    if (search.is_limit_asked && number >= extent.first && number <= extent.last) {
        return ask_look(number);
    }
    // Where the cursor's message was removed, everybody had it.
    search.is_limit_there = search.is_limit_asked && number > 0 && number < extent.first;
    if (search.is_limit_there) doubt_whose_it_is();
    search.is_limit_asked = false;
    read_places(std::nullopt);
}

void Ordering::Parts::read_places(std::optional<LogPosition> before) {
    wait_until.reset();
    emit(ReadPlaces{++ticket, before, settings.read_count_max});
}

void Ordering::Parts::on(const PlacesRead& event) {
    if (event.ticket != ticket || phase != Phase::searching) return;
    if (!event.places) return retry_journal(event.places.error());
    search.page = *event.places;
    search.is_last_page = search.page.size() < settings.read_count_max;
    if (!search.page.empty()) search.oldest = search.page.back().at;
    const auto is_lost = [this](const Place& place) { return place.at > search.limit; };
    const auto below = std::find_if_not(search.page.begin(), search.page.end(), is_lost);
    std::for_each(search.page.begin(), below, [this](const Place& place) { put_in_tail(place); });
    search.page.erase(search.page.begin(), below);
    if (search.page.empty()) return next_page();
    if (search.is_limit_there) return finish_search(*cursor);
    search.first = 0;
    search.last = search.page.size() - 1;
    search.is_halved = false;
    advance_search();
}

void Ordering::Parts::retry_journal(const Error& error) {
    notice({.fact = OrderingFact::journal_unread, .detail = error.detail});
    wait(settings.publish_retry);
}

void Ordering::Parts::put_in_tail(const Place& place) {
    tail.add(place.seq, place.id);
    tail_generation = std::max(tail_generation, place.at.generation);
    generation_seen = std::max(generation_seen, place.at.generation);
}

/// Looks at the oldest place of a page. If that is there, the newest one that is there is in this
/// page, and found by halves.
void Ordering::Parts::advance_search() {
    while (!search.is_halved || search.first < search.last) {
        search.asked = search.is_halved ? (search.first + search.last) / 2 : search.last;
        const std::uint64_t number = search.page[search.asked].at.number;
        const bool can_look = number >= extent.first && number <= extent.last;
        if (can_look) return ask_look(number);
        // What was removed below the first one was everybody's.
        if (!on_verdict(number < extent.first)) return;
    }
    finish_page();
}

void Ordering::Parts::on_searched(const std::optional<StreamMessage>& message) {
    if (search.is_limit_asked) {
        search.is_limit_asked = false;
        search.is_limit_there = message && are_of_one_message(mark_of(*message), cursor->message);
        return read_places(std::nullopt);
    }
    const bool is_there = message && is_at(search.page[search.asked], *message);
    if (is_there) search.mark = mark_of(*message);
    if (on_verdict(is_there)) advance_search();
}

/// Whether what lies in the stream is what the journal has there. What was written in another
/// generation is not, because an entry that is put back may come to its old number; nor what is
/// younger than what was followed last.
bool Ordering::Parts::is_at(const Place& place, const StreamMessage& message) const {
    if (message.time > search.bound) return false;
    const auto envelope = open(message, settings.key);
    if (!envelope || envelope->generation != place.at.generation) return false;
    const Entry* entry = std::get_if<Entry>(&envelope->content);
    return entry != nullptr && entry->id == place.id;
}

/// False: the search is not in this page any more.
bool Ordering::Parts::on_verdict(bool is_there) {
    if (is_there) {
        search.last = search.asked;
        search.is_halved = true;
        return true;
    }
    if (search.is_halved) {
        search.first = search.asked + 1;
        return true;
    }
    for (const Place& place : search.page) put_in_tail(place);
    next_page();
    return false;
}

void Ordering::Parts::next_page() {
    if (!search.is_last_page) return read_places(search.oldest);
    if (search.is_limit_there) return finish_search(*cursor);
    search_in_vain();
}

void Ordering::Parts::finish_page() {
    for (std::size_t index = 0; index < search.last; ++index) put_in_tail(search.page[index]);
    const LogPosition at = search.page[search.last].at;
    if (at.number >= extent.first) return finish_search({at, search.mark});
    doubt_whose_it_is();
    finish_search({{at.generation, extent.first - 1}, MessageId{}});
}

/// Nothing that was followed is there. What is there may be another cluster's.
void Ordering::Parts::search_in_vain() {
    doubt_whose_it_is();
    finish_search({{1, search.is_for_all ? extent.first - 1 : 0}, MessageId{}});
}

/// Entries that never had a place are missing in the stream as well, and those whose place others
/// have taken.
void Ordering::Parts::finish_search(const LogCursor& there) {
    search.there = there;
    if (there.at.number > 0) generation_seen = std::max(generation_seen, there.at.generation);
    if (unplaced == 0) return rejoin(there);
    enter(Phase::gathering);
    wait_until.reset();
    emit(ReadLog{++ticket, 0, settings.read_count_max});
}

void Ordering::Parts::on(const LogRead& event) {
    if (event.ticket != ticket || phase != Phase::gathering) return;
    if (!event.entries) return retry_journal(event.entries.error());
    for (const PlacedEntry& placed : *event.entries) {
        const StoredEntry& stored = placed.entry.stored;
        if (first_seq == 0) first_seq = stored.seq;
        if (!placed.place) tail.add(stored.seq, stored.entry.id);
    }
    if (event.entries->size() < settings.read_count_max) return rejoin(search.there);
    emit(ReadLog{++ticket, event.entries->back().entry.stored.seq, settings.read_count_max});
}

}  // namespace crier::broker
