/// \file
/// The keys of sessions that were dropped: for a while they do not come in again.

#pragma once

#include <map>
#include <optional>
#include <set>

#include "broker/journal/journal.hpp"
#include "shared/base/time.hpp"

namespace crier::broker {

class RefusedKeys {
public:
    /// `record` is what the journal has of the session, to be closed at `until`.
    void add(const SessionRecord& record, UtcTime until) {
        auto& [kept, end] = keys_[record.id];
        ends_.erase({end, record.id});
        kept = record;
        end = until;
        ends_.insert({until, record.id});
    }

    /// Until when; nullopt: it is not refused.
    [[nodiscard]] std::optional<UtcTime> until(const SessionId& id) const {
        const auto found = keys_.find(id);
        return found == keys_.end() ? std::nullopt : std::optional(found->second.second);
    }

    /// One whose time is over, taken out.
    std::optional<SessionRecord> take_over(UtcTime now) {
        if (ends_.empty() || ends_.begin()->first > now) return std::nullopt;
        auto taken = keys_.extract(ends_.begin()->second);
        ends_.erase(ends_.begin());
        return std::move(taken.mapped().first);
    }

    [[nodiscard]] std::optional<UtcTime> next_over() const {
        return ends_.empty() ? std::nullopt : std::optional(ends_.begin()->first);
    }

    [[nodiscard]] const std::map<SessionId, std::pair<SessionRecord, UtcTime>>& all() const {
        return keys_;
    }

private:
    std::map<SessionId, std::pair<SessionRecord, UtcTime>> keys_;
    std::set<std::pair<UtcTime, SessionId>> ends_;
};

}  // namespace crier::broker
