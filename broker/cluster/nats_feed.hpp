/// \file
/// The stream's messages in order, from a number on: a JetStream consumer that is pulled.
///
/// Of the ways that libnats 3.4 and nats-server 2.9 have, this is the one with the fewest faults:
///   - pulled, not pushed: a broker that is slow asks for no more, and nothing piles up in libnats,
///     which would drop it;
///   - by the API's own requests, not natsSubscription_Fetch, whose list overflows, nor libnats's
///     ordered consumer, which destroys and makes subscriptions in callbacks;
///   - without acknowledgements: what a broker has lives in its journal. The consumer is one
///     server's, in memory, and gone with it. When it is silent for longer than its heartbeats,
///     another one begins where it ended.

#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "broker/cluster/nats_requests.hpp"
#include "broker/cluster/nats_stream.hpp"

namespace crier::broker {

/// Thread-safety: the backbone's thread. `requests` and `stream` must outlive this.
class NatsFeed {
public:
    using Feed = std::function<void(StreamMessage&&)>;

    NatsFeed(NatsRequests& requests, const NatsStream& stream, Feed feed);

    /// Ends what was fed before.
    void begin(std::uint64_t from);
    void end();
    /// `count` messages were taken by who is fed: now there is room for so many more.
    void on_taken(std::uint64_t count);

    /// What is no answer to a question.
    void on_message(const NatsMessage& message);
    void on_time(Instant now);

    [[nodiscard]] bool is_feeding() const { return is_feeding_; }
    /// A stream that ends before this number has been rolled back: it was fed, or it is before
    /// what was asked for.
    [[nodiscard]] std::uint64_t last_known() const { return next_ - 1; }

private:
    void make_consumer();
    /// The next one is made after `pause`, while it feeds.
    void remove_consumer(Milliseconds pause = {});
    void on_made(const std::string& consumer, const NatsRequests::Reply& reply);
    void on_status(const NatsMessage& message);
    void pull_if_there_is_room();

    NatsRequests& requests_;
    const NatsStream& stream_;
    const Feed feed_;

    bool is_feeding_ = false;
    std::uint64_t next_ = 1;    ///< The least number that may be fed now.
    std::uint64_t unread_ = 0;  ///< Fed, and not taken.

    std::uint64_t consumer_number_ = 0;
    std::string consumer_;     ///< Empty: there is none.
    bool is_made_ = false;     ///< The server has said so.
    std::uint64_t asked_ = 0;  ///< Messages that were asked for and have not come.
    Instant heard_{};          ///< When the consumer was last heard.
    Instant make_at_{};        ///< Without one: when to make it.
};

}  // namespace crier::broker
