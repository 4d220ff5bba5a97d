#include "broker/journal/screen_query.hpp"

#include <algorithm>
#include <utility>

namespace crier::broker {
namespace {

/// Reading and replaying so many takes a few milliseconds.
constexpr std::size_t pieces_at_once = 32;
constexpr std::size_t messages_at_once = 64;
constexpr int sessions_at_once = 8;
/// Of the sessions that are asked about: some 80 MB.
constexpr std::size_t sightings_max = 2'000'000;

}  // namespace

ScreenQuery::ScreenQuery(AskLog::Screens asked)
    : asked_(std::move(asked)), replay_(asked_.at, asked_.unheard_max) {}

Result<bool> ScreenQuery::work(Journal& journal) {
    if (is_replayed_) return read_messages(journal);
    const Status done = is_read_ ? replay() : read_on(journal);
    if (!done) return fail(done.error());
    return false;
}

Status ScreenQuery::read_on(Journal& journal) {
    const Result<std::vector<SightingsPiece>> pieces =
        journal.read_sightings(after_, pieces_at_once);
    if (!pieces) return fail(pieces.error());
    is_read_ = pieces->empty();
    for (const SightingsPiece& piece : *pieces) {
        if (after_ != 0 && piece.piece != after_ + 1) {
            // Some were pruned meanwhile: what is left of them would be half a story.
            replay_ = ScreenReplay(asked_.at, asked_.unheard_max);
            found_.known_since.reset();
        }
        if (Status taken = take(journal, piece); !taken) return taken;
        after_ = piece.piece;
    }
    if (replay_.size() <= sightings_max) return {};
    return fail(ErrorCode::limit_exceeded,
                "there is too much to look through for so many sessions: ask for fewer");
}

Status ScreenQuery::replay() {
    for (int left = sessions_at_once; left > 0; --left) {
        is_replayed_ = !replay_.replay_next(found_.seen);
        if (is_replayed_) break;
    }
    if (found_.seen.size() <= limits::screens_max) return {};
    return fail(ErrorCode::limit_exceeded,
                "more than " + std::to_string(limits::screens_max) +
                    " messages were on these screens: ask for fewer sessions");
}

Status ScreenQuery::take(Journal& journal, const SightingsPiece& piece) {
    std::vector<Sighting> sightings;
    const Status read = read_sightings(
        piece.sightings, [&](const Sighting& sighting) { sightings.push_back(sighting); });
    if (!read) {
        return fail(
            ErrorCode::journal_damaged,
            "table sightings, record " + std::to_string(piece.piece) + ": " + read.error().detail);
    }
    if (Status met = meet(journal, sightings); !met) return met;
    if (!found_.known_since) found_.known_since = piece.at;
    for (Sighting& sighting : sightings) {
        if (sighting.session != 0 && !met_.at(sighting.session)) {
            replay_.on_written(sighting.at);
            continue;
        }
        if (sighting.id) {
            const Result<Named> message = named(journal, *sighting.id);
            if (!message) return fail(message.error());
            if (message->seq == 0) continue;
            sighting.seq = message->seq;
            sighting.at = std::max(sighting.at, message->sent);
        }
        replay_.take(sighting);
    }
    replay_.on_written(piece.at);
    return {};
}

/// Whether the sessions are meant that were not heard of before.
Status ScreenQuery::meet(Journal& journal, const std::vector<Sighting>& sightings) {
    std::vector<std::uint32_t> unknown;
    for (const Sighting& sighting : sightings) {
        // A record that was pruned is of nobody who is meant.
        const bool is_new = met_.try_emplace(sighting.session, false).second;
        if (is_new) unknown.push_back(sighting.session);
    }
    if (unknown.empty()) return {};
    Result<std::vector<SessionRecord>> records = journal.read_sessions(unknown);
    if (!records) return fail(records.error());
    for (SessionRecord& record : *records) {
        if (!asked_.is_meant(record)) continue;
        met_[record.number] = true;
        found_.sessions.emplace(record.number, std::move(record));
    }
    return {};
}

Result<ScreenQuery::Named> ScreenQuery::named(Journal& journal, const MessageId& id) {
    const auto known = named_.find(id);
    if (known != named_.end()) return known->second;
    const Result<std::optional<StoredMessage>> message = journal.read_message(id);
    if (!message) return fail(message.error());
    Named named;
    if (*message && !(*message)->entry.entry.about) {
        named = {(*message)->entry.seq, (*message)->entry.entry.at};
    }
    return named_[id] = named;
}

Result<bool> ScreenQuery::read_messages(Journal& journal) {
    for (std::size_t left = messages_at_once; left > 0; --left) {
        if (next_ == found_.seen.size()) return true;
        const std::uint64_t seq = found_.seen[next_++].seq;
        if (found_.messages.contains(seq)) continue;
        Result<std::vector<StoredMessage>> message = journal.read_messages(seq + 1, 1);
        if (!message) return fail(message.error());
        // Where it was pruned, an older one comes.
        if (message->empty() || message->front().entry.seq != seq) continue;
        found_.messages.emplace(seq, std::move(message->front()));
    }
    return false;
}

}  // namespace crier::broker
