#include "tests/support/nats_servers.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <fstream>
#include <iostream>
#include <string_view>

#include "shared/base/assert.hpp"
#include "shared/base/crypto.hpp"
#include "shared/base/json_reader.hpp"

namespace crier::testing {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds deadline{20};
constexpr int log_bytes = 1 << 20;  ///< A server that cannot log stands still.

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/// Free when it was looked at, and below those that the kernel gives to whoever connects: a server
/// that looks for another one, which does not run yet, would take the other's port for its own end.
std::uint16_t free_port() {
    constexpr std::uint16_t first = 15'000;
    constexpr std::uint16_t count = 15'000;
    while (true) {
        const auto port = static_cast<std::uint16_t>(first + random_number() % count);
        const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        CRIER_ASSERT(probe >= 0, "this machine has descriptors left");
        const sockaddr_in address = loopback(port);
        const bool is_free =
            bind(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
        close(probe);
        if (is_free) return port;
    }
}

/// The body of a GET; empty: nobody answers.
std::string get(std::uint16_t port, const std::string& path) {
    const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval patience{.tv_sec = 2, .tv_usec = 0};
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const sockaddr_in address = loopback(port);
    const std::string request = "GET " + path + " HTTP/1.0\r\n\r\n";
    std::string answer;
    if (connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
        send(connection, request.data(), request.size(), MSG_NOSIGNAL) > 0) {
        std::array<char, 16'384> bytes{};
        ssize_t count = 0;
        while ((count = recv(connection, bytes.data(), bytes.size(), 0)) > 0) {
            answer.append(bytes.data(), static_cast<std::size_t>(count));
        }
    }
    close(connection);
    const std::size_t body = answer.find("\r\n\r\n");
    return body == answer.npos ? "" : answer.substr(body + 4);
}

std::string text_of(const JsonValue* value, std::string_view name) {
    const JsonValue* const member = value == nullptr ? nullptr : member_of(*value, name);
    return member == nullptr ? "" : member->text;
}

/// The name of the server that leads the stream, in an answer of /jsz.
std::string leader_in(const JsonValue& report, const std::string& stream) {
    const JsonValue* const accounts = member_of(report, "account_details");
    if (accounts == nullptr) return "";
    for (const JsonValue& account : accounts->elements) {
        const JsonValue* const streams = member_of(account, "stream_detail");
        if (streams == nullptr) continue;
        for (const JsonValue& one : streams->elements) {
            if (text_of(&one, "name") == stream)
                return text_of(member_of(one, "cluster"), "leader");
        }
    }
    return "";
}

std::string name_of_server(std::size_t server) {
    return "n" + std::to_string(server);
}

}  // namespace

NatsServers::NatsServers(std::size_t count) : servers_(count) {
    for (Server& server : servers_) {
        server.port = free_port();
        server.route_port = free_port();
        server.monitor_port = free_port();
    }
    for (std::size_t i = 0; i < count; ++i) {
        write_configuration(i);
        start(i);
    }
}

NatsServers::~NatsServers() {
    for (std::size_t i = 0; i < size(); ++i) kill(i);
}

std::string NatsServers::url(std::size_t server) const {
    return "nats://" + std::string(user) + ":" + password +
           "@127.0.0.1:" + std::to_string(servers_[server].port);
}

std::vector<std::string> NatsServers::urls() const {
    std::vector<std::string> urls;
    for (std::size_t i = 0; i < size(); ++i) urls.push_back(url(i));
    return urls;
}

std::string NatsServers::url_without_user(std::size_t server) const {
    return "nats://127.0.0.1:" + std::to_string(servers_[server].port);
}

std::filesystem::path NatsServers::configuration(std::size_t server) const {
    return folder_.path() / (name_of_server(server) + ".conf");
}

std::filesystem::path NatsServers::store(std::size_t server) const {
    return folder_.path() / name_of_server(server);
}

/// Accounts with users, always: with a system account alone, 2.9 asks nobody who he is.
void NatsServers::write_configuration(std::size_t server) const {
    const Server& own = servers_[server];
    std::ofstream file(configuration(server));
    file << "server_name: " << name_of_server(server) << "\nlisten: 127.0.0.1:" << own.port
         << "\nhttp: 127.0.0.1:" << own.monitor_port
         << "\naccounts { CRIER { jetstream: enabled, users: [ { user: " << user
         << ", password: " << password
         << " } ] }, SYS { users: [ { user: sys, password: " << password
         << " } ] } }\nsystem_account: SYS\njetstream { store_dir: " << store(server) << " }\n";
    if (size() == 1) return;
    file << "cluster { name: tests, listen: 127.0.0.1:" << own.route_port << ", routes: [\n";
    for (const Server& other : servers_) file << "nats://127.0.0.1:" << other.route_port << '\n';
    file << "] }\n";
}

void NatsServers::start(std::size_t server) {
    Server& own = servers_[server];
    std::array<int, 2> ends{};
    CRIER_ASSERT(pipe2(ends.data(), O_CLOEXEC) == 0, "this machine has descriptors left");
    fcntl(ends[1], F_SETPIPE_SZ, log_bytes);
    const std::string file = configuration(server);
    const pid_t test = getpid();
    own.process = fork();
    CRIER_ASSERT(own.process >= 0, "this machine has processes left");
    if (own.process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != test) _exit(1);
        dup2(ends[1], STDERR_FILENO);
        execlp("nats-server", "nats-server", "-c", file.c_str(), nullptr);
        _exit(127);
    }
    close(ends[1]);
    own.output = ends[0];
    wait_until_ready(server);
}

void NatsServers::wait_until_ready(std::size_t server) const {
    const Server& own = servers_[server];
    const auto until = steady_clock::now() + deadline;
    std::string log;
    while (log.find("Server is ready") == log.npos) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now());
        pollfd readable{.fd = own.output, .events = POLLIN, .revents = 0};
        const bool is_there = left.count() > 0 && poll(&readable, 1, int(left.count())) == 1;
        std::array<char, 4'096> bytes{};
        const ssize_t count = is_there ? read(own.output, bytes.data(), bytes.size()) : 0;
        if (count <= 0) std::cerr << log << std::flush;
        CRIER_ASSERT(count > 0, "nats-server starts on free ports");
        log.append(bytes.data(), static_cast<std::size_t>(count));
    }
}

void NatsServers::await_end(Server& server) {
    waitpid(server.process, nullptr, 0);
    server.process = -1;
    close(server.output);
    server.output = -1;
}

void NatsServers::kill(std::size_t server) {
    if (servers_[server].process < 0) return;
    ::kill(servers_[server].process, SIGKILL);
    await_end(servers_[server]);
}

void NatsServers::stop(std::size_t server) {
    ::kill(servers_[server].process, SIGTERM);
    await_end(servers_[server]);
}

void NatsServers::pause(std::size_t server) const {
    ::kill(servers_[server].process, SIGSTOP);
    // Until it is done the server may answer what comes.
    ::waitpid(servers_[server].process, nullptr, WUNTRACED);
}

void NatsServers::resume(std::size_t server) const {
    ::kill(servers_[server].process, SIGCONT);
}

std::size_t NatsServers::leader_of(const std::string& stream) const {
    for (const Server& server : servers_) {
        if (server.process < 0) continue;
        const auto report = read_json(get(server.monitor_port, "/jsz?accounts=true&streams=true"));
        const std::string leader = report ? leader_in(*report, stream) : "";
        for (std::size_t i = 0; i < size(); ++i) {
            if (leader == name_of_server(i) && servers_[i].process >= 0) return i;
        }
    }
    return size();
}

}  // namespace crier::testing
