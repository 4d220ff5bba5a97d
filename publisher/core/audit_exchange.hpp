/// \file
/// Asking for the broker's log and its chain.

#pragma once

#include <memory>

#include "publisher/core/exchange.hpp"

namespace crier::publisher {

[[nodiscard]] std::unique_ptr<Exchange> make_entries_exchange(AskForEntries request);
[[nodiscard]] std::unique_ptr<Exchange> make_audit_head_exchange();
[[nodiscard]] std::unique_ptr<Exchange> make_audit_verify_exchange(const AskToVerify& request);

}  // namespace crier::publisher
