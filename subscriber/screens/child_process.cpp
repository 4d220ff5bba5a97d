#include "subscriber/screens/child_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <set>
#include <utility>

namespace crier::screens {
namespace {

constexpr std::size_t read_at_once = 16'384;
/// What a pipe holds, if nobody has made it larger.
constexpr std::size_t read_at_end = 65'536;
/// As exit(-1): no success, and none of those that mean something.
constexpr int unknown_status = 255;

struct Pipe {
    int read = -1;
    int write = -1;

    Pipe() {
        std::array<int, 2> ends{-1, -1};
        if (pipe2(ends.data(), O_CLOEXEC) == 0) {
            read = ends[0];
            write = ends[1];
        }
    }
    ~Pipe() {
        if (read >= 0) close(read);
        if (write >= 0) close(write);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
};

/// This program's own, but for those that are set anew: which of two counts is the reader's choice.
/// And but for the invitation, which is nobody else's business.
std::vector<std::string> with_own_environment(std::vector<std::string> variables) {
    std::set<std::string, std::less<>> names{"CRIER_INVITATION"};
    for (const std::string& variable : variables) {
        names.insert(variable.substr(0, variable.find('=')));
    }
    for (char** one = environ; one != nullptr && *one != nullptr; ++one) {
        const std::string_view variable(*one);
        if (!names.contains(variable.substr(0, variable.find('=')))) {
            variables.emplace_back(variable);
        }
    }
    return variables;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (std::string& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

/// A child begins with no signal blocked or ignored, whatever this program does with its own.
void set_signals(posix_spawnattr_t& attributes) {
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
}

/// As write(2), without SIGPIPE when nobody reads: a program that borrows a screen may not ignore
/// it.
ssize_t write_quietly(int descriptor, std::string_view text) {
    sigset_t broken_pipe;
    sigset_t before;
    sigset_t pending;
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    sigpending(&pending);
    const bool was_pending = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &broken_pipe, &before);
    const ssize_t count = write(descriptor, text.data(), text.size());
    const int error = errno;
    if (count < 0 && error == EPIPE && !was_pending) {
        const timespec at_once{};
        sigtimedwait(&broken_pipe, nullptr, &at_once);
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    errno = error;
    return count;
}

ChildEnd end_of(const siginfo_t& info) {
    if (info.si_code == CLD_EXITED) {
        return {info.si_status, "exit status " + std::to_string(info.si_status)};
    }
    return {128 + info.si_status,
            "signal " + std::to_string(info.si_status) + " (" + strsignal(info.si_status) + ")"};
}

}  // namespace

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(
    const std::vector<std::string>& command, const std::vector<std::string>& variables) {
    Pipe input;
    Pipe output;
    std::vector<std::string> arguments = command;
    std::vector<std::string> environment = with_own_environment(variables);
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, input.read, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output.write, STDOUT_FILENO);
    set_signals(attributes);
    pid_t pid = -1;
    const int error =
        output.write < 0 || input.read < 0
            ? EMFILE
            : posix_spawnp(&pid, arguments[0].c_str(), &actions, &attributes,
                           pointers_to(arguments).data(), pointers_to(environment).data());
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
        return fail(ErrorCode::file_unusable,
                    "cannot start " + command[0] + ": " + std::strerror(error));
    }
    return std::unique_ptr<ChildProcess>(
        new ChildProcess(pid, std::exchange(input.write, -1), std::exchange(output.read, -1)));
}

ChildProcess::ChildProcess(pid_t pid, int input, int output)
    : pid_(pid),
      input_(input),
      output_(output),
      ended_(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))),
      polled_(epoll_create1(EPOLL_CLOEXEC)) {
    for (const int descriptor : {input_, output_}) fcntl(descriptor, F_SETFL, O_NONBLOCK);
    watch(output_, EPOLLIN);
    watch(ended_, EPOLLIN);
}

