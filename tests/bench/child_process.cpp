#include "tests/bench/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>

namespace crier::bench {
namespace {

/// In the child, after fork(2).
[[noreturn]] void become(std::vector<char*>& arguments, const char* log) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int output = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (output >= 0) {
        dup2(output, STDOUT_FILENO);
        dup2(output, STDERR_FILENO);
    }
    execv(arguments[0], arguments.data());
    _exit(127);
}

std::chrono::nanoseconds read_clock(clockid_t clock) {
    timespec time{};
    if (clock_gettime(clock, &time) != 0) return {};
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace

std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

ChildProcess::ChildProcess(const std::vector<std::string>& arguments,
                           const std::filesystem::path& log)
    : log_(log) {
    std::vector<std::string> copy = arguments;
    std::vector<char*> pointers;
    for (std::string& argument : copy) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    std::fflush(nullptr);
    id_ = fork();
    if (id_ < 0) give_up("cannot fork");
    if (id_ == 0) become(pointers, log.c_str());
    handle_ = static_cast<int>(syscall(SYS_pidfd_open, id_, 0));
    if (handle_ < 0) give_up("no descriptor for a child process");
}

ChildProcess::~ChildProcess() {
    kill(id_, SIGTERM);
    if (!wait(std::chrono::seconds(10))) kill(id_, SIGKILL);
    waitpid(id_, nullptr, 0);
    close(handle_);
}

void ChildProcess::kill_at_once() {
    kill(id_, SIGKILL);
    wait(std::chrono::seconds(10));
}

bool ChildProcess::wait(std::chrono::milliseconds timeout) const {
    pollfd end{handle_, POLLIN, 0};
    return poll(&end, 1, static_cast<int>(timeout.count())) > 0;
}

std::string ChildProcess::wait_for_file(const std::filesystem::path& path) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!std::filesystem::exists(path)) {
        if (wait(std::chrono::milliseconds(20))) {
            give_up("a contestant ended at its start; it said:\n" + read_file(log_));
        }
        if (std::chrono::steady_clock::now() > deadline) {
            give_up("no " + path.string() + " within 30 s; the contestant said:\n" +
                    read_file(log_));
        }
    }
    return read_file(path);
}

std::size_t ChildProcess::resident_bytes() const {
    std::istringstream status(read_file("/proc/" + std::to_string(id_) + "/status"));
    std::string word;
    while (status >> word) {
        std::size_t kilobytes = 0;
        if (word == "VmRSS:" && status >> kilobytes) return kilobytes * 1024;
    }
    give_up("a contestant ended; it said:\n" + read_file(log_));
}

std::chrono::nanoseconds ChildProcess::cpu_time() const {
    clockid_t clock{};
    if (clock_getcpuclockid(id_, &clock) != 0) give_up("no clock of a child process");
    return read_clock(clock);
}

std::chrono::nanoseconds own_cpu_time() {
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

void raise_descriptor_limit(std::size_t count) {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= count) return;
    limit.rlim_cur = count;
    if (limit.rlim_max < count) limit.rlim_max = count;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
        give_up("cannot have " + std::to_string(count) + " open descriptors: raise `ulimit -n`");
    }
}

}  // namespace crier::bench
