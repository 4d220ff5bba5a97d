/// \file
/// A session as the journal keeps it: in the protocol's own form, as an element of a session page.

#pragma once

#include "broker/journal/journal.hpp"
#include "crier/result.hpp"
#include "crier/session.hpp"

namespace crier::broker {

[[nodiscard]] SessionRecord to_record(const Session& session, std::uint32_t number, bool is_open,
                                      UtcTime changed);

/// Errors: journal_damaged.
Result<Session> session_from(const SessionRecord& record);

}  // namespace crier::broker
