/// \file
/// One door, sessions' or operators': a ROUTER's frames as the engine's events, and the engine's
/// effects as frames. The session link and the operator link are both this; they differ in what is
/// known of who comes in.

#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "broker/core/engine.hpp"
#include "broker/links/peer_table.hpp"
#include "shared/transport/monitor.hpp"
#include "shared/transport/router_socket.hpp"

namespace crier::broker {

struct LinkSettings {
    Door door = Door::sessions;
    bool is_secure = true;
    /// From CutPeer to the cut, so that what was sent before reaches the peer.
    Milliseconds cut_delay{200};
    /// How often it is looked whether a refusal has left, and how long it may take: where the peer
    /// takes nothing in, or it cannot be seen (over ipc); and where ZeroMQ's thread is behind.
    Milliseconds look_interval{5};
    Milliseconds hasty_cut_delay{50};
    Milliseconds hasty_cut_delay_max{1'000};
    /// How long the routing id of an ended connection is remembered, for frames still under way.
    Milliseconds memory{10'000};
};

/// Why a link ended a connection by itself; for the log.
enum class LinkEnd : std::uint8_t {
    lost,          ///< The transport says that it is gone.
    pipe_full,     ///< It does not take in what it is sent.
    impostor,      ///< Its routing id is not the one that was pinned.
    misshapen,     ///< A message of more than one part.
    not_admitted,  ///< ZAP did not let it in as what this door wants.
    endless,       ///< Of its message 1 MiB has come, and no end.
};
inline constexpr std::size_t link_end_count = 6;
[[nodiscard]] std::string_view name_of(LinkEnd end) noexcept;

/// Thread-safety: the event loop's thread. Nothing here blocks.
class Link {
public:
    using Sink = std::function<void(const Event&)>;

    /// `monitor` must outlive this.
    Link(transport::RouterSocket router, transport::Monitor& monitor, LinkSettings settings);

    /// Hands over what has come, at most `frames_max` frames: PeerOpened before the first frame of
    /// a connection, FrameReceived, and once nothing more is there, PeerClosed for those that have
    /// ended since. Returns how many frames were read.
    std::size_t receive(std::size_t frames_max, Instant now, const Sink& sink);

    /// There is a PeerClosed to be handed over, whatever the socket says.
    [[nodiscard]] bool has_closed() const noexcept { return !closed_.empty(); }

    /// A peer that is gone, or whose pipe is full, has ended: receive() says so.
    void send(PeerId peer, const transport::Frame& frame);
    void send(PeerId peer, protocol::BytesView bytes);

    /// Nothing of the peer reaches the engine any more; it is cut after cut_delay.
    void cut(PeerId peer, Instant now);
    /// The same, of one that does harm: it is sent `refusal`, and cut once the kernel has it.
    void cut(PeerId peer, Instant now, protocol::BytesView refusal);

    /// A connection with this descriptor may have ended. Sends `probe` to every peer that was bound
    /// to it and was spoken to before; the transport then says who is gone.
    void on_hint(int descriptor, const transport::Frame& probe);

    /// A connection floods, or has grown: see transport::ConnectionHint. Cuts whoever sends a
    /// message without an end, and tells whose key it is.
    void on_bytes(const transport::ConnectionHint& hint, const Sink& sink);

    /// Cuts and forgets whom it is time for.
    void on_time(Instant now);
    [[nodiscard]] std::optional<Instant> next_deadline() const;

    /// Ends every connection once what was sent to it has left, or `linger` has passed. To keep
    /// newcomers out while those who are here stay, stop the ZAP handler instead.
    void close(Milliseconds linger) noexcept { router_.close(linger); }

    /// Peers that the engine knows.
    [[nodiscard]] std::size_t open_count() const noexcept { return open_count_; }

    /// Connections ended by this link since the start, by reason.
    [[nodiscard]] std::uint64_t count(LinkEnd end) const noexcept {
        return ends_[static_cast<std::size_t>(end)];
    }
    /// What has ended since the last call, for the log.
    struct Ended {
        LinkEnd why{};
        std::optional<PeerId> peer;  ///< nullopt: the engine never knew it.
        std::string address;
    };
    [[nodiscard]] std::vector<Ended> take_ended();

    [[nodiscard]] const transport::RouterSocket& socket() const noexcept { return router_; }

private:
    LinkPeer* open(const transport::Arrival& arrival, const Sink& sink);
    void on_stranger(const transport::Arrival& arrival, LinkEnd why);
    void on_misshapen(const transport::Arrival& arrival, const Sink& sink);
    [[nodiscard]] bool is_heard(const LinkPeer& peer) const;
    void end(LinkPeer& peer, LinkEnd why, std::string address = {});
    void tell_closed(const Sink& sink);
    void forget_later(LinkPeer& peer, Instant now);
    void note(LinkEnd why, std::optional<PeerId> peer, std::string address);
    void deliver(LinkPeer& peer, const transport::Frame& frame);
    bool begin_to_close(LinkPeer* peer, Instant now);

    struct Closing {
        PeerId peer;
        /// What the kernel had of the peer's before its refusal; nullopt: it is not waited for.
        std::optional<std::uint64_t> written{};
        Instant since{};
    };
    [[nodiscard]] bool must_wait(const Closing& closing, const LinkPeer& peer, Instant now) const;

    transport::RouterSocket router_;
    transport::Monitor& monitor_;
    LinkSettings settings_;
    PeerTable peers_;
    Instant now_{};  ///< Of the last receive(), cut() or on_time().
    std::size_t open_count_ = 0;
    std::vector<PeerId> closed_;  ///< Not told yet.
    std::multimap<Instant, Closing> to_cut_;
    std::deque<std::pair<Instant, PeerId>> to_forget_;  ///< In the order of time.
    std::array<std::uint64_t, link_end_count> ends_{};
    std::vector<Ended> ended_;
};

}  // namespace crier::broker
