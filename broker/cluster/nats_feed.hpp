/// \file
/// The stream's messages in order, from a number on: a JetStream consumer that pushes.
///
/// Of the ways that libnats 3.4 and nats-server 2.9 have, this is the one with the fewest faults:
///   - a consumer as a mirror has it ("direct"), which the stream's leader makes by itself. Any
///     other one needs the leader of the whole cluster, who puts it on any of the servers, the dead
///     ones as well: after a leader's death the feed stood still for up to 28 s;
///   - made by the API's own request: libnats cannot ask for such a one. Its ordered consumer
///     besides destroys and makes subscriptions in callbacks, and the list of its fetch overflows;
///   - without acknowledgements: what a broker has lives in its journal. Each delivery is counted
///     by the consumer. When one is missing, or nothing is heard for longer than its heartbeats,
///     the feed is lost: another consumer would go on where this one ended, be it in a stream that
///     was rolled back meanwhile and has grown again. Who follows looks first, and begins anew.

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

    /// `lost`: it feeds nothing any more, until begin().
    NatsFeed(NatsRequests& requests, const NatsStream& stream, Feed feed,
             std::function<void()> lost);

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
    void lose();
    void on_made(const std::string& inbox, const NatsRequests::Reply& reply);
    void on_delivery(const NatsMessage& message);
    void on_status(const NatsMessage& message);
    void let_go_on();

    NatsRequests& requests_;
    const NatsStream& stream_;
    const Feed feed_;
    const std::function<void()> lost_;

    bool is_feeding_ = false;
    std::uint64_t next_ = 1;    ///< The least number that may be fed now.
    std::uint64_t unread_ = 0;  ///< Fed, and not taken.

    std::string inbox_;            ///< The consumer's; empty: there is none.
    std::uint64_t delivered_ = 0;  ///< By it.
    std::string waits_at_;         ///< Where it waits for the word to go on; empty: it does not.
    Instant heard_{};              ///< When the consumer was last heard.
};

}  // namespace crier::broker
