#include "broker/journal/sqlite_schema.hpp"

#include <array>
#include <charconv>
#include <string>

#include "broker/journal/sqlite_rows.hpp"

namespace crier::broker {
namespace {

constexpr std::int64_t application_id = 0x43524a31;  // "CRJ1", in the database's header.

constexpr const char* schema_1 = R"(
CREATE TABLE state (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    commits INTEGER NOT NULL, last_seq INTEGER NOT NULL, last_session_number INTEGER NOT NULL,
    first_piece INTEGER NOT NULL, last_piece INTEGER NOT NULL,
    first_sightings INTEGER NOT NULL, last_sightings INTEGER NOT NULL,
    sightings_bytes INTEGER NOT NULL,
    entries INTEGER NOT NULL, open_entries INTEGER NOT NULL,
    sessions INTEGER NOT NULL, open_sessions INTEGER NOT NULL,
    late_receipts INTEGER NOT NULL, heads INTEGER NOT NULL, chain BLOB NOT NULL,
    crc INTEGER NOT NULL) STRICT;
CREATE TABLE entries (
    seq INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, kind INTEGER NOT NULL, about BLOB,
    at INTEGER NOT NULL, principal TEXT NOT NULL, content_hash BLOB NOT NULL, body BLOB NOT NULL,
    chain BLOB NOT NULL, crc INTEGER NOT NULL) STRICT;
CREATE INDEX entries_by_time ON entries (at);
CREATE INDEX entries_about ON entries (about) WHERE about IS NOT NULL;
CREATE TABLE open_entries (
    seq INTEGER PRIMARY KEY, has_outcome INTEGER NOT NULL, crc INTEGER NOT NULL) STRICT;
CREATE TABLE pruned (
    first_seq INTEGER PRIMARY KEY, last_seq INTEGER NOT NULL, before BLOB NOT NULL,
    chain BLOB NOT NULL, signature BLOB NOT NULL, crc INTEGER NOT NULL) STRICT;
CREATE TABLE heads (
    seq INTEGER PRIMARY KEY, chain BLOB NOT NULL, time INTEGER NOT NULL, key BLOB NOT NULL,
    signature BLOB NOT NULL, crc INTEGER NOT NULL) STRICT;
CREATE TABLE sessions (
    number INTEGER PRIMARY KEY, id BLOB NOT NULL, is_open INTEGER NOT NULL,
    changed INTEGER NOT NULL, body BLOB NOT NULL, crc INTEGER NOT NULL) STRICT;
CREATE INDEX sessions_open ON sessions (number) WHERE is_open = 1;
CREATE INDEX sessions_closed ON sessions (changed) WHERE is_open = 0;
CREATE TABLE facts (
    piece INTEGER PRIMARY KEY, facts BLOB NOT NULL, crc INTEGER NOT NULL) STRICT;
CREATE TABLE sightings (
    piece INTEGER PRIMARY KEY, at INTEGER NOT NULL, sightings BLOB NOT NULL,
    crc INTEGER NOT NULL) STRICT;
CREATE TABLE outcomes (
    seq INTEGER PRIMARY KEY, closes INTEGER NOT NULL, cells BLOB NOT NULL,
    crc INTEGER NOT NULL) STRICT;
CREATE TABLE late_receipts (
    seq INTEGER NOT NULL, number INTEGER NOT NULL, receipt BLOB NOT NULL, crc INTEGER NOT NULL,
    PRIMARY KEY (seq, number)) STRICT, WITHOUT ROWID;
)";

/// For a broker of a cluster. The row of `cluster` is written with its checksum, below.
constexpr const char* schema_2 = R"(
CREATE TABLE places (
    seq INTEGER PRIMARY KEY, generation INTEGER NOT NULL, number INTEGER NOT NULL,
    crc INTEGER NOT NULL) STRICT;
CREATE UNIQUE INDEX places_by_position ON places (generation, number);
CREATE TABLE cluster (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    placed INTEGER NOT NULL, generation INTEGER NOT NULL, number INTEGER NOT NULL, message BLOB,
    members BLOB NOT NULL, crc INTEGER NOT NULL) STRICT;
)";

