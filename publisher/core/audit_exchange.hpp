/// \file
/// Asking for the broker's log and its chain, and for what was on screens.

#pragma once

#include <memory>

#include "publisher/core/exchange.hpp"

namespace crier::publisher {

[[nodiscard]] std::unique_ptr<Exchange> make_entries_exchange(AskForEntries request);
[[nodiscard]] std::unique_ptr<Exchange> make_audit_head_exchange();
[[nodiscard]] std::unique_ptr<Exchange> make_audit_verify_exchange(const AskToVerify& request);
[[nodiscard]] std::unique_ptr<Exchange> make_screens_exchange(AskForScreens request);

}  // namespace crier::publisher
