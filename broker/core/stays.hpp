/// \file
/// The sessions that are open: connected, or unreachable and still a target.
///
/// A stay is one session from its opening to its closing. It has the session's id, which its key
/// gives it for ever, and a number of this broker's own, by which cells and journal name it.

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "broker/core/engine.hpp"
#include "broker/core/line.hpp"
#include "broker/core/ticket.hpp"
#include "crier/session.hpp"
#include "shared/base/credit.hpp"

namespace crier::broker {

struct Peer;

/// Whose session it is for certain: the user, if that is verified, else the verified system user.
/// Empty: nobody knows. An account of the broker's machine and a user of the program that are named
/// the same are the same person.
[[nodiscard]] const std::string& person_of(const Session& session);

struct Stay {
    std::uint32_t number = 0;
    Session session;  ///< As it is listed; `state` is what it said, or unreachable.
    Presence said = Presence::active;
    Peer* peer = nullptr;           ///< The one connection whose hello was accepted last.
    bool was_connected = false;     ///< A welcome was sent before, by this run or an earlier one.
    bool is_reopened = false;       ///< By its token or a start, and not welcomed since.
    std::uint32_t claim = 1;        ///< In a cluster: as in Served.
    bool has_come_over = false;     ///< From another broker, or may have been at one meanwhile.
    BrokerId unasked{};             ///< That one, until it has handed over.
    bool has_token_number = false;  ///< A token named it, so no other session ever gets its number.
    Instant unreachable_at{};       ///< With no peer: since when it is awaited.
    /// The journal effect that holds its record; never: it could not be asked for so far.
    std::uint64_t recorded = 0;
    static constexpr std::uint64_t never = UINT64_MAX;
    std::uint64_t joined = 0;  ///< The one that holds the audiences it came into at its hello.
    /// Messages on their way to it, until the end of the turn or until there is room: their seqs.
    Line<std::uint64_t> outbox;
    bool is_sending_due = false;  ///< Named in Stages::sending_due.
    /// So many messages it may name in hellos as on its screen, as of then.
    static constexpr Credit::Limits names_limits{3'000, 10};
    Credit names{names_limits.burst};
    std::unique_ptr<const Ticket> ticket{};  ///< By which it is in. See Stays::hold.
};

class Stays {
public:
    using Map = std::map<std::uint32_t, Stay>;

    explicit Stays(std::uint32_t last_number) : last_number_(last_number) {}

    /// Opens a stay under a new number, or under `number` (a stay that comes back after it closed).
    Stay& open(Session session, std::optional<std::uint32_t> number = std::nullopt);
    /// A number that no stay has, nor will have.
    [[nodiscard]] std::uint32_t take_number() { return ++last_number_; }
    /// What the session says of itself now.
    void describe(Stay& stay, Session described);
    /// The ticket by which the session is in from now on; nullptr: it came in without.
    void hold(Stay& stay, std::unique_ptr<const Ticket> ticket);
    [[nodiscard]] std::optional<UtcTime> next_ticket_end() const;
    /// Somebody whose ticket has expired by then; nullptr: nobody.
    [[nodiscard]] Stay* with_expired_ticket(UtcTime now);
    /// Of those that are not connected, and of whom nothing is verified, the one that was there for
    /// the shortest time; nullptr: there is none. Looks at all.
    [[nodiscard]] Stay* least_missed();
    /// Its id may be found under another number, which then stays.
    void close(std::uint32_t number);

    [[nodiscard]] Stay* find(std::uint32_t number);
    [[nodiscard]] Stay* find(const SessionId& id);
    /// Whose sessions are theirs for certain; by number.
    [[nodiscard]] std::vector<Stay*> of_person(const std::string& person);

    /// By number: the order of cells.
    [[nodiscard]] Map& all() { return stays_; }
    [[nodiscard]] std::size_t size() const { return stays_.size(); }

    /// By id, from the first above `after`: the order of pages.
    [[nodiscard]] std::vector<const Stay*> in_order_of_id(
        const std::optional<SessionId>& after) const;

private:
    Map stays_;
    std::map<SessionId, std::uint32_t> numbers_;
    std::set<std::pair<std::string, std::uint32_t>> persons_;  ///< As person_of() says.
    std::set<std::pair<UtcTime, std::uint32_t>> ticket_ends_;
    std::uint32_t last_number_;
};

}  // namespace crier::broker
