/// \file
/// The backbone by NATS: JetStream orders and keeps entries, plain subjects carry datagrams.
///
///     loop ──publish, follow, look──> letters ──> backbone thread ──> NATS
///       ^                                           │    ^              │
///       └────────── events <── Published, Fed, Up ──┘    └── replies <──┴── readers
///
/// What a connection brings is read by threads of its own (nats_connection.hpp) and handed to the
/// backbone's thread, which alone knows what was asked: so nothing here is locked.

#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "broker/cluster/backbone.hpp"
#include "broker/cluster/nats_settings.hpp"
#include "broker/cluster/nats_traffic.hpp"

namespace crier::broker {

/// The stream can be used while the last of BackboneUp and BackboneDown is the former. BackboneDown
/// comes first if NATS cannot be reached, and again each time that the kind of reason changes; it
/// is tried again for ever. A reason with the remedy fix_request (another password, a stream that
/// loses entries) needs somebody, and no restart.
///
/// After BackboneUp the feed goes on by itself, whichever server is lost, or there is another
/// BackboneDown: then it has ended, and follow() begins it anew after the next BackboneUp. So has
/// a stream that is shorter than what was fed, or than what follow() was told of: it was rolled
/// back, and BackboneUp says how far it goes.
///
/// Thread-safety: the event loop's thread.
class NatsBackbone final : public Backbone {
public:
    /// Starts to connect; what comes of it are events.
    /// Errors: configuration_invalid, file_unusable (fix_request), if settings cannot be right.
    static Result<std::unique_ptr<NatsBackbone>> start(const NatsSettings& settings);
    ~NatsBackbone() override;

    /// The least recent event that was not taken, nullopt: there is none. One at a time, so that
    /// nothing of an earlier feed comes after its taker has called follow().
    [[nodiscard]] std::optional<BackboneEvent> next_event();
    /// Readable while there may be events, until next_event() has returned nullopt. Owned here.
    [[nodiscard]] int descriptor() const noexcept { return traffic_.events.descriptor(); }

    /// While not up it is answered with not_sent: at once, or within the two seconds for which a
    /// server is being tried. So it is, with `overloaded`, when NatsTraffic::publishes_max wait.
    void publish(const MessageId& id, Bytes body, std::optional<std::uint64_t> after) override;
    void follow(std::uint64_t from) override;
    void stop_following() override;
    void look(std::uint64_t number) override;
    void read_extent() override;
    void purge_below(std::uint64_t number) override;
    void tell_all(Bytes datagram) override;
    void tell(const BrokerId& broker, Bytes datagram) override;

    /// Ends the threads; what was asked and not answered stays unanswered. Events can still be
    /// taken. Blocking: while a server is being connected to, for two seconds at most, but for
    /// the resolving of its name. Idempotent.
    void stop() noexcept;

private:
    explicit NatsBackbone(const NatsSettings& settings);
    void hand_over(NatsLetter&& letter);
    void tell_of_feed();

    NatsTraffic traffic_;
    std::thread thread_;

    std::vector<NatsEvent> taken_;  ///< From the mailbox, and the next to be returned.
    std::size_t next_ = 0;
    std::uint64_t feed_ = 0;  ///< Which one was begun last; 0: none is wanted.
    std::uint64_t last_feed_ = 0;
    std::uint64_t fed_taken_ = 0;            ///< Fed that the backbone's thread was not told of.
    std::optional<NatsLetter> feed_letter_;  ///< Did not fit so far.
};

}  // namespace crier::broker
