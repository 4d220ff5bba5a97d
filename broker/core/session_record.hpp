/// \file
/// A session as the journal keeps it: varint ms since 1970 until which its key is refused (0: it is
/// not), then the protocol's own form: a session page, whose request number is the session's claim
/// (broker_frames.hpp): 1 where the broker was alone, 0 in the record of a key that is refused.

#pragma once

#include "broker/journal/journal.hpp"
#include "crier/result.hpp"
#include "crier/session.hpp"

namespace crier::broker {

/// `refused_until`: of a session that was dropped; so long its record stays open, though it is not.
[[nodiscard]] SessionRecord to_record(const Session& session, std::uint32_t number, bool is_open,
                                      UtcTime changed,
                                      std::optional<UtcTime> refused_until = std::nullopt,
                                      std::uint32_t claim = 0);

/// Errors: journal_damaged.
Result<Session> session_from(const SessionRecord& record);

/// 0: it has no claim, or cannot be read.
[[nodiscard]] std::uint32_t claim_in(const SessionRecord& record);

/// Until when the session's key is refused; nullopt: it is not.
[[nodiscard]] std::optional<UtcTime> refused_until(const SessionRecord& record);

}  // namespace crier::broker
