/// \file
/// What several brokers answer, put together: counts, and pages in the order of session ids.

#pragma once

#include "crier/message.hpp"
#include "shared/protocol/messages.hpp"

namespace crier::broker {

void add_to(Tally& tally, Counts& counts, const Tally& more, const Counts& more_counts);
void add_to(protocol::TallyChanged& sum, const protocol::TallyChanged& more);
void add_to(protocol::MessageSummary& sum, const protocol::TallyChanged& more);

/// Both begin behind the same session. What the result leaves out comes with its next page. Of a
/// session that both have, because it moves just now, the connected one counts.
void merge(protocol::SessionPage& page, protocol::SessionPage more);
void merge(protocol::OutcomePage& page, protocol::OutcomePage more);

}  // namespace crier::broker
