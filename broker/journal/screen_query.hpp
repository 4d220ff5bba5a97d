/// \file
/// Looks through all that was heard of screens for what was on some of them at one time, a bounded
/// piece of work at a time.
///
///     pieces of sightings ──> those of the sessions that are meant ──> ScreenReplay ──> messages

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "broker/core/engine.hpp"
#include "broker/core/screen_replay.hpp"
#include "broker/journal/journal.hpp"

namespace crier::broker {

/// Used on the journal's thread.
class ScreenQuery {
public:
    explicit ScreenQuery(AskLog::Screens asked);

    /// False: call it again. Errors: journal_damaged, storage_failed; limit_exceeded, when more is
    /// found than one answer has.
    Result<bool> work(Journal& journal);
    /// Once work() is done.
    LogAnswered::Screens take_found() { return std::move(found_); }

private:
    Status read_on(Journal& journal);
    Status replay();
    Status take(Journal& journal, const SightingsPiece& piece);
    Status meet(Journal& journal, const std::vector<Sighting>& sightings);
    struct Named {
        std::uint64_t seq = 0;  ///< 0: there is no such message.
        UtcTime sent{};
    };
    Result<Named> named(Journal& journal, const MessageId& id);
    Result<bool> read_messages(Journal& journal);

    AskLog::Screens asked_;
    LogAnswered::Screens found_;
    ScreenReplay replay_;
    std::uint64_t after_ = 0;  ///< The piece that was taken last.
    bool is_read_ = false;
    bool is_replayed_ = false;
    std::unordered_map<std::uint32_t, bool> met_;  ///< Sessions, and whether they are meant.
    std::unordered_map<MessageId, Named> named_;
    std::size_t next_ = 0;  ///< Of what was seen: whose message is to be read.
};

}  // namespace crier::broker
