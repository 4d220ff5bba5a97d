/// \file
/// One connection, and what is under way in it.

#pragma once

#include <cstdint>
#include <vector>

#include "broker/core/engine.hpp"
#include "broker/core/line.hpp"
#include "broker/core/stays.hpp"
#include "shared/base/credit.hpp"

namespace crier::broker {

/// Receipts are confirmed by number once they are on disk. Two marks are enough: the newest, and
/// the one whose commit is awaited; so confirming goes on under constant traffic.
struct ConfirmMarks {
    struct Mark {
        std::uint64_t number = 0;
        std::uint64_t write = 0;  ///< The journal effect that holds it.
    };
    Mark awaited;
    Mark newest;
    std::uint64_t stored = 0;  ///< Receipts up to this number are on disk.
    std::uint64_t told = 0;    ///< The session knows.

    void on_recorded(std::uint64_t number, std::uint64_t write);
    /// True when `stored` has grown.
    bool on_committed(std::uint64_t writes);
};

/// A message that was sent in a connection and has no receipt yet.
struct InFlight {
    MessageId id;
    std::uint64_t seq = 0;
    std::size_t bytes = 0;
    std::uint32_t revision = 1;
};

/// One connection.
struct Peer {
    PeerId id{};
    PeerFacts facts;
    bool is_greeted = false;  ///< Its hello was accepted, though the welcome may wait for the disk.
    bool is_welcomed = false;  ///< The welcome was sent.
    Instant last_heard{};
    UtcTime hello_at{};

    // Sessions.
    Stay* stay = nullptr;  ///< Set from the accepted hello on; its `peer` is this one.
    std::vector<protocol::Known> known;    ///< Of its hello, until the welcome.
    std::optional<PeerId> awaited_broker;  ///< Which is to say what it knows of the session.
    Line<InFlight> in_flight;              ///< In the order sent; at most unconfirmed_messages_max.
    std::size_t in_flight_bytes = 0;
    std::uint64_t receipts_number = 0;
    ConfirmMarks confirm;
    bool is_awaiting_commit = false;   ///< Named in Stages::awaiting_commit.
    bool is_confirm_due = false;       ///< Named in Stages::confirm_due.
    bool has_new_receipts = false;     ///< Named in Stages::received_from.
    std::size_t receipts_waiting = 0;  ///< For history or the log, before they can be recorded.
    Credit frame_credit;

    // Operators.
    bool is_watching = false;
    std::uint32_t watch_credit = 0;
    std::uint32_t events_left_out = 0;
    std::size_t questions = 0;  ///< To history, unanswered.
};

/// Welcomed, and not lost since: messages go out to it.
[[nodiscard]] inline bool is_connected(const Stay& stay) {
    return stay.peer != nullptr && stay.peer->is_welcomed;
}

}  // namespace crier::broker
