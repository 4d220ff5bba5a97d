#include "subscriber/agent/status_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include "shared/base/display.hpp"
#include "subscriber/screens/phrases.hpp"

namespace crier::agent {
namespace {

namespace fs = std::filesystem;

fs::path folder_in(const fs::path& runtime) {
    return runtime / "crier" / "agents";
}

/// One value a line, in the order of the struct; the texts are lines.
std::string to_text(const AgentStatus& status) {
    std::ostringstream text;
    text << status.process << '\n'
         << status.session << '\n'
         << status.screens << '\n'
         << status.connection << '\n'
         << to_ms(status.since) << '\n'
         << status.displayed << ' ' << status.suppressed << ' ' << status.failed << '\n'
         << status.last_problem << '\n';
    return text.str();
}

std::optional<AgentStatus> from_file(const fs::path& file) {
    std::ifstream stream(file);
    AgentStatus status;
    std::int64_t since = 0;
    stream >> status.process;
    stream.ignore();
    std::getline(stream, status.session);
    std::getline(stream, status.screens);
    std::getline(stream, status.connection);
    stream >> since >> status.displayed >> status.suppressed >> status.failed;
    stream.ignore();
    std::getline(stream, status.last_problem);
    if (!stream) return std::nullopt;
    status.since = utc_from_ms(since);
    return status;
}

/// The agent that holds the file open holds its lock.
bool is_of_a_running_agent(const fs::path& file) {
    const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return false;
    const bool is_locked = flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    close(descriptor);
    return is_locked;
}

}  // namespace

Result<StatusFile> StatusFile::make(const fs::path& runtime) {
    const fs::path folder = folder_in(runtime);
    mkdir(folder.parent_path().c_str(), 0700);
    mkdir(folder.c_str(), 0700);
    fs::path file = folder / std::to_string(getpid());
    const int descriptor = open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0 || flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        const int error = errno;
        if (descriptor >= 0) close(descriptor);
        return fail(ErrorCode::file_unusable,
                    "cannot write " + file.string() + ": " + std::strerror(error));
    }
    return StatusFile(std::move(file), descriptor);
}

StatusFile::StatusFile(fs::path file, int descriptor)
    : file_(std::move(file)), descriptor_(descriptor) {}

StatusFile::StatusFile(StatusFile&& other) noexcept
    : file_(std::move(other.file_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

StatusFile::~StatusFile() {
    if (descriptor_ < 0) return;
    unlink(file_.c_str());
    close(descriptor_);
}

void StatusFile::write(const AgentStatus& status) const {
    const std::string text = to_text(status);
    if (pwrite(descriptor_, text.data(), text.size(), 0) < 0) return;
    // What is behind it is of a longer, earlier one.
    if (ftruncate(descriptor_, static_cast<off_t>(text.size())) != 0) return;
}

std::vector<AgentStatus> read_statuses(const fs::path& runtime) {
    std::vector<AgentStatus> statuses;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder_in(runtime), error)) {
        if (!is_of_a_running_agent(entry.path())) {
            fs::remove(entry.path(), error);
            continue;
        }
        if (auto status = from_file(entry.path())) statuses.push_back(*std::move(status));
    }
    std::sort(statuses.begin(), statuses.end(),
              [](const AgentStatus& left, const AgentStatus& right) {
                  return left.process < right.process;
              });
    return statuses;
}

std::string render_statuses(const std::vector<AgentStatus>& statuses, UtcTime now) {
    if (statuses.empty()) return "No agent of this user runs.\n";
    std::string text;
    for (const AgentStatus& status : statuses) {
        if (!text.empty()) text += '\n';
        text += "Agent, process " + std::to_string(status.process) + "\n";
        const auto line = [&text](std::string_view name, const std::string& value) {
            if (!value.empty()) text += "  " + padded(name, 13) + clean_line(value) + "\n";
        };
        line("session", status.session.empty() ? "none: it listens to the bell" : status.session);
        line("connection", status.connection + ", since " + screens::local_time(status.since, now));
        line("screens", status.screens);
        line("messages", std::to_string(status.displayed) + " displayed, " +
                             std::to_string(status.suppressed) + " held back, " +
                             std::to_string(status.failed) + " failed");
        line("last trouble", status.last_problem);
    }
    return text;
}

}  // namespace crier::agent
