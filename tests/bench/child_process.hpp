/// \file
/// A contestant's program as a child process, and what the kernel says of it.

#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/bench/give_up.hpp"

namespace crier::bench {

class ChildProcess {
public:
    /// Starts `arguments[0]` with its output going to the file `log`. It is killed when this
    /// process ends, however that happens.
    ChildProcess(const std::vector<std::string>& arguments, const std::filesystem::path& log);
    /// SIGTERM, and SIGKILL if that takes more than 10 s.
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    /// Waits up to 30 s for the file to exist, and gives what is in it.
    [[nodiscard]] std::string wait_for_file(const std::filesystem::path& path);

    /// SIGKILL; returns when it is gone.
    void kill_at_once();

    [[nodiscard]] std::size_t resident_bytes() const;  ///< VmRSS.
    [[nodiscard]] std::chrono::nanoseconds cpu_time() const;
    [[nodiscard]] pid_t id() const { return id_; }

private:
    /// True when it ended within this time.
    bool wait(std::chrono::milliseconds timeout) const;

    pid_t id_;
    int handle_;  ///< pidfd: readable when the child ends.
    std::filesystem::path log_;
};

/// Of this process: the load generator.
[[nodiscard]] std::chrono::nanoseconds own_cpu_time();

/// So many descriptors may be open here and in the children from now on.
void raise_descriptor_limit(std::size_t count);

[[nodiscard]] std::string read_file(const std::filesystem::path& path);

}  // namespace crier::bench
