/// \file
/// What anybody can ask of a broker or say to it, as PROTOCOL.md's table of operations has it, and
/// an example of each.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "crier/time.hpp"
#include "shared/protocol/messages.hpp"

namespace crier::test {

/// A row of the table, for one of the frames that it names.
struct Operation {
    std::string frame;      ///< Its type: "send".
    std::string condition;  ///< Of which of them: "with `drop`". Empty: of the others.
    bool is_for_sessions = false;
    bool is_for_operators = false;
    std::vector<std::string> rights;  ///< That an operator needs, all of them.
    bool is_for_brokers = false;

    [[nodiscard]] std::string name() const;
    /// It takes or changes what was sent.
    [[nodiscard]] bool is_change() const;
};

/// Of the whole table; a cell that cannot be read fails the running test.
[[nodiscard]] std::vector<Operation> operations();

/// The messages that the examples are about; an operator who may everything has sent them.
enum class About : std::uint8_t { plain = 1, drop, close_admission, question };
[[nodiscard]] MessageId id_of(About about);
[[nodiscard]] protocol::Send message_about(About about, const SessionId& to, UtcTime now);

/// An operator's frame that is in order: whoever may do it gets what was asked. nullopt: the codec
/// has no such frame, or no example of it is known.
[[nodiscard]] std::optional<protocol::FromOperator> operator_frame(const Operation& operation,
                                                                   const SessionId& session,
                                                                   UtcTime now);
[[nodiscard]] std::optional<protocol::FromSession> session_frame(const Operation& operation);

}  // namespace crier::test
