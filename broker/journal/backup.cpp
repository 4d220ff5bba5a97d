#include "broker/journal/backup.hpp"

#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "broker/journal/journal_files.hpp"
#include "broker/journal/sqlite_reader.hpp"
#include "broker/journal/sqlite_schema.hpp"

namespace crier::broker {
namespace {

constexpr int pages_a_step = 256;
constexpr const char* backup_advice = "This backup is of no use; use another one";

Status check_is_file(const std::filesystem::path& file) {
    std::error_code error;
    if (std::filesystem::is_regular_file(file, error)) return {};
    const bool is_missing = !std::filesystem::exists(file, error);
    return fail(ErrorCode::file_unusable, is_missing ? "there is no file " + file.string()
                                                     : file.string() + " is not a file");
}

bool is_there(const std::filesystem::path& path) {
    std::error_code ignored;
    return std::filesystem::exists(std::filesystem::symlink_status(path, ignored));
}

void remove_quietly(const std::filesystem::path& path) {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
}

std::filesystem::path with_suffix(std::filesystem::path path, const char* suffix) {
    path += suffix;
    return path;
}

std::filesystem::path directory_of(const std::filesystem::path& file) {
    return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

/// Syncs a file and gives it its name, for good.
Status publish(const std::filesystem::path& part, const std::filesystem::path& file) {
    if (Status synced = sync_file(part); !synced) return synced;
    std::error_code error;
    std::filesystem::rename(part, file, error);
    if (error) {
        return fail(ErrorCode::file_unusable,
                    "cannot make " + file.string() + ": " + error.message());
    }
    return sync_directory(directory_of(file));
}

Status verify_file(const std::filesystem::path& file) {
    Result<Connection> connection = Connection::open(file, OpenMode::read_only, backup_advice);
    if (!connection) return fail(connection.error());
    const Result<std::int64_t> version = read_schema_version(*connection);
    if (!version) return fail(version.error());
    return verify_all(*connection, *version);
}

Error already_there(const std::filesystem::path& file) {
    return {ErrorCode::file_unusable,
            file.string() + " exists; a backup replaces nothing, name another file"};
}

/// `part` is there, with the mode that it is to have.
Status copied_into(const std::filesystem::path& part, const std::filesystem::path& file) {
    std::error_code error;
    std::filesystem::copy_file(file, part, std::filesystem::copy_options::overwrite_existing,
                               error);
    if (!error) return {};
    return fail(ErrorCode::file_unusable, "cannot copy " + file.string() + ": " + error.message());
}

/// Another backup of it would be no better.
Error no_backup_of(const std::filesystem::path& data_dir, Error error) {
    if (error.code != ErrorCode::journal_damaged) return error;
    error.detail =
        "the journal in " + data_dir.string() + " is damaged, no backup was made: " + error.detail;
    return error;
}

/// What a task owns: a std::function must be copyable, and whoever holds the last copy ends it.
struct BackupTask {
    std::unique_ptr<Backup> backup;
    std::function<void(const Status&)> on_done;

    void done(const Status& status) {
        backup.reset();
        if (on_done) std::exchange(on_done, nullptr)(status);
    }
    ~BackupTask() {
        done(fail(ErrorCode::stopping, "the broker stopped before its backup was whole"));
    }
};

}  // namespace

// ---- Backup -------------------------------------------------------------------------------------

Backup::Backup(std::filesystem::path file, std::filesystem::path part, Connection target)
    : file_(std::move(file)), part_(std::move(part)), target_(std::move(target)) {}

Result<std::unique_ptr<Backup>> Backup::start(SqliteJournal& journal,
                                              const std::filesystem::path& file) {
    const std::filesystem::path part = with_suffix(file, ".part");
    if (is_there(file)) return fail(already_there(file));
    if (Status made = make_private_file(part); !made) return fail(made.error());
    Result<Connection> target = Connection::open(part, OpenMode::existing, backup_advice);
    if (!target) return fail(target.error());
    std::unique_ptr<Backup> backup(new Backup(file, part, std::move(*target)));
    // It is synced as a whole, when it is whole.
    Status ready = backup->target_->run("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF");
    if (!ready) return fail(ready.error());
    Result<std::unique_ptr<PageCopy>> copy = PageCopy::start(journal.connection_, *backup->target_);
    if (!copy) return fail(copy.error());
    backup->copy_ = std::move(*copy);
    return backup;
}

Backup::~Backup() {
    copy_.reset();
    target_.reset();
    if (!is_whole_) remove_quietly(part_);
}

Result<bool> Backup::step() {
    const Result<bool> more = copy_->copy(pages_a_step);
    if (!more || *more) return more;
    if (Status finished = finish(); !finished) return fail(finished.error());
    return false;
}

Status Backup::finish() {
    copy_.reset();
    // The copied header asks for a write-ahead log; a backup shall be one file.
    const Result<std::string> mode = target_->ask("PRAGMA journal_mode = DELETE");
    if (!mode) return fail(mode.error());
    if (*mode != "delete") {
        return fail(ErrorCode::storage_failed,
                    part_.string() + ": SQLite keeps its journal mode at " + *mode);
    }
    target_.reset();
    Status published = publish(part_, file_);
    is_whole_ = published.has_value();
    return published;
}

std::function<bool()> back_up_task(SqliteJournal& journal, const std::filesystem::path& file,
                                   std::function<void(const Status&)> on_done) {
    auto task = std::make_shared<BackupTask>();
    task->on_done = std::move(on_done);
    return [task, &journal, file] {
        if (!task->backup) {
            Result<std::unique_ptr<Backup>> started = Backup::start(journal, file);
            if (!started) {
                task->done(fail(started.error()));
                return false;
            }
            task->backup = std::move(*started);
        }
        const Result<bool> more = task->backup->step();
        if (more && *more) return true;
        task->done(more ? Status{} : Status{fail(more.error())});
        return false;
    };
}

// ---- Of a stopped broker ------------------------------------------------------------------------

Status back_up(const std::filesystem::path& data_dir, const std::filesystem::path& file) {
    if (!JournalPaths(data_dir).any_exists()) {
        return fail(ErrorCode::file_unusable, "there is no journal in " + data_dir.string());
    }
    Result<std::unique_ptr<SqliteJournal>> journal = SqliteJournal::open({.data_dir = data_dir});
    if (!journal) return fail(no_backup_of(data_dir, journal.error()));
    if (Status copied = (*journal)->back_up_to(file); !copied) return copied;
    const Status verified = verify_backup(file);
    if (verified) return {};
    remove_quietly(file);
    // A true copy of a damaged journal, or a bad copy of a sound one.
    const Status sound = (*journal)->verify();
    return fail(sound ? verified.error() : no_backup_of(data_dir, sound.error()));
}

Status take_backup(const std::filesystem::path& copy, const std::filesystem::path& file) {
    const std::filesystem::path part = with_suffix(file, ".part");
    Status taken;
    if (is_there(file)) taken = fail(already_there(file));
    if (taken) taken = make_private_file(part);
    if (taken) {
        taken = copied_into(part, copy);
        if (taken) taken = publish(part, file);
        if (!taken) remove_quietly(part);
    }
    remove_quietly(copy);
    return taken;
}

Status verify_backup(const std::filesystem::path& file) {
    if (Status is_file = check_is_file(file); !is_file) return is_file;
    return verify_file(file);
}

Status restore(const std::filesystem::path& file, const std::filesystem::path& data_dir) {
    // First: a file that is of no use leaves no trace.
    if (Status good = verify_backup(file); !good) return good;
    if (Status made = make_data_directory(data_dir); !made) return made;
    const JournalPaths paths(data_dir);
    const Result<DirectoryLock> lock = DirectoryLock::take(paths);
    if (!lock) return fail(lock.error());
    if (paths.any_exists()) {
        return fail(ErrorCode::file_unusable, "there is a journal in " + data_dir.string() +
                                                  "; restoring replaces nothing. " +
                                                  paths.set_aside_advice());
    }
    const std::filesystem::path part = with_suffix(paths.database, ".part");
    if (Status made = make_private_file(part); !made) return made;
    Status restored = copied_into(part, file);
    if (restored) restored = verify_file(part);
    if (restored) restored = publish(part, paths.database);
    if (!restored) remove_quietly(part);
    return restored;
}

}  // namespace crier::broker
