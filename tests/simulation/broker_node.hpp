/// \file
/// A broker's core in the simulated world: the loop around it, with a disk that is all that is left
/// after a crash, and a witness at its border. In a cluster, a member of it beside the core.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "broker/cluster/member.hpp"
#include "broker/core/engine.hpp"
#include "tests/simulation/disk.hpp"
#include "tests/simulation/ledger.hpp"
#include "tests/simulation/lifeline.hpp"
#include "tests/simulation/shared_log.hpp"
#include "tests/simulation/witness.hpp"
#include "tests/simulation/world.hpp"

namespace crier::simulation {

/// What a broker is, whatever becomes of it.
struct NodeSettings {
    std::size_t number = 0;           ///< Among the brokers.
    std::string endpoint;             ///< Where clients find it.
    Milliseconds closing_time{};      ///< Sessions that are away for so long are closed.
    Milliseconds refusal_time{};      ///< So long those that were dropped are refused.
    Milliseconds clock_ahead{};       ///< Of the true time.
    SharedLog* shared_log = nullptr;  ///< nullptr: it is alone.
};

class BrokerNode : public Server, private LogHearer {
public:
    BrokerNode(World& world, Network& network, Ledger& ledger, NodeSettings settings);
    ~BrokerNode() override;

    [[nodiscard]] bool is_up() const override { return engine_ != nullptr; }
    void on_peer_opened(broker::PeerId peer, broker::Door door,
                        const std::optional<std::string>& system_user) override;
    void on_peer_closed(broker::PeerId peer) override;
    void on_frame(broker::PeerId peer, const protocol::Bytes& frame) override;

    [[nodiscard]] int crashes() const { return crashes_; }
    [[nodiscard]] bool is_running() const { return engine_ != nullptr; }
    [[nodiscard]] const OnDisk& on_disk() { return witness_.disk(); }
    [[nodiscard]] std::size_t entries_ahead() const { return disk_.entries_ahead(); }

private:
    void start();
    void join_cluster(const broker::Recovery& recovery);
    void crash();
    [[nodiscard]] Milliseconds some_absence();
    broker::EngineSettings some_settings();
    [[nodiscard]] broker::BrokerFacts facts() const;
    [[nodiscard]] Moment now() const;
    void step(const broker::Event& event);
    void begin_turn();
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
    void perform(broker::AdmitKeys&) {}
    void perform(broker::ForgetBroker& wanted);
    void perform(broker::AskLog& wanted);
    void perform(broker::AppendEntry& wanted);
    template <class JournalEffect>
    void perform(JournalEffect& wanted);
    void send(broker::PeerId peer, const protocol::Bytes& frame);
    void wake();

    // Of the cluster.
    void hear(broker::BackboneEvent event) override;
    void hear(broker::LogReply reply);
    void tell_engine();
    void wake_member();
    void on_notice(const broker::MemberNotice& notice);

    World& world_;
    Ledger& ledger_;
    Network& network_;
    const NodeSettings settings_;
    Witness witness_;
    Disk disk_;
    std::unique_ptr<broker::Engine> engine_;
    broker::Backbone* backbone_ = nullptr;
    std::unique_ptr<Lifeline> lifeline_;  ///< In a cluster; of this life, as the member.
    std::unique_ptr<broker::Member> member_;
    /// What was scheduled in an earlier life does not happen in this one.
    std::uint64_t life_ = 0;
    broker::Effects effects_;
    broker::Batch gathered_;
    std::uint64_t gathered_writes_ = 0;
    std::uint64_t gathered_stores_ = 0;
    std::vector<broker::ReadHistory> reads_;
    std::vector<broker::LogRequest> log_reads_;
    std::vector<broker::AskLog> questions_;
    bool is_turn_open_ = false;
    Instant wake_at_{};
    Instant wake_member_at_{};
    int crashes_ = 0;
};

}  // namespace crier::simulation
