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
#include "shared/protocol/messages.hpp"
#include "tests/simulation/plan.hpp"
#include "tests/simulation/screens.hpp"

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

/// An answer that came to the broker.
struct Answered {
    UtcTime at{};
    std::uint64_t life = 0;  ///< Of the broker.
    std::uint32_t revision = 1;
    std::uint32_t answer = 0;
    bool is_confirmed = false;
};

/// What was asked to change of a message.
struct AskedChange {
    enum class Kind { update, recall, close };
    Kind kind = Kind::update;
    bool asks_again = false;
    bool is_accepted = false;
    bool is_refused = false;   ///< Neither: nobody knows.
    bool is_in_doubt = false;  ///< One of the attempts may have been accepted.
};

/// What was asked of a publisher, and what it said.
struct Asked {
    std::set<SessionId> audience;  ///< Who is of the target.
    Instant posted{};
    std::optional<Instant> expires;  ///< Off the screen, and for nobody any more.
    bool is_standing = false;        ///< Those who come before it expires get it too.
    bool is_alert = false;
    bool is_changing = false;  ///< It has a schedule, changes or choices: its plan says what holds.
    bool each_session = false;
    std::uint32_t quorum = 0;
    std::vector<AskedChange> changes;
    std::optional<SendResult> accepted;
    std::optional<Error> failure;
    bool is_in_doubt = false;        ///< One of the attempts may have been accepted.
    std::optional<Outcome> outcome;  ///< Asked for at the end.
};

struct Ledger {
    std::map<SessionId, std::string> names;  ///< For people who read what was wrong.
    std::map<MessageId, Asked> asked;
    std::map<Place, std::vector<Showing>> showings;
    std::map<Place, std::vector<Removal>> removals;
    Screens screens;
    std::vector<ScreensTold> screens_told;  ///< Asked for at the end.
    std::map<Place, State> reported;        ///< The furthest that was noted durably.
    std::map<SessionId, Instant> welcomed;  ///< For the first time, and it will remember.
    std::map<SessionId, int> crashes;
    /// From when until when it reads nothing, in order.
    std::map<SessionId, std::vector<std::pair<Instant, Instant>>> unread;
    std::map<SessionId, std::string> persons;  ///< Those whom the kernel names.
    std::set<MessageId> drains;                ///< Messages that are to end sessions.
    std::set<SessionId> connected;             ///< At the end.
    Moment ended{};                            ///< The run.
    std::uint64_t lives = 0;                   ///< Of the broker, that have ended.
    bool is_cluster = false;                   ///< There are several brokers.
    bool may_lose_sight = false;               ///< Brokers of each other, and miss what is said.
    bool was_rolled_back = false;              ///< The stream.
    bool closes_soon = false;                  ///< Who is away for a moment is closed.
    bool forgives_soon = false;                ///< Keys are not refused for long.

    // Of the witness.
    std::vector<std::string> wrong;  ///< What was not right in the moment in which it happened.
    std::set<MessageId> told_accepted;
    std::set<SessionId> let_in;      ///< Anywhere, in this run.
    std::set<SessionId> unrecorded;  ///< Welcomed while a full disk could not have their records.
    std::set<SessionId> dropped_unrecorded;  ///< While it was full, in a cluster.
    std::set<Place> confirmed_repeats;
    std::set<std::pair<MessageId, std::string>> acknowledged;  ///< By a person.
    std::size_t most_in_flight = 0;
    std::size_t largest_bundle = 0;        ///< In messages.
    std::map<SessionId, Instant> dropped;  ///< Who was told so and when, or is so on disk.
    std::set<SessionId> said_too_much;     ///< And were told so.
    /// When the broker could write nothing down, or was not there; and a little longer.
    std::vector<std::pair<UtcTime, UtcTime>> troubles;
    std::map<Place, std::vector<Answered>> answers;
    std::map<MessageId, Plan> plans;          ///< As the disk has them at the end.
    std::map<std::string, std::size_t> seen;  ///< How often what is to be tried was tried.

    void on_answer_confirmed(const Place& place, const protocol::Receipt& receipt);
    /// Who it is for certain; else something that no other session is.
    [[nodiscard]] std::string person_of(const SessionId& session) const;

    /// "message 7 on user3-15".
    [[nodiscard]] std::string name_of(const Place& place) const;
    [[nodiscard]] static std::string name_of(const MessageId& id);
    /// Every sentence that should be true and is not; empty: all is well.
    [[nodiscard]] std::vector<std::string> violations() const;
};

}  // namespace crier::simulation
