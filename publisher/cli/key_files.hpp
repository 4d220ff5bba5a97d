/// \file
/// Registered keys as files, one for each: TOML that people can read and edit.

#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "crier/registered_key.hpp"
#include "crier/result.hpp"

namespace crier::cli {

[[nodiscard]] std::string to_toml(const RegisteredKey& key);
/// Errors: configuration_invalid, which begins with `file_name`.
[[nodiscard]] Result<RegisteredKey> parse_key_file(std::string_view text,
                                                   const std::string& file_name);

/// All of them, or none. `folder` is made, or is empty. Blocking: on the disk.
/// Errors: file_unusable.
[[nodiscard]] Status write_key_files(const std::filesystem::path& folder,
                                     const std::vector<RegisteredKey>& keys);

/// Of every file whose name ends in ".toml". Blocking: on the disk.
/// Errors: file_unusable; configuration_invalid, for the first file that is wrong.
[[nodiscard]] Result<std::vector<RegisteredKey>> read_key_files(
    const std::filesystem::path& folder);

}  // namespace crier::cli
