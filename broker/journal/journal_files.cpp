#include "broker/journal/journal_files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "broker/journal/crc32c.hpp"

namespace crier::broker {
namespace {

constexpr std::uint64_t mebibyte = 1u << 20;
constexpr std::uint64_t ballast_bytes_default = 32 * mebibyte;

std::string because(const std::filesystem::path& file, const char* what) {
    return std::string(what) + " " + file.string() + ": " + std::strerror(errno);
}

Result<Descriptor> open_own(const std::filesystem::path& file) {
    Descriptor descriptor(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (descriptor.is_open()) return descriptor;
    return fail(
        ErrorCode::file_unusable,
        because(file, "cannot write") +
            "; make the directory and the files in it writable for this user, or name another");
}

Status sync_opened(const std::filesystem::path& path, int flags) {
    const Descriptor descriptor(::open(path.c_str(), flags | O_CLOEXEC));
    if (!descriptor.is_open() || ::fsync(descriptor.get()) != 0) {
        return fail(ErrorCode::storage_failed, because(path, "cannot sync"));
    }
    return {};
}

/// The pid that the holder wrote, or nothing sensible.
std::string read_pid(int descriptor) {
    std::array<char, 16> text{};
    const ssize_t got = ::pread(descriptor, text.data(), text.size(), 0);
    std::string pid(text.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    pid.erase(std::find_if(pid.begin(), pid.end(), [](char c) { return c < '0' || c > '9'; }),
              pid.end());
    return pid.empty() ? "unknown" : pid;
}

std::string in_mebibytes(std::uint64_t bytes) {
    const std::uint64_t tenths = bytes * 10 / mebibyte;
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " MiB";
}

// ---- The mark's bytes: commits, little-endian, and their CRC-32C --------------------------------

using MarkBytes = std::array<std::uint8_t, 12>;

MarkBytes mark_bytes(std::uint64_t commits) {
    MarkBytes bytes{};
    for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(commits >> 8 * i);
    const std::uint32_t sum = crc32c({bytes.data(), 8});
    for (std::size_t i = 0; i < 4; ++i) bytes[8 + i] = static_cast<std::uint8_t>(sum >> 8 * i);
    return bytes;
}

}  // namespace

// ---- Descriptor ---------------------------------------------------------------------------------

Descriptor::Descriptor(Descriptor&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
}

Descriptor::~Descriptor() {
    if (is_open()) ::close(descriptor_);
}

// ---- Paths --------------------------------------------------------------------------------------

JournalPaths::JournalPaths(const std::filesystem::path& data_dir)
    : directory(data_dir),
      database(data_dir / "journal.db"),
      log(data_dir / "journal.db-wal"),
      lock(data_dir / "journal.lock"),
      mark(data_dir / "journal.mark"),
      ballast(data_dir / "journal.ballast") {}

bool JournalPaths::any_exists() const {
    std::error_code ignored;
    for (const auto* path : {&database, &log, &mark}) {
        if (std::filesystem::exists(*path, ignored)) return true;
    }
    return false;
}

std::string JournalPaths::set_aside_advice() const {
    return "Nothing is guessed or repaired. To set this journal aside: stop crierd, move "
           "journal.db, journal.db-wal and journal.mark (those that exist) out of " +
           directory.string() +
           " and keep them; then restore a backup with `crierd restore`, or start crierd with an "
           "empty journal";
}

Status make_data_directory(const std::filesystem::path& directory) {
    std::error_code error;
    const bool is_new = std::filesystem::create_directories(directory, error);
    if (!error && is_new) {
        std::filesystem::permissions(directory, std::filesystem::perms::owner_all, error);
    }
    if (!error) return {};
    return fail(ErrorCode::file_unusable,
                "cannot make the data directory " + directory.string() + ": " + error.message() +
                    "; make it, writable for this user, or name another one");
}

Status make_private_file(const std::filesystem::path& file) {
    const Result<Descriptor> made = open_own(file);
    if (!made) return fail(made.error());
    return {};
}

Status sync_directory(const std::filesystem::path& directory) {
    return sync_opened(directory, O_RDONLY | O_DIRECTORY);
}

Status sync_file(const std::filesystem::path& file) {
    return sync_opened(file, O_RDONLY);
}

// ---- DirectoryLock ------------------------------------------------------------------------------

Result<DirectoryLock> DirectoryLock::take(const JournalPaths& paths) {
    Result<Descriptor> file = open_own(paths.lock);
    if (!file) return fail(file.error());
    if (::flock(file->get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) {
            return fail(ErrorCode::file_unusable, because(paths.lock, "cannot lock"));
        }
        return fail(ErrorCode::in_use, "the data directory " + paths.directory.string() +
                                           " is in use by process " + read_pid(file->get()) +
                                           "; stop that one, or name another directory");
    }
    // For people and error messages only; the lock itself is the kernel's.
    const std::string pid = std::to_string(::getpid()) + "\n";
    [[maybe_unused]] const int emptied = ::ftruncate(file->get(), 0);
    [[maybe_unused]] const auto written = ::pwrite(file->get(), pid.data(), pid.size(), 0);
    return DirectoryLock(std::move(*file));
}

// ---- Mark ---------------------------------------------------------------------------------------

Result<Mark> Mark::open(const JournalPaths& paths) {
    Result<Descriptor> file = open_own(paths.mark);
    if (!file) return fail(file.error());
    return Mark(std::move(*file));
}

std::optional<std::uint64_t> Mark::read() const {
    MarkBytes bytes{};
    if (::pread(file_.get(), bytes.data(), bytes.size(), 0) != ssize_t{sizeof bytes}) return {};
    std::uint64_t commits = 0;
    for (std::size_t i = 8; i-- > 0;) commits = commits << 8 | bytes[i];
    if (mark_bytes(commits) != bytes) return {};
    return commits;
}

void Mark::write(std::uint64_t commits) noexcept {
    const MarkBytes bytes = mark_bytes(commits);
    [[maybe_unused]] const auto written = ::pwrite(file_.get(), bytes.data(), bytes.size(), 0);
}

// ---- Ballast ------------------------------------------------------------------------------------

Ballast::Ballast(const JournalPaths& paths, std::uint64_t bytes)
    : directory_(paths.directory), file_(paths.ballast), bytes_(bytes) {
    if (bytes_ == 0) {
        bytes_ = ballast_bytes_default;
        struct statvfs disk {};
        if (::statvfs(directory_.c_str(), &disk) == 0 && disk.f_blocks > 0) {
            bytes_ = std::min<std::uint64_t>(bytes_, disk.f_blocks * disk.f_frsize / 16);
        }
    }
    std::error_code ignored;
    exists_ = std::filesystem::exists(file_, ignored) &&
              std::filesystem::file_size(file_, ignored) >= bytes_;
}

std::optional<std::uint64_t> Ballast::free_bytes() const {
    struct statvfs disk {};
    if (::statvfs(directory_.c_str(), &disk) != 0 || disk.f_blocks == 0) return {};
    return std::uint64_t{disk.f_bavail} * disk.f_frsize;
}

bool Ballast::is_disk_short() const {
    const std::optional<std::uint64_t> free = free_bytes();
    return free && *free < watermark();
}

void Ballast::release() noexcept {
    std::error_code ignored;
    std::filesystem::remove(file_, ignored);
    exists_ = false;
}

void Ballast::restore() noexcept {
    if (exists_) return;
    const std::optional<std::uint64_t> free = free_bytes();
    if (free && *free < bytes_ + 3 * watermark()) return;
    const Descriptor file(::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!file.is_open()) return;
    if (::posix_fallocate(file.get(), 0, static_cast<off_t>(bytes_)) == 0) {
        exists_ = true;
    } else {
        release();
    }
}

std::string Ballast::describe_room() const {
    const std::optional<std::uint64_t> free = free_bytes();
    return (free ? in_mebibytes(*free) : "an unknown amount") + " free in " + directory_.string() +
           ", at least " + in_mebibytes(watermark()) + " needed";
}

}  // namespace crier::broker
