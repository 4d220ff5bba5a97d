#include "publisher/cli/child_command.hpp"

#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

namespace crier::cli {
namespace {

std::string reason_of(int error) {
    return std::system_category().message(error);
}

/// A descriptor from which `text` is read. A file in memory, as no writer has to wait for a command
/// that reads nothing, and none is hurt by one that ends before it has read all.
int descriptor_with(std::string_view text) {
    const int descriptor = memfd_create("crier-event", MFD_CLOEXEC);
    if (descriptor < 0) return -1;
    while (!text.empty()) {
        const ssize_t written = write(descriptor, text.data(), text.size());
        if (written < 0) {
            close(descriptor);
            return -1;
        }
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    lseek(descriptor, 0, SEEK_SET);
    return descriptor;
}

/// A group of its own, and the signals as a shell would give them, whatever we do with ours.
class Attributes {
public:
    Attributes() {
        posix_spawnattr_init(&attributes_);
        posix_spawnattr_setflags(
            &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
        posix_spawnattr_setpgroup(&attributes_, 0);
        sigset_t signals;
        sigemptyset(&signals);
        posix_spawnattr_setsigmask(&attributes_, &signals);
        for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) sigaddset(&signals, number);
        posix_spawnattr_setsigdefault(&attributes_, &signals);
    }
    ~Attributes() { posix_spawnattr_destroy(&attributes_); }
    Attributes(const Attributes&) = delete;
    Attributes& operator=(const Attributes&) = delete;

    [[nodiscard]] const posix_spawnattr_t* get() const { return &attributes_; }

private:
    posix_spawnattr_t attributes_{};
};

/// `input` as the standard input, and of our own descriptors only output and errors.
class Files {
public:
    explicit Files(int input) {
        posix_spawn_file_actions_init(&actions_);
        posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
        posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    }
    ~Files() { posix_spawn_file_actions_destroy(&actions_); }
    Files(const Files&) = delete;
    Files& operator=(const Files&) = delete;

    [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

private:
    posix_spawn_file_actions_t actions_{};
};

bool can_be_run(const std::filesystem::path& file) {
    std::error_code ignored;
    return std::filesystem::is_regular_file(file, ignored) && access(file.c_str(), X_OK) == 0;
}

}  // namespace

Result<ChildCommand> ChildCommand::start(const std::vector<std::string>& command,
                                         std::string_view input) {
    const auto failed = [&command](int error) {
        return fail(ErrorCode::file_unusable,
                    command.front() + " cannot be started: " + reason_of(error));
    };
    const int text = descriptor_with(input);
    if (text < 0) return failed(errno);
    std::vector<std::string> copies = command;  // The system wants them writable.
    std::vector<char*> arguments;
    for (std::string& argument : copies) arguments.push_back(argument.data());
    arguments.push_back(nullptr);
    pid_t id = -1;
    const int error = posix_spawnp(&id, arguments.front(), Files(text).get(), Attributes().get(),
                                   arguments.data(), environ);
    close(text);
    if (error != 0) return failed(error);
    // glibc 2.36 declares pidfd_open(), but not for C++.
    const auto descriptor = static_cast<int>(syscall(SYS_pidfd_open, id, 0));
    if (descriptor < 0) {
        const int reason = errno;
        kill(-id, SIGKILL);
        waitpid(id, nullptr, 0);
        return failed(reason);
    }
    return ChildCommand(id, descriptor);
}

ChildCommand::ChildCommand(ChildCommand&& other) noexcept
    : id_(std::exchange(other.id_, -1)), descriptor_(std::exchange(other.descriptor_, -1)) {}

ChildCommand& ChildCommand::operator=(ChildCommand&& other) noexcept {
    if (this != &other) {
        end();
        id_ = std::exchange(other.id_, -1);
        descriptor_ = std::exchange(other.descriptor_, -1);
    }
    return *this;
}

ChildCommand::~ChildCommand() {
    end();
}

void ChildCommand::end() noexcept {
    if (id_ > 0) {
        kill(-id_, SIGKILL);
        waitpid(id_, nullptr, 0);
    }
    if (descriptor_ >= 0) close(descriptor_);
    id_ = descriptor_ = -1;
}

void ChildCommand::signal_group(int number) {
    // While it is not waited for, no other group can have its number.
    if (id_ > 0) kill(-id_, number);
}

std::optional<ChildCommand::Ending> ChildCommand::take_ending(bool with_the_rest) {
    siginfo_t found{};
    const int looked = waitid(P_PID, static_cast<id_t>(id_), &found, WEXITED | WNOHANG | WNOWAIT);
    if (looked != 0 || found.si_pid == 0) return std::nullopt;
    if (with_the_rest) signal_group(SIGKILL);
    waitpid(std::exchange(id_, -1), nullptr, 0);
    if (found.si_code == CLD_EXITED) return Ending{found.si_status, 0};
    return Ending{0, found.si_status};
}

bool is_program(const std::string& name) {
    if (name.find('/') != name.npos) return can_be_run(name);
    const char* variable = std::getenv("PATH");
    std::string_view path = variable != nullptr ? variable : "/bin:/usr/bin";
    while (true) {
        const std::size_t end = std::min(path.find(':'), path.size());
        const std::filesystem::path folder = end == 0 ? "." : path.substr(0, end);
        if (can_be_run(folder / name)) return true;
        if (end == path.size()) return false;
        path.remove_prefix(end + 1);
    }
}

}  // namespace crier::cli
