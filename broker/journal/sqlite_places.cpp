#include "broker/journal/sqlite_places.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "shared/base/assert.hpp"

namespace crier::broker {
namespace {

/// No seq, generation or number is beyond this.
constexpr std::uint64_t number_max = position_max;

constexpr int entry_columns = 10;  ///< Then come those of the place.

}  // namespace

// ---- Writing ------------------------------------------------------------------------------------

Status SqlitePlaces::write(const Batch& batch, const std::vector<EntryResult>& results,
                           JournalState& state) {
    if (batch.places.empty() && !batch.cursor && !batch.members) return {};
    CRIER_ASSERT(batch.places.empty() || batch.places.size() == batch.entries.size(),
                 "a batch has a place for each of its entries, or none at all");
    for (std::size_t i = 0; i < batch.places.size(); ++i) {
        if (results[i].is_orphan || batch.places[i] == LogPosition{}) continue;
        if (Status put_there = put(results[i].stored.seq, batch.places[i], state); !put_there) {
            return put_there;
        }
    }
    if (batch.cursor) state.cursor = batch.cursor;
    if (batch.members) state.members = *batch.members;
    return write_row(state);
}

/// The newest writer of a place has it: what stood there before the stream was rolled back is not
/// there any more.
Status SqlitePlaces::put(std::uint64_t seq, const LogPosition& at, JournalState& state) {
    const Status made = make_room_.with(seq, at.generation, at.number).run();
    if (!made) return made;
    state.placed -= static_cast<std::uint64_t>(connection_.changes());
    ++state.placed;
    return insert_.with(seq, at.generation, at.number, checksum_place(seq, at)).run();
}

Status SqlitePlaces::forget(std::uint64_t seq, JournalState& state) {
    if (Status deleted = delete_.with(seq).run(); !deleted) return deleted;
    state.placed -= static_cast<std::uint64_t>(connection_.changes());
    return {};
}

Status SqlitePlaces::write_row(const JournalState& state) {
    const LogPosition at = state.cursor ? state.cursor->at : LogPosition{};
    return update_row_
        .with(state.placed, at.generation, at.number,
              state.cursor ? std::optional(view(state.cursor->message.bytes)) : std::nullopt,
              view(bytes_of(state.members)), checksum_cluster(state))
        .run();
}

// ---- Reading ------------------------------------------------------------------------------------

Result<Place> SqlitePlaces::place_in(const Statement& row) {
    const Result<PlaceRow> place = place_from(row, entry_columns, connection_);
    if (!place) return fail(place.error());
    if (row.number(0) != place->seq) {
        return fail(connection_.damage("places", static_cast<std::int64_t>(place->seq),
                                       "there is no such entry"));
    }
    const Result<ChainedEntry> entry = chained_entry_from(row, connection_);
    if (!entry) return fail(entry.error());
    return Place{.at = place->at, .seq = place->seq, .id = entry->stored.entry.id};
}

Result<PlacedEntry> SqlitePlaces::entry_in(const Statement& row) {
    Result<ChainedEntry> entry = chained_entry_from(row, connection_);
    if (!entry) return fail(std::move(entry.error()));
    const bool has_place = row.number(entry_columns) != 0;
    if (!has_place) return PlacedEntry{std::move(*entry), std::nullopt};
    const Result<PlaceRow> place = place_from(row, entry_columns, connection_);
    if (!place) return fail(place.error());
    return PlacedEntry{std::move(*entry), place->at};
}

Result<std::vector<Place>> SqlitePlaces::places(std::optional<LogPosition> before,
                                                std::size_t count_max) {
    const LogPosition end = before.value_or(LogPosition{number_max, number_max});
    below_.with(std::min(end.generation, number_max), std::min(end.number, number_max),
                std::min<std::uint64_t>(count_max, number_max));
    std::vector<Place> places;
    while (true) {
        const Result<bool> found = below_.next();
        if (!found) return fail(found.error());
        if (!*found) return places;
        const Result<Place> place = place_in(below_);
        if (!place) {
            below_.reset();
            return fail(place.error());
        }
        places.push_back(*place);
    }
}

Result<std::vector<PlacedEntry>> SqlitePlaces::placed(const LogPosition& after,
                                                      std::size_t count_max) {
    above_.with(std::min(after.generation, number_max), std::min(after.number, number_max),
                std::min<std::uint64_t>(count_max, number_max));
    std::vector<PlacedEntry> entries;
    Result<Place> place;
    Result<PlacedEntry> entry;
    while (true) {
        const Result<bool> found = above_.next();
        if (!found) return fail(found.error());
        if (!*found) return entries;
        place = place_in(above_);  // That there is an entry, and the right one.
        if (place) entry = entry_in(above_);
        if (!place || !entry) {
            above_.reset();
            return fail(place ? entry.error() : place.error());
        }
        entries.push_back(std::move(*entry));
    }
}

Result<std::vector<PlacedEntry>> SqlitePlaces::log(const JournalState& state, std::uint64_t after,
                                                   std::size_t count_max) {
    std::vector<PlacedEntry> entries;
    if (after >= state.last_seq || count_max == 0) return entries;
    std::uint64_t expected = after + 1;
    behind_.with(after, std::min<std::uint64_t>(count_max, number_max));
    Result<PlacedEntry> entry;
    while (true) {
        const Result<bool> found = behind_.next();
        if (!found) return fail(found.error());
        if (!*found) break;
        entry = entry_in(behind_);
        if (!entry) {
            behind_.reset();
            return fail(std::move(entry.error()));
        }
        const std::uint64_t seq = entry->entry.stored.seq;
        if (Status dense = reader_.expect_pruned(expected, seq - 1); !dense) {
            behind_.reset();
            return fail(dense.error());
        }
        expected = seq + 1;
        entries.push_back(std::move(*entry));
    }
    if (entries.size() == count_max) return entries;
    if (Status dense = reader_.expect_pruned(expected, state.last_seq); !dense) {
        return fail(dense.error());
    }
    return entries;
}

Status SqlitePlaces::verify(const JournalState& state) {
    constexpr std::size_t page = 100;
    std::uint64_t count = 0;
    std::optional<LogPosition> before;
    while (true) {
        const Result<std::vector<Place>> found = places(before, page);
        if (!found) return fail(found.error());
        count += found->size();
        if (found->size() < page) break;
        before = found->back().at;
    }
    if (count == state.placed) return {};
    return fail(connection_.damage("there are " + std::to_string(count) + " places, not " +
                                   std::to_string(state.placed)));
}

}  // namespace crier::broker
