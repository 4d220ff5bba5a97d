/// \file
/// The event loop: the one thread that owns the engine, both links and the time.
///
///     wait ──> read the clock ──> journal, operators ──step──> effects ──> perform
///                            └──> sessions, hints, time ──step──> effects ──> perform
///
/// There is nothing in it to test but wiring: what to do is the engine's, how is the links'.

#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "broker/clock.hpp"
#include "broker/cluster/member.hpp"
#include "broker/cluster/nats_backbone.hpp"
#include "broker/core/engine.hpp"
#include "broker/journal_feed.hpp"
#include "broker/links/bell.hpp"
#include "broker/links/link.hpp"
#include "broker/notices.hpp"
#include "broker/security/zap.hpp"
#include "shared/transport/poller.hpp"

namespace crier::broker {

/// What it drives besides in a cluster.
struct ClusterParts {
    Member& member;
    NatsBackbone& backbone;
};

/// What the loop drives. All of it must outlive the loop.
struct LoopParts {
    Engine& engine;
    ZapServer& zap;
    Link& sessions;
    Link& operators;
    Bell* bell;  ///< nullptr: there is none.
    JournalThread& journal;
    JournalFeed& feed;
    ClusterParts* cluster;  ///< nullptr: the broker is alone.
    Mailbox<transport::ConnectionHint>& hints;
    Notices& notices;
    Log& log;
};

/// Thread-safety: one thread, the one that calls run(); nothing else touches the parts meanwhile.
class Loop {
public:
    explicit Loop(const LoopParts& parts);
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    /// Calls `on_readable` in each turn in which the descriptor is readable. Before run() only.
    void watch(int descriptor, std::function<void()> on_readable);

    /// Calls `task` at once and then again after each `period`. Before run() only.
    void every(Milliseconds period, std::function<void(Moment)> task);

    /// From a watch or a task: begins to stop. Who is connected is told, what was accepted is
    /// written; then run() returns. Idempotent.
    void request_stop();

    /// Serves until it was stopped. `effects` are those of the engine's start.
    void run(Effects effects);

private:
    struct Watch {
        transport::Poller::Source source;
        std::function<void()> on_readable;
    };
    struct Task {
        Milliseconds period;
        Instant next{};
        std::function<void(Moment)> run;
    };

    void turn();
    [[nodiscard]] Milliseconds patience() const;
    void hear_sessions();
    void end_half();
    void read_hints();
    void hear_cluster();
    void tell_engine();
    void step(const Event& event) { engine_.step(event, now_, effects_); }
    void perform_all();
    [[nodiscard]] bool is_done() const;

    template <class Wanted>
    void give_to_journal(Wanted& wanted) {
        if constexpr (ForJournal<Wanted>) feed_.take(std::move(wanted));
    }
    void give_to_journal(AppendEntry& wanted);
    void perform(const SendFrame& effect);
    void perform(const FanOut& effect);
    void perform(const CutPeer& effect);
    void perform(RingBell& effect);
    void perform(ForgetBroker& effect);
    void perform(AdmitKeys& effect);
    void perform(const Notice& effect);
    void perform(const ForJournal auto& /*given already*/) {}

    void send_frame(PeerId peer, const protocol::Bytes& bytes, const transport::Frame& frame);
    [[nodiscard]] Link& link_of(PeerId peer);

    Engine& engine_;
    ZapServer& zap_;
    Link& sessions_;
    Link& operators_;
    Bell* bell_;
    JournalThread& journal_;
    Mailbox<transport::ConnectionHint>& hints_;
    Notices& notices_;
    Log& log_;

    JournalFeed& feed_;
    ClusterParts* cluster_;
    std::vector<LogReply> replies_;
    bool is_feed_behind_ = false;
    BrokerClock clock_;
    Moment now_;
    Link::Sink sink_;
    Effects effects_;
    std::vector<Event> journal_events_;
    std::vector<transport::ConnectionHint> new_hints_;

    transport::Poller poller_;
    transport::Poller::Source sessions_source_{};
    Instant sessions_at_{};  ///< Not looked at before.
    std::vector<Watch> watches_;
    std::vector<Task> tasks_;

    std::uint64_t bell_dropped_told_ = 0;
    bool is_stop_requested_ = false;
    bool is_stopping_ = false;
    std::optional<Instant> leave_at_;  ///< Set once everything is told and written.
};

}  // namespace crier::broker
