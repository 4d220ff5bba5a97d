/// \file
/// What really happened, noted outside the system, and whether it was right.

#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "crier/message.hpp"
#include "crier/publisher.hpp"
#include "shared/base/time.hpp"

namespace crier::simulation {

/// One message at one session.
using Place = std::pair<MessageId, SessionId>;

/// One showing of a message on a session's screen.
struct Showing {
    int run = 0;  ///< Of the session's program.
    bool again = false;
    State noted{};  ///< What an earlier run had noted durably; waiting: nothing.
    Instant at{};
    std::uint32_t revision = 1;
    std::string text;
};

/// It was taken off the screen because its time was over.
struct Removal {
    int run = 0;
    Instant at{};
};

/// What was asked to change of a message.
struct AskedChange {
    std::string text;  ///< Empty: a recall.
    bool is_accepted = false;
    bool is_refused = false;  ///< Neither: nobody knows.
};

/// What was asked of a publisher, and what it said.
struct Asked {
    std::set<SessionId> audience;  ///< Who is of the target.
    Instant posted{};
    std::optional<Instant> expires;  ///< Off the screen, and for nobody any more.
    bool is_standing = false;        ///< Those who come before it expires get it too.
    bool is_alert = false;
    bool is_changing = false;
    std::vector<AskedChange> changes;
    std::optional<SendResult> accepted;
    std::optional<Error> failure;
    std::optional<Outcome> outcome;  ///< Asked for at the end.
};

struct Ledger {
    std::map<SessionId, std::string> names;  ///< For people who read what was wrong.
    std::map<MessageId, Asked> asked;
    std::map<Place, std::vector<Showing>> showings;
    std::map<Place, std::vector<Removal>> removals;
    std::map<Place, State> reported;        ///< The furthest that was noted durably.
    std::map<SessionId, Instant> welcomed;  ///< For the first time, and it will remember.
    std::map<SessionId, int> crashes;
    Instant ended{};  ///< The run.

    // Of the witness.
    std::vector<std::string> wrong;  ///< What was not right in the moment in which it happened.
    std::set<MessageId> told_accepted;
    std::set<SessionId> unrecorded;  ///< Welcomed while a full disk could not have their records.
    std::set<Place> confirmed_repeats;
    std::size_t most_in_flight = 0;
    std::size_t largest_bundle = 0;  ///< In messages.

    /// "message 7 on user3-15".
    [[nodiscard]] std::string name_of(const Place& place) const;
    /// Every sentence that should be true and is not; empty: all is well.
    [[nodiscard]] std::vector<std::string> violations() const;
};

}  // namespace crier::simulation