/// migrations[v] brings a journal of schema version v to v + 1; version 0 is an empty database.
/// What was released is never changed, only followed by the next.
constexpr std::array migrations{schema_1, schema_2};
constexpr std::int64_t schema_version = migrations.size();

Result<std::int64_t> ask_number(Connection& connection, const char* sql) {
    const Result<std::string> text = connection.ask(sql);
    if (!text) return fail(text.error());
    std::int64_t number = -1;
    std::from_chars(text->data(), text->data() + text->size(), number);
    return number;
}

/// The database's schema version, after looking whether it is ours at all.
Result<std::int64_t> read_version(Connection& connection) {
    const Result<std::int64_t> version = ask_number(connection, "PRAGMA user_version");
    if (!version) return version;
    const Result<std::int64_t> application = ask_number(connection, "PRAGMA application_id");
    if (!application) return application;
    const Result<std::int64_t> tables =
        ask_number(connection, "SELECT count(*) FROM sqlite_schema");
    if (!tables) return tables;
    if (*tables == 0 && *version == 0) return 0;
    if (*application != application_id || *version < 1) {
        return fail(connection.damage("this database is no journal of Crier"));
    }
    if (*version > schema_version) {
        return fail(ErrorCode::version_unsupported,
                    "this journal has schema version " + std::to_string(*version) +
                        ", this crierd knows up to " + std::to_string(schema_version) +
                        ": it was written by a newer crierd; install that one, or start with "
                        "another data directory");
    }
    return version;
}

Status write_first_state(Connection& connection) {
    const JournalState state;
    Statement insert(connection,
                     "INSERT INTO state (one, commits, last_seq, last_session_number, first_piece, "
                     "last_piece, first_sightings, last_sightings, sightings_bytes, entries, "
                     "open_entries, sessions, open_sessions, late_receipts, heads, chain, crc) "
                     "VALUES (1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, ?, ?)");
    return insert.with(view(state.chain), checksum(state)).run();
}

Status write_first_cluster(Connection& connection) {
    Statement insert(connection,
                     "INSERT INTO cluster (one, placed, generation, number, message, members, crc) "
                     "VALUES (1, 0, 0, 0, NULL, x'', ?)");
    return insert.with(checksum_cluster(JournalState{})).run();
}

}  // namespace

Status check_is_ours(Connection& connection) {
    const Result<std::int64_t> version = read_version(connection);
    if (!version) return fail(version.error());
    return {};
}

Status prepare_schema(Connection& connection) {
    const Result<std::int64_t> version = read_version(connection);
    if (!version) return fail(version.error());
    if (*version == schema_version) return {};

    Transaction transaction(connection);
    if (Status begun = transaction.begin(); !begun) return begun;
    for (auto next = static_cast<std::size_t>(*version); next < migrations.size(); ++next) {
        if (Status migrated = connection.run(migrations[next]); !migrated) return migrated;
    }
    if (*version == 0) {
        if (Status written = write_first_state(connection); !written) return written;
    }
    if (*version < schema_with_places) {
        if (Status written = write_first_cluster(connection); !written) return written;
    }
    const std::string header = "PRAGMA application_id = " + std::to_string(application_id) +
                               "; PRAGMA user_version = " + std::to_string(schema_version);
    if (Status written = connection.run(header.c_str()); !written) return written;
    return transaction.commit();
}

Result<std::int64_t> read_schema_version(Connection& connection) {
    const Result<std::int64_t> version = read_version(connection);
    if (version && *version == 0) return fail(connection.damage("this database is empty"));
    return version;
}

Result<UtcTime> newest_time(Connection& connection) {
    const Result<std::int64_t> ms =
        ask_number(connection,
                   "SELECT max(coalesce((SELECT max(at) FROM entries), 0),"
                   " coalesce((SELECT max(changed) FROM sessions WHERE is_open = 0), 0),"
                   " coalesce((SELECT max(changed) FROM sessions WHERE is_open = 1), 0),"
                   " coalesce((SELECT at FROM sightings ORDER BY piece DESC LIMIT 1), 0))");
    if (!ms) return fail(ms.error());
    return utc_from_ms(*ms);
}

}  // namespace crier::broker
