#include "publisher/edge/find_invitation.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>

namespace crier::publisher {
namespace {

namespace fs = std::filesystem;
using protocol::Invitation;

constexpr std::string_view file_name = "operators.invitation";

std::optional<std::string> variable(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
}

std::optional<fs::path> home_folder() {
    if (auto home = variable("HOME")) return *home;
    const passwd* user = getpwuid(getuid());
    if (user == nullptr || user->pw_dir == nullptr) return std::nullopt;
    return user->pw_dir;
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

Error nothing_found(const Surroundings& surroundings, const std::optional<fs::path>& unreadable) {
    if (unreadable) {
        return file_error(*unreadable,
                          "there is a broker on this machine, but you may not read its operators' "
                          "invitation. Ask to be put into the group crier, or join with a line of "
                          "your own: crier join LINE");
    }
    std::string looked = "CRIER_INVITATION";
    if (surroundings.settings) looked += ", " + (*surroundings.settings / file_name).string();
    for (const fs::path& folder : surroundings.run) looked += ", " + (folder / file_name).string();
    return {ErrorCode::file_unusable,
            "no invitation to a broker was found (looked at " + looked +
                "). Start crierd on this machine, or get a line from the broker's machine with "
                "'crierd invite operators' and store it here with 'crier join LINE'"};
}

/// The text of a line, file or standard input, as it was given.
Result<std::string> read_line_or_file(const std::string& line_or_file) {
    if (line_or_file.starts_with("crier1.")) return line_or_file;
    const bool is_input = line_or_file == "-";
    const int descriptor =
        is_input ? STDIN_FILENO : open(line_or_file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return fail(file_error(line_or_file, std::string(std::strerror(errno)) +
                                                 "; give the line itself, which begins with "
                                                 "crier1., or a file that holds it"));
    }
    std::string text(8 * 1024, '\0');  // A line with eight long endpoints is a quarter of that.
    std::size_t length = 0;
    ssize_t got = 0;
    while (length < text.size() &&
           (got = read(descriptor, text.data() + length, text.size() - length)) > 0) {
        length += static_cast<std::size_t>(got);
    }
    const int error = got < 0 ? errno : 0;
    if (!is_input) close(descriptor);
    if (error != 0) return fail(file_error(line_or_file, std::strerror(error)));
    text.resize(length);
    return text;
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

Surroundings read_surroundings() {
    Surroundings surroundings;
    surroundings.variable = variable("CRIER_INVITATION");
    if (auto folder = variable("XDG_CONFIG_HOME")) {
        surroundings.settings = fs::path(*folder) / "crier";
    } else if (auto home = home_folder()) {
        surroundings.settings = *home / ".config" / "crier";
    }
    surroundings.run.emplace_back("/run/crier");
    if (auto folder = variable("XDG_RUNTIME_DIR")) {
        surroundings.run.push_back(fs::path(*folder) / "crier");
    }
    return surroundings;
}

Result<Invitation> find_invitation(const std::string& given, const Surroundings& surroundings) {
    constexpr Invitation::Kind wanted = Invitation::Kind::operators;
    if (!given.empty()) return protocol::load_invitation(given, wanted);
    if (surroundings.variable) return protocol::load_invitation(*surroundings.variable, wanted);
    if (surroundings.settings) {
        const fs::path stored = *surroundings.settings / file_name;
        if (file_exists(stored)) {
            if (Status status = check_private(stored); !status) return fail(status.error());
            return protocol::load_invitation(stored, wanted);
        }
    }
    std::optional<fs::path> unreadable;
    for (const fs::path& folder : surroundings.run) {
        const fs::path file = folder / file_name;
        if (is_readable(file)) return protocol::load_invitation(file, wanted);
        if (file_exists(file)) unreadable = file;
    }
    return fail(nothing_found(surroundings, unreadable));
}

Result<StoredInvitation> store_invitation(const std::string& line_or_file,
                                          const Surroundings& surroundings) {
    const Result<std::string> text = read_line_or_file(line_or_file);
    if (!text) return fail(text.error());
    const Result<Invitation> invitation = protocol::parse_invitation(*text);
    if (!invitation) return fail(invitation.error());
    if (!surroundings.settings) {
        return fail(ErrorCode::file_unusable,
                    "you have no home folder to store it in: set XDG_CONFIG_HOME");
    }
    std::error_code error;
    if (fs::create_directories(*surroundings.settings, error)) {
        fs::permissions(*surroundings.settings, fs::perms::owner_all, error);
    }
    if (error) return fail(file_error(*surroundings.settings, error.message()));
    const std::string kind(name_of(invitation->kind));
    const fs::path file = *surroundings.settings / (kind + ".invitation");
    const std::string line = to_line(*invitation) + "\n";
    if (file_exists(file)) {
        const Result<std::string> stored = read_line_or_file(file);
        if (stored && *stored == line) return StoredInvitation{invitation->kind, file};
        return fail(ErrorCode::in_use,
                    file.string() + " holds another invitation: remove it first");
    }
    if (Status status = write_private(file, line); !status) return fail(status.error());
    return StoredInvitation{invitation->kind, file};
}

}  // namespace crier::publisher
