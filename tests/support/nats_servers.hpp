/// \file
/// Real nats-servers with JetStream on free ports of this machine: one, or a cluster of several,
/// each with a store of its own. They go with the object, and with the test should it die.

#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/temporary_directory.hpp"

namespace crier::testing {

/// A function that cannot do what it says within the deadline stops the test.
class NatsServers {
public:
    /// Of the only account that may use JetStream; url() has them.
    static constexpr const char* user = "crier";
    static constexpr const char* password = "a-password-of-tests";

    /// Starts them all. Each returns once the server takes connections; a cluster elects later.
    explicit NatsServers(std::size_t count);
    ~NatsServers();
    NatsServers(const NatsServers&) = delete;
    NatsServers& operator=(const NatsServers&) = delete;

    [[nodiscard]] std::size_t size() const { return servers_.size(); }
    [[nodiscard]] std::string url(std::size_t server) const;
    [[nodiscard]] std::vector<std::string> urls() const;
    [[nodiscard]] std::string url_without_user(std::size_t server) const;

    void start(std::size_t server);         ///< Again; on the same ports and the same store.
    void kill(std::size_t server);          ///< SIGKILL.
    void stop(std::size_t server);          ///< SIGTERM; returns when it has ended.
    void pause(std::size_t server) const;   ///< SIGSTOP: it is there, and does nothing.
    void resume(std::size_t server) const;  ///< SIGCONT.

    /// Its store; while it does not run it may be copied, put back, or removed.
    [[nodiscard]] std::filesystem::path store(std::size_t server) const;

    /// Which one leads the stream, as the first that runs knows it; size(): nobody does.
    [[nodiscard]] std::size_t leader_of(const std::string& stream) const;

private:
    struct Server {
        std::uint16_t port = 0;
        std::uint16_t route_port = 0;
        std::uint16_t monitor_port = 0;
        pid_t process = -1;  ///< -1: it does not run.
        int output = -1;     ///< What it logs; read until it is ready.
    };
    void write_configuration(std::size_t server) const;
    [[nodiscard]] std::filesystem::path configuration(std::size_t server) const;
    void wait_until_ready(std::size_t server) const;
    void await_end(Server& server);

    TemporaryDirectory folder_;
    std::vector<Server> servers_;
};

}  // namespace crier::testing
