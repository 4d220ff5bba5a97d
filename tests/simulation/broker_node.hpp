/// \file
/// A broker's core in the simulated world: its journal takes time, fails, and is all that is left
/// after a crash.

#pragma once

#include <memory>

#include "broker/core/engine.hpp"
#include "broker/journal/memory_journal.hpp"
#include "tests/simulation/world.hpp"

namespace crier::simulation {

class BrokerNode : public Server {
public:
    explicit BrokerNode(World& world) : world_(world), network_(world, *this) { start(); }

    [[nodiscard]] Network& network() { return network_; }
    [[nodiscard]] bool is_up() const override { return engine_ != nullptr; }
    void on_peer_opened(broker::PeerId peer, broker::Door door) override;
    void on_peer_closed(broker::PeerId peer) override;
    void on_frame(broker::PeerId peer, const protocol::Bytes& frame) override;

    [[nodiscard]] int crashes() const { return crashes_; }

private:
    void start();
    void crash();
    void step(const broker::Event& event);
    void end_turn();
    void perform();
    bool perform(broker::Effect& effect);
    void begin_commit();
    void finish_commit();
    void read(const broker::ReadHistory& wanted);
    void wake();

    World& world_;
    Network network_;
    broker::MemoryJournal journal_;
    std::unique_ptr<broker::Engine> engine_;
    std::uint64_t life_ =
        0;  ///< What was scheduled in an earlier life does not happen in this one.
    broker::Effects effects_;
    broker::Batch gathering_;
    broker::Batch committing_;
    std::uint64_t writes_ = 0;
    std::uint64_t writes_committing_ = 0;
    bool is_committing_ = false;
    bool is_disk_full_ = false;
    Instant wake_at_{};
    int crashes_ = 0;
};

}  // namespace crier::simulation
