#include "shared/protocol/find_invitation.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>

namespace crier::protocol {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> variable(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
}

/// A folder that a variable names; a relative path counts as none, as XDG's specification wants.
std::optional<fs::path> folder_in(const char* name) {
    if (const auto value = variable(name); value && fs::path(*value).is_absolute()) return *value;
    return std::nullopt;
}

std::optional<fs::path> home_folder() {
    if (auto home = variable("HOME")) return *home;
    const passwd* user = getpwuid(getuid());
    if (user == nullptr || user->pw_dir == nullptr) return std::nullopt;
    return user->pw_dir;
}

std::string file_name(Invitation::Kind kind) {
    return std::string(name_of(kind)) + ".invitation";
}

bool is_readable(const fs::path& file) {
    return access(file.c_str(), R_OK) == 0;
}

bool file_exists(const fs::path& file) {
    std::error_code ignored;
    return fs::exists(file, ignored);
}

Error file_error(const fs::path& file, const std::string& what) {
    return {ErrorCode::file_unusable, file.string() + ": " + what};
}

Status check_private(const fs::path& file) {
    struct stat facts {};
    if (stat(file.c_str(), &facts) == 0 && (facts.st_mode & 077) != 0) {
        return fail(file_error(file, "others can read it, and it holds a secret: chmod 600 it"));
    }
    return {};
}

Error may_not_read(const fs::path& file, Invitation::Kind wanted) {
    return file_error(file,
                      "there is a broker on this machine, but you may not read its invitation "
                      "for " +
                          std::string(name_of(wanted)) +
                          ". Ask to be put into the group crier, or for a line of your own to "
                          "store with 'crier join LINE'");
}

Error nothing_found(const InvitationPlaces& places, Invitation::Kind wanted) {
    const std::string name = file_name(wanted);
    std::string looked = "CRIER_INVITATION";
    if (places.settings) looked += ", " + (*places.settings / name).string();
    for (const fs::path& folder : places.run) looked += ", " + (folder / name).string();
    return {ErrorCode::file_unusable,
            "no invitation to a broker was found (looked at " + looked +
                "). Start crierd on this machine, or get a line from the broker's machine with "
                "'crierd invite " +
                std::string(name_of(wanted)) + "' and store it here with 'crier join LINE'"};
}

Status write_private(const fs::path& file, const std::string& text) {
    const int descriptor = open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0) return fail(file_error(file, std::strerror(errno)));
    const bool is_written =
        write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
        fsync(descriptor) == 0;
    const int error = errno;
    close(descriptor);
    if (is_written) return {};
    unlink(file.c_str());
    return fail(file_error(file, std::strerror(error)));
}

}  // namespace

InvitationPlaces read_invitation_places() {
    InvitationPlaces places;
    places.variable = variable("CRIER_INVITATION");
    if (const auto folder = folder_in("XDG_CONFIG_HOME")) {
        places.settings = *folder / "crier";
    } else if (const auto home = home_folder()) {
        places.settings = *home / ".config" / "crier";
    }
    places.run.emplace_back("/run/crier");
    if (const auto folder = folder_in("XDG_RUNTIME_DIR")) places.run.push_back(*folder / "crier");
    return places;
}

Result<Invitation> find_invitation(const std::string& given, Invitation::Kind wanted,
                                   const InvitationPlaces& places) {
    if (!given.empty()) return load_invitation(given, wanted);
    if (places.variable) return load_invitation(*places.variable, wanted);
    const std::string name = file_name(wanted);
    if (places.settings && file_exists(*places.settings / name)) {
        const fs::path stored = *places.settings / name;
        if (Status status = check_private(stored); !status) return fail(status.error());
        return load_invitation(stored, wanted);
    }
    std::optional<fs::path> unreadable;
    for (const fs::path& folder : places.run) {
        const fs::path file = folder / name;
        if (is_readable(file)) return load_invitation(file, wanted);
        if (file_exists(file)) unreadable = file;
    }
    return fail(unreadable ? may_not_read(*unreadable, wanted) : nothing_found(places, wanted));
}

Result<StoredInvitation> store_invitation(const std::string& line_or_file,
                                          const InvitationPlaces& places) {
    const Result<Invitation> invitation = read_invitation(line_or_file);
    if (!invitation) return fail(invitation.error());
    if (!places.settings) {
        return fail(ErrorCode::file_unusable,
                    "you have no home folder to store it in: set XDG_CONFIG_HOME");
    }
    std::error_code error;
    if (fs::create_directories(*places.settings, error)) {
        fs::permissions(*places.settings, fs::perms::owner_all, error);
    }
    if (error) return fail(file_error(*places.settings, error.message()));
    const fs::path file = *places.settings / file_name(invitation->kind);
    const std::string line = to_line(*invitation);
    if (file_exists(file)) {
        const Result<Invitation> stored = read_invitation(file);
        if (stored && to_line(*stored) == line) return StoredInvitation{invitation->kind, file};
        return fail(ErrorCode::in_use,
                    file.string() + " holds another invitation: remove it first");
    }
    if (Status status = write_private(file, line + "\n"); !status) return fail(status.error());
    return StoredInvitation{invitation->kind, file};
}

}  // namespace crier::protocol
