/// \file
/// Changing a message: accepted first, then perhaps waited for.

#pragma once

#include <memory>

#include "publisher/core/exchange.hpp"

namespace crier::publisher {

[[nodiscard]] std::unique_ptr<Exchange> make_update_exchange(AskToUpdate request);
[[nodiscard]] std::unique_ptr<Exchange> make_close_exchange(const AskToClose& request);
[[nodiscard]] std::unique_ptr<Exchange> make_recall_exchange(const AskToRecall& request);

}  // namespace crier::publisher
