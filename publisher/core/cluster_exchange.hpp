/// \file
/// The exchanges that ask for the brokers of the cluster and have one forgotten, and what all
/// others keep of those that did not answer.

#pragma once

#include <memory>
#include <vector>

#include "publisher/core/exchange.hpp"

namespace crier::publisher {

[[nodiscard]] std::unique_ptr<Exchange> make_cluster_exchange();
[[nodiscard]] std::unique_ptr<Exchange> make_forget_exchange(const AskToForget& request);

/// What one page said is missing is missing in all of them together; each broker once.
void note_silent(std::vector<SilentBroker>& all, const std::vector<SilentBroker>& more);

}  // namespace crier::publisher
