/// \file
/// A session's records on disk: FOLDER/state, a log that is appended to, synced, and rewritten when
/// most of it is out of date.
///
///     "CRIER-STATE-004\n"  then per append: magic (4) length (4) checksum (4) body (length)
///
/// A file of an earlier version is read, and rewritten when it is opened: 001, whose records do not
/// say when a message was on the screen, 002, which does not know other brokers, and 003, which
/// does not know private messages.
///
/// Damage: what does not read at the end of the file, with no whole record after it, is what a
/// crash left of an unfinished write, and is cut off. Anything else that does not read is reported
/// and nothing is changed.

#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "crier/result.hpp"
#include "shared/protocol/messages.hpp"
#include "subscriber/core/records.hpp"

namespace crier::subscriber {

/// A file descriptor that is closed when its owner goes.
class OwnedDescriptor {
public:
    OwnedDescriptor() = default;
    explicit OwnedDescriptor(int descriptor) : descriptor_(descriptor) {}
    OwnedDescriptor(OwnedDescriptor&& other) noexcept;
    OwnedDescriptor& operator=(OwnedDescriptor&& other) noexcept;
    ~OwnedDescriptor();

    [[nodiscard]] int get() const noexcept { return descriptor_; }

private:
    int descriptor_ = -1;
};

/// Opens `file`, made with mode 0600 if it is missing, and locks it against every other opener, of
/// this process too, until the descriptor is closed.
/// Errors: in_use; file_unusable.
[[nodiscard]] Result<OwnedDescriptor> lock_file(const std::filesystem::path& file);

/// Thread-safety: one thread at a time. Blocking: on the disk.
class StateFile {
public:
    /// Makes the folder with mode 0700 and the file with mode 0600 where they are missing, and
    /// keeps FOLDER/lock locked. Errors: in_use; file_unusable (cannot be read or written, others
    /// can read it, or a newer
    ///   version of Crier wrote it); storage_failed (damaged in the middle).
    static Result<StateFile> open(const std::filesystem::path& folder);

    /// What was in it when it was opened, oldest first.
    [[nodiscard]] std::vector<Record> take_records() { return std::move(records_); }

    /// All of them or, after an error, none; on disk when it returns.
    /// Errors: storage_failed (page_human): the next append() may succeed, when there is room
    /// again.
    Status append(std::span<const Record> records);

    /// Rewritten when it is longer than this, and four times as long as after the last time.
    static constexpr std::size_t rewrite_from_bytes = 256 * 1024;

private:
    explicit StateFile(std::filesystem::path folder) : folder_(std::move(folder)) {}

    [[nodiscard]] std::filesystem::path path() const { return folder_ / "state"; }
    Status load();
    Status start_over(std::span<const Record> records);
    Status rewrite_if_long();

    std::filesystem::path folder_;
    OwnedDescriptor lock_;
    OwnedDescriptor file_;
    std::vector<Record> records_;
    std::size_t length_ = 0;  ///< Of what reads back.
    std::size_t rewrite_at_ = rewrite_from_bytes;
    bool has_torn_end_ = false;  ///< A failed write may have left bytes behind `length_`.
};

}  // namespace crier::subscriber
