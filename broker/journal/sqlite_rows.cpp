#include "broker/journal/sqlite_rows.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "broker/journal/crc32c.hpp"

namespace crier::broker {
namespace {

// ---- Checksums ----------------------------------------------------------------------------------

/// Integers as 8 bytes, little-endian; texts and blobs with their length before them, so that no
/// two rows have the same bytes.
class RowSum {
public:
    explicit RowSum(std::string_view table) { add(table); }

    RowSum& add(std::integral auto value) {
        auto rest = static_cast<std::uint64_t>(value);
        std::array<std::uint8_t, 8> bytes{};
        for (std::uint8_t& byte : bytes) {
            byte = static_cast<std::uint8_t>(rest);
            rest >>= 8;
        }
        sum_ = crc32c(bytes, sum_);
        return *this;
    }
    RowSum& add(std::span<const std::uint8_t> bytes) {
        add(bytes.size());
        sum_ = crc32c(bytes, sum_);
        return *this;
    }
    RowSum& add(std::string_view text) {
        return add({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    }
    [[nodiscard]] std::uint32_t value() const { return sum_; }

private:
    std::uint32_t sum_ = 0;
};

/// Copies exactly as many bytes as `array` has; false: the column has another length.
template <std::size_t size>
bool copy_exactly(std::span<const std::uint8_t> column, std::array<std::uint8_t, size>& array) {
    if (column.size() != size) return false;
    std::copy(column.begin(), column.end(), array.begin());
    return true;
}

Bytes to_bytes(std::span<const std::uint8_t> column) {
    return {column.begin(), column.end()};
}

constexpr std::string_view wrong_length = "a column has the wrong length";
constexpr std::string_view wrong_sum = "its checksum does not match";

/// `value`, if the crc in `column` of the row is `expected`.
template <class Value>
Result<Value> checked(Value value, std::uint32_t expected, const Statement& row, int column,
                      std::string_view table, std::int64_t record, const Connection& connection) {
    if (row.integer(column) != static_cast<std::int64_t>(expected)) {
        return fail(connection.damage(table, record, wrong_sum));
    }
    return value;
}

}  // namespace

std::uint32_t checksum(const JournalState& state) {
    return RowSum("state")
        .add(state.commits)
        .add(state.last_seq)
        .add(state.last_session_number)
        .add(state.first_piece)
        .add(state.last_piece)
        .add(state.first_sightings)
        .add(state.last_sightings)
        .add(state.sightings_bytes)
        .add(state.entries)
        .add(state.open_entries)
        .add(state.sessions)
        .add(state.open_sessions)
        .add(state.late_receipts)
        .add(state.heads)
        .add(view(state.chain))
        .value();
}

std::uint32_t checksum_cluster(const JournalState& state) {
    const LogCursor cursor = state.cursor.value_or(LogCursor{});
    return RowSum("cluster")
        .add(state.placed)
        .add(cursor.at.generation)
        .add(cursor.at.number)
        .add(state.cursor ? view(cursor.message.bytes) : std::span<const std::uint8_t>{})
        .add(view(bytes_of(state.members)))
        .value();
}

Bytes bytes_of(const std::vector<BrokerId>& members) {
    Bytes bytes;
    for (const BrokerId& member : members) {
        bytes.insert(bytes.end(), member.bytes.begin(), member.bytes.end());
    }
    return bytes;
}

std::uint32_t checksum_place(std::uint64_t seq, const LogPosition& at) {
    return RowSum("places").add(seq).add(at.generation).add(at.number).value();
}

std::uint32_t checksum(const ChainedEntry& chained) {
    const Entry& entry = chained.stored.entry;
    return RowSum("entries")
        .add(chained.stored.seq)
        .add(view(entry.id.bytes))
        .add(static_cast<std::uint8_t>(entry.kind))
        .add(entry.about ? view(entry.about->bytes) : std::span<const std::uint8_t>{})
        .add(to_ms(entry.at))
        .add(entry.principal)
        .add(view(entry.content_hash))
        .add(view(entry.body))
        .add(view(chained.chain))
        .value();
}

std::uint32_t checksum(const OpenEntry& open) {
    return RowSum("open_entries").add(open.seq).add(open.has_outcome).value();
}

std::uint32_t checksum(const PrunedRange& range) {
    return RowSum("pruned")
        .add(range.first)
        .add(range.last)
        .add(view(range.before))
        .add(view(range.chain))
        .add(view(range.signature))
        .value();
}

std::uint32_t checksum(const SignedHead& head) {
    return RowSum("heads")
        .add(head.seq)
        .add(view(head.chain))
        .add(to_ms(head.time))
        .add(view(head.key))
        .add(view(head.signature))
        .value();
}

std::uint32_t checksum(const SessionRecord& session) {
    return RowSum("sessions")
        .add(session.number)
        .add(view(session.id.bytes))
        .add(session.is_open)
        .add(to_ms(session.changed))
        .add(view(session.body))
        .value();
}

std::uint32_t checksum_facts(std::uint64_t piece, const Bytes& facts) {
    return RowSum("facts").add(piece).add(view(facts)).value();
}

std::uint32_t checksum(const SightingsPiece& piece) {
    return RowSum("sightings")
        .add(piece.piece)
        .add(to_ms(piece.at))
        .add(view(piece.sightings))
        .value();
}

std::uint32_t checksum(std::uint64_t seq, bool closes, const Bytes& cells) {
    return RowSum("outcomes").add(seq).add(closes).add(view(cells)).value();
}

std::uint32_t checksum_late(std::uint64_t seq, std::uint64_t number, const Bytes& receipt) {
    return RowSum("late_receipts").add(seq).add(number).add(view(receipt)).value();
}

Result<JournalState> state_from(const Statement& row, const Connection& connection) {
    JournalState state{
        .commits = row.number(0),
        .last_seq = row.number(1),
        .last_session_number = static_cast<std::uint32_t>(row.number(2)),
        .first_piece = row.number(3),
        .last_piece = row.number(4),
        .first_sightings = row.number(5),
        .last_sightings = row.number(6),
        .sightings_bytes = row.number(7),
        .entries = row.number(8),
        .open_entries = row.number(9),
        .sessions = row.number(10),
        .open_sessions = row.number(11),
        .late_receipts = row.number(12),
        .heads = row.number(13),
    };
    if (!copy_exactly(row.blob(14), state.chain)) {
        return fail(connection.damage("state", 1, wrong_length));
    }
    return checked(state, checksum(state), row, 15, "state", 1, connection);
}

AuditRow audit_row_from(const Statement& row) {
    AuditRow read;
    StoredEntry& stored = read.entry.stored;
    stored.seq = row.number(0);
    Entry& entry = stored.entry;
    entry.kind = static_cast<EntryKind>(row.integer(2));
    const std::span<const std::uint8_t> about = row.blob(3);
    entry.at = utc_from_ms(row.integer(4));
    entry.principal = row.text(5);
    entry.body = to_bytes(row.blob(7));
    const bool is_whole = copy_exactly(row.blob(1), entry.id.bytes) &&
                          (about.empty() || copy_exactly(about, entry.about.emplace().bytes)) &&
                          row.integer(2) == static_cast<std::int64_t>(entry.kind) &&
                          copy_exactly(row.blob(6), entry.content_hash) &&
                          copy_exactly(row.blob(8), read.entry.chain);
    if (!is_whole) {
        read.flaw = wrong_length;
    } else if (row.integer(9) != static_cast<std::int64_t>(checksum(read.entry))) {
        read.flaw = wrong_sum;
    }
    return read;
}

Result<ChainedEntry> chained_entry_from(const Statement& row, const Connection& connection) {
    AuditRow read = audit_row_from(row);
    if (!read.flaw.empty()) return fail(connection.damage("entries", row.integer(0), read.flaw));
    return std::move(read.entry);
}

Result<StoredEntry> entry_from(const Statement& row, const Connection& connection) {
    Result<ChainedEntry> read = chained_entry_from(row, connection);
    if (!read) return fail(std::move(read.error()));
    return std::move(read->stored);
}

Result<OpenEntry> open_entry_from(const Statement& row, const Connection& connection) {
    const OpenEntry open{.seq = row.number(0), .has_outcome = row.integer(1) != 0};
    return checked(open, checksum(open), row, 2, "open_entries", row.integer(0), connection);
}

Result<PrunedRange> pruned_from(const Statement& row, const Connection& connection) {
    PrunedRange range{.first = row.number(0), .last = row.number(1)};
    const std::int64_t record = row.integer(0);
    if (!copy_exactly(row.blob(2), range.before) || !copy_exactly(row.blob(3), range.chain) ||
        !copy_exactly(row.blob(4), range.signature)) {
        return fail(connection.damage("pruned", record, wrong_length));
    }
    return checked(range, checksum(range), row, 5, "pruned", record, connection);
}

Result<SignedHead> head_from(const Statement& row, const Connection& connection) {
    SignedHead head{.seq = row.number(0), .time = utc_from_ms(row.integer(2))};
    const std::int64_t record = row.integer(0);
    if (!copy_exactly(row.blob(1), head.chain) || !copy_exactly(row.blob(3), head.key) ||
        !copy_exactly(row.blob(4), head.signature)) {
        return fail(connection.damage("heads", record, wrong_length));
    }
    return checked(head, checksum(head), row, 5, "heads", record, connection);
}

Result<SessionRecord> session_from(const Statement& row, const Connection& connection) {
    SessionRecord session;
    session.number = static_cast<std::uint32_t>(row.number(0));
    const bool has_id = copy_exactly(row.blob(1), session.id.bytes);
    session.is_open = row.integer(2) != 0;
    session.changed = utc_from_ms(row.integer(3));
    session.body = to_bytes(row.blob(4));
    const std::int64_t record = row.integer(0);
    if (!has_id || row.number(0) != session.number) {
        return fail(connection.damage("sessions", record, wrong_length));
    }
    const std::uint32_t sum = checksum(session);
    return checked(std::move(session), sum, row, 5, "sessions", record, connection);
}

Result<FactsPiece> facts_from(const Statement& row, const Connection& connection) {
    FactsPiece piece{.piece = row.number(0), .facts = to_bytes(row.blob(1))};
    const std::uint32_t sum = checksum_facts(piece.piece, piece.facts);
    return checked(std::move(piece), sum, row, 2, "facts", row.integer(0), connection);
}

Result<SightingsPiece> sightings_from(const Statement& row, const Connection& connection) {
    SightingsPiece piece{.piece = row.number(0),
                         .at = utc_from_ms(row.integer(1)),
                         .sightings = to_bytes(row.blob(2))};
    const std::uint32_t sum = checksum(piece);
    return checked(std::move(piece), sum, row, 3, "sightings", row.integer(0), connection);
}

Result<Outcome> outcome_from(const Statement& row, const Connection& connection) {
    Outcome outcome{
        .seq = row.number(0), .cells = to_bytes(row.blob(2)), .closes = row.integer(1) != 0};
    const std::uint32_t sum = checksum(outcome.seq, outcome.closes, outcome.cells);
    return checked(std::move(outcome), sum, row, 3, "outcomes", row.integer(0), connection);
}

Result<LateReceiptRow> late_receipt_from(const Statement& row, const Connection& connection) {
    LateReceiptRow late{
        .seq = row.number(0), .number = row.number(1), .receipt = to_bytes(row.blob(2))};
    const std::uint32_t sum = checksum_late(late.seq, late.number, late.receipt);
    return checked(std::move(late), sum, row, 3, "late_receipts", row.integer(0), connection);
}

Result<PlaceRow> place_from(const Statement& row, int column, const Connection& connection) {
    const PlaceRow place{.seq = row.number(column),
                         .at = {row.number(column + 1), row.number(column + 2)}};
    return checked(place, checksum_place(place.seq, place.at), row, column + 3, "places",
                   row.integer(column), connection);
}

Result<JournalState> read_state(Connection& connection) {
    Statement select(
        connection,
        "SELECT commits, last_seq, last_session_number, first_piece, last_piece, "
        "first_sightings, last_sightings, sightings_bytes, entries, open_entries, "
        "sessions, open_sessions, late_receipts, heads, chain, crc FROM state WHERE one = 1");
    const Result<bool> found = select.with().next();
    if (!found) return fail(found.error());
    if (!*found) return fail(connection.damage("state", 1, "it is missing"));
    return state_from(select, connection);
}

Status read_cluster(Connection& connection, JournalState& state) {
    Statement select(connection,
                     "SELECT placed, generation, number, message, members, crc FROM cluster "
                     "WHERE one = 1");
    const Result<bool> found = select.with().next();
    if (!found) return fail(found.error());
    if (!*found) return fail(connection.damage("cluster", 1, "it is missing"));
    state.placed = select.number(0);
    state.cursor.reset();
    if (const auto message = select.blob(3); !message.empty()) {
        LogCursor& cursor = state.cursor.emplace();
        cursor.at = {select.number(1), select.number(2)};
        if (!copy_exactly(message, cursor.message.bytes)) {
            return fail(connection.damage("cluster", 1, wrong_length));
        }
    }
    const auto members = select.blob(4);
    state.members.resize(members.size() / BrokerId::size);
    for (std::size_t i = 0; i < state.members.size(); ++i) {
        std::copy_n(members.begin() + static_cast<std::ptrdiff_t>(i * BrokerId::size),
                    BrokerId::size, state.members[i].bytes.begin());
    }
    if (members.size() % BrokerId::size != 0) {
        return fail(connection.damage("cluster", 1, wrong_length));
    }
    if (state.placed > state.entries) {
        return fail(connection.damage("cluster", 1, "it has more places than there are entries"));
    }
    const std::uint32_t sum = checksum_cluster(state);
    if (select.integer(5) == static_cast<std::int64_t>(sum)) return {};
    return fail(connection.damage("cluster", 1, wrong_sum));
}

}  // namespace crier::broker
