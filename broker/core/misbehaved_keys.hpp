/// \file
/// The keys of sessions that broke the protocol: for a while they do not come in again. In memory
/// only, and no more than there is room for.

#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "crier/error.hpp"
#include "crier/session.hpp"
#include "shared/base/time.hpp"

namespace crier::broker {

/// Whether a session that is refused with it did what no client does that keeps to PROTOCOL.md.
[[nodiscard]] bool is_misbehaviour(ErrorCode code) noexcept;

class MisbehavedKeys {
public:
    /// Beyond it those go whose time is over soonest: whoever makes so many keys needs none twice.
    static constexpr std::size_t keys_max = 10'000;

    /// `time`: so long a key is refused. 0: none is.
    explicit MisbehavedKeys(Milliseconds time) : time_(time) {}

    /// From `now` on, if `why` is misbehaviour; otherwise nothing changes.
    void add(const SessionId& id, const Error& why, Moment now);

    /// nullopt: it may come in. Errors: misbehaved (retry_later), with until when and why.
    [[nodiscard]] std::optional<Error> refusal_of(const SessionId& id, Instant now);

    [[nodiscard]] std::size_t size() const { return keys_.size(); }

private:
    struct One {
        Error why;
        Instant until{};
        UtcTime until_utc{};  ///< For people.
    };
    using Keys = std::map<SessionId, One>;

    void forgive(Instant now);
    void take_out(Keys::iterator one);

    const Milliseconds time_;
    Keys keys_;
    std::set<std::pair<Instant, SessionId>> ends_;
};

}  // namespace crier::broker
