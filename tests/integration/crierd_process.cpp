#include "tests/integration/crierd_process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <utility>

#include "crier/error.hpp"

namespace crier::testing {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds start_limit{60};

int milliseconds_until(Clock::time_point deadline) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    return static_cast<int>(std::max<std::int64_t>(0, left.count()));
}

/// Where crierd says that it is ready, as systemd would hear it.
int open_notices(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    EXPECT_LT(path.size(), sizeof address.sun_path);
    std::copy(path.begin(), path.end(), address.sun_path);
    const int notices = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(bind(notices, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    return notices;
}

}  // namespace

CrierdProcess::CrierdProcess(std::filesystem::path folder,
                             const std::map<std::string, std::string>& settings)
    : folder_(std::move(folder)) {
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
    const int notices = open_notices((folder_ / "notices").string());
    process_ = fork();
    if (process_ == 0) become_crierd(ends[1], settings);
    EXPECT_GT(process_, 0);
    close(ends[1]);
    output_ = ends[0];
    fcntl(output_, F_SETFL, O_NONBLOCK);
    await_readiness(notices);
    close(notices);
}

CrierdProcess::~CrierdProcess() {
    if (is_running()) {
        kill(process_, SIGKILL);
        waitpid(process_, nullptr, 0);
    }
    close(output_);
}

void CrierdProcess::become_crierd(int log, const std::map<std::string, std::string>& settings) {
    const rlimit none{0, 0};  // No core file when a test lets it die.
    setrlimit(RLIMIT_CORE, &none);
    dup2(log, STDOUT_FILENO);
    dup2(log, STDERR_FILENO);
    close_range(STDERR_FILENO + 1, ~0U, 0);
    setenv("NOTIFY_SOCKET", (folder_ / "notices").c_str(), 1);
    for (const auto& [name, value] : settings) setenv(name.c_str(), value.c_str(), 1);
    const std::string data = (folder_ / "data").string();
    execl(CRIER_D, CRIER_D, "--data", data.c_str(), "--sessions", "tcp://127.0.0.1:0",
          "--operators", "tcp://127.0.0.1:0", "--bell", "tcp://127.0.0.1:0", nullptr);
    _exit(127);
}

void CrierdProcess::await_readiness(int notices) {
    const auto deadline = Clock::now() + start_limit;
    std::string heard;
    while (heard.find("READY=1") == std::string::npos) {
        pollfd item{notices, POLLIN, 0};
        if (poll(&item, 1, milliseconds_until(deadline)) <= 0) break;
        std::array<char, 512> text{};
        const ssize_t count = recv(notices, text.data(), text.size(), 0);
        if (count > 0) heard.append(text.data(), static_cast<std::size_t>(count));
    }
    if (heard.find("READY=1") == std::string::npos) {
        static_cast<void>(end_of_log());
        ADD_FAILURE() << "crierd does not serve: " << log_;
    }
}

std::string CrierdProcess::invitation_file(const std::string& kind) const {
    return (folder_ / "data" / "invitations" / (kind + ".invitation")).string();
}

protocol::Invitation CrierdProcess::invitation(protocol::Invitation::Kind kind) const {
    auto loaded =
        protocol::load_invitation(invitation_file(std::string(protocol::name_of(kind))), kind);
    EXPECT_TRUE(loaded) << to_string(loaded.error());
    return loaded ? *loaded : protocol::Invitation{};
}

bool CrierdProcess::has_logged(const std::vector<std::string>& words,
                               std::chrono::milliseconds limit, std::size_t begin) {
    const auto deadline = Clock::now() + limit;
    while (!has_line(words, begin)) {
        if (!read_log(deadline)) return false;
    }
    return true;
}

std::size_t CrierdProcess::end_of_log() {
    while (read_log(Clock::now())) {
    }
    return log_.size();
}

bool CrierdProcess::has_line(const std::vector<std::string>& words, std::size_t begin) const {
    while (begin < log_.size()) {
        const std::size_t end = std::min(log_.find('\n', begin), log_.size());
        const std::string line = log_.substr(begin, end - begin);
        begin = end + 1;
        const auto is_there = [&line](const std::string& word) {
            return line.find(word) != std::string::npos;
        };
        if (std::all_of(words.begin(), words.end(), is_there)) return true;
    }
    return false;
}

bool CrierdProcess::read_log(Clock::time_point deadline) {
    pollfd item{output_, POLLIN, 0};
    if (poll(&item, 1, milliseconds_until(deadline)) <= 0) return false;
    std::array<char, 16'384> text{};
    const ssize_t count = read(output_, text.data(), text.size());
    if (count <= 0) return false;
    log_.append(text.data(), static_cast<std::size_t>(count));
    return true;
}

bool CrierdProcess::is_running() {
    has_ended_ = has_ended_ || waitpid(process_, nullptr, WNOHANG) == process_;
    return !has_ended_;
}

std::size_t CrierdProcess::memory_kib() const {
    std::ifstream status("/proc/" + std::to_string(process_) + "/status");
    for (std::string line; std::getline(status, line);) {
        if (line.rfind("VmRSS:", 0) == 0) return std::stoul(line.substr(6));
    }
    return 0;
}

std::size_t CrierdProcess::descriptors() const {
    const auto folder = "/proc/" + std::to_string(process_) + "/fd";
    const std::filesystem::directory_iterator all(folder);
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace crier::testing