ChildProcess::~ChildProcess() {
    if (!end_) {
        kill(-pid_, SIGKILL);
        // It may have left its group. One that is not ours to kill, as sudo is, is not waited for.
        if (kill(pid_, SIGKILL) == 0) waitpid(pid_, nullptr, 0);
    }
    for (int* descriptor : {&input_, &output_, &ended_, &polled_}) close_descriptor(*descriptor);
}

void ChildProcess::watch(int descriptor, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    epoll_ctl(polled_, EPOLL_CTL_ADD, descriptor, &event);
}

void ChildProcess::close_descriptor(int& descriptor) {
    if (descriptor >= 0) close(descriptor);
    descriptor = -1;
}

bool ChildProcess::write(std::string_view text) {
    if (unwritten_.size() + text.size() > input_bytes_max) return false;
    if (input_ < 0) return true;  // It reads no more: its end is told, or near.
    const bool was_idle = unwritten_.empty();
    unwritten_ += text;
    write_on();
    if (was_idle && !unwritten_.empty()) watch(input_, EPOLLOUT);
    return true;
}

void ChildProcess::close_input() {
    is_to_close_input_ = true;
    if (unwritten_.empty()) close_descriptor(input_);
}

void ChildProcess::terminate() {
    if (end_) return;
    end_group_with_it();
    kill(-pid_, SIGTERM);
}

void ChildProcess::write_on() {
    while (input_ >= 0 && !unwritten_.empty()) {
        const ssize_t count = write_quietly(input_, unwritten_);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EAGAIN) return;
        if (count < 0) {
            unwritten_.clear();
            return close_descriptor(input_);
        }
        unwritten_.erase(0, static_cast<std::size_t>(count));
    }
    if (input_ < 0) return;
    if (is_to_close_input_) return close_descriptor(input_);
    epoll_ctl(polled_, EPOLL_CTL_DEL, input_, nullptr);
}

void ChildProcess::read_on(std::size_t bytes_max) {
    std::array<char, read_at_once> bytes{};
    // Who writes faster than this reads is not to keep it from everything else.
    for (std::size_t taken = 0; output_ >= 0 && taken < bytes_max;) {
        const ssize_t count = read(output_, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EAGAIN) return;
        if (count <= 0) return close_descriptor(output_);
        taken += static_cast<std::size_t>(count);
        for (const char byte : std::string_view(bytes.data(), static_cast<std::size_t>(count))) {
            if (byte == '\n') {
                keep_line();
            } else if (unfinished_.size() < line_bytes_max) {
                unfinished_ += byte;
            }
        }
    }
}

void ChildProcess::serve() {
    if (end_) return;
    if (!unwritten_.empty()) write_on();
    read_on(read_at_once);
    siginfo_t info{};
    const int waited = waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT);
    // The program ignores SIGCHLD, or another part of it waits for every child.
    const bool is_taken = waited < 0 && errno == ECHILD;
    const bool has_ended = is_taken || (waited == 0 && info.si_pid == pid_);
    if (!has_ended) return;
    // As long as it is not waited for, nobody else has its number.
    if (is_group_to_end_ && !is_taken) kill(-pid_, SIGKILL);
    waitpid(pid_, nullptr, WNOHANG);
    // What it wrote before its end. A grandchild that holds the pipe open is not waited for.
    read_on(read_at_end);
    if (!unfinished_.empty()) keep_line();
    end_ = is_taken ? ChildEnd{unknown_status, "an exit status that nobody knows"} : end_of(info);
    for (int* descriptor : {&input_, &output_, &ended_}) close_descriptor(*descriptor);
}

void ChildProcess::keep_line() {
    std::string line = std::exchange(unfinished_, {});
    const std::size_t bytes = sizeof line + line.size();
    if (kept_bytes_ + bytes > output_bytes_max) return;
    kept_bytes_ += bytes;
    lines_.push_back(std::move(line));
}

std::vector<std::string> ChildProcess::take_lines() {
    kept_bytes_ = 0;
    return std::exchange(lines_, {});
}

}  // namespace crier::screens
