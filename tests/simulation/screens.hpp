/// \file
/// What was really on the sessions' screens, and whether the broker tells the same of them.

#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "crier/audit.hpp"
#include "shared/base/time.hpp"

namespace crier::simulation {

/// What the broker said was on the screens of a user's sessions.
struct ScreensTold {
    std::string user;
    UtcTime at{};
    std::vector<OnScreen> screens;
    std::optional<Error> failure;
};

class Screens {
public:
    /// The program has displayed it, and says so; it takes the place of an older revision.
    void show(const SessionId& session, const MessageId& id, std::uint32_t revision, UtcTime now);
    void remove(const SessionId& session, const MessageId& id, UtcTime now);
    /// The program has ended, and all of its screen.
    void clear(const SessionId& session, UtcTime now);

    /// Where it was told what was not so, or, of `reliable` sessions, was not told what was. Those
    /// are connected, have told everything, and nobody closed them meanwhile.
    [[nodiscard]] std::vector<std::string> contradictions(
        const ScreensTold& told, const std::set<SessionId>& reliable,
        const std::map<SessionId, std::string>& names) const;

private:
    struct Span {
        MessageId id;
        std::uint32_t revision = 1;
        UtcTime from{};
        std::optional<UtcTime> until;
    };
    [[nodiscard]] bool was_shown(const SessionId& session, const MessageId& id,
                                 std::uint32_t revision, UtcTime first, UtcTime last) const;

    std::map<SessionId, std::vector<Span>> spans_;
};

}  // namespace crier::simulation
