/// \file
/// The journal on disk: one SQLite database in WAL mode, synced at each commit. JOURNAL.md
/// describes its tables, what counts as damage and what is done about a full disk.

#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "broker/journal/journal.hpp"
#include "broker/journal/journal_files.hpp"
#include "broker/journal/sqlite_audit.hpp"
#include "broker/journal/sqlite_places.hpp"
#include "broker/journal/sqlite_reader.hpp"
#include "broker/journal/sqlite_sightings.hpp"
#include "broker/journal/sqlite_statement.hpp"
#include "broker/journal/sqlite_writer.hpp"

namespace crier::broker {

struct SqliteJournalSettings {
    std::filesystem::path data_dir;  ///< Made, 0700, if it is not there.
    std::uint64_t bytes_max = 0;     ///< The database grows no further; 0: as far as the disk goes.
    /// Room on the disk that is kept for pruning; half of it must be free beside. 0: 32 MiB, or
    /// a sixteenth of a disk smaller than half a GiB.
    std::uint64_t ballast_bytes = 0;
    /// A database up to this size is checked for a sound structure when it is opened, which reads
    /// all of it.
    std::uint64_t checked_bytes_max = 64u << 20;
    std::uint64_t sightings_bytes_max = 256u << 20;  ///< Beyond, the oldest of them go.
};

/// Thread-safety: as Journal. It may be opened and recovered on one thread and then be handed to
/// another.
class SqliteJournal final : public Journal {
public:
    /// Opens the journal of a data directory, or makes it, and takes the directory for this
    /// process alone, until destroyed.
    ///
    /// Blocking: until what a crash left in the write-ahead log has been read again, and a database
    /// of up to `checked_bytes_max` once.
    /// Errors: in_use (another broker has the directory; names its pid), file_unusable (it cannot
    ///   be made or written), version_unsupported (a newer crierd wrote it), journal_damaged (tells
    ///   how to set it aside), storage_failed.
    static Result<std::unique_ptr<SqliteJournal>> open(const SqliteJournalSettings& settings);
    SqliteJournal(const SqliteJournal&) = delete;
    SqliteJournal& operator=(const SqliteJournal&) = delete;
    ~SqliteJournal() override;

    Result<std::vector<EntryResult>> append(const Batch& batch) override;
    Result<Recovery> recover() override;
    Result<std::vector<StoredMessage>> read_messages(std::optional<std::uint64_t> before,
                                                     std::size_t count_max) override;
    Result<std::optional<StoredMessage>> read_message(const MessageId& id) override;
    Result<std::vector<SessionRecord>> read_sessions(
        const std::vector<std::uint32_t>& numbers) override;
    Result<std::vector<SightingsPiece>> read_sightings(std::uint64_t after,
                                                       std::size_t count_max) override;
    Result<std::vector<Place>> read_places(std::optional<LogPosition> before,
                                           std::size_t count_max) override;
    Result<std::vector<PlacedEntry>> read_placed(const LogPosition& after,
                                                 std::size_t count_max) override;
    Result<std::vector<PlacedEntry>> read_log(std::uint64_t after, std::size_t count_max) override;
    Result<std::size_t> prune(UtcTime before, std::size_t count_max) override;
    void sign_with(const SigningKey& key) override;
    Result<std::optional<SignedHead>> newest_head() override;
    Result<SignedHead> sign_head(UtcTime now) override;
    Result<EntriesFound> read_entries(const EntryQuery& query, std::size_t rows_max) override;
    Result<AuditPiece> read_audit(std::uint64_t after, std::size_t rows_max) override;

    /// Copies the write-ahead log into the database once it is long, and makes the ballast again
    /// once there is room.
    void tidy() override;

    /// Reads everything, history included, which takes long. Errors: journal_damaged.
    Status verify();

    /// Copies the whole journal into one new file, synced; Backup does the same piece by piece.
    /// Not verified: verify_backup() reads it back. Errors: file_unusable, storage_failed.
    Status back_up_to(const std::filesystem::path& file);

private:
    friend class Backup;
    SqliteJournal(DirectoryLock lock, Mark mark, Ballast ballast, Connection connection);

    Status configure(const SqliteJournalSettings& settings);
    Status load_state();
    Status check_structure(std::uint64_t bytes_max);
    void after_failed_read(const Error& error);
    Status commit(Transaction& transaction, const JournalState& next);
    Error after_failed_write(Error error);
    Status give_pages_back();

    DirectoryLock lock_;
    Mark mark_;
    Ballast ballast_;
    Connection connection_;
    SqliteReader reader_{connection_};
    SqliteSightings sightings_{connection_};
    SqlitePlaces places_{connection_, reader_};
    SqliteWriter writer_{connection_, reader_, sightings_, places_};
    SqliteAudit audit_{connection_};
    std::optional<SigningKey> key_;
    JournalState state_;           ///< As committed.
    std::optional<Error> broken_;  ///< Set once, by what only opening anew may get over.
    bool was_full_ = false;        ///< The last append found no room.
};

}  // namespace crier::broker
