/// \file
/// Three NATS servers with JetStream on free ports of the loopback, each with its store on the
/// disk.

#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/child_process.hpp"

namespace crier::bench {

class NatsCluster {
public:
    static constexpr std::size_t count = 3;

    /// `folder` is an own, empty one. Brokers wait for the servers by themselves.
    explicit NatsCluster(const std::filesystem::path& folder);

    /// As crierd takes it after --cluster.
    [[nodiscard]] const std::string& urls() const { return urls_; }
    /// Of all three.
    [[nodiscard]] std::chrono::nanoseconds cpu_time() const;

private:
    std::string urls_;
    std::vector<std::unique_ptr<ChildProcess>> servers_;
};

}  // namespace crier::bench
