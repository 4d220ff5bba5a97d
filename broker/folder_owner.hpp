/// \file
/// What root's commands do in a data folder that belongs to another account, as that of a service
/// with an account of its own does: they act as that account, or leave to it what they made.

#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>

#include "crier/result.hpp"

namespace crier::broker {

struct FolderOwner {
    uid_t user = 0;
    gid_t group = 0;
};

/// nullopt: this process is not root's, or the folder is, or there is none.
[[nodiscard]] std::optional<FolderOwner> other_owner_of(const std::filesystem::path& folder);

/// From here on this process is that account's, for good; nothing if the folder is root's own.
/// Errors: file_unusable.
Status act_as_owner_of(const std::filesystem::path& folder);

/// Gives the folder's owner what root has made in it; nothing if the folder is root's own.
/// Errors: file_unusable.
Status give_to_owner_of(const std::filesystem::path& folder, const std::filesystem::path& file);

}  // namespace crier::broker
