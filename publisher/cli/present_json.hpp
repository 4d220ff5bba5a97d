/// \file
/// The JSON of --json. Its keys are a promise to scripts: they may be added to, never changed.

#pragma once

#include "publisher/cli/present.hpp"
#include "shared/base/json.hpp"

namespace crier::cli {

/// null where there is none.
void write_time(JsonWriter& json, std::string_view key, const std::optional<UtcTime>& time);

/// A session's answer to a question: "answer", what it says, and "answer_index", which of the
/// choices, from 0; both null where there is none.
void write_answer(JsonWriter& json, const SessionOutcome& outcome,
                  const std::vector<std::string>& choices);

[[nodiscard]] std::string json_of(const std::vector<Session>& sessions);
[[nodiscard]] std::string json_of(const std::vector<SentMessage>& messages);
/// The sessions alone, as a report lists them.
[[nodiscard]] std::string json_of(const Outcome& outcome);
[[nodiscard]] std::string json_of(const MessageStatus& status);
[[nodiscard]] std::string json_of(const std::vector<AuditEntry>& entries);
[[nodiscard]] std::string json_of(const AuditHead& head);
[[nodiscard]] std::string json_of(const AuditVerdict& verdict);
[[nodiscard]] std::string json_of(const Happened& happened);
[[nodiscard]] std::string json_of(const Identity& identity);
[[nodiscard]] std::string json_of(const Health& health);
[[nodiscard]] std::string json_of(const Sent& sent);
[[nodiscard]] std::string json_of(const Changed& changed);

}  // namespace crier::cli
