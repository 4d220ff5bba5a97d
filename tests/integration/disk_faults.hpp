/// \file
/// Stands between SQLite and the kernel: disk_faults.cpp defines pwrite64(2), ftruncate64(2),
/// fdatasync(2) and fsync(2), and a program's own functions come before the C library's. So a test
/// can count syncs, make them fail, or record what is written and rebuild the files that a power
/// cut at any moment could have left.
///
/// Thread-safety: none; for tests with one thread.

#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace crier::testing::disk {

/// Syncs since the program started, those that failed included.
[[nodiscard]] std::uint64_t syncs();

/// Until allow_syncs(), every sync fails with `error`, and nothing reaches the disk by it.
void fail_syncs(int error);
void allow_syncs();

/// Until allow_writes(), writes to files whose name ends in `suffix` fail with `error`.
void fail_writes(const std::string& suffix, int error);
void allow_writes();

/// What a program did to the files of one folder, in order.
struct Operation {
    enum class Kind : std::uint8_t { write, truncate, sync };
    Kind kind{};
    std::string file;          ///< Name without folder.
    std::uint64_t offset = 0;  ///< Of a write; the new length of a truncation.
    std::vector<std::uint8_t> bytes;
};

/// Begins to record what is done to files in `directory`; syncs only seem to work meanwhile, so
/// that thousands cost nothing.
void start_recording(const std::filesystem::path& directory);
std::vector<Operation> stop_recording();
[[nodiscard]] std::size_t operations_recorded();

using Files = std::map<std::string, std::vector<std::uint8_t>>;

/// All files of a folder.
[[nodiscard]] Files read_files(const std::filesystem::path& directory);
void write_files(const Files& files, const std::filesystem::path& directory);

/// What may be on the disk when power is cut after the first `count` operations on `files`: what a
/// file's last sync covers is there; of each later write any of its sectors may be, or none.
[[nodiscard]] Files after_power_cut(Files files, const std::vector<Operation>& operations,
                                    std::size_t count, std::mt19937& random);

}  // namespace crier::testing::disk
