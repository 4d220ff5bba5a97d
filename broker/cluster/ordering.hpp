/// \file
/// How the entries of a cluster come into one order: the broker's own go into the stream that all
/// brokers share, and what the feed of it brings is stored here. A pure state machine, stepped
/// beside the engine.
///
///     engine   ─┐                                               ┌─> backbone
///     backbone ─┼─> OrderingEvent ──> step(event, now) ──> ...  ─┼─> journal
///     journal  ─┘                                               └─> engine, log
///
/// Files, one for each thing that it does:
///   accepting.cpp  what is proposed, until the feed shows it
///   checking.cpp   whether the stream is still the one that was followed
///   searching.cpp  where it is not: up to where it is, and what was lost behind
///   following.cpp  what the feed brings, into the journal
///   refilling.cpp  what was lost, back into the stream; a single broker's log, into an empty one
///   copying.cpp    what the stream no longer has, from another broker
///   members.cpp    who belongs to the cluster, and what of the stream all of them have
///
/// Invariants kept here and nowhere else:
///   - An entry is stored only as the feed shows it; void and foreign messages never are.
///   - What is refused with backbone_unreachable is in no journal, and never will be.
///   - The cursor on the disk names a message up to which the journal has everything that the
///     stream had; or, while the stream is put back in order, says that it has to be compared.
///
/// Pure: no socket, file, clock, thread, log or random number. Not thread-safe: owned by the
/// event-loop thread.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "broker/cluster/backbone.hpp"
#include "broker/cluster/envelope.hpp"
#include "broker/core/engine.hpp"  // TimePassed, MembersChanged.
#include "broker/journal/journal.hpp"
#include "broker/journal/log_reads.hpp"
#include "crier/error.hpp"
#include "shared/base/crypto.hpp"
#include "shared/base/time.hpp"

