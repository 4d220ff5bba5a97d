/// \file
/// What lies beside the database in the data directory, and who may use it:
///
///     journal.db        the database; journal.db-wal is its write-ahead log
///     journal.lock      held by the one process that uses the directory (flock(2)); its pid
///     journal.mark      how many transactions were confirmed: see Mark
///     journal.ballast   room on the disk that can be given up: see Ballast

#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "crier/result.hpp"

namespace crier::broker {

/// Owns a file descriptor.
class Descriptor {
public:
    explicit Descriptor(int descriptor = -1) : descriptor_(descriptor) {}
    Descriptor(Descriptor&& other) noexcept;
    Descriptor& operator=(Descriptor&& other) noexcept;
    ~Descriptor();

    [[nodiscard]] int get() const noexcept { return descriptor_; }
    [[nodiscard]] bool is_open() const noexcept { return descriptor_ >= 0; }

private:
    int descriptor_;
};

struct JournalPaths {
    explicit JournalPaths(const std::filesystem::path& data_dir);

    std::filesystem::path directory, database, log, lock, mark, ballast;

    /// Any of what makes up a journal is there: database, log or mark.
    [[nodiscard]] bool any_exists() const;

    /// What to tell people whose journal is damaged: which files to move away, and what then.
    [[nodiscard]] std::string set_aside_advice() const;
};

/// Makes the directory, 0700, if it is not there. Errors: file_unusable says what to do.
Status make_data_directory(const std::filesystem::path& directory);

/// Makes an empty file, 0600, if it is not there; SQLite gives its log the same mode.
/// Errors: file_unusable.
Status make_private_file(const std::filesystem::path& file);

/// Syncs a directory, so that the names in it survive a power cut. Errors: storage_failed.
Status sync_directory(const std::filesystem::path& directory);

/// Syncs what was written to a file through other descriptors. Errors: storage_failed.
Status sync_file(const std::filesystem::path& file);

/// The exclusive use of a data directory, until destroyed or the process ends in any way.
class DirectoryLock {
public:
    /// Errors: in_use names the process that has it; file_unusable.
    static Result<DirectoryLock> take(const JournalPaths& paths);

private:
    explicit DirectoryLock(Descriptor file) : file_(std::move(file)) {}
    Descriptor file_;
};

/// A number beside the database: how many transactions this journal has confirmed. Written after
/// each commit, and never synced, so it costs a microsecond. On the disk it may be behind the
/// database, after a power cut, but never ahead: if it is ahead, transactions that were confirmed
/// are gone from the database. SQLite itself drops the rest of a write-ahead log without a word
/// from the first damaged frame on.
class Mark {
public:
    /// Errors: file_unusable.
    static Result<Mark> open(const JournalPaths& paths);

    /// nullopt: there is none, or a power cut left half of it; then nothing can be said.
    [[nodiscard]] std::optional<std::uint64_t> read() const;

    /// A failure is ignored: a mark that is behind is as good as none.
    void write(std::uint64_t commits) noexcept;

private:
    explicit Mark(Descriptor file) : file_(std::move(file)) {}
    Descriptor file_;
};

/// Room on the disk. A full SQLite database cannot even delete: it has to write first. So a file
/// of no use keeps some blocks, and is deleted when pruning needs them. Long before that, appends
/// are refused.
class Ballast {
public:
    /// `bytes` 0: 32 MiB, or a sixteenth of a disk smaller than half a GiB.
    Ballast(const JournalPaths& paths, std::uint64_t bytes);

    /// Free space is below half the ballast: no more appends, prune first.
    [[nodiscard]] bool is_disk_short() const;

    /// Gives the blocks back to the file system. Without effect when it was done.
    void release() noexcept;

    /// Makes the file, if it is not there and would leave three times the watermark free.
    void restore() noexcept;

    [[nodiscard]] bool exists() const { return exists_; }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

    /// "1.5 MiB free, at least 16 MiB needed".
    [[nodiscard]] std::string describe_room() const;

private:
    [[nodiscard]] std::optional<std::uint64_t> free_bytes() const;
    [[nodiscard]] std::uint64_t watermark() const { return bytes_ / 2; }

    std::filesystem::path directory_;
    std::filesystem::path file_;
    std::uint64_t bytes_;
    bool exists_ = false;
};

}  // namespace crier::broker
