/// \file
/// Whoever is raced: a broker in its own process, receivers connected to it, and a sender.
/// measure.hpp puts questions to it without knowing which one it is.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/child_process.hpp"
#include "tests/bench/swarm.hpp"

namespace crier::bench {

inline constexpr std::size_t payload_bytes = 200;

/// Which publication has come to how many receivers. Publications are numbered from 0.
class Arrivals {
public:
    /// One more publication, which so many receivers should get; gives its number.
    std::uint32_t expect(std::size_t receivers);

    /// Gives up on what no broker may do: a publication that nobody sent, or one a second time or
    /// out of order at one receiver.
    void count(std::size_t receiver, std::uint32_t number);

    [[nodiscard]] std::uint32_t published() const { return published_; }
    [[nodiscard]] std::uint32_t completed() const { return completed_; }
    [[nodiscard]] std::uint64_t deliveries() const { return deliveries_; }

private:
    std::vector<std::size_t> missing_;  ///< By number: receivers still to come.
    std::vector<std::uint32_t> next_;   ///< By receiver: the lowest number it may get.
    std::uint32_t published_ = 0;
    std::uint32_t completed_ = 0;
    std::uint64_t deliveries_ = 0;
};

enum class Security : std::uint8_t { plain, curve };

/// What both contestants are started with.
struct Start {
    std::filesystem::path programs;  ///< Where the executables are.
    std::filesystem::path folder;    ///< An own, empty one, on a disk.
    Security security = Security::plain;
    int io_threads = 1;
    std::size_t brokers = 1;  ///< Of Crier: so many that share a log.
    std::string nats_urls;    ///< Where; empty: one broker alone.
};

/// One thread. Whatever goes wrong ends the process with the reason.
class Contestant {
public:
    virtual ~Contestant() = default;

    /// Connects more receivers until there are so many; returns when all would get a publication.
    virtual void connect_receivers(std::size_t count) = 0;
    /// One message of payload_bytes to every receiver.
    virtual void publish() = 0;
    /// After all publications are complete: gives up unless the broker, too, says that every one
    /// has reached every receiver, and that this is on its disk.
    virtual void verify() = 0;

    [[nodiscard]] const Arrivals& arrivals() const { return arrivals_; }
    [[nodiscard]] const ChildProcess& process() const { return process_; }
    /// Of all that serves.
    [[nodiscard]] virtual std::chrono::nanoseconds cpu_time() const { return process_.cpu_time(); }
    /// Waits for the network, at most `timeout_ms`, and deals with what has come.
    virtual void turn(int timeout_ms) { swarm_.turn(timeout_ms); }

protected:
    Contestant(const std::vector<std::string>& arguments, const std::filesystem::path& log)
        : process_(arguments, log) {}

    ChildProcess process_;
    Arrivals arrivals_;
    Swarm swarm_;
};

[[nodiscard]] std::unique_ptr<Contestant> start_forwarder(const Start& start);

}  // namespace crier::bench
