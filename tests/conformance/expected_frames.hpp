/// \file
/// What the vectors "… with every key" say, as values: one of each type of frame.

#pragma once

#include <string>
#include <vector>

#include "shared/protocol/messages.hpp"

namespace crier::test {

template <class Frame>
struct Expected {
    std::string name;  ///< The vector's, without " with every key".
    Frame frame;
};

[[nodiscard]] std::vector<Expected<protocol::FromSession>> expected_from_session();
[[nodiscard]] std::vector<Expected<protocol::ToSession>> expected_to_session();
[[nodiscard]] std::vector<Expected<protocol::FromOperator>> expected_from_operator();
[[nodiscard]] std::vector<Expected<protocol::ToOperator>> expected_to_operator();
[[nodiscard]] std::vector<Expected<protocol::BellMessage>> expected_bell();

}  // namespace crier::test
