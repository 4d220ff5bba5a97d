#include "broker/journal/sqlite_sightings.hpp"

#include <algorithm>
#include <utility>

namespace crier::broker {

Status SqliteSightings::write(const Batch& batch, JournalState& state) {
    if (batch.sightings.empty()) return {};
    const SightingsPiece piece{state.last_sightings + 1, batch.sighted, batch.sightings};
    const Status inserted =
        insert_.with(piece.piece, to_ms(piece.at), view(piece.sightings), checksum(piece)).run();
    if (!inserted) return inserted;
    state.last_sightings = piece.piece;
    state.sightings_bytes += piece.sightings.size() + sightings_row_bytes;
    // A few at a time: a limit that was lowered is reached over many batches.
    constexpr int deleted_at_once = 8;
    for (int left = deleted_at_once; left > 0 && state.sightings_bytes > bytes_max_; --left) {
        if (state.first_sightings == state.last_sightings) break;
        const Result<std::size_t> went = prune(UtcTime::max(), 1, state);
        if (!went) return fail(went.error());
    }
    return {};
}

Result<std::size_t> SqliteSightings::prune(UtcTime before, std::size_t count_max,
                                           JournalState& state) {
    std::size_t went = 0;
    for (; went < count_max && state.first_sightings <= state.last_sightings; ++went) {
        size_.with(state.first_sightings);
        const Result<bool> found = size_.next();
        if (!found) return fail(found.error());
        if (!*found) {
            return fail(connection_.damage(
                "sightings", static_cast<std::int64_t>(state.first_sightings), "it is missing"));
        }
        const UtcTime at = utc_from_ms(size_.integer(0));
        const std::uint64_t bytes = size_.number(1) + sightings_row_bytes;
        size_.reset();
        if (at >= before) break;
        if (Status deleted = delete_oldest(bytes, state); !deleted) return fail(deleted.error());
    }
    return went;
}

Status SqliteSightings::delete_oldest(std::uint64_t bytes, JournalState& state) {
    state.sightings_bytes -= std::min(bytes, state.sightings_bytes);
    return delete_.with(state.first_sightings++).run();
}

Result<std::vector<SightingsPiece>> SqliteSightings::read(const JournalState& state,
                                                          std::uint64_t after,
                                                          std::size_t count_max) {
    std::vector<SightingsPiece> pieces;
    std::uint64_t expected = std::max(after + 1, state.first_sightings);
    select_.with(after, count_max);
    while (pieces.size() < count_max && expected <= state.last_sightings) {
        const Result<bool> found = select_.next();
        if (!found) return fail(found.error());
        Result<SightingsPiece> piece =
            *found ? sightings_from(select_, connection_) : fail(ErrorCode::journal_damaged, "");
        if (!*found || (piece && piece->piece != expected)) {
            select_.reset();
            return fail(connection_.damage("sightings", static_cast<std::int64_t>(expected),
                                           "it is missing"));
        }
        if (!piece) {
            select_.reset();
            return fail(std::move(piece.error()));
        }
        ++expected;
        pieces.push_back(std::move(*piece));
    }
    select_.reset();
    return pieces;
}

}  // namespace crier::broker
