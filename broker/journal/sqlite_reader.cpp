#include "broker/journal/sqlite_reader.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "broker/journal/sqlite_places.hpp"
#include "broker/journal/sqlite_schema.hpp"
#include "broker/journal/sqlite_sightings.hpp"

namespace crier::broker {
namespace {

constexpr std::string_view missing = "it is missing";

/// SQLite's integers are signed; no seq is beyond this.
constexpr std::uint64_t seq_max = std::numeric_limits<std::int64_t>::max();

std::int64_t record(std::uint64_t number) {
    return static_cast<std::int64_t>(number);
}

/// The row that a statement with one row at most stepped to, decoded.
template <class Value>
Result<std::optional<Value>> only_row(Statement& statement, const Connection& connection,
                                      Result<Value> (*decode)(const Statement&,
                                                              const Connection&)) {
    const Result<bool> found = statement.next();
    if (!found) return fail(found.error());
    if (!*found) return std::optional<Value>{};
    Result<Value> value = decode(statement, connection);
    statement.reset();
    if (!value) return fail(std::move(value.error()));
    return std::optional<Value>(std::move(*value));
}

/// All rows of a statement, decoded. (Values are gathered in one Result, because g++ 12 takes the
/// destruction of one Result a row for that of something that is not on the heap.)
template <class Value>
Result<std::vector<Value>> all_rows(Statement& statement, const Connection& connection,
                                    Result<Value> (*decode)(const Statement&, const Connection&)) {
    std::vector<Value> values;
    Result<Value> value;
    while (true) {
        const Result<bool> found = statement.next();
        if (!found) return fail(found.error());
        if (!*found) return values;
        value = decode(statement, connection);
        if (!value) {
            statement.reset();
            return fail(std::move(value.error()));
        }
        values.push_back(std::move(*value));
    }
}

}  // namespace

// ---- Start-up -----------------------------------------------------------------------------------

Result<Recovery> SqliteReader::recover(const JournalState& state) {
    Result<std::vector<SessionRecord>> sessions = open_sessions(state);
    if (!sessions) return fail(std::move(sessions.error()));
    Result<std::vector<StoredMessage>> messages = open_messages(state);
    if (!messages) return fail(std::move(messages.error()));
    Result<std::vector<Bytes>> pieces = facts(state);
    if (!pieces) return fail(std::move(pieces.error()));
    const Result<UtcTime> newest = newest_time(connection_);
    if (!newest) return fail(newest.error());
    return Recovery{.open_sessions = std::move(*sessions),
                    .open_messages = std::move(*messages),
                    .facts = std::move(*pieces),
                    .last_seq = state.last_seq,
                    .last_session_number = state.last_session_number,
                    .cursor = state.cursor,
                    .unplaced = state.entries - state.placed,
                    .members = state.members,
                    .newest = *newest};
}

Result<std::vector<SessionRecord>> SqliteReader::open_sessions(const JournalState& state) {
    Result<std::vector<SessionRecord>> sessions =
        all_rows(open_sessions_.with(), connection_, session_from);
    if (sessions && sessions->size() != state.open_sessions) {
        return fail(connection_.damage("table sessions: " + std::to_string(sessions->size()) +
                                       " are open, not " + std::to_string(state.open_sessions)));
    }
    return sessions;
}

Result<std::vector<StoredMessage>> SqliteReader::open_messages(const JournalState& state) {
    const Result<std::vector<OpenEntry>> open =
        all_rows(open_entries_.with(), connection_, open_entry_from);
    if (!open) return fail(open.error());
    if (open->size() != state.open_entries) {
        return fail(connection_.damage("table open_entries: it has " +
                                       std::to_string(open->size()) + " records, not " +
                                       std::to_string(state.open_entries)));
    }
    std::vector<StoredMessage> messages;
    messages.reserve(open->size());
    for (const OpenEntry& one : *open) {
        Result<std::optional<StoredEntry>> entry = entry_at(one.seq);
        if (!entry) return fail(std::move(entry.error()));
        if (!*entry) return fail(connection_.damage("entries", record(one.seq), missing));
        Result<StoredMessage> message = complete(std::move(**entry), one);
        if (!message) return fail(std::move(message.error()));
        messages.push_back(std::move(*message));
    }
    return messages;
}

Result<std::vector<Bytes>> SqliteReader::facts(const JournalState& state) {
    Result<std::vector<FactsPiece>> pieces = all_rows(facts_.with(), connection_, facts_from);
    if (!pieces) return fail(std::move(pieces.error()));
    std::vector<Bytes> facts;
    facts.reserve(pieces->size());
    std::uint64_t expected = state.first_piece;
    for (FactsPiece& piece : *pieces) {
        if (piece.piece != expected) break;
        ++expected;
        facts.push_back(std::move(piece.facts));
    }
    if (expected != state.last_piece + 1 || facts.size() != pieces->size()) {
        return fail(connection_.damage("facts", record(expected), missing));
    }
    return facts;
}

// ---- History ------------------------------------------------------------------------------------

Result<std::vector<StoredMessage>> SqliteReader::messages(const JournalState& state,
                                                          std::optional<std::uint64_t> before,
                                                          std::size_t count_max) {
    std::uint64_t highest = state.last_seq;
    if (before) highest = std::min(highest, *before == 0 ? 0 : *before - 1);
    std::vector<StoredMessage> messages;
    while (highest > 0 && messages.size() < count_max) {
        Result<std::vector<StoredEntry>> entries = all_rows(
            entries_.with(highest, std::min<std::uint64_t>(count_max - messages.size(), seq_max)),
            connection_, entry_from);
        if (!entries) return fail(std::move(entries.error()));
        for (StoredEntry& entry : *entries) {
            if (Status dense = expect_pruned(entry.seq + 1, highest); !dense) {
                return fail(dense.error());
            }
            highest = entry.seq - 1;
            // A change comes with its message.
            if (entry.entry.kind != EntryKind::message) continue;
            const Result<std::optional<OpenEntry>> open = open_entry_at(entry.seq);
            if (!open) return fail(open.error());
            Result<StoredMessage> message = complete(std::move(entry), *open);
            if (!message) return fail(std::move(message.error()));
            messages.push_back(std::move(*message));
        }
        if (!entries->empty()) continue;
        if (Status dense = expect_pruned(1, highest); !dense) return fail(dense.error());
        break;
    }
    return messages;
}

Result<std::optional<StoredMessage>> SqliteReader::message(const MessageId& id) {
    Result<std::optional<StoredEntry>> found = entry(id);
    if (!found) return fail(std::move(found.error()));
    if (!*found) return std::optional<StoredMessage>{};
    if ((*found)->entry.about) return StoredMessage{std::move(**found), {}, {}, {}};
    const Result<std::optional<OpenEntry>> open = open_entry_at((*found)->seq);
    if (!open) return fail(open.error());
    Result<StoredMessage> message = complete(std::move(**found), *open);
    if (!message) return fail(std::move(message.error()));
    return std::optional<StoredMessage>(std::move(*message));
}

Result<std::vector<SessionRecord>> SqliteReader::sessions(
    const std::vector<std::uint32_t>& numbers) {
    std::vector<std::uint32_t> wanted = numbers;
    std::sort(wanted.begin(), wanted.end());
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    std::vector<SessionRecord> sessions;
    sessions.reserve(wanted.size());
    for (const std::uint32_t number : wanted) {
        Result<std::optional<SessionRecord>> session =
            only_row(session_.with(number), connection_, session_from);
        if (!session) return fail(std::move(session.error()));
        if (*session) sessions.push_back(std::move(**session));
    }
    return sessions;
}

Result<std::optional<StoredEntry>> SqliteReader::entry(const MessageId& id) {
    Result<std::optional<StoredEntry>> found =
        only_row(entry_by_id_.with(view(id.bytes)), connection_, entry_from);
    if (found && *found && (*found)->entry.id != id) {
        return fail(connection_.damage("entries", record((*found)->seq),
                                       "the index of ids names it for another id"));
    }
    return found;
}

// ---- One message --------------------------------------------------------------------------------

Result<std::optional<StoredEntry>> SqliteReader::entry_at(std::uint64_t seq) {
    return only_row(entry_at_.with(seq), connection_, entry_from);
}

Result<std::optional<OpenEntry>> SqliteReader::open_entry_at(std::uint64_t seq) {
    return only_row(open_entry_.with(seq), connection_, open_entry_from);
}

Result<StoredMessage> SqliteReader::complete(StoredEntry entry,
                                             const std::optional<OpenEntry>& open) {
    Result<std::vector<StoredEntry>> changes =
        all_rows(changes_.with(view(entry.entry.id.bytes)), connection_, entry_from);
    if (!changes) return fail(std::move(changes.error()));
    Result<Bytes> cells = cells_of(entry.seq, open);
    if (!cells) return fail(std::move(cells.error()));
    Result<std::vector<Bytes>> late = late_receipts_of(entry.seq);
    if (!late) return fail(std::move(late.error()));
    return StoredMessage{.entry = std::move(entry),
                         .changes = std::move(*changes),
                         .cells = std::move(*cells),
                         .late_receipts = std::move(*late)};
}

Result<Bytes> SqliteReader::cells_of(std::uint64_t seq, const std::optional<OpenEntry>& open) {
    Result<std::optional<Outcome>> outcome =
        only_row(outcome_.with(seq), connection_, outcome_from);
    if (!outcome) return fail(std::move(outcome.error()));
    const bool is_expected = !open || open->has_outcome;
    if (outcome->has_value() != is_expected) {
        return fail(connection_.damage("outcomes", record(seq),
                                       is_expected ? missing : "it should not be there"));
    }
    if (!*outcome) return Bytes{};
    if ((*outcome)->closes == open.has_value()) {
        return fail(connection_.damage("open_entries", record(seq),
                                       open ? "an outcome has closed it" : missing));
    }
    return std::move((*outcome)->cells);
}

Result<std::vector<Bytes>> SqliteReader::late_receipts_of(std::uint64_t seq) {
    Result<std::vector<LateReceiptRow>> rows =
        all_rows(late_receipts_.with(seq), connection_, late_receipt_from);
    if (!rows) return fail(std::move(rows.error()));
    std::vector<Bytes> receipts;
    receipts.reserve(rows->size());
    for (LateReceiptRow& row : *rows) {
        receipts.push_back(std::move(row.receipt));
        if (row.number != receipts.size()) {
            return fail(connection_.damage(
                "late_receipts", record(seq),
                "number " + std::to_string(receipts.size()) + " of them is missing"));
        }
    }
    return receipts;
}

Status SqliteReader::expect_pruned(std::uint64_t first, std::uint64_t last) {
    // Ranges that touch are not joined where one of them was signed with another key.
    while (first <= last) {
        const Result<std::optional<PrunedRange>> range =
            only_row(pruned_.with(first), connection_, pruned_from);
        if (!range) return fail(range.error());
        if (!*range || (*range)->last < first) {
            return fail(connection_.damage("entries", record(first), missing));
        }
        first = (*range)->last + 1;
    }
    return {};
}

// ---- Everything ---------------------------------------------------------------------------------

namespace {

struct Expected {
    std::string count;  ///< SQL that counts.
    std::string_view what;
    std::uint64_t number;
};

Status verify_counts(Connection& connection, const std::vector<Expected>& counts) {
    for (const Expected& expected : counts) {
        const Result<std::string> counted = connection.ask(expected.count.c_str());
        if (!counted) return fail(counted.error());
        if (*counted == std::to_string(expected.number)) continue;
        return fail(connection.damage("there are " + *counted + " " + std::string(expected.what) +
                                      ", not " + std::to_string(expected.number)));
    }
    return {};
}

/// Reads all messages, newest first.
Status verify_messages(SqliteReader& reader, const JournalState& state) {
    constexpr std::size_t page = 100;
    std::optional<std::uint64_t> before;
    while (true) {
        const Result<std::vector<StoredMessage>> messages = reader.messages(state, before, page);
        if (!messages) return fail(messages.error());
        if (messages->size() < page) return {};
        before = messages->back().entry.seq;
    }
}

template <class Value>
Status verify_rows(Connection& connection, const char* select,
                   Result<Value> (*decode)(const Statement&, const Connection&)) {
    Statement rows(connection, select);
    rows.with();
    while (true) {
        const Result<bool> found = rows.next();
        if (!found) return fail(found.error());
        if (!*found) return {};
        if (const Result<Value> value = decode(rows, connection); !value) {
            return fail(value.error());
        }
    }
}

}  // namespace

Status verify_structure(Connection& connection, Depth depth) {
    const Result<std::string> answer = connection.ask(
        depth == Depth::quick ? "PRAGMA quick_check(1)" : "PRAGMA integrity_check(1)");
    if (!answer) return fail(answer.error());
    if (*answer == "ok") return {};
    std::string finding = *answer;
    std::replace(finding.begin(), finding.end(), '\n', ' ');
    return fail(connection.damage("SQLite finds: " + finding));
}

Status verify_all(Connection& connection, std::int64_t version) {
    if (Status sound = verify_structure(connection, Depth::whole); !sound) return sound;
    Result<JournalState> state = read_state(connection);
    if (!state) return fail(state.error());
    SqliteReader reader(connection);
    if (version >= schema_with_places) {
        if (Status read = read_cluster(connection, *state); !read) return read;
        if (Status sound = SqlitePlaces(connection, reader).verify(*state); !sound) return sound;
    }
    if (const Result<Recovery> open = reader.recover(*state); !open) return fail(open.error());
    if (Status sound = verify_messages(reader, *state); !sound) return sound;
    if (Status sound =
            verify_rows(connection, "SELECT number, id, is_open, changed, body, crc FROM sessions",
                        session_from);
        !sound) {
        return sound;
    }
    if (Status sound = verify_rows(
            connection, "SELECT first_seq, last_seq, before, chain, signature, crc FROM pruned",
            pruned_from);
        !sound) {
        return sound;
    }
    if (Status sound = verify_rows(
            connection, "SELECT seq, chain, time, key, signature, crc FROM heads", head_from);
        !sound) {
        return sound;
    }
    if (Status sound = verify_rows(connection, "SELECT piece, at, sightings, crc FROM sightings",
                                   sightings_from);
        !sound) {
        return sound;
    }
    return verify_counts(
        connection,
        {
            {"SELECT count(*) FROM sightings", "pieces of sightings",
             state->last_sightings + 1 - state->first_sightings},
            {"SELECT coalesce(sum(length(sightings) + " + std::to_string(sightings_row_bytes) +
                 "), 0) FROM sightings",
             "bytes of sightings", state->sightings_bytes},
            {"SELECT count(*) FROM entries", "entries", state->entries},
            {"SELECT count(*) FROM sessions", "sessions", state->sessions},
            {"SELECT count(*) FROM late_receipts", "late receipts", state->late_receipts},
            {"SELECT count(*) FROM heads", "heads", state->heads},
            {"SELECT count(*) FROM entries WHERE about NOT IN (SELECT id FROM entries)",
             "changes without a message", 0},
            {"SELECT count(*) FROM outcomes WHERE seq NOT IN (SELECT seq FROM entries)",
             "outcomes without an entry", 0},
            {"SELECT count(*) FROM late_receipts WHERE seq NOT IN (SELECT seq FROM entries)",
             "late receipts without an entry", 0},
        });
}

}  // namespace crier::broker
