/// \file
/// What a caller may ask, and what it hears: values that pass between the callers' threads and the
/// dialogue.

#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "crier/publisher.hpp"
#include "shared/base/time.hpp"

namespace crier::publisher {

/// Names one request from its posting to its answer; given by who posts, never used again.
enum class Ticket : std::uint64_t {};

/// Answered by std::monostate at the first welcome, or by the error of the endpoints.
struct AskForConnection {};
/// Answered by SendResult; Progress is told meanwhile if there is something to wait for.
struct AskToSend {
    MessageId id;
    Target target;
    Content content;
    std::optional<UtcTime> expires;
    Schedule schedule{};
    bool each_session = false;
    std::uint32_t quorum = 0;
    bool dry_run = false;
    std::optional<State> wait_for;
    bool wait_for_drop = false;
    std::vector<std::uint8_t> sealed{};  ///< Of a private message: `content` is its cover.
};
/// Answered as AskToSend.
struct AskToUpdate {
    MessageId id;  ///< Of the request.
    MessageId message;
    MessageUpdate changes;
    std::optional<State> wait_for;
};
struct AskToRecall {
    MessageId id;
    MessageId message;
};
struct AskToClose {
    MessageId id;
    MessageId message;
};
/// Answered by Admission; without `change` by what it is now.
struct AskForAdmission {
    struct Change {
        MessageId id;
        bool is_open = true;
        std::string message;
        std::string except;
    };
    std::optional<Change> change;
};
/// Answered by Progress, and told meanwhile.
struct AskToWait {
    MessageId id;
    State state = State::displayed;
};
/// Answered by all the sessions.
struct AskForSessions {
    Target target;
};
/// Answered by at most `count` messages.
struct AskForMessages {
    std::size_t count = 20;
    std::optional<std::uint64_t> before;
    bool scheduled = false;  ///< Only those whose schedule has something to come.
};
/// Answered by Outcome.
struct AskForOutcome {
    MessageId id;
};
/// Never answered before the end; Happened is told.
struct AskToWatch {};
/// Answered by Identity.
struct AskForIdentity {};
/// Answered by Health.
struct AskForHealth {};

/// Answered by the brokers.
struct AskForCluster {};
/// Answered by std::monostate.
struct AskToForget {
    BrokerId broker;
};

/// Answered by all the keys.
struct AskForKeys {};
/// Answered by std::monostate.
struct AskToSetKeys {
    MessageId id;  ///< Of the request.
    KeyChange change;
};

/// Answered by at most `count` entries.
struct AskForEntries {
    std::size_t count = 20;
    AuditFilter filter;
};
/// Answered by AuditHead.
struct AskForAuditHead {};
/// Answered by AuditVerdict.
struct AskToVerify {
    std::optional<AuditHead> kept;
};
/// Answered by Screens, with at most limits::screens_max elements.
struct AskForScreens {
    std::string where;  ///< A filter: whose.
    UtcTime at{};
};

using Request =
    std::variant<AskForConnection, AskToSend, AskToUpdate, AskToRecall, AskToClose, AskForAdmission,
                 AskToWait, AskForSessions, AskForMessages, AskForOutcome, AskToWatch,
                 AskForIdentity, AskForHealth, AskForCluster, AskToForget, AskForKeys, AskToSetKeys,
                 AskForEntries, AskForAuditHead, AskToVerify, AskForScreens>;

/// Why a request came to nothing, with what a refusal may add.
struct Failure {
    Error error;
    std::vector<SessionId> unknown;
    std::optional<std::uint32_t> position;
};

using Answer = std::variant<Failure, std::monostate, SendResult, Progress, Gathered<Session>,
                            Gathered<SentMessage>, std::vector<ClusterBroker>,
                            std::vector<RegisteredKey>, Outcome, Admission, Identity, Health,
                            std::vector<AuditEntry>, AuditHead, AuditVerdict, Screens>;

/// What a caller hears before its answer.
using News = std::variant<Progress, Happened>;

}  // namespace crier::publisher
