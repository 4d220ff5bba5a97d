/// \file
/// The elements of pages: sessions, summaries of messages, outcomes, screens.

#pragma once

#include "shared/protocol/messages.hpp"
#include "shared/protocol/wire.hpp"

namespace crier::protocol {

void write_item(Bytes& out, const Session& session);
void write_item(Bytes& out, const MessageSummary& summary);
void write_item(Bytes& out, const SessionOutcome& outcome);
void write_item(Bytes& out, const OnScreen& shown);

[[nodiscard]] Session read_session(const MapReader& map);
[[nodiscard]] MessageSummary read_summary(const MapReader& map);
[[nodiscard]] SessionOutcome read_outcome(const MapReader& map);
[[nodiscard]] OnScreen read_on_screen(const MapReader& map);

}  // namespace crier::protocol
