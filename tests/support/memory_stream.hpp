/// \file
/// The stream that the brokers of a cluster share, in memory, as JetStream behaves: it forgets ids
/// after a while, can be cut off, stopped, wiped, and restored from an older copy, and answers late
/// or never. In virtual time and from a seed, so that what happened happens again.
///
///     MemoryStream stream(settings);
///     Backbone& backbone = stream.attach();      // One for each broker.
///     stream.connect(0);
///     stream.advance(now);                       // What is due by then arrives.
///     while (auto event = stream.take(0)) ...

#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "broker/cluster/backbone.hpp"

namespace crier::testing {

using broker::BackboneEvent;
using broker::Bytes;
using broker::StreamExtent;
using broker::StreamMessage;

struct StreamSettings {
    std::uint64_t seed = 1;
    Milliseconds delay_max{0};  ///< One way; each way keeps its order.
    UtcTime epoch{};            ///< What the stream's clock says at Instant{}.
    Milliseconds ids_kept{120'000};
    // Of a thousand publishes.
    unsigned unanswered = 0;         ///< It is there, and nobody says so.
    unsigned lost = 0;               ///< It is nowhere, and nobody says so.
    unsigned doubled = 0;            ///< An id that is there already is forgotten too early.
    unsigned datagrams_lost = 0;     ///< Of a thousand, at each broker that they go to,
    unsigned datagrams_doubled = 0;  ///< likewise.
    Milliseconds answer_max{2'000};  ///< Then NotPublished says that it is not known.
};

/// Thread-safety: one thread.
class MemoryStream {
public:
    /// Of all that lies in the stream.
    struct Copy {
        std::uint64_t first = 1;
        std::vector<StreamMessage> messages;
    };
    enum class Restart : std::uint8_t { noticed, silent };

    explicit MemoryStream(const StreamSettings& settings);
    ~MemoryStream();
    MemoryStream(const MemoryStream&) = delete;
    MemoryStream& operator=(const MemoryStream&) = delete;

    /// Another broker, not connected yet. They are counted from 0, and datagrams find them by the
    /// last byte of their ids. Owned here.
    broker::Backbone& attach();

    /// Requests that are due have arrived; their answers are on their way.
    void advance(Instant now);
    /// When there is something to do next.
    [[nodiscard]] std::optional<Instant> next() const;
    /// What a broker hears now.
    [[nodiscard]] std::optional<BackboneEvent> take(std::size_t port);

    void connect(std::size_t port);
    /// What is on its way to the stream may still arrive; nothing comes back.
    void cut(std::size_t port);
    [[nodiscard]] bool is_connected(std::size_t port) const;
    /// As cut(), and the broker hears nothing of it: it has gone too.
    void crash(std::size_t port);

    [[nodiscard]] Copy copy() const { return {first_, messages_}; }
    /// Restores a copy. noticed: every connection is cut by that. silent: none is, and feeds go on
    /// behind what there is now.
    void restore(const Copy& copy, Restart restart);
    void wipe(Restart restart) { restore({}, restart); }

    /// As a stranger who can publish: there is no need for an id.
    void write(std::optional<MessageId> id, Bytes body);

    [[nodiscard]] StreamExtent extent() const { return {first_, first_ + messages_.size() - 1}; }
    [[nodiscard]] const std::vector<StreamMessage>& messages() const { return messages_; }

    StreamSettings settings;
    std::function<void(const StreamMessage&)> on_append;

private:
    class Port;
    struct Put {
        MessageId id;
        Bytes body;
        std::optional<std::uint64_t> after;
    };
    struct From {
        std::optional<std::uint64_t> number;  ///< nullopt: no further.
        std::uint64_t follow = 0;
    };
    struct LookAt {
        std::uint64_t number = 0;
    };
    struct TellExtent {};
    struct Connect {};
    struct Purge {
        std::uint64_t number = 0;
    };
    struct Datagram {
        std::optional<std::size_t> to;
        Bytes bytes;
    };
    using Request = std::variant<Put, From, LookAt, TellExtent, Connect, Purge, Datagram>;
    template <class What>
    using Lane = std::deque<std::pair<Instant, What>>;

    void ask(std::size_t port, Request request);
    void answer(std::size_t port, BackboneEvent event, Milliseconds later = {});
    void arrive(std::size_t port, const Request& request);
    void put(std::size_t port, const Put& request);
    void append(std::optional<MessageId> id, Bytes body);
    void feed(std::size_t port);
    void remember_ids();
    [[nodiscard]] bool happens(unsigned of_a_thousand);
    [[nodiscard]] Milliseconds delay();

    Instant now_{};
    std::mt19937_64 random_;
    std::uint64_t first_ = 1;
    std::vector<StreamMessage> messages_;
    std::unordered_map<MessageId, std::pair<std::uint64_t, UtcTime>> ids_;
    std::vector<std::unique_ptr<Port>> ports_;
};

}  // namespace crier::testing
