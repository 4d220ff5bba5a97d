/// \file
/// The elements of pages: sessions, summaries of messages, outcomes.

#pragma once

#include "shared/protocol/messages.hpp"
#include "shared/protocol/wire.hpp"

namespace crier::protocol {

void write_item(Bytes& out, const Session& session);
void write_item(Bytes& out, const MessageSummary& summary);
void write_item(Bytes& out, const SessionOutcome& outcome);

[[nodiscard]] Session read_session(const MapReader& map);
[[nodiscard]] MessageSummary read_summary(const MapReader& map);
[[nodiscard]] SessionOutcome read_outcome(const MapReader& map);

}  // namespace crier::protocol
