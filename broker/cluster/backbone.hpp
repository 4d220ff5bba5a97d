/// \file
/// What a broker of a cluster asks of the backbone, and what it hears from it: one stream that
/// orders entries and keeps them, and datagrams between brokers.
///
/// Implementations: NatsBackbone (nats_backbone.hpp), and one in memory that fails on purpose, for
/// tests and the simulation. Nothing here decides anything: ordering.hpp does.

#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "broker/journal/journal.hpp"
#include "crier/id.hpp"
#include "crier/result.hpp"
#include "shared/base/time.hpp"

namespace crier::broker {

/// One message of the stream, as it lies there.
struct StreamMessage {
    std::uint64_t number = 0;     ///< From 1, without a hole but for what was purged.
    UtcTime time{};               ///< When the stream took it in, by the backbone's clock.
    std::optional<MessageId> id;  ///< Nats-Msg-Id; nullopt: it has none, or another kind of one.
    Bytes body;

    bool operator==(const StreamMessage&) const = default;
};

/// What lies in the stream: numbers `first` to `last`; `first` is `last` + 1 where nothing does.
struct StreamExtent {
    std::uint64_t first = 1;
    std::uint64_t last = 0;

    bool operator==(const StreamExtent&) const = default;
};

// ---- What is heard ------------------------------------------------------------------------------

/// The backbone can be asked; the stream is there, and keeps what it is given. Also each time that
/// a connection was lost and is back, or that a feed had to be begun anew: then it may go on in
/// another stream than before. Questions from before are not answered any more; nothing is fed
/// until follow().
struct BackboneUp {
    StreamExtent extent;
};
/// It cannot be asked. What was asked for and is not answered yet may have been done.
struct BackboneDown {
    Error error;
};
/// A majority has it.
struct Published {
    MessageId id;
    std::uint64_t number = 0;
    bool is_duplicate = false;  ///< It was there already, lately.
};
struct NotPublished {
    enum class Why : std::uint8_t {
        not_sent,    ///< It is nowhere.
        unknown,     ///< No answer in time: it may be there.
        wrong_last,  ///< Something else is behind what it was to follow: it is nowhere.
    };
    MessageId id;
    Why why = Why::unknown;
    Error error;
};
/// The next message of the feed that follow() has begun. Their numbers rise; whether one is left
/// out is for whoever hears them to judge.
struct Fed {
    StreamMessage message;
};
/// Answers look().
struct Looked {
    std::uint64_t number = 0;
    std::optional<StreamMessage> message;  ///< nullopt: no such message.
};
/// Answers read_extent().
struct ExtentRead {
    StreamExtent extent;
};
/// Of a question to the stream that could not be answered: ask again.
struct NotRead {
    Error error;
};
/// Another broker's datagram. It may come twice, or never.
struct Heard {
    Bytes datagram;
};

using BackboneEvent = std::variant<BackboneUp, BackboneDown, Published, NotPublished, Fed, Looked,
                                   ExtentRead, NotRead, Heard>;

// ---- What is asked ------------------------------------------------------------------------------

/// Thread-safety: one thread, the event loop's. Nothing blocks: what becomes of it is an event.
class Backbone {
public:
    virtual ~Backbone() = default;

    /// Appends to the stream, once for each id within the stream's own memory of ids (two minutes).
    /// Answered by Published or NotPublished. `after`: only if the stream's last number is this.
    virtual void publish(const MessageId& id, Bytes body, std::optional<std::uint64_t> after) = 0;

    /// Begins the feed anew with the first message whose number is at least `from`. Nothing of an
    /// earlier feed is heard after this, nor after stop_following().
    virtual void follow(std::uint64_t from) = 0;
    virtual void stop_following() = 0;

    // Questions are answered in their order.

    /// Answered by Looked, or NotRead.
    virtual void look(std::uint64_t number) = 0;
    /// Answered by ExtentRead, or NotRead.
    virtual void read_extent() = 0;

    /// Removes what is below `number`; nobody needs it any more. Not answered.
    virtual void purge_below(std::uint64_t number) = 0;

    /// A datagram to every broker of the cluster, itself included, or to one.
    virtual void tell_all(Bytes datagram) = 0;
    virtual void tell(const BrokerId& broker, Bytes datagram) = 0;
};

}  // namespace crier::broker
