#include "tests/integration/disk_faults.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>

namespace crier::testing::disk {
namespace {

constexpr std::uint64_t sector_bytes = 512;

struct Faults {
    std::uint64_t syncs = 0;
    int sync_error = 0;
    int write_error = 0;
    std::string write_suffix;
    std::filesystem::path recorded;  ///< Empty: nothing is recorded.
    std::vector<Operation> operations;
};

/// The one global of these tests: the kernel's functions have no other way to know.
Faults& faults() {
    static Faults all;
    return all;
}

std::filesystem::path path_of(int descriptor) {
    std::array<char, 4096> path{};
    const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
    const ssize_t length = ::readlink(link.c_str(), path.data(), path.size());
    return length > 0 ? std::filesystem::path(path.data(), path.data() + length)
                      : std::filesystem::path();
}

/// The name under which to record what is done to `descriptor`; nullopt: it is not recorded.
std::optional<std::string> recorded_name(int descriptor) {
    if (faults().recorded.empty()) return {};
    const std::filesystem::path path = path_of(descriptor);
    if (path.parent_path() != faults().recorded) return {};
    return path.filename().string();
}

bool shall_fail(int descriptor) {
    return faults().write_error != 0 &&
           path_of(descriptor).string().ends_with(faults().write_suffix);
}

void replay(Files& files, const Operation& operation) {
    std::vector<std::uint8_t>& file = files[operation.file];
    if (operation.kind == Operation::Kind::truncate) {
        file.resize(operation.offset);
        return;
    }
    const std::uint64_t end = operation.offset + operation.bytes.size();
    if (file.size() < end) file.resize(end);
    std::copy(operation.bytes.begin(), operation.bytes.end(),
              file.begin() + static_cast<std::ptrdiff_t>(operation.offset));
}

/// Some sectors of a write, or all, or none.
void replay_torn(Files& files, const Operation& operation, std::mt19937& random) {
    switch (random() % 3) {
        case 0:
            return;
        case 1:
            return replay(files, operation);
        default:
            break;
    }
    if (operation.kind == Operation::Kind::truncate) return;
    for (std::uint64_t at = 0; at < operation.bytes.size(); at += sector_bytes) {
        if (random() % 2 == 0) continue;
        const auto begin = operation.bytes.begin() + static_cast<std::ptrdiff_t>(at);
        const std::uint64_t length = std::min(sector_bytes, operation.bytes.size() - at);
        Operation sector{operation.kind, operation.file, operation.offset + at, {}};
        sector.bytes.assign(begin, begin + static_cast<std::ptrdiff_t>(length));
        replay(files, sector);
    }
}

int sync(int descriptor, long call) {
    ++faults().syncs;
    if (faults().sync_error != 0) {
        errno = faults().sync_error;
        return -1;
    }
    if (const auto name = recorded_name(descriptor)) {
        faults().operations.push_back({Operation::Kind::sync, *name, 0, {}});
        return 0;
    }
    return static_cast<int>(::syscall(call, descriptor));
}

}  // namespace

std::uint64_t syncs() {
    return faults().syncs;
}
void fail_syncs(int error) {
    faults().sync_error = error;
}
void allow_syncs() {
    faults().sync_error = 0;
}

void fail_writes(const std::string& suffix, int error) {
    faults().write_suffix = suffix;
    faults().write_error = error;
}
void allow_writes() {
    faults().write_error = 0;
}

void start_recording(const std::filesystem::path& directory) {
    faults().operations.clear();
    faults().recorded = std::filesystem::canonical(directory);
}

std::vector<Operation> stop_recording() {
    faults().recorded.clear();
    return std::move(faults().operations);
}

std::size_t operations_recorded() {
    return faults().operations.size();
}

Files read_files(const std::filesystem::path& directory) {
    Files files;
    for (const auto& file : std::filesystem::directory_iterator(directory)) {
        std::ifstream stream(file.path(), std::ios::binary);
        files[file.path().filename().string()].assign(std::istreambuf_iterator<char>(stream), {});
    }
    return files;
}

void write_files(const Files& files, const std::filesystem::path& directory) {
    for (const auto& [name, bytes] : files) {
        std::ofstream stream(directory / name, std::ios::binary | std::ios::trunc);
        stream.write(reinterpret_cast<const char*>(bytes.data()),
                     static_cast<std::streamsize>(bytes.size()));
    }
}

Files after_power_cut(Files files, const std::vector<Operation>& operations, std::size_t count,
                      std::mt19937& random) {
    std::map<std::string, std::size_t> last_sync;  // Operations before this one are on the disk.
    for (std::size_t i = 0; i < count; ++i) {
        if (operations[i].kind == Operation::Kind::sync) last_sync[operations[i].file] = i;
    }
    for (std::size_t i = 0; i < count; ++i) {
        const Operation& operation = operations[i];
        if (operation.kind == Operation::Kind::sync) continue;
        const auto synced = last_sync.find(operation.file);
        if (synced != last_sync.end() && i < synced->second) {
            replay(files, operation);
        } else {
            replay_torn(files, operation, random);
        }
    }
    return files;
}

}  // namespace crier::testing::disk

// ---- In place of the C library's ----------------------------------------------------------------

extern "C" {

ssize_t pwrite64(int descriptor, const void* bytes, size_t count, off64_t offset) {
    using namespace crier::testing::disk;
    if (shall_fail(descriptor)) {
        errno = faults().write_error;
        return -1;
    }
    const ssize_t written = ::syscall(SYS_pwrite64, descriptor, bytes, count, offset);
    if (written <= 0) return written;
    if (const auto name = recorded_name(descriptor)) {
        const auto* first = static_cast<const std::uint8_t*>(bytes);
        faults().operations.push_back({Operation::Kind::write, *name,
                                       static_cast<std::uint64_t>(offset),
                                       std::vector<std::uint8_t>(first, first + written)});
    }
    return written;
}

ssize_t pwrite(int descriptor, const void* bytes, size_t count, off_t offset) {
    return pwrite64(descriptor, bytes, count, offset);
}

int ftruncate64(int descriptor, off64_t length) noexcept {
    using namespace crier::testing::disk;
    if (const auto name = recorded_name(descriptor)) {
        faults().operations.push_back(
            {Operation::Kind::truncate, *name, static_cast<std::uint64_t>(length), {}});
    }
    return static_cast<int>(::syscall(SYS_ftruncate, descriptor, length));
}

int fdatasync(int descriptor) {
    return crier::testing::disk::sync(descriptor, SYS_fdatasync);
}
int fsync(int descriptor) {
    return crier::testing::disk::sync(descriptor, SYS_fsync);
}

}  // extern "C"
