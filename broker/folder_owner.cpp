#include "broker/folder_owner.hpp"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace crier::broker {
namespace {

tl::unexpected<Error> cannot(const char* what, const std::filesystem::path& path) {
    return fail(ErrorCode::file_unusable,
                std::string(what) + path.string() + ": " + std::generic_category().message(errno));
}

}  // namespace

std::optional<FolderOwner> other_owner_of(const std::filesystem::path& folder) {
    struct stat facts {};
    if (geteuid() != 0 || stat(folder.c_str(), &facts) != 0 || facts.st_uid == 0) {
        return std::nullopt;
    }
    return FolderOwner{facts.st_uid, facts.st_gid};
}

Status act_as_owner_of(const std::filesystem::path& folder) {
    const auto owner = other_owner_of(folder);
    if (!owner) return {};
    if (setgroups(1, &owner->group) != 0 || setgid(owner->group) != 0 || setuid(owner->user) != 0) {
        return cannot("cannot act as the owner of ", folder);
    }
    return {};
}

Status give_to_owner_of(const std::filesystem::path& folder, const std::filesystem::path& file) {
    const auto owner = other_owner_of(folder);
    if (owner && lchown(file.c_str(), owner->user, owner->group) != 0) {
        return cannot("cannot give to the folder's owner ", file);
    }
    return {};
}

}  // namespace crier::broker
