/// \file
/// What the brokers of a cluster have in common: the stream of entries and their datagrams, in the
/// simulated world's time; cut off from one of them, without a leader, or back from an older copy.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "broker/cluster/backbone.hpp"
#include "tests/simulation/world.hpp"
#include "tests/support/memory_stream.hpp"

namespace crier::simulation {

/// A broker that hears of it.
class LogHearer {
public:
    virtual ~LogHearer() = default;
    virtual void hear(broker::BackboneEvent event) = 0;
};

class SharedLog {
public:
    explicit SharedLog(World& world);
    ~SharedLog();
    SharedLog(const SharedLog&) = delete;
    SharedLog& operator=(const SharedLog&) = delete;

    /// The next broker, from 0; `hearer` outlives this. Owned here.
    broker::Backbone& attach(LogHearer& hearer);

    /// The broker's process has begun, and looks for the backbone.
    void start(std::size_t number);
    /// It is gone, and what it sent last may not arrive.
    void crash(std::size_t number);

    /// Cuts, elections and power cuts at random times within `storm`.
    void schedule(Milliseconds storm);
    /// From now on everything works, and everybody finds it.
    void calm_down();

    [[nodiscard]] const testing::MemoryStream& stream() const { return stream_; }
    [[nodiscard]] int cuts() const { return cuts_; }
    [[nodiscard]] int rollbacks() const { return rollbacks_; }

private:
    class Port;
    struct Broker {
        LogHearer* hearer = nullptr;
        std::unique_ptr<Port> port;
        bool is_running = false;
        int cuts = 0;  ///< That have not ended.
    };

    /// What is asked from now on is asked now.
    void catch_up() { stream_.advance(world_.now().steady); }
    void touch();
    void run();
    void connect(std::size_t number);
    void cut(std::size_t number, Milliseconds time);
    void elect(Milliseconds time);
    void lose_power();
    void copy_now_and_then();

    World& world_;
    testing::MemoryStream stream_;
    std::vector<Broker> brokers_;
    Instant run_at_{};  ///< Instant{}: nothing is scheduled.
    bool is_stormy_ = false;
    unsigned usually_lost_ = 0;  ///< Of a thousand publishes.
    testing::MemoryStream::Copy copy_;
    int cuts_ = 0;
    int rollbacks_ = 0;
};

}  // namespace crier::simulation
