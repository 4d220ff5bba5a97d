/// \file
/// What really happened, noted outside the system, and whether it was right.

#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "crier/message.hpp"
#include "crier/publisher.hpp"
#include "shared/base/time.hpp"

namespace crier::simulation {

/// One showing of a message on a session's screen.
struct Showing {
    int run = 0;  ///< Of the session's program.
    bool again = false;
};

/// What was asked of a publisher, and what it said.
struct Asked {
    std::set<SessionId> audience;  ///< Who is of the target.
    Instant posted{};
    std::optional<SendResult> accepted;
    std::optional<Error> failure;
    std::optional<Outcome> outcome;  ///< Asked for at the end.
};

struct Ledger {
    std::map<MessageId, Asked> asked;
    std::map<std::pair<MessageId, SessionId>, std::vector<Showing>> showings;
    std::map<std::pair<MessageId, SessionId>, State> reported;  ///< The furthest.
    std::map<SessionId, Instant> welcomed;                      ///< For the first time.
    std::map<SessionId, int> crashes;

    /// Every sentence that should be true and is not; empty: all is well.
    [[nodiscard]] std::vector<std::string> violations() const;
};

}  // namespace crier::simulation
