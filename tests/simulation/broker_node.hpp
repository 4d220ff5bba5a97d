/// \file
/// A broker's core in the simulated world: the loop around it, with a disk that is all that is left
/// after a crash, and a witness at its border.

#pragma once

#include <memory>

#include "broker/core/engine.hpp"
#include "tests/simulation/disk.hpp"
#include "tests/simulation/ledger.hpp"
#include "tests/simulation/witness.hpp"
#include "tests/simulation/world.hpp"

namespace crier::simulation {

class BrokerNode : public Server {
public:
    /// Sessions that are away for `closing_time` are closed; those that were dropped are refused
    /// for `refusal_time`.
    BrokerNode(World& world, Ledger& ledger, Milliseconds closing_time, Milliseconds refusal_time);

    [[nodiscard]] Network& network() { return network_; }
    [[nodiscard]] bool is_up() const override { return engine_ != nullptr; }
    void on_peer_opened(broker::PeerId peer, broker::Door door,
                        const std::optional<std::string>& system_user) override;
    void on_peer_closed(broker::PeerId peer) override;
    void on_frame(broker::PeerId peer, const protocol::Bytes& frame) override;

    [[nodiscard]] int crashes() const { return crashes_; }
    [[nodiscard]] const OnDisk& on_disk() { return witness_.disk(); }
    [[nodiscard]] std::size_t entries_ahead() const { return disk_.entries_ahead(); }

private:
    void start();
    void crash();
    broker::EngineSettings some_settings();
    void step(const broker::Event& event);
    void end_turn();
    /// False: it crashed between two effects.
    [[nodiscard]] bool perform_all();
    void perform(broker::Effect& effect);
    void perform(broker::SendFrame& wanted);
    void perform(broker::FanOut& wanted);
    void perform(broker::CutPeer& wanted);
    void perform(broker::ReadHistory& wanted);
    void perform(broker::Notice& wanted);
    void perform(broker::RingBell&) {}
    void perform(broker::ForgetBroker&) {}  // There is only one.
    void perform(broker::AskLog& wanted);
    template <class JournalEffect>
    void perform(JournalEffect& wanted);
    void wake();

    World& world_;
    Ledger& ledger_;
    Network network_;
    Witness witness_;
    Disk disk_;
    Milliseconds closing_time_;
    Milliseconds refusal_time_;
    std::unique_ptr<broker::Engine> engine_;
    /// What was scheduled in an earlier life does not happen in this one.
    std::uint64_t life_ = 0;
    broker::Effects effects_;
    broker::Batch gathered_;
    std::uint64_t gathered_writes_ = 0;
    std::vector<broker::ReadHistory> reads_;
    std::vector<broker::AskLog> questions_;
    bool is_turn_open_ = false;
    Instant wake_at_{};
    int crashes_ = 0;
};

}  // namespace crier::simulation
