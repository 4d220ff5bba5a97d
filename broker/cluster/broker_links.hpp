/// \file
/// The other brokers of a cluster: which there are, and frames to each of them and back, in order.
/// A pure state machine over datagrams, which may be lost, come twice or be forged.
///
/// Each broker tells all others once a second that it is there. A link to one of them is open once
/// both have heard of each other; its frames are numbered, and when one is missing, or nothing was
/// heard for a while, it is closed and opened anew: whoever uses it says again what it must have
/// said (broker/core/cluster.cpp).
///
/// Datagram: MessagePack map ‖ MAC over it (BLAKE2b-256, keyed with the cluster's key). Its keys
/// are those of broker_links.cpp, beat and frame.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "broker/core/engine.hpp"
#include "crier/id.hpp"
#include "shared/base/crypto.hpp"
#include "shared/base/time.hpp"

namespace crier::broker {

struct BrokerLinksSettings {
    BrokerFacts self;
    Secret key;                   ///< The cluster's.
    std::uint64_t run = 0;        ///< Of this process; random, below 2^53.
    Milliseconds beat{1'000};     ///< How often it tells that it is there.
    Milliseconds silence{2'500};  ///< After so long without a word the other is gone.
};

/// A datagram to be sent.
struct SendDatagram {
    std::optional<BrokerId> to;  ///< nullopt: to all.
    Bytes datagram;
};
/// A frame that came over a link.
struct FrameFrom {
    PeerId peer;
    Bytes frame;
};
/// Another process has this broker's id and the cluster's key: its data directory was copied.
struct TwinHeard {
    std::string name;
};

using LinkEffect =
    std::variant<SendDatagram, PeerOpened, PeerClosed, BrokerBeat, FrameFrom, TwinHeard>;
using LinkEffects = std::vector<LinkEffect>;

/// Pure, and owned by the event loop's thread.
class BrokerLinks {
public:
    explicit BrokerLinks(BrokerLinksSettings settings) : settings_(std::move(settings)) {}

    void set_doors(const DoorsOpened& doors) {
        settings_.self.endpoints = doors.endpoints;
        settings_.self.operators = doors.operators;
    }

    /// A datagram came. One without the cluster's seal, or that makes no sense, is counted.
    void hear(const Bytes& datagram, Moment now, LinkEffects& effects);

    /// A frame of the engine, to a peer that is open.
    void send(PeerId peer, const protocol::Bytes& frame, LinkEffects& effects);

    /// At next_deadline(): tells that it is there, and closes links to those who are not.
    void on_time(const BrokerLoad& load, Moment now, LinkEffects& effects);
    [[nodiscard]] Instant next_deadline() const { return next_beat_; }

    [[nodiscard]] std::uint64_t foreign() const { return foreign_; }

private:
    struct Link {
        std::uint64_t run = 0;     ///< The other's.
        std::uint64_t mine = 0;    ///< Number of this link, as this end counts them,
        std::uint64_t theirs = 0;  ///< and as the other does; 0: it has not heard of this one yet.
        std::uint64_t sent = 0;
        std::uint64_t received = 0;
        std::uint64_t owed = 0;  ///< Frames that the other had sent at its beat before.
        Instant heard{};
        std::optional<PeerId> peer;  ///< While it is open.
        BrokerFacts facts;
    };
    struct Beat;
    struct Frame;

    void on(Beat beat, Moment now, LinkEffects& effects);
    void on(Frame frame, Moment now, LinkEffects& effects);
    Link* link_of(const BrokerId& from, std::uint64_t run, Moment now, LinkEffects& effects);
    void open(Link& link, std::uint64_t theirs, LinkEffects& effects);
    void close(Link& link, LinkEffects& effects);
    void open_anew(Link& link, LinkEffects& effects);
    [[nodiscard]] Bytes beat() const;

    BrokerLinksSettings settings_;
    BrokerLoad load_;
    std::map<BrokerId, Link> links_;
    std::map<PeerId, BrokerId> peers_;  ///< Those that are open.
    std::uint64_t last_link_ = 0;
    std::uint64_t last_peer_ = 0;
    Instant next_beat_{};
    std::uint64_t foreign_ = 0;
};

}  // namespace crier::broker
