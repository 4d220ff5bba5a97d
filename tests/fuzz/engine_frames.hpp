/// \file
/// What sessions, operators and other brokers may say to a broker, as an input decides: of few
/// sessions, messages and times, so that what they say meets.

#pragma once

#include <string>

#include "broker/core/broker_frames.hpp"
#include "shared/protocol/messages.hpp"
#include "tests/fuzz/fuzzer.hpp"

namespace crier::fuzz {

/// "user-0" to "user-5".
inline constexpr std::size_t names_count = 6;
[[nodiscard]] std::string take_name(Input& input);
[[nodiscard]] MessageId take_message_id(Input& input);

[[nodiscard]] protocol::SessionHello take_hello(Input& input, const std::string& name);
[[nodiscard]] protocol::FromSession take_session_frame(Input& input, UtcTime now);

/// The title of a message to ids names those whom it is for: "for user-1 user-3 ".
inline constexpr std::string_view title_for = "for ";
[[nodiscard]] protocol::FromOperator take_operator_frame(Input& input, UtcTime now);

/// The other broker of the cluster.
[[nodiscard]] BrokerId other_broker();
[[nodiscard]] broker::BrokerFrame take_broker_frame(Input& input, UtcTime now);

}  // namespace crier::fuzz
