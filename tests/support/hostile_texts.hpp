/// \file
/// The corpus of hostile_texts.txt.

#pragma once

#include <string>
#include <vector>

namespace crier::testing {

struct Payload {
    std::string name;
    std::string bytes;
};

/// In the order of the file, and then each single byte, alone and behind an escape.
[[nodiscard]] std::vector<Payload> hostile_texts();

}  // namespace crier::testing
