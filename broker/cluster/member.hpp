/// \file
/// A broker as a member of its cluster: what its loop drives beside the engine.
///
///     engine  ── AppendEntry ──> ordering ──> backbone ──> ordering ──> journal ──> engine
///             ── SendFrame ────> links ─────> backbone ──> links ─────────────────> engine
///
/// Wiring: what to do is the ordering's and the links' to know.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <variant>
#include <vector>

#include "broker/cluster/backbone.hpp"
#include "broker/cluster/broker_links.hpp"
#include "broker/cluster/log_copy.hpp"
#include "broker/cluster/ordering.hpp"
#include "broker/core/engine.hpp"

namespace crier::broker {

/// For the broker's log.
using MemberNotice = std::variant<OrderingNotice, TwinHeard>;

/// Where what it wants of others goes. None of these calls back.
struct MemberOutlets {
    std::function<void(Batch)> store;
    std::function<void(const LogRequest&)> ask_journal;
    std::function<void(const MemberNotice&)> notice;
};

/// Thread-safety: the event loop's thread.
class Member {
public:
    /// `backbone` must outlive it. What the journal had when the broker started is in `recovery`.
    Member(const OrderingSettings& ordering, BrokerLinksSettings links, const Recovery& recovery,
           Backbone& backbone, MemberOutlets outlets, Moment now);

    // The engine's effects.
    void take(AppendEntry wanted, Moment now);
    void take(ForgetBroker wanted, Moment now);
    void send(PeerId broker, const protocol::Bytes& frame);

    // What others say.
    void hear(BackboneEvent event, Moment now);
    void hear(LogReply reply, Moment now);
    /// Before the first beat: where sessions find this broker.
    void open_doors(DoorsOpened doors);
    void on_time(const BrokerLoad& load, Moment now);
    [[nodiscard]] std::optional<Instant> next_deadline() const;

    /// What the engine is to be told since the last call: in order, by `tell`, which may call
    /// back.
    void tell_engine(const std::function<void(const Event&)>& tell);
    [[nodiscard]] bool has_news() const { return !news_.empty(); }

private:
    /// A broker that copies what it has missed; by the ticket of what the journal is asked for it.
    struct Copying {
        PeerId to;
        LogPosition behind;
        // As the journal was asked: what it has since then may not be in its answer.
        LogCursor newest;
        std::vector<BrokerId> members;
        std::optional<PrunedRange> beginning{};
    };
    /// Another broker, while it can be asked.
    struct Other {
        PeerId peer;
        BrokerId id;
    };

    void step(const OrderingEvent& event, Moment now);
    void ask_others(const AskPeer& wanted);
    void on_copy_frame(const FrameFrom& come, Moment now);
    bool answer_copying(const LogReply& reply);
    void read_for(Copying copying);
    void send_copy(const Copying& copying, const std::vector<PlacedEntry>& log);
    void tell_ordering(Moment now);
    void perform(OrderingEffects& effects);
    void perform(LinkEffects& effects);

    Backbone& backbone_;
    MemberOutlets outlets_;
    OrderingEffects ordering_effects_;
    LinkEffects link_effects_;
    Ordering ordering_;
    const Secret key_;
    BrokerLinks links_;
    LogPosition followed_told_;

    std::vector<Other> others_;
    std::size_t next_other_ = 0;
    std::map<std::uint64_t, Copying> copyings_;
    std::uint64_t last_copy_ = 0;

    std::vector<std::variant<Event, FrameFrom>> news_;
    std::vector<FrameFrom> copy_frames_;
    std::vector<OrderingEvent> of_others_;  ///< What the ordering is to be told of them.
};

}  // namespace crier::broker
