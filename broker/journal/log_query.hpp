/// \file
/// Answers one AskLog, a bounded piece of work at a time, so that nobody's commit waits for long.

#pragma once

#include "broker/core/engine.hpp"
#include "broker/journal/chain_check.hpp"
#include "broker/journal/journal.hpp"
#include "broker/journal/screen_query.hpp"

namespace crier::broker {

/// Used on the journal's thread.
class LogQuery {
public:
    explicit LogQuery(AskLog asked);

    /// Reads a few hundred rows. nullopt: call it again; what is appended or pruned in between is
    /// none of its business.
    [[nodiscard]] std::optional<LogAnswered> work(Journal& journal);

private:
    Result<LogAnswered::Head> sign(Journal& journal, UtcTime now);
    bool search(Journal& journal, const EntryQuery& query);
    bool check(Journal& journal);
    bool look(Journal& journal);

    AskLog asked_;
    LogAnswered answered_;
    std::vector<ChainedEntry> found_;
    std::optional<std::uint64_t> before_;
    ChainCheck check_;
    std::optional<ScreenQuery> screens_;
};

/// The daily head: signs one if entries have come since the last one and that is older than a day.
[[nodiscard]] std::optional<LogAnswered> sign_head_if_due(Journal& journal, UtcTime now);

/// What was pruned before the first entry, as one range; its signature is nobody's. `piece` is the
/// first of the log. nullopt: nothing was.
[[nodiscard]] std::optional<PrunedRange> beginning_in(const AuditPiece& piece);

}  // namespace crier::broker
