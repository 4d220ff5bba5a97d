/// \file
/// The backbone's thread: keeps a connection to one of the servers, asks what the event loop wants
/// to know, and watches that the stream can be used.
///
///     apart ──connected──> checking ──the stream keeps entries──> up
///       ^                     ^                                    │
///       │                     └── it does not answer, is shorter ──┤
///       └──────────────── the connection is lost ──────────────────┘
///
/// From up it goes back to checking, too, when the feed is lost: the loop is told that it is up
/// once more, looks whether the stream is still its own, and follows it anew.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "broker/cluster/nats_feed.hpp"
#include "broker/cluster/nats_requests.hpp"
#include "broker/cluster/nats_stream.hpp"
#include "broker/cluster/nats_traffic.hpp"

namespace crier::broker {

/// Thread-safety: one thread, which calls run(). `traffic` must outlive this.
class NatsWorker {
public:
    NatsWorker(const NatsSettings& settings, NatsTraffic& traffic);
    ~NatsWorker();
    NatsWorker(const NatsWorker&) = delete;
    NatsWorker& operator=(const NatsWorker&) = delete;

    /// Returns when the mailbox of letters is closed.
    void run();

private:
    void wait();
    void on_time();

    // The connection.
    void connect();
    Status listen();
    void disconnect(const Error& error);

    // Whether the stream can be used.
    void check_stream();
    void on_checked(Result<StreamExtent> extent);
    void probe();
    void on_probed(const Result<StreamExtent>& extent, std::uint64_t known);
    void go_down(const Error& error);
    void on_feed_lost();

    // Letters.
    void on(PublishEntry& letter);
    void on(const FollowStream& letter);
    void on(const EndFeed& letter);
    void on(const FedTaken& letter);
    void on(const LookAt& letter);
    void on(const ReadExtent& letter);
    void on(const PurgeBelow& letter);
    void on(const Tell& letter);
    void on(NatsMessage& message);
    void on(const ConnectionLost& letter);

    [[nodiscard]] std::optional<std::uint64_t> seen() const;
    void on_published(const MessageId& id, const NatsRequests::Reply& reply);
    void on_looked(std::uint64_t number, const NatsRequests::Reply& reply);

    enum class State : std::uint8_t { apart, checking, up };

    const NatsSettings settings_;
    NatsTraffic& traffic_;
    NatsRequests requests_;
    NatsStream stream_;
    NatsFeed feed_;

    State state_ = State::apart;
    std::optional<Error> told_;  ///< Why it is down, as the loop knows it; nullopt: it is up.
    std::unique_ptr<NatsConnection> connection_;
    std::uint64_t connection_number_ = 0;
    std::size_t next_url_ = 0;
    std::size_t publishes_ = 0;  ///< Without an answer.
    std::uint64_t feed_number_ = 0;

    Instant try_at_{};        ///< Apart: when to connect. Otherwise: when to ask the stream.
    bool is_asking_ = false;  ///< The stream was asked how it is.
    Instant usable_at_{};     ///< When the stream could be used last, or was connected to.
    std::optional<std::uint64_t> shown_;  ///< The last number, by an extent or an answer.
    unsigned silences_ = 0;               ///< Probes without an answer, one after the other.
};

}  // namespace crier::broker
