#include "broker/journal/sqlite_journal.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "broker/journal/backup.hpp"
#include "broker/journal/chain.hpp"
#include "broker/journal/sqlite_schema.hpp"
#include "shared/base/assert.hpp"

namespace crier::broker {
namespace {

constexpr std::uint64_t page_bytes = 4096;

constexpr std::string_view until_started_again =
    "; nothing more is stored until crierd was started again";

/// Of the ballast, which has to be more than twice the longest write-ahead log.
constexpr std::uint64_t log_part_of_ballast = 4;

// Pages that pruning gives back to the file system: not all, as the next messages need some, and
// not at once, as each is moved.
constexpr std::uint64_t free_pages_kept = 2'000;
constexpr std::uint64_t pages_given_back_at_once = 4'000;

/// Sets a PRAGMA and reads back what SQLite made of it; some are refused without an error.
Status set_pragma(Connection& connection, const std::string& name, const std::string& value,
                  const std::string& answer) {
    if (Status set = connection.run(("PRAGMA " + name + " = " + value).c_str()); !set) return set;
    const Result<std::string> read = connection.ask(("PRAGMA " + name).c_str());
    if (!read) return fail(read.error());
    if (*read == answer) return {};
    return fail(ErrorCode::storage_failed,
                "SQLite keeps " + name + " at \"" + *read + "\" instead of " + answer +
                    "; the data directory must be on a local file system that syncs and locks");
}

/// What the files say before SQLite sees them: it takes an empty database for a new one, and then
/// deletes a log that is not.
Status check_files(const JournalPaths& paths, const Mark& mark) {
    std::error_code missing;
    const auto database_bytes = std::filesystem::file_size(paths.database, missing);
    if (!missing && database_bytes > 0) return {};
    std::error_code no_log;
    const auto log_bytes = std::filesystem::file_size(paths.log, no_log);
    const bool has_log = !no_log && log_bytes > 0;
    if (!has_log && mark.read().value_or(0) == 0) return {};
    return fail(ErrorCode::journal_damaged, paths.database.string() + ": it is empty or gone, " +
                                                (has_log ? "its log" : "its mark") + " is not. " +
                                                paths.set_aside_advice());
}

}  // namespace

// ---- Opening ------------------------------------------------------------------------------------

SqliteJournal::SqliteJournal(DirectoryLock lock, Mark mark, Ballast ballast, Connection connection)
    : lock_(std::move(lock)),
      mark_(std::move(mark)),
      ballast_(std::move(ballast)),
      connection_(std::move(connection)) {}

Result<std::unique_ptr<SqliteJournal>> SqliteJournal::open(const SqliteJournalSettings& settings) {
    const JournalPaths paths(settings.data_dir);
    if (Status made = make_data_directory(paths.directory); !made) return fail(made.error());
    Result<DirectoryLock> lock = DirectoryLock::take(paths);
    if (!lock) return fail(lock.error());
    Result<Mark> mark = Mark::open(paths);
    if (!mark) return fail(mark.error());
    if (Status sound = check_files(paths, *mark); !sound) return fail(sound.error());
    if (Status made = make_private_file(paths.database); !made) return fail(made.error());
    Result<Connection> connection =
        Connection::open(paths.database, OpenMode::existing, paths.set_aside_advice());
    if (!connection) return fail(connection.error());

    std::unique_ptr<SqliteJournal> journal(new SqliteJournal(std::move(*lock), std::move(*mark),
                                                             Ballast(paths, settings.ballast_bytes),
                                                             std::move(*connection)));
    journal->sightings_.keep_at_most(settings.sightings_bytes_max);
    Status ready = journal->configure(settings);
    if (ready) ready = prepare_schema(journal->connection_);
    if (ready) ready = journal->load_state();
    if (ready) ready = journal->check_structure(settings.checked_bytes_max);
    if (ready) ready = sync_directory(paths.directory);
    if (!ready) {
        // What is there stays as it is, for people to look at.
        journal->connection_.keep_log_on_close();
        return fail(ready.error());
    }
    journal->ballast_.restore();
    return journal;
}

SqliteJournal::~SqliteJournal() {
    if (broken_) connection_.keep_log_on_close();
}

Status SqliteJournal::configure(const SqliteJournalSettings& settings) {
    struct Pragma {
        const char* name;
        const char* value;
        const char* answer;
    };
    // Exclusive locking comes before the first look at the log: then nobody else can open the
    // database, and there is no file of shared memory that could be wrong.
    Status locked = set_pragma(connection_, "locking_mode", "EXCLUSIVE", "exclusive");
    if (!locked) return locked;
    // Before anything is set that is kept in the file.
    if (Status ours = check_is_ours(connection_); !ours) return ours;
    static constexpr Pragma pragmas[] = {
        {"auto_vacuum", "INCREMENTAL", "2"},
        {"journal_mode", "WAL", "wal"},
        {"synchronous", "FULL", "2"},
        {"wal_autocheckpoint", "0", "0"},
        {"mmap_size", "0", "0"},
        {"secure_delete", "FAST", "2"},
        {"cell_size_check", "ON", "1"},
        {"cache_size", "-16384", "-16384"},
    };
    if (Status set = connection_.run("PRAGMA page_size = 4096"); !set) return set;
    for (const Pragma& pragma : pragmas) {
        Status set = set_pragma(connection_, pragma.name, pragma.value, pragma.answer);
        if (!set) return set;
    }
    const std::string log_limit =
        "PRAGMA journal_size_limit = " + std::to_string(ballast_.bytes() / 2);
    if (Status set = connection_.run(log_limit.c_str()); !set) return set;
    if (settings.bytes_max > 0) {
        const std::string limit =
            "PRAGMA max_page_count = " + std::to_string(settings.bytes_max / page_bytes);
        if (Status set = connection_.run(limit.c_str()); !set) return set;
    }
    return connection_.watch_log();
}

Status SqliteJournal::load_state() {
    Result<JournalState> state = read_state(connection_);
    if (!state) return fail(state.error());
    if (Status read = read_cluster(connection_, *state); !read) return read;
    const std::uint64_t confirmed = mark_.read().value_or(0);
    if (confirmed > state->commits) {
        return fail(connection_.damage(
            "table state, record 1: the journal holds " + std::to_string(state->commits) +
            " transactions, but " + std::to_string(confirmed) +
            " were confirmed; the last ones are lost, or this is an older copy"));
    }
    state_ = *state;
    return {};
}

/// Start-up reads what is open. Damage to an index, or to SQLite's own pages, would show at some
/// later write only, when the broker serves already.
Status SqliteJournal::check_structure(std::uint64_t bytes_max) {
    const Result<std::string> pages = connection_.ask("PRAGMA page_count");
    if (!pages) return fail(pages.error());
    if (std::stoull(*pages) * page_bytes > bytes_max) return {};
    return verify_structure(connection_, Depth::quick);
}

// ---- Writing ------------------------------------------------------------------------------------

Result<std::vector<EntryResult>> SqliteJournal::append(const Batch& batch) {
    if (broken_) return fail(*broken_);
    if (ballast_.is_disk_short()) {
        was_full_ = true;
        return fail(ErrorCode::storage_failed,
                    "the disk is nearly full: " + ballast_.describe_room() +
                        "; free some, it is tried again by itself");
    }
    if (batch.begins_behind) {
        const Status fits = check_beginning(*batch.begins_behind, state_.last_seq);
        if (!fits) return fail(fits.error());
    }
    JournalState next = state_;
    Transaction transaction(connection_);
    if (Status begun = transaction.begin(); !begun) return fail(after_failed_write(begun.error()));
    Result<std::vector<EntryResult>> results = writer_.write(batch, next);
    if (!results) return fail(after_failed_write(results.error()));
    if (Status done = commit(transaction, next); !done) return fail(done.error());
    was_full_ = false;
    return results;
}

Status SqliteJournal::commit(Transaction& transaction, const JournalState& next) {
    if (Status done = transaction.commit(); !done) return fail(after_failed_write(done.error()));
    state_ = next;
    mark_.write(state_.commits);
    return {};
}

/// A full disk is the only failure after which the database is known to be as it was.
Error SqliteJournal::after_failed_write(Error error) {
    const bool is_full = connection_.last_failure() == SqlFailure::disk_full;
    if (connection_.roll_back() && is_full) {
        was_full_ = true;
        return {ErrorCode::storage_failed, "the disk is full: " + error.detail + "; " +
                                               ballast_.describe_room() +
                                               "; free some, it is tried again by itself"};
    }
    error.detail += until_started_again;
    broken_ = error;
    return error;
}

Result<std::size_t> SqliteJournal::prune(UtcTime before, std::size_t count_max) {
    if (broken_) return fail(*broken_);
    const bool is_short = was_full_ || ballast_.is_disk_short();
    if (is_short) ballast_.release();
    JournalState next = state_;
    Transaction transaction(connection_);
    if (Status begun = transaction.begin(); !begun) return fail(after_failed_write(begun.error()));
    const Result<std::size_t> went = writer_.prune(before, count_max, next);
    if (!went) return fail(after_failed_write(went.error()));
    if (*went == 0) return 0;
    if (Status done = commit(transaction, next); !done) return fail(done.error());
    if (Status given = give_pages_back(); !given) return fail(given.error());
    return went;
}

Status SqliteJournal::give_pages_back() {
    const Result<std::string> free_pages = connection_.ask("PRAGMA freelist_count");
    if (!free_pages) return fail(free_pages.error());
    const std::uint64_t free = std::stoull(*free_pages);
    const std::uint64_t kept = was_full_ ? 0 : free_pages_kept;
    if (free > kept) {
        const std::uint64_t pages = std::min(free - kept, pages_given_back_at_once);
        const std::string vacuum = "PRAGMA incremental_vacuum(" + std::to_string(pages) + ")";
        if (Status given = connection_.run(vacuum.c_str()); !given) {
            return fail(after_failed_write(given.error()));
        }
    }
    if (!was_full_) return {};
    // Only a checkpoint shortens the file.
    if (Status done = connection_.checkpoint(); !done) {
        return fail(after_failed_write(done.error()));
    }
    return {};
}

void SqliteJournal::tidy() {
    if (broken_) return;
    ballast_.restore();
    if (connection_.log_bytes() < ballast_.bytes() / log_part_of_ballast) return;
    // Without room the log stays and is copied later; any other failure shows at the next append.
    if (Status done = connection_.checkpoint(); !done) after_failed_write(done.error());
}

// ---- Reading ------------------------------------------------------------------------------------

/// Where SQLite finds the file itself damaged, writing on could damage more.
void SqliteJournal::after_failed_read(const Error& error) {
    if (!connection_.is_malformed() || broken_) return;
    broken_ = {error.code, error.detail + std::string(until_started_again)};
}

Result<Recovery> SqliteJournal::recover() {
    return reader_.recover(state_);
}

Result<std::vector<StoredMessage>> SqliteJournal::read_messages(std::optional<std::uint64_t> before,
                                                                std::size_t count_max) {
    Result<std::vector<StoredMessage>> messages = reader_.messages(state_, before, count_max);
    if (!messages) after_failed_read(messages.error());
    return messages;
}

Result<std::optional<StoredMessage>> SqliteJournal::read_message(const MessageId& id) {
    Result<std::optional<StoredMessage>> found = reader_.message(id);
    if (!found) after_failed_read(found.error());
    return found;
}

Result<std::vector<SessionRecord>> SqliteJournal::read_sessions(
    const std::vector<std::uint32_t>& numbers) {
    Result<std::vector<SessionRecord>> sessions = reader_.sessions(numbers);
    if (!sessions) after_failed_read(sessions.error());
    return sessions;
}

Result<std::vector<SightingsPiece>> SqliteJournal::read_sightings(std::uint64_t after,
                                                                  std::size_t count_max) {
    Result<std::vector<SightingsPiece>> pieces = sightings_.read(state_, after, count_max);
    if (!pieces) after_failed_read(pieces.error());
    return pieces;
}

Result<std::vector<Place>> SqliteJournal::read_places(std::optional<LogPosition> before,
                                                      std::size_t count_max) {
    Result<std::vector<Place>> places = places_.places(before, count_max);
    if (!places) after_failed_read(places.error());
    return places;
}

Result<std::vector<PlacedEntry>> SqliteJournal::read_placed(const LogPosition& after,
                                                            std::size_t count_max) {
    Result<std::vector<PlacedEntry>> entries = places_.placed(after, count_max);
    if (!entries) after_failed_read(entries.error());
    return entries;
}

Result<std::vector<PlacedEntry>> SqliteJournal::read_log(std::uint64_t after,
                                                         std::size_t count_max) {
    Result<std::vector<PlacedEntry>> entries = places_.log(state_, after, count_max);
    if (!entries) after_failed_read(entries.error());
    return entries;
}

// ---- Auditing -----------------------------------------------------------------------------------

void SqliteJournal::sign_with(const SigningKey& key) {
    key_ = key;
    writer_.sign_with(key);
}

Result<std::optional<SignedHead>> SqliteJournal::newest_head() {
    Result<std::optional<SignedHead>> head = audit_.newest_head();
    if (!head) after_failed_read(head.error());
    return head;
}

Result<SignedHead> SqliteJournal::sign_head(UtcTime now) {
    CRIER_ASSERT(key_, "heads are asked for after sign_with()");
    if (state_.last_seq == 0) return broker::sign_head(0, state_.chain, now, *key_);
    const Result<std::optional<SignedHead>> newest = newest_head();
    if (!newest) return fail(newest.error());
    if (*newest && (*newest)->seq == state_.last_seq) return **newest;
    if (broken_) return fail(*broken_);
    JournalState next = state_;
    Transaction transaction(connection_);
    if (Status begun = transaction.begin(); !begun) return fail(after_failed_write(begun.error()));
    Result<SignedHead> head = writer_.write_head(now, next);
    if (!head) return fail(after_failed_write(head.error()));
    if (Status written = writer_.write_state(next); !written) {
        return fail(after_failed_write(written.error()));
    }
    if (Status done = commit(transaction, next); !done) return fail(done.error());
    return head;
}

Result<EntriesFound> SqliteJournal::read_entries(const EntryQuery& query, std::size_t rows_max) {
    Result<EntriesFound> found = audit_.entries(query, rows_max);
    if (!found) after_failed_read(found.error());
    return found;
}

Result<AuditPiece> SqliteJournal::read_audit(std::uint64_t after, std::size_t rows_max) {
    Result<AuditPiece> piece = audit_.piece(state_, after, rows_max);
    if (!piece) after_failed_read(piece.error());
    if (piece && key_) piece->public_key = key_->public_key();
    return piece;
}

Status SqliteJournal::verify() {
    const Result<std::int64_t> version = read_schema_version(connection_);
    if (!version) return fail(version.error());
    return verify_all(connection_, *version);
}

Status SqliteJournal::back_up_to(const std::filesystem::path& file) {
    Result<std::unique_ptr<Backup>> backup = Backup::start(*this, file);
    if (!backup) return fail(backup.error());
    while (true) {
        const Result<bool> more = (*backup)->step();
        if (!more) return fail(more.error());
        if (!*more) return {};
    }
}

}  // namespace crier::broker