namespace crier::broker {

// ---- Events -------------------------------------------------------------------------------------

/// The engine's AppendEntry.
struct Propose {
    Entry entry;
    /// The broker's own, which nobody waits for: never refused, kept until the feed shows it.
    bool is_own = false;
};
/// The engine's ForgetBroker.
struct ProposeForgotten {
    Forgotten forgotten;
};
/// A part of what AskPeer has asked for, from a broker that has it.
struct PeerEntries {
    std::vector<Entry> entries;       ///< As they follow in the log.
    std::vector<LogPosition> places;  ///< Of each.
    LogCursor cursor;                 ///< The peer's, behind the last of them.
    bool is_last = false;             ///< The rest is in the stream.
    std::vector<BrokerId> members{};  ///< Of the cluster, by the peer's cursor; with the last part.
    /// What was pruned before its first entry; with the first part, for whoever has no entry.
    std::optional<PrunedRange> beginning{};
};
/// What came on AskPeer cannot be read here, but by a newer broker.
struct PeerNewer {
    std::string why;
};
/// Another broker is there, and has the log on its disk up to `at`.
struct OtherFollowed {
    BrokerId broker;
    LogPosition at;
    bool takes_entries = false;
};
/// It has sent its AskPeer here: the stream no longer has what it lacks behind `after`.
struct OtherAsked {
    BrokerId broker;
    LogPosition after;
};
/// It is not heard any more.
struct OtherLost {
    BrokerId broker;
};

/// Of the backbone's events all but Heard, which is none of the ordering's.
using OrderingEvent =
    std::variant<Propose, ProposeForgotten, BackboneUp, BackboneDown, Published, NotPublished, Fed,
                 Looked, ExtentRead, NotRead, Stored, StoreFailed, StoreRecovered, PlacesRead,
                 LogRead, EntryRead, PeerEntries, PeerNewer, OtherFollowed, OtherAsked, OtherLost,
                 TimePassed>;

// ---- Effects: in the order given ----------------------------------------------------------------

// Of the backbone.
struct Publish {
    MessageId id;
    Bytes body;
    std::optional<std::uint64_t> after;
};
struct Follow {
    std::uint64_t from = 1;
};
struct StopFollowing {};
struct Look {
    std::uint64_t number = 0;
};
struct AskExtent {};
struct PurgeStream {
    std::uint64_t number = 0;
};

// Of the journal, in the order of the writes and reads of everybody; and what log_reads.hpp has.
struct Store {
    Batch batch;  ///< Entries, places, cursor, members.
};
/// Of the other brokers: what follows in the log behind `after`, which the stream no longer has.
struct AskPeer {
    LogPosition after;
};

/// The answer for an entry that was proposed and is not stored: backbone_unreachable or overloaded,
/// nothing was done; outcome_unknown, it may come yet.
struct Refuse {
    MessageId id;
    Error error;
};
/// Whether entries can be taken now. nullopt: they can; else why not.
struct StateChanged {
    std::optional<Error> problem;
};

enum class OrderingFact : std::uint8_t {
    foreign_message,   ///< Somebody without the cluster's key writes into the stream.
    newer_message,     ///< A newer broker does, and this one cannot go on.
    other_cluster,     ///< The stream is that of a cluster with other keys.
    void_entry,        ///< One came too late to count.
    rolled_back,       ///< The stream is an older one than this broker has followed.
    refilling,         ///< What was lost is put back.
    seeding,           ///< The stream was empty, and gets this broker's log.
    refilled,          ///< That is done.
    generation_began,  ///< Somebody has put it back in order.
    behind,            ///< The stream no longer has what is missing here.
    journal_unread,    ///< The journal did not answer; it is asked again.
    broker_joined,
    broker_forgotten,
    cluster_full,  ///< It has as many brokers as it may: one that is gone has to be forgotten.
    purged,        ///< What all members have, and is old, was removed from the stream.
};
[[nodiscard]] std::string_view name_of(OrderingFact fact) noexcept;

/// One fact, for the log.
struct OrderingNotice {
    OrderingFact fact{};
    std::uint64_t number = 0;      ///< In the stream.
    std::uint64_t count = 0;       ///< Entries.
    std::uint64_t generation = 0;  ///< The present one.
    std::optional<BrokerId> broker{};
    std::optional<MessageId> entry{};
    std::string detail{};
};

using OrderingEffect =
    std::variant<Publish, Follow, StopFollowing, Look, AskExtent, PurgeStream, Store, ReadPlaces,
                 ReadLog, ReadEntry, AskPeer, Refuse, StateChanged, MembersChanged, OrderingNotice>;
using OrderingEffects = std::vector<OrderingEffect>;

// ---- The state machine --------------------------------------------------------------------------

struct OrderingSettings {
    BrokerId broker;
    Secret key;                         ///< The cluster's, for the seals of envelopes.
    Milliseconds accept_window{8'000};  ///< How late the stream may take an entry in.
    Milliseconds skew_max{2'000};       ///< Between the clocks of brokers and of the backbone.
    Milliseconds publish_retry{1'000};
    /// Without an answer, or a message that must come, for so long: all is checked anew.
    Milliseconds answer_max{5'000};
    Milliseconds probe_interval{
        10'000};                        ///< A stream that was rolled back is noticed at rest, too.
    std::size_t proposals_max = 1'024;  ///< In flight; beyond it they are refused: overloaded.
    std::size_t stores_max = 1'024;     ///< On their way to the disk; then the feed waits.
    std::size_t refill_window = 64;     ///< Entries on their way back into the stream.
    std::size_t read_count_max = 256;   ///< Places that are read at once.
    Milliseconds kept{86'400'000};      ///< What is younger stays in the stream.
    std::size_t purged_at_once = 1'000;
};

class Ordering {
public:
    /// Starts from what the journal has. Nothing can be taken until BackboneUp.
    Ordering(const OrderingSettings& settings, const Recovery& recovery, Moment now,
             OrderingEffects& effects);
    ~Ordering();
    Ordering(const Ordering&) = delete;
    Ordering& operator=(const Ordering&) = delete;

    /// Advances by one event. Appends to `effects`; never clears it. Same state + same event + same
    /// `now` always gives the same effects. `now.steady` must not go backwards.
    void step(const OrderingEvent& event, Moment now, OrderingEffects& effects);

    /// Latest time at which the caller must deliver TimePassed; nullopt when idle.
    [[nodiscard]] std::optional<Instant> next_deadline() const;

    /// Up to where the disk has everything; by those of all members the stream is purged. nullopt:
    /// nothing, or not known.
    [[nodiscard]] std::optional<LogPosition> followed() const;
    /// Up to where it will when its writes are done, for a broker that copies from this one.
    [[nodiscard]] std::optional<LogCursor> followed_cursor() const;
    /// Who belongs to the cluster, by what was taken in up to there. In order.
    [[nodiscard]] const std::vector<BrokerId>& members() const;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace crier::broker
