#include "subscriber/agent/surroundings.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include "shared/base/crypto.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"

namespace crier::agent {
namespace {

namespace fs = std::filesystem;

bool is_attribute(const std::string& text) {
    return !text.empty() && text.size() <= limits::attribute_bytes_max && is_one_line(text);
}

tl::unexpected<Error> unusable(const fs::path& path, const std::string& what) {
    return fail(ErrorCode::file_unusable, path.string() + ": " + what);
}

tl::unexpected<Error> cannot(const std::string& what, const fs::path& path, int reason) {
    return fail(ErrorCode::file_unusable,
                "cannot " + what + " " + path.string() + ": " + std::strerror(reason));
}

std::vector<std::string> groups_of(const passwd& user) {
    int count = 64;
    std::vector<gid_t> ids(static_cast<std::size_t>(count));
    if (getgrouplist(user.pw_name, user.pw_gid, ids.data(), &count) < 0) {
        ids.resize(static_cast<std::size_t>(count));
        getgrouplist(user.pw_name, user.pw_gid, ids.data(), &count);
    }
    ids.resize(std::min(ids.size(), static_cast<std::size_t>(count)));
    std::vector<std::string> names;
    for (const gid_t id : ids) {
        if (const group* found = getgrgid(id); found != nullptr) names.emplace_back(found->gr_name);
    }
    return names;
}

/// The user's own, and closed to everybody else.
bool is_private_folder(const fs::path& folder, uid_t uid) {
    struct stat facts {};
    return lstat(folder.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode) && facts.st_uid == uid &&
           (facts.st_mode & 077) == 0;
}

/// Makes the file with the whole of `text`, unless it is there already.
Status write_once(const fs::path& file, const std::string& text) {
    const fs::path draft = file.string() + "." + std::to_string(getpid());
    const int descriptor = open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0) return cannot("write", file, errno);
    const bool is_written =
        write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
        fsync(descriptor) == 0;
    const int error = errno;
    close(descriptor);
    // Two agents that start at once: the first one's link stands, and both read it.
    const bool is_there = is_written && (link(draft.c_str(), file.c_str()) == 0 || errno == EEXIST);
    const int link_error = errno;
    unlink(draft.c_str());
    if (!is_written) return cannot("write", file, error);
    if (!is_there) return cannot("write", file, link_error);
    return {};
}

std::string first_line_of(const fs::path& file) {
    std::ifstream stream(file);
    std::string line;
    std::getline(stream, line);
    return line;
}

}  // namespace

std::string Surroundings::variable(const std::string& name) const {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
}

Surroundings read_surroundings() {
    Surroundings surroundings;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const std::size_t equals = text.find('=');
        if (equals == text.npos || equals + 1 == text.size()) continue;
        surroundings.variables.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    surroundings.uid = getuid();
    if (const passwd* user = getpwuid(surroundings.uid); user != nullptr) {
        surroundings.account = user->pw_name;
        surroundings.home = user->pw_dir;
        surroundings.groups = groups_of(*user);
    }
    const std::string home = surroundings.variable("HOME");
    if (!home.empty()) surroundings.home = home;
    utsname system{};
    if (uname(&system) == 0) {
        surroundings.machine = system.nodename;
        surroundings.host_type = system.sysname;
        for (char& letter : surroundings.host_type) {
            if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
        }
    }
    return surroundings;
}

std::string locale_of(const Surroundings& surroundings) {
    for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
        std::string value = surroundings.variable(name);
        if (!value.empty()) return value;
    }
    return {};
}

Attributes attributes_of(const Surroundings& surroundings, const AttributeChoices& choices) {
    const auto pick = [](const std::optional<std::string>& choice, const std::string& found) {
        if (choice) return *choice;
        return is_attribute(found) ? found : std::string();
    };
    Attributes attributes;
    attributes.system_user = pick(choices.system_user, surroundings.account);
    attributes.user = pick(choices.user, attributes.system_user);
    attributes.machine = pick(choices.machine, surroundings.machine);
    attributes.host_type = pick(std::nullopt, surroundings.host_type);
    attributes.application = pick(choices.application, "crier-agent");
    attributes.type = pick(choices.type, "agent");
    attributes.locale = pick(choices.locale, locale_of(surroundings));
    attributes.groups = choices.groups;
    if (choices.groups.empty()) {
        for (const std::string& name : surroundings.groups) {
            if (attributes.groups.size() == limits::groups_max) break;
            if (is_attribute(name)) attributes.groups.push_back(name);
        }
    }
    return attributes;
}

Result<fs::path> runtime_folder(const Surroundings& surroundings) {
    const fs::path given = surroundings.variable("XDG_RUNTIME_DIR");
    if (given.is_absolute() && is_private_folder(given, surroundings.uid)) return given;
    const fs::path made_by_system = surroundings.run_users / std::to_string(surroundings.uid);
    if (is_private_folder(made_by_system, surroundings.uid)) return made_by_system;

    const std::string temporary = surroundings.variable("TMPDIR");
    const fs::path own = fs::path(temporary.empty() ? "/tmp" : temporary) /
                         ("crier-" + std::to_string(surroundings.uid));
    if (mkdir(own.c_str(), 0700) != 0 && errno != EEXIST) {
        return unusable(own, std::string(std::strerror(errno)) +
                                 "; name a key and a folder yourself: --key FILE --state DIR");
    }
    if (!is_private_folder(own, surroundings.uid)) {
        return unusable(own,
                        "it is not yours alone; remove it, or name a key and a folder "
                        "yourself: --key FILE --state DIR");
    }
    return own;
}

Result<std::string> persistent_id(const Surroundings& surroundings) {
    const fs::path given = surroundings.variable("XDG_STATE_HOME");
    if (!given.is_absolute() && surroundings.home.empty()) {
        return unusable("~/.local/state", "there is no home folder; set XDG_STATE_HOME");
    }
    const fs::path folder =
        (given.is_absolute() ? given : surroundings.home / ".local" / "state") / "crier";
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) return cannot("make the folder", folder, error.value());

    // A home folder may be shared by machines: each has a file of its own. A host's name has no
    // slash, but it is not ours to trust.
    std::string machine = surroundings.machine;
    std::replace(machine.begin(), machine.end(), '/', '_');
    const fs::path file = folder / ("persistent-id." + machine);
    if (!fs::exists(file, error)) {
        std::array<std::uint8_t, SessionId::size> bytes{};
        fill_random(bytes);
        const Status written = write_once(file, detail::to_hex(bytes) + "\n");
        if (!written) return fail(written.error());
    }
    std::string id = first_line_of(file);
    if (!parse_id<SessionId>(id)) return unusable(file, "it holds no id; remove it");
    return id;
}

}  // namespace crier::agent
