/// \file
/// What a session writes down so that a crash loses nothing and repeats at most what was being
/// shown: plain values, folded into a table. The edge keeps them in a file (edge/state_file.hpp),
/// the simulation in a vector.
///
///     KeepMessage (showing) ──durable──> the program shows it ──> MarkMessage (displayed)
///
/// Pure, not thread-safe.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <variant>
#include <vector>

#include "shared/protocol/messages.hpp"
#include "subscriber/core/mark.hpp"

namespace crier::subscriber {

/// A revision of a message begins to be shown; replaces what was kept under its id.
struct KeepMessage {
    protocol::Show show;
    Mark mark;

    bool operator==(const KeepMessage&) const = default;
};
struct MarkMessage {
    MessageId id;
    std::uint32_t revision = 1;
    Mark mark;

    bool operator==(const MarkMessage&) const = default;
};
struct ForgetMessage {
    MessageId id;

    bool operator==(const ForgetMessage&) const = default;
};
/// The last welcome. Kept for another session, the whole table means nothing.
struct KeepSession {
    SessionId session;
    UtcTime opened{};
    protocol::Bytes resume;
    Milliseconds broker_ahead{};  ///< The broker's clock less this machine's wall clock.
    std::vector<protocol::OtherPlace> others{};  ///< Of the last welcome that named any.

    bool operator==(const KeepSession&) const = default;
};

using Record = std::variant<KeepMessage, MarkMessage, ForgetMessage, KeepSession>;

/// All that is only needed to show it.
void drop_text(protocol::Show& show);

/// Records, folded. Text and title of a message that will not be shown again are dropped.
class RecordTable {
public:
    void apply(const Record& record);

    /// The fewest records that fold to this table: the session, then messages by id.
    [[nodiscard]] std::vector<Record> snapshot() const;

    [[nodiscard]] const std::optional<KeepSession>& session() const { return session_; }
    [[nodiscard]] const std::map<MessageId, KeepMessage>& messages() const { return messages_; }

private:
    std::optional<KeepSession> session_;
    std::map<MessageId, KeepMessage> messages_;
};

}  // namespace crier::subscriber
