/// \file
/// Small files that are written whole or not at all.

#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

#include "crier/result.hpp"

namespace crier::transport {

enum class IfThere : std::uint8_t { replace, keep };

struct FileAccess {
    mode_t mode = 0600;
    std::optional<gid_t> group;
};

/// Writes `text` to a new file beside `file`, syncs it and puts it in place; a crash leaves the old
/// one or the new one. Nobody can open it before it has its mode and group.
/// Returns false when there is one already and IfThere::keep asked to leave it alone.
/// Blocking: on the disk. Errors: file_unusable, with the system's reason.
[[nodiscard]] Result<bool> write_whole_file(const std::filesystem::path& file,
                                            std::string_view text, const FileAccess& access,
                                            IfThere if_there);

}  // namespace crier::transport
