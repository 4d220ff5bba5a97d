/// \file
/// What `crier keys` prints. Pure, as present.hpp.

#pragma once

#include <string>
#include <vector>

#include "crier/registered_key.hpp"
#include "publisher/cli/present.hpp"

namespace crier::cli {

[[nodiscard]] std::string present(const std::vector<RegisteredKey>& keys, const View& view);

/// How a public key begins: enough to name it.
[[nodiscard]] std::string begin_of(const PublicKey& key);

}  // namespace crier::cli
