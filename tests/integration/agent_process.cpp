#include "tests/integration/agent_process.hpp"

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "shared/base/assert.hpp"

namespace crier::testing {
namespace {

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
    pointers.push_back(nullptr);
    return pointers;
}

void take_all(int descriptor, std::string& text) {
    std::array<char, 16'384> bytes{};
    ssize_t count = 0;
    while (descriptor >= 0 && (count = read(descriptor, bytes.data(), bytes.size())) > 0) {
        text.append(bytes.data(), static_cast<std::size_t>(count));
    }
}

void close_descriptor(int& descriptor) {
    if (descriptor >= 0) close(descriptor);
    descriptor = -1;
}

}  // namespace

AgentProcess::AgentProcess(const TemporaryDirectory& folder, const Setup& setup) {
    std::map<std::string, std::string> environment{
        {"HOME", folder.path()}, {"XDG_RUNTIME_DIR", folder.path()},
        {"TZ", "UTC"},           {"TERM", "xterm"},
        {"LANG", "C.UTF-8"},
    };
    // The sanitizers' own settings go with the programs that they watch.
    for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"}) {
        if (const char* value = std::getenv(name); value != nullptr) environment[name] = value;
    }
    for (const auto& [name, value] : setup.environment) environment[name] = value;
    for (const auto& [name, value] : environment) environment_.push_back(name + "=" + value);
    arguments_ = setup.arguments;
    arguments_.insert(arguments_.begin(), CRIER_AGENT);
    if (setup.place == Place::terminal) {
        start_on_terminal(setup.columns);
    } else {
        start_between_pipes();
    }
    fcntl(output_, F_SETFL, O_NONBLOCK);
}

AgentProcess::~AgentProcess() {
    if (!ending()) {
        kill(process_, SIGKILL);
        waitpid(process_, nullptr, 0);
    }
    if (output_ != input_) close_descriptor(output_);
    close_descriptor(input_);
    close_descriptor(errors_);
}

void AgentProcess::start_on_terminal(unsigned short columns) {
    winsize size{};
    size.ws_col = columns;
    size.ws_row = 24;
    process_ = forkpty(&input_, nullptr, nullptr, &size);
    if (process_ == 0) become_agent();
    CRIER_ASSERT(process_ > 0, "this machine has pseudo-terminals and processes left");
    fcntl(input_, F_SETFD, FD_CLOEXEC);
    output_ = input_;
}

void AgentProcess::start_between_pipes() {
    std::array<std::array<int, 2>, 3> pipes{};
    for (auto& ends : pipes) {
        const int made = pipe2(ends.data(), O_CLOEXEC);
        CRIER_ASSERT(made == 0, "this machine has descriptors left");
    }
    process_ = fork();
    if (process_ == 0) {
        dup2(pipes[0][0], STDIN_FILENO);
        dup2(pipes[1][1], STDOUT_FILENO);
        dup2(pipes[2][1], STDERR_FILENO);
        become_agent();
    }
    CRIER_ASSERT(process_ > 0, "this machine has processes left");
    input_ = pipes[0][1];
    output_ = pipes[1][0];
    errors_ = pipes[2][0];
    fcntl(errors_, F_SETFL, O_NONBLOCK);
    for (const int theirs : {pipes[0][0], pipes[1][1], pipes[2][1]}) close(theirs);
}

void AgentProcess::become_agent() const {
    // No core file when a test lets it die.
    const rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
    close_range(STDERR_FILENO + 1, ~0U, 0);
    execve(CRIER_AGENT, pointers_to(arguments_).data(), pointers_to(environment_).data());
    _exit(127);
}

void AgentProcess::send_signal(int signal) const {
    kill(process_, signal);
}

const std::string& AgentProcess::output() {
    take_all(output_, written_);
    return written_;
}

const std::string& AgentProcess::errors() {
    take_all(errors_, written_errors_);
    return written_errors_;
}

void AgentProcess::type(const std::string& text) const {
    const ssize_t count = write(input_, text.data(), text.size());
    CRIER_ASSERT(count == static_cast<ssize_t>(text.size()), "a few bytes fit");
}

void AgentProcess::close_input() {
    close_descriptor(input_);
}

void AgentProcess::close_output() {
    close_descriptor(output_);
}

void AgentProcess::resize(unsigned short columns) const {
    winsize size{};
    size.ws_col = columns;
    size.ws_row = 24;
    ioctl(input_, TIOCSWINSZ, &size);
}

termios AgentProcess::modes() const {
    termios modes{};
    tcgetattr(input_, &modes);
    return modes;
}

bool AgentProcess::is_raw() const {
    return (modes().c_lflag & (ICANON | ECHO)) == 0;
}

std::optional<Ending> AgentProcess::ending() {
    if (ending_) return ending_;
    int status = 0;
    if (waitpid(process_, &status, WNOHANG) != process_) return std::nullopt;
    if (WIFSIGNALED(status)) {
        ending_ = Ending{-1, WTERMSIG(status)};
    } else {
        ending_ = Ending{WEXITSTATUS(status), 0};
    }
    return ending_;
}

}  // namespace crier::testing
