/// \file
/// A session as a pure function of events and time.
///
///     link        ─┐                                          ┌─> link
///     program     ─┼─> Event ──> step(event, now) ──> Effect ─┼─> program
///     state file  ─┘                                          └─> state file
///
/// Files: mark.hpp, records.hpp (what survives a crash), broker_clock.hpp, way_back.hpp
/// (where to connect next), message_table.hpp (which messages are here, and how far),
/// receipt_queue.hpp, last_words.hpp (what is to be told), ticket_holder.hpp.
///
/// Invariants kept here: a program is asked to show a message only after the record that says so is
/// durable (if there is a store); a revision is handed to the program once in a run; an answer is
/// told to the broker only after it is durable, and again after each welcome until it is confirmed.
///
/// Pure: no socket, file, clock, thread, log or random number (its jitter comes from a seed).
/// Not thread-safe.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "crier/subscriber.hpp"
#include "shared/base/crypto.hpp"
#include "shared/base/time.hpp"
#include "shared/protocol/messages.hpp"
#include "subscriber/core/records.hpp"

namespace crier::subscriber {

// ---- Events: what the edges report
// ---------------------------------------------------------------

/// The first event, exactly once: what an earlier run wrote down, oldest first; empty without one.
struct StoreLoaded {
    std::vector<Record> records;
};
/// The Store effects up to this number are durable; or, with an error, are not and will not be.
struct StoreDone {
    std::uint64_t number = 0;
    std::optional<Error> error;
};
struct LinkUp {};
/// The attempt failed, or the connection ended. Not after CloseLink.
struct LinkDown {
    Error error;
};
struct FrameArrived {
    protocol::Bytes frame;
};
/// The program says what became of a message.
struct Reported {
    MessageId id;
    std::uint32_t revision = 1;
    std::optional<State> state;  ///< suppressed to failed; nullopt: it was taken off the screen.
    std::string cause;
    bool by_return = false;  ///< The callback returned: counts only if nothing else was reported.
    std::optional<std::uint32_t> answer{};  ///< With answered: which choice, from 0.
    bool digest = false;                    ///< With displayed: as one of several in a digest.
};
struct PresenceChanged {
    Presence presence = Presence::active;
};
/// The program has a new ticket.
struct TicketGiven {
    std::string ticket;
};
struct StopRequested {};
struct TimePassed {};

using Event = std::variant<StoreLoaded, StoreDone, LinkUp, LinkDown, FrameArrived, Reported,
                           PresenceChanged, TicketGiven, StopRequested, TimePassed>;

// ---- Effects: what the edges must do, in the order given
// -----------------------------------------

/// Begin an attempt; LinkUp or LinkDown follows.
struct OpenLink {
    std::string endpoint;
};
/// End the connection after what was sent; no event of it may reach the core from here on.
struct CloseLink {};
/// A frame that cannot be sent is a LinkDown.
struct SendFrame {
    protocol::Bytes frame;
};
struct Store {
    std::uint64_t number = 0;  ///< 1, 2, 3, …; StoreDone repeats it.
    Record record;
};

/// A newer revision of a message that the program has.
struct MessageChanged {
    IncomingMessage message;

    bool operator==(const MessageChanged&) const = default;
};
/// See SubscriberHandler::on_problem.
struct ProblemFound {
    Error error;

    bool operator==(const ProblemFound&) const = default;
};
using ProgramEvent =
    std::variant<SubscriberConnected, SubscriberDisconnected, IncomingMessage, MessageChanged,
                 MessageRemoved, MessageEscalated, TicketWanted, ProblemFound, SubscriberEnded>;

struct Deliver {
    ProgramEvent event;
};
/// After StopRequested, once: everything was said. No effect follows.
struct Stopped {};

using Effect = std::variant<OpenLink, CloseLink, SendFrame, Store, Deliver, Stopped>;
using Effects = std::vector<Effect>;

// ---- The core
// ------------------------------------------------------------------------------------

struct CoreOptions {
    Bytes32 public_key{};                ///< Names the session.
    bool is_secure = false;              ///< Else the hello says the key, which nothing proves.
    std::optional<Secret> join_secret;   ///< Of the invitation, where it has one.
    bool has_tickets = false;            ///< The program has, and comes in by them.
    std::optional<Secret> secret_key{};  ///< Opens private messages. nullopt: it gets none.
    std::vector<std::string> endpoints;  ///< Of the invitation, at least one, to be tried in order.
    Attributes attributes;
    Presence presence = Presence::active;
    bool has_store =
        false;  ///< Without one there are no Store effects, and shows wait for nothing.
    std::uint64_t seed = 0;            ///< For the jitter of pauses.
    Milliseconds stop_timeout{1'000};  ///< From StopRequested until Stopped at the latest.
};

/// The core's own bounds and times.
namespace core_limits {
/// Messages remembered at once. When there are more, the oldest that cannot come again is
/// forgotten; a broker that keeps more alive than this is left with limit_exceeded.
inline constexpr std::size_t messages_max = 4'096;
/// A message that is handled is remembered until its deliver_until and this have passed.
inline constexpr Milliseconds remembered_after_end{60'000};
inline constexpr Milliseconds receipts_delay_max{10};  ///< Receipts of so long go into one frame.
inline constexpr std::size_t receipts_at_once = 64;    ///< So many are sent without a delay.
inline constexpr Milliseconds welcome_timeout{5'000};
inline constexpr Milliseconds pause_min{500};
inline constexpr Milliseconds pause_max{30'000};
inline constexpr Milliseconds come_back_after_max{10 * 60'000};
}  // namespace core_limits

/// The broker's cause of a removal, as the program is told it.
[[nodiscard]] constexpr MessageRemovalCause cause_from(protocol::RemovalCause cause) {
    return static_cast<MessageRemovalCause>(cause);  // The same numbers.
}

class SessionCore {
public:
    explicit SessionCore(CoreOptions options);
    ~SessionCore();
    SessionCore(SessionCore&&) noexcept;
    SessionCore& operator=(SessionCore&&) noexcept;

    /// Advances by one event. Appends to `effects`; never clears it. Same state + same event + same
    /// `now` always gives the same effects. `now.steady` must not go backwards.
    void step(const Event& event, Moment now, Effects& effects);

    /// Latest time at which the caller must deliver TimePassed; nullopt when idle.
    [[nodiscard]] std::optional<Instant> next_deadline() const;

    [[nodiscard]] SessionId session() const;

    /// The broker's clock as far as it is known.
    [[nodiscard]] UtcTime broker_time(Moment now) const;

    /// How many messages are remembered: for tests and the log.
    [[nodiscard]] std::size_t remembered() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace crier::subscriber
