#include "tests/bench/nats_cluster.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <random>

namespace crier::bench {
namespace {

/// Below those that the kernel gives to whoever connects.
std::string free_port() {
    static std::random_device random;
    std::uniform_int_distribution<int> any(15'000, 30'000);
    while (true) {
        const int port = any(random);
        const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const bool is_free =
            bind(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
        close(probe);
        if (is_free) return std::to_string(port);
    }
}

}  // namespace

NatsCluster::NatsCluster(const std::filesystem::path& folder) {
    std::array<std::string, count> doors;
    std::array<std::string, count> routes;
    std::string all_routes;
    for (std::size_t i = 0; i < count; ++i) {
        doors[i] = free_port();
        routes[i] = free_port();
        urls_ += (i > 0 ? "," : "") + ("nats://crier:bench@127.0.0.1:" + doors[i]);
        all_routes += "\n    nats://127.0.0.1:" + routes[i];
    }
    for (std::size_t i = 0; i < count; ++i) {
        const std::string name = "n" + std::to_string(i);
        const std::filesystem::path config = folder / (name + ".conf");
        std::ofstream file(config);
        file << "server_name: " << name << "\nlisten: 127.0.0.1:" << doors[i]
             << "\naccounts {\n  CRIER { jetstream: enabled, users: [ { user: crier, password: "
                "bench } ] }\n  SYS { users: [ { user: sys, password: bench } ] }\n}\n"
             << "system_account: SYS\njetstream { store_dir: " << folder / name << " }\n"
             << "cluster { name: bench, listen: 127.0.0.1:" << routes[i] << ", routes: ["
             << all_routes << "\n] }\n";
        if (!file.flush()) give_up("cannot write " + config.string());
        servers_.push_back(std::make_unique<ChildProcess>(
            std::vector<std::string>{"/usr/sbin/nats-server", "-c", config},
            folder / (name + ".log")));
    }
}

std::chrono::nanoseconds NatsCluster::cpu_time() const {
    std::chrono::nanoseconds all{};
    for (const auto& server : servers_) all += server->cpu_time();
    return all;
}

}  // namespace crier::bench
