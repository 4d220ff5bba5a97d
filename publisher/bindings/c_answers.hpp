/// \file
/// The answers of a publisher as C structs: each owns the C++ value that it shows.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "crier/c_publisher.h"
#include "crier/publisher.hpp"
#include "shared/bindings/c_support.hpp"

namespace crier::c {

[[nodiscard]] crier_progress progress_of(const Progress& progress);
[[nodiscard]] crier_send_result send_result_of(const SendResult& result);

/// nullopt: a number that is none of crier_what.
[[nodiscard]] std::optional<Happened::What> what_from(crier_what number);

/// Shows a value that outlives it.
[[nodiscard]] crier_happened happened_of(const Happened& happened);

struct ShownSession : crier_session {
    explicit ShownSession(const Session& session);
    ShownSession(const ShownSession&) = delete;
    ShownSession& operator=(const ShownSession&) = delete;

private:
    ShownAttributes attributes_;
};

struct ShownSchedule : crier_schedule {
    explicit ShownSchedule(const Schedule& schedule);
    ShownSchedule(const ShownSchedule&) = delete;
    ShownSchedule& operator=(const ShownSchedule&) = delete;

private:
    std::vector<std::int64_t> announcements_;
};

struct ShownSentMessage : crier_sent_message {
    explicit ShownSentMessage(const SentMessage& message);
    ShownSentMessage(const ShownSentMessage&) = delete;
    ShownSentMessage& operator=(const ShownSentMessage&) = delete;

private:
    ShownTarget target_;
    ShownContent content_;
    ShownSchedule schedule_;
};

struct ShownSilentBroker : crier_silent_broker {
    explicit ShownSilentBroker(const SilentBroker& silent);
};
using ShownSilent = ShownRows<crier_silent_broker, ShownSilentBroker>;

struct ShownSessionOutcome : crier_session_outcome {
    explicit ShownSessionOutcome(const SessionOutcome& outcome);
};

// What the interface hands out and its `_free` functions take back. `Struct` is what C sees.

struct OwnedSessionList : crier_session_list {
    using Struct = crier_session_list;
    explicit OwnedSessionList(Gathered<Session> sessions);

private:
    Gathered<Session> values_;
    ShownRows<crier_session, ShownSession> rows_;
    ShownSilent silent_;
};

struct OwnedMessageList : crier_message_list {
    using Struct = crier_message_list;
    explicit OwnedMessageList(Gathered<SentMessage> messages);

private:
    Gathered<SentMessage> values_;
    ShownRows<crier_sent_message, ShownSentMessage> rows_;
    ShownSilent silent_;
};

struct OwnedOutcome : crier_outcome {
    using Struct = crier_outcome;
    explicit OwnedOutcome(crier::Outcome outcome);

private:
    crier::Outcome value_;
    ShownSentMessage message_;
    ShownRows<crier_session_outcome, ShownSessionOutcome> rows_;
    ShownSilent silent_;
};

struct OwnedAdmission : crier_admission {
    using Struct = crier_admission;
    explicit OwnedAdmission(Admission admission);

private:
    Admission value_;
};

struct OwnedIdentity : crier_identity {
    using Struct = crier_identity;
    explicit OwnedIdentity(Identity identity);

private:
    Identity value_;
    StringArray rights_;
};

struct OwnedHealth : crier_health {
    using Struct = crier_health;
    explicit OwnedHealth(Health health);

private:
    Health value_;
};

}  // namespace crier::c
