#include "subscriber/agent/find_invitation.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <vector>

namespace crier::agent {
namespace {

namespace fs = std::filesystem;
using protocol::Invitation;

/// One line, byte by byte: what follows it belongs to others.
std::string read_input_line() {
    constexpr std::size_t line_bytes_max = 16 * 1024;
    std::string line;
    char byte = 0;
    while (line.size() < line_bytes_max) {
        const ssize_t count = read(STDIN_FILENO, &byte, 1);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0 || byte == '\n') break;
        line += byte;
    }
    return line;
}

std::optional<fs::path> stored_file(const std::string& name, const Surroundings& surroundings) {
    const fs::path given = surroundings.variable("XDG_CONFIG_HOME");
    if (given.is_absolute()) return given / "crier" / name;
    if (surroundings.home.empty()) return std::nullopt;
    return surroundings.home / ".config" / "crier" / name;
}

bool is_there(const fs::path& file) {
    std::error_code error;
    return fs::exists(file, error);
}

Result<Invitation> load_stored(const fs::path& file, Invitation::Kind wanted) {
    struct stat facts {};
    if (stat(file.c_str(), &facts) == 0 && (facts.st_mode & 077) != 0) {
        return fail(ErrorCode::file_unusable,
                    file.string() + ": others can read it, and it holds a secret: chmod 600 it");
    }
    return protocol::load_invitation(file, wanted);
}

Error nothing_found(const std::vector<fs::path>& files, const std::optional<fs::path>& unreadable,
                    Invitation::Kind wanted) {
    const std::string kind(name_of(wanted));
    if (unreadable) {
        return {ErrorCode::file_unusable,
                unreadable->string() +
                    ": there is a broker on this machine, but you may not read "
                    "its invitation for " +
                    kind +
                    ". Ask to be put into the group crier, or for a "
                    "line of your own to store with 'crier join LINE'"};
    }
    std::string looked = "CRIER_INVITATION";
    for (const fs::path& file : files) looked += ", " + file.string();
    return {ErrorCode::file_unusable,
            "no invitation to a broker was found (looked at " + looked +
                "). Start crierd on this machine, or get a line from the broker's machine with "
                "'crierd invite " +
                kind + "' and store it here with 'crier join LINE'"};
}

}  // namespace

Result<Invitation> find_invitation(const std::string& given, Invitation::Kind wanted,
                                   const Surroundings& surroundings) {
    if (given == "-") {
        std::string line = read_input_line();
        Result<Invitation> invitation = protocol::load_invitation(line, wanted);
        wipe(line);
        return invitation;
    }
    if (!given.empty()) return protocol::load_invitation(given, wanted);
    const std::string variable = surroundings.variable("CRIER_INVITATION");
    if (!variable.empty()) return protocol::load_invitation(variable, wanted);

    const std::string name = std::string(name_of(wanted)) + ".invitation";
    std::vector<fs::path> looked;
    if (const auto stored = stored_file(name, surroundings)) {
        if (is_there(*stored)) return load_stored(*stored, wanted);
        looked.push_back(*stored);
    }
    const fs::path runtime = surroundings.variable("XDG_RUNTIME_DIR");
    std::vector<fs::path> of_brokers{surroundings.run_broker / name};
    if (runtime.is_absolute()) of_brokers.push_back(runtime / "crier" / name);
    std::optional<fs::path> unreadable;
    for (const fs::path& file : of_brokers) {
        if (access(file.c_str(), R_OK) == 0) return protocol::load_invitation(file, wanted);
        if (errno == EACCES) unreadable = file;
        looked.push_back(file);
    }
    return fail(nothing_found(looked, unreadable, wanted));
}

}  // namespace crier::agent
