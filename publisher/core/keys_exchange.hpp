/// \file
/// The exchanges that list and change who may come in by key.

#pragma once

#include <memory>

#include "publisher/core/exchange.hpp"

namespace crier::publisher {

[[nodiscard]] std::unique_ptr<Exchange> make_keys_exchange();
[[nodiscard]] std::unique_ptr<Exchange> make_set_keys_exchange(AskToSetKeys request);

}  // namespace crier::publisher
