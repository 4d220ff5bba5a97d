#include "subscriber/agent/login_session.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace crier::agent {
namespace {

namespace fs = std::filesystem;

std::string process_in(int descriptor) {
    std::array<char, 32> bytes{};
    const ssize_t count = pread(descriptor, bytes.data(), bytes.size(), 0);
    std::string text(bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    text.erase(std::min(text.find('\n'), text.size()));
    return text.empty() ? "unknown" : text;
}

}  // namespace

std::string login_session_of(const Surroundings& surroundings) {
    // A service of the user's and an autostarted program see the same display, but not the same
    // session of logind.
    for (const char* display : {"WAYLAND_DISPLAY", "DISPLAY"}) {
        const std::string name = surroundings.variable(display);
        if (!name.empty()) return "display " + name;
    }
    const std::string session = surroundings.variable("XDG_SESSION_ID");
    return session.empty() ? "user" : "session " + session;
}

Result<LoginSession> LoginSession::take(const Surroundings& surroundings) {
    const Result<fs::path> runtime = runtime_folder(surroundings);
    if (!runtime) return fail(runtime.error());
    const std::string session = login_session_of(surroundings);
    std::string name = session;
    std::replace_if(
        name.begin(), name.end(), [](char byte) { return byte == '/' || byte == ' '; }, '-');
    const fs::path folder = *runtime / "crier";
    const fs::path file = folder / ("login." + name);
    mkdir(folder.c_str(), 0700);
    const int descriptor = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        return fail(ErrorCode::file_unusable,
                    "cannot open " + file.string() + ": " + std::strerror(errno));
    }
    LoginSession taken(descriptor);
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        return fail(ErrorCode::in_use, "another agent serves this login session (" + session +
                                           "): process " + process_in(descriptor) +
                                           "; see crier-agent status");
    }
    const std::string process = std::to_string(getpid()) + "\n";
    const bool is_written = ftruncate(descriptor, 0) == 0 &&
                            pwrite(descriptor, process.data(), process.size(), 0) >= 0;
    if (!is_written) {
        return fail(ErrorCode::file_unusable,
                    "cannot write " + file.string() + ": " + std::strerror(errno));
    }
    return taken;
}

LoginSession::LoginSession(LoginSession&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

LoginSession::~LoginSession() {
    if (descriptor_ >= 0) close(descriptor_);
}

}  // namespace crier::agent
