/// \file
/// Reads shared/protocol/vectors/*.txt (format: its README.md).

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "crier/error.hpp"
#include "shared/protocol/messages.hpp"

namespace crier::test {

struct Vector {
    std::string name;
    std::optional<ErrorCode> refused_with;  ///< nullopt: it is accepted.
    protocol::Bytes bytes;
};

/// The vectors of one file, by its name without the folder: "from_session.txt". A file that cannot
/// be read or does not parse fails the running test, and what was read so far is returned.
[[nodiscard]] std::vector<Vector> read_vectors(const std::string& file);

}  // namespace crier::test
