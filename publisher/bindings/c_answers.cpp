#include "publisher/bindings/c_answers.hpp"

#include <iterator>

namespace crier::c {

namespace {

using What = Happened::What;

/// In C the kinds are numbered as they came, and so never anew.
struct WhatPair {
    What what;
    crier_what number;
};
constexpr WhatPair whats[] = {
    {What::session_opened, CRIER_WHAT_SESSION_OPENED},
    {What::session_unreachable, CRIER_WHAT_SESSION_UNREACHABLE},
    {What::session_returned, CRIER_WHAT_SESSION_RETURNED},
    {What::session_closed, CRIER_WHAT_SESSION_CLOSED},
    {What::message_accepted, CRIER_WHAT_MESSAGE_ACCEPTED},
    {What::receipt, CRIER_WHAT_RECEIPT},
    {What::message_updated, CRIER_WHAT_MESSAGE_UPDATED},
    {What::message_recalled, CRIER_WHAT_MESSAGE_RECALLED},
    {What::message_due, CRIER_WHAT_MESSAGE_DUE},
    {What::session_dropped, CRIER_WHAT_SESSION_DROPPED},
    {What::admission_changed, CRIER_WHAT_ADMISSION_CHANGED},
    {What::question_closed, CRIER_WHAT_QUESTION_CLOSED},
    {What::missed, CRIER_WHAT_MISSED},
    {What::connection_lost, CRIER_WHAT_CONNECTION_LOST},
};
constexpr auto last_what = static_cast<std::size_t>(What::connection_lost);
static_assert(std::size(whats) == last_what + 1, "a kind is added at the end of C's, too");

crier_what number_of(What what) {
    for (const WhatPair& one : whats) {
        if (one.what == what) return one.number;
    }
    return -1;
}

std::vector<std::int64_t> ms_of(const std::vector<UtcTime>& times) {
    std::vector<std::int64_t> ms;
    ms.reserve(times.size());
    for (const UtcTime time : times) ms.push_back(to_ms(time));
    return ms;
}

std::uint32_t sessions_of(const std::vector<SilentBroker>& silent) {
    std::uint32_t sessions = 0;
    for (const SilentBroker& one : silent) sessions += one.sessions;
    return sessions;
}

}  // namespace

std::optional<Happened::What> what_from(crier_what number) {
    for (const WhatPair& one : whats) {
        if (one.number == number) return one.what;
    }
    return std::nullopt;
}

crier_progress progress_of(const Progress& progress) {
    crier_progress shown{.size = sizeof(crier_progress),
                         .id = id_of(progress.id),
                         .seq = progress.seq,
                         .tally = tally_of(progress.tally),
                         .is_complete = progress.is_complete,
                         .is_final = progress.is_final,
                         .removed = progress.counts.removed,
                         .dropped = progress.counts.dropped,
                         .answers = {},
                         .is_closed = progress.is_closed,
                         .silent_brokers = static_cast<std::uint32_t>(progress.silent.size()),
                         .silent_sessions = sessions_of(progress.silent)};
    show_answers(progress.counts, shown.answers);
    return shown;
}

crier_send_result send_result_of(const SendResult& result) {
    crier_send_result shown{.size = sizeof(crier_send_result),
                            .id = id_of(result.id),
                            .seq = result.seq,
                            .tally = tally_of(result.tally),
                            .stands_until_ms = time_of(result.stands_until),
                            .already = result.already,
                            .dry_run = result.dry_run,
                            .is_complete = result.is_complete,
                            .is_final = result.is_final,
                            .revision = result.revision,
                            .removed = result.counts.removed,
                            .dropped = result.counts.dropped,
                            .answers = {},
                            .due_ms = time_of(result.due),
                            .is_closed = result.is_closed,
                            .silent_brokers = static_cast<std::uint32_t>(result.silent.size()),
                            .silent_sessions = sessions_of(result.silent)};
    show_answers(result.counts, shown.answers);
    return shown;
}

crier_happened happened_of(const Happened& happened) {
    return {.size = sizeof(crier_happened),
            .what = number_of(happened.what),
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

ShownSchedule::ShownSchedule(const Schedule& schedule)
    : crier_schedule{}, announcements_(ms_of(schedule.announcements)) {
    size = sizeof(crier_schedule);
    due_ms = time_of(schedule.due);
    every_ms = schedule.every.count();
    until_ms = time_of(schedule.until);
    announcement_count = announcements_.size();
    announcements_ms = announcements_.data();
    close_admission_ms = time_of(schedule.close_admission);
    drop_ms = time_of(schedule.drop);
}

ShownSentMessage::ShownSentMessage(const SentMessage& message)
    : crier_sent_message{},
      target_(message.target),
      content_(message.content),
      schedule_(message.schedule) {
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
    is_waiting = message.is_waiting;
    each_session = message.each_session;
    quorum = message.quorum;
    removed = message.counts.removed;
    dropped = message.counts.dropped;
    show_answers(message.counts, answers);
    schedule = &schedule_;
    next_ms = time_of(message.next);
    late_ms = time_of(message.late);
    closed_ms = time_of(message.closed);
}

ShownSessionOutcome::ShownSessionOutcome(const SessionOutcome& outcome)
    : crier_session_outcome{
          .size = sizeof(crier_session_outcome),
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
          .system_user_verified = outcome.system_user_verified,
          .dropped = outcome.dropped,
          .answer = outcome.answer ? static_cast<std::int32_t>(*outcome.answer) : -1,
          .digest = outcome.digest} {}

ShownSilentBroker::ShownSilentBroker(const SilentBroker& silent)
    : crier_silent_broker{.size = sizeof(crier_silent_broker),
                          .broker = silent.broker.c_str(),
                          .sessions = silent.sessions} {}

OwnedSessionList::OwnedSessionList(Gathered<Session> sessions_listed)
    : crier_session_list{},
      values_(std::move(sessions_listed)),
      rows_(values_),
      silent_(values_.silent) {
    size = sizeof(crier_session_list);
    count = rows_.size();
    sessions = rows_.data();
    silent_count = silent_.size();
    silent = silent_.data();
}

OwnedMessageList::OwnedMessageList(Gathered<SentMessage> messages_listed)
    : crier_message_list{},
      values_(std::move(messages_listed)),
      rows_(values_),
      silent_(values_.silent) {
    size = sizeof(crier_message_list);
    count = rows_.size();
    messages = rows_.data();
    silent_count = silent_.size();
    silent = silent_.data();
}

OwnedOutcome::OwnedOutcome(crier::Outcome outcome)
    : crier_outcome{},
      value_(std::move(outcome)),
      message_(value_.message),
      rows_(value_.sessions),
      silent_(value_.silent) {
    size = sizeof(crier_outcome);
    message = &message_;
    count = rows_.size();
    sessions = rows_.data();
    silent_count = silent_.size();
    silent = silent_.data();
}

OwnedAdmission::OwnedAdmission(Admission admission)
    : crier_admission{}, value_(std::move(admission)) {
    size = sizeof(crier_admission);
    is_open = value_.is_open;
    message = value_.message.c_str();
    except = value_.except.c_str();
    since_ms = time_of(value_.since);
    by = value_.by.c_str();
    already = value_.already;
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
