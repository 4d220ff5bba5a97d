/// \file
/// Backups. While a broker runs nothing else may open its database, so a running broker backs up
/// its own, between batches; of a stopped one, back_up() does it.
///
///     SqliteJournal& journal = …;
///     thread.run_between(back_up_task(journal, file, [](Status status) { … }));
///
/// A backup is one file, an SQLite database with the journal's tables. It is written beside its
/// name and renamed when it is whole, and never replaces a file.

#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "broker/journal/sqlite_journal.hpp"
#include "broker/journal/sqlite_statement.hpp"
#include "crier/result.hpp"

namespace crier::broker {

/// A backup under way; an unfinished one leaves nothing behind. Used on the journal's thread.
class Backup {
public:
    /// `journal` must outlive it. Errors: file_unusable (it exists, or cannot be written).
    static Result<std::unique_ptr<Backup>> start(SqliteJournal& journal,
                                                 const std::filesystem::path& file);
    Backup(const Backup&) = delete;
    Backup& operator=(const Backup&) = delete;
    ~Backup();

    /// Copies up to a MiB. True: call again; false: the backup is whole, synced and has its name.
    /// What the journal appends between steps is in the backup too.
    /// Errors: storage_failed, file_unusable; the backup is then gone.
    Result<bool> step();

private:
    Backup(std::filesystem::path file, std::filesystem::path part, Connection target);
    Status finish();

    std::filesystem::path file_;
    std::filesystem::path part_;
    std::optional<Connection> target_;
    std::unique_ptr<PageCopy> copy_;
    bool is_whole_ = false;
};

/// For JournalThread::run_between(): backs up step by step. `on_done` is called once, on the
/// journal's thread, with `stopping` if the thread stops first; it must not block.
[[nodiscard]] std::function<bool()> back_up_task(SqliteJournal& journal,
                                                 const std::filesystem::path& file,
                                                 std::function<void(const Status&)> on_done);

/// Backs up a stopped broker's journal, and verifies the copy. Blocking: yes, for all of it.
/// Errors: in_use (a broker runs there: ask it instead), file_unusable (no journal there, or the
///   file exists or cannot be written), journal_damaged, storage_failed.
Status back_up(const std::filesystem::path& data_dir, const std::filesystem::path& file);

/// Makes `file` of a copy that a broker has made in its own folder, and removes the copy.
/// Errors: file_unusable (the file exists or cannot be written), storage_failed.
Status take_backup(const std::filesystem::path& copy, const std::filesystem::path& file);

/// Reads a backup whole: every row and every count. Changes nothing. Any process may do it.
/// Errors: file_unusable (no such file), journal_damaged names the record; version_unsupported.
Status verify_backup(const std::filesystem::path& file);

/// Makes a backup the journal of a data directory that has none, after verifying it and its own
/// copy; one that is of no use leaves no trace.
/// Errors: in_use (a broker runs there), file_unusable (a journal is there: the error tells how to
///   set it aside; or the backup cannot be read), journal_damaged (the backup is), storage_failed.
Status restore(const std::filesystem::path& file, const std::filesystem::path& data_dir);

}  // namespace crier::broker
