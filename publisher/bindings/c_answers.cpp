#include "publisher/bindings/c_answers.hpp"

namespace crier::c {

static_assert(CRIER_WHAT_CONNECTION_LOST == static_cast<int>(Happened::What::connection_lost));

crier_progress progress_of(const Progress& progress) {
    return {.size = sizeof(crier_progress),
            .id = id_of(progress.id),
            .seq = progress.seq,
            .tally = tally_of(progress.tally),
            .is_complete = progress.is_complete,
            .is_final = progress.is_final,
            .removed = progress.removed};
}

crier_send_result send_result_of(const SendResult& result) {
    return {.size = sizeof(crier_send_result),
            .id = id_of(result.id),
            .seq = result.seq,
            .tally = tally_of(result.tally),
            .stands_until_ms = time_of(result.stands_until),
            .already = result.already,
            .dry_run = result.dry_run,
            .is_complete = result.is_complete,
            .is_final = result.is_final,
            .revision = result.revision,
            .removed = result.removed};
}

crier_happened happened_of(const Happened& happened) {
    return {.size = sizeof(crier_happened),
            .what = static_cast<crier_what>(happened.what),
            .at_ms = to_ms(happened.at),
            .session = id_of(happened.session.value_or(SessionId{})),
            .user = happened.user.c_str(),
            .machine = happened.machine.c_str(),
            .message = id_of(happened.message.value_or(MessageId{})),
            .seq = happened.seq.value_or(0),
            .state = static_cast<crier_state>(happened.state.value_or(State::waiting)),
            .detail = happened.detail.c_str(),
            .user_verified = happened.user_verified};
}

ShownSession::ShownSession(const Session& session)
    : crier_session{}, attributes_(session.attributes) {
    size = sizeof(crier_session);
    id = id_of(session.id);
    attributes = &attributes_;
    address = session.address.c_str();
    state = static_cast<crier_presence>(session.state);
    created_ms = to_ms(session.created);
    unreachable_since_ms = time_of(session.unreachable_since);
    system_user_verified = session.system_user_verified;
    user_verified = session.user_verified;
}

ShownSentMessage::ShownSentMessage(const SentMessage& message)
    : crier_sent_message{}, target_(message.target), content_(message.content) {
    size = sizeof(crier_sent_message);
    id = id_of(message.id);
    seq = message.seq;
    revision = message.revision;
    sent_ms = to_ms(message.sent);
    from = message.from.c_str();
    target = &target_;
    content = &content_;
    expires_ms = time_of(message.expires);
    tally = tally_of(message.tally);
    is_final = message.is_final;
    is_recalled = message.is_recalled;
}

ShownSessionOutcome::ShownSessionOutcome(const SessionOutcome& outcome)
    : crier_session_outcome{.size = sizeof(crier_session_outcome),
                            .session = id_of(outcome.session),
                            .user = outcome.user.c_str(),
                            .system_user = outcome.system_user.c_str(),
                            .machine = outcome.machine.c_str(),
                            .application = outcome.application.c_str(),
                            .state = static_cast<crier_state>(outcome.state),
                            .at_ms = to_ms(outcome.at),
                            .cause = outcome.cause.c_str(),
                            .again = outcome.again,
                            .removed = outcome.removed,
                            .user_verified = outcome.user_verified,
                            .system_user_verified = outcome.system_user_verified} {}

OwnedSessionList::OwnedSessionList(std::vector<Session> sessions_listed)
    : crier_session_list{}, values_(std::move(sessions_listed)), rows_(values_) {
    size = sizeof(crier_session_list);
    count = rows_.size();
    sessions = rows_.data();
}

OwnedMessageList::OwnedMessageList(std::vector<SentMessage> messages_listed)
    : crier_message_list{}, values_(std::move(messages_listed)), rows_(values_) {
    size = sizeof(crier_message_list);
    count = rows_.size();
    messages = rows_.data();
}

OwnedOutcome::OwnedOutcome(crier::Outcome outcome)
    : crier_outcome{},
      value_(std::move(outcome)),
      message_(value_.message),
      rows_(value_.sessions) {
    size = sizeof(crier_outcome);
    message = &message_;
    count = rows_.size();
    sessions = rows_.data();
}

OwnedIdentity::OwnedIdentity(Identity identity)
    : crier_identity{}, value_(std::move(identity)), rights_(value_.rights) {
    size = sizeof(crier_identity);
    principal = value_.principal.c_str();
    address = value_.address.c_str();
    right_count = value_.rights.size();
    rights = rights_.data();
}

OwnedHealth::OwnedHealth(Health health) : crier_health{}, value_(std::move(health)) {
    size = sizeof(crier_health);
    is_healthy = value_.is_healthy;
    problem = value_.problem.c_str();
    broker = value_.broker.c_str();
    started_ms = to_ms(value_.started);
    seq = value_.seq;
    sessions = value_.sessions;
    connected = value_.connected;
    live_messages = value_.live_messages;
}

}  // namespace crier::c
