#include "tests/simulation/operators.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace crier::simulation {
namespace {

constexpr int publishers = 3;
constexpr int messages = 16;
constexpr int changing_messages = 6;
constexpr int scheduled_messages = 2;
constexpr int questions = 2;
constexpr int drains = 2;
constexpr int settings_of_admission = 3;
constexpr int changes_max = 3;         ///< Of one message.
constexpr int messages_in_burst = 50;  ///< More than a session may have unconfirmed.
constexpr Milliseconds answer_timeout{20'000};
constexpr int repeats_max = 2;  ///< Of what was not accepted, by the same id.

/// Whether an operator asks for the same once more.
bool is_to_repeat(const Error& error) {
    return error.code == ErrorCode::outcome_unknown ||
           error.code == ErrorCode::backbone_unreachable;
}

}  // namespace

Operators::Operators(World& world, Network& network, Ledger& ledger, const Sessions& sessions,
                     const std::vector<std::string>& endpoints)
    : world_(world),
      network_(network),
      ledger_(ledger),
      sessions_(sessions),
      sessions_at_start_(sessions.size()),
      horizon_(world.now().utc) {
    for (int number = 0; number < publishers; ++number) {
        std::vector<std::string> tried = endpoints;
        const auto first = static_cast<std::size_t>(number) % tried.size();
        std::rotate(tried.begin(), tried.begin() + static_cast<std::ptrdiff_t>(first), tried.end());
        publishers_.push_back(std::make_unique<PublisherNode>(world_, network_, std::move(tried)));
    }
}

template <class Act>
void Operators::some_time(Milliseconds by, Act act) {
    world_.after(world_.chance.between(0, by.count()), std::move(act));
}

void Operators::schedule(Milliseconds storm) {
    storm_ = storm;
    for (int number = 0; number < messages; ++number) {
        some_time(storm, [this] { send(some_message(), some_target()); });
    }
    for (int number = 0; number < changing_messages; ++number) {
        some_time(storm / 2, [this] { send_changing(); });
    }
    if (world_.chance.one_in(2)) some_time(storm / 2, [this] { send_burst(); });
    for (int number = 0; number < scheduled_messages; ++number) {
        some_time(storm / 2, [this] { send_scheduled(); });
    }
    for (int number = 0; number < questions; ++number) {
        some_time(storm / 2, [this] { send_question(); });
    }
    if (world_.chance.one_in(2)) {
        for (int number = 0; number < drains; ++number) {
            some_time(storm / 2, [this] { send_drain(); });
        }
    }
    if (world_.chance.one_in(2)) {
        for (int number = 0; number < settings_of_admission; ++number) {
            some_time(storm, [this] { set_admission(world_.chance.one_in(3)); });
        }
    }
}

// ---- Messages -----------------------------------------------------------------------------------

/// A message that is updated some times, and perhaps recalled, by whichever publisher; some of it
/// before it is accepted.
void Operators::send_changing() {
    publisher::AskToSend message = some_lasting_message();
    const MessageId id = message.id;
    send(std::move(message), some_target());
    ledger_.asked.at(id).is_changing = true;
    change_at_random(id, changes_max, false);
    if (world_.chance.one_in(2)) recall_later(id);
}

/// To one session, which may not be reading just then.
void Operators::send_burst() {
    SessionNode& chosen = some_session();
    if (world_.chance.one_in(2)) chosen.stop_reading(world_.chance.between(2'000, 6'000));
    const bool is_large = world_.chance.one_in(2);
    for (int number = 0; number < messages_in_burst; ++number) {
        publisher::AskToSend message = some_message();
        message.expires.reset();
        const std::uint64_t bytes_max = is_large ? 6'000 : 100;
        message.content.text.append(world_.chance.below(bytes_max - 20), '.');
        some_time(Milliseconds{1'000},
                  [this, message, target = Target::of({chosen.id()})] { send(message, target); });
    }
}

/// Later, again and again, or when it was announced; and then other times than was said first.
void Operators::send_scheduled() {
    publisher::AskToSend message = some_lasting_message();
    message.schedule = some_schedule();
    if (world_.chance.one_in(3)) {
        message.expires = world_.now().utc + world_.chance.between(12'500, 20'000);
    }
    const MessageId id = message.id;
    const std::optional<UtcTime> due = message.schedule.due;
    look_ahead(message);
    send(std::move(message), some_target());
    ledger_.asked.at(id).is_changing = true;
    change_at_random(id, changes_max, true);
    if (world_.chance.one_in(4)) recall_later(id);
    if (due && world_.chance.one_in(3)) change_at_the_last_moment(id, *due);
}

void Operators::send_question() {
    publisher::AskToSend message = some_lasting_message();
    message.content.choices = {"yes", "no", "perhaps"};
    message.expires = world_.now().utc + world_.chance.between(10'000, 40'000);
    if (world_.chance.one_in(2)) {
        message.quorum = static_cast<std::uint32_t>(10 + world_.chance.below(50));
    }
    if (world_.chance.one_in(3)) {
        message.schedule.due = world_.now().utc + world_.chance.between(1'000, 6'000);
    }
    const MessageId id = message.id;
    look_ahead(message);
    send(std::move(message), some_target());
    ledger_.asked.at(id).is_changing = true;
    if (world_.chance.one_in(2)) change_at_random(id, 2, false);
    if (world_.chance.one_in(3)) close_later(id);
    if (world_.chance.one_in(6)) recall_later(id);
}

/// Some people are to leave: at once, or when they have heard of it; some drains are put off, and
/// some are called off.
void Operators::send_drain() {
    publisher::AskToSend message = some_lasting_message();
    const UtcTime now = world_.now().utc;
    const bool has_grace = !world_.chance.one_in(4);
    const UtcTime drop = now + (has_grace ? world_.chance.between(2'000, 10'000) : Milliseconds{0});
    message.schedule.drop = drop;
    if (has_grace && world_.chance.one_in(2)) {
        const Milliseconds first = world_.chance.between(500, 1'500);
        message.schedule.announcements = {now + first, (now + first) + (drop - now - first) / 2};
    }
    if (world_.chance.one_in(2)) {
        message.schedule.close_admission = now + world_.chance.between(0, (drop - now).count());
    }
    const MessageId id = message.id;
    const SessionNode& chosen = some_session();
    const bool is_for_one = world_.chance.one_in(3);
    look_ahead(message);
    send(std::move(message), is_for_one ? Target::of({chosen.id()})
                                        : Target::matching("user=" + chosen.attributes().user));
    ledger_.asked.at(id).is_changing = true;
    ledger_.drains.insert(id);
    if (world_.chance.one_in(2)) change_at_random(id, 2, true);
    if (world_.chance.one_in(4)) recall_later(id);
    if (has_grace && world_.chance.one_in(2)) change_at_the_last_moment(id, drop);
}

Schedule Operators::some_schedule() {
    Schedule schedule;
    const UtcTime now = world_.now().utc;
    const UtcTime first = now + world_.chance.between(1'000, 6'000);
    switch (world_.chance.below(4)) {
        case 0:
            schedule.due = first;
            break;
        case 1:
            for (UtcTime at = first; at < now + Milliseconds{12'000};
                 at += world_.chance.between(1'000, 5'000)) {
                schedule.announcements.push_back(at);
            }
            break;
        default:
            if (world_.chance.one_in(2)) schedule.due = first;
            schedule.every = world_.chance.between(2'000, 6'000);
            schedule.until = now + world_.chance.between(6'000, 12'000);
            break;
    }
    return schedule;
}

void Operators::look_ahead(const publisher::AskToSend& message) {
    const Schedule& schedule = message.schedule;
    for (const auto& at : {schedule.due, schedule.until, schedule.drop, message.expires}) {
        if (at) horizon_ = std::max(horizon_, *at);
    }
    if (!schedule.announcements.empty()) {
        horizon_ = std::max(horizon_, schedule.announcements.back());
    }
}

// ---- Changes ------------------------------------------------------------------------------------

void Operators::change_at_random(const MessageId& message, std::uint64_t updates_max,
                                 bool has_schedule) {
    const auto updates = world_.chance.below(updates_max + 1);
    for (std::uint64_t number = 0; number < updates; ++number) {
        MessageUpdate update;
        const std::uint64_t kind = has_schedule ? world_.chance.below(3) : 0;
        if (kind == 0) update.text = "text " + std::to_string(number + 2);
        if (kind == 1) update.shift = world_.chance.between(500, 4'000);
        if (kind == 2) update.due = world_.now().utc + world_.chance.between(3'000, 12'000);
        update.ask_again = world_.chance.one_in(4);
        horizon_ += update.shift;
        if (update.due) horizon_ = std::max(horizon_, *update.due);
        update_later(message, update);
    }
}

void Operators::update_later(const MessageId& message, MessageUpdate update) {
    some_time(storm_ / 3, [this, message, update = std::move(update)] {
        AskedChange change;
        change.asks_again = update.ask_again;
        ask_to_change(message, change, update);
    });
}

/// What happens at `at` is called off or put off, while the clock strikes.
void Operators::change_at_the_last_moment(const MessageId& message, UtcTime at) {
    const Milliseconds until = at - world_.now().utc - world_.chance.between(0, 60);
    world_.after(until, [this, message, is_recall = world_.chance.one_in(2)] {
        if (is_recall) return ask_to_change(message, {.kind = AskedChange::Kind::recall}, {});
        MessageUpdate update;
        update.shift = Milliseconds{3'000};
        horizon_ += update.shift;
        ask_to_change(message, {}, update);
    });
}

void Operators::recall_later(const MessageId& message) {
    some_time(storm_ / 3,
              [this, message] { ask_to_change(message, {.kind = AskedChange::Kind::recall}, {}); });
}

void Operators::close_later(const MessageId& message) {
    some_time(storm_ / 3,
              [this, message] { ask_to_change(message, {.kind = AskedChange::Kind::close}, {}); });
}

void Operators::ask_to_change(const MessageId& message, AskedChange change, MessageUpdate update) {
    std::vector<AskedChange>& changes = ledger_.asked.at(message).changes;
    const std::size_t index = changes.size();
    changes.push_back(change);
    MessageId request = message;
    request.bytes[0] = 1;
    request.bytes[1] = static_cast<std::uint8_t>(index);
    publisher::Request asked = publisher::AskToRecall{request, message};
    if (change.kind == AskedChange::Kind::close) asked = publisher::AskToClose{request, message};
    if (change.kind == AskedChange::Kind::update) {
        asked = publisher::AskToUpdate{request, message, std::move(update), std::nullopt};
    }
    ask_for_change(asked, message, index, repeats_max);
}

void Operators::ask_for_change(const publisher::Request& asked, const MessageId& message,
                               std::size_t index, int repeats_left) {
    some_publisher().ask(
        asked, answer_timeout,
        [this, asked, message, index, repeats_left](const publisher::Answer& answer) {
            AskedChange& known = ledger_.asked.at(message).changes[index];
            const auto* failed = std::get_if<publisher::Failure>(&answer);
            known.is_accepted = std::holds_alternative<SendResult>(answer);
            known.is_in_doubt |= failed && failed->error.code == ErrorCode::outcome_unknown;
            known.is_refused = failed != nullptr && !known.is_in_doubt;
            constexpr std::array<const char*, 3> names{"update", "recall", "close"};
            world_.trace("change " + std::to_string(index) + " (" +
                         names.at(static_cast<std::size_t>(known.kind)) + ") of " +
                         to_string(message) + ": " +
                         (failed ? to_string(failed->error) : "accepted"));
            const bool is_repeated = failed && is_to_repeat(failed->error) && repeats_left > 0;
            if (is_repeated && ledger_.is_cluster && world_.chance.one_in(2)) {
                known.is_refused = false;
                ask_for_change(asked, message, index, repeats_left - 1);
            }
        });
}

// ---- Admission ----------------------------------------------------------------------------------

void Operators::set_admission(bool is_open) {
    publisher::AskForAdmission::Change change;
    last_setting_ += 1;
    change.id.bytes[0] = 2;
    change.id.bytes[15] = static_cast<std::uint8_t>(last_setting_);
    change.is_open = is_open;
    if (!is_open) change.message = "closed for the " + std::to_string(last_setting_) + ". time";
    if (!is_open && world_.chance.one_in(2)) {
        change.except = "system_user=" + some_session().attributes().user;
    }
    some_publisher().ask(publisher::AskForAdmission{change}, answer_timeout,
                         [this, is_open, number = last_setting_](const publisher::Answer& answer) {
                             if (is_open) is_opening_ = false;
                             const auto* failed = std::get_if<publisher::Failure>(&answer);
                             world_.trace("admission " + std::to_string(number) + ": " +
                                          (failed ? to_string(failed->error) : "accepted"));
                         });
}

void Operators::open_admission() {
    is_opening_ = true;
    set_admission(true);
}

// ---- Everything else ----------------------------------------------------------------------------

SessionNode& Operators::some_session() {
    return *sessions_[world_.chance.below(sessions_at_start_)];
}

PublisherNode& Operators::some_publisher() {
    return *publishers_[world_.chance.below(publishers)];
}

publisher::AskToSend Operators::some_message() {
    publisher::AskToSend message;
    message.id = {};
    last_message_ += 1;
    message.id.bytes[14] = static_cast<std::uint8_t>(last_message_ >> 8);
    message.id.bytes[15] = static_cast<std::uint8_t>(last_message_ & 0xff);
    message.content.title = "message " + std::to_string(last_message_);
    message.content.text = "text";
    message.each_session = world_.chance.one_in(3);
    if (world_.chance.one_in(5)) message.content.style = Style::alert;
    switch (world_.chance.below(5)) {
        case 0:  // Stands for those who come later, beyond the end.
            message.expires = world_.now().utc + Milliseconds{600'000};
            break;
        case 1:  // Some will be too late for it.
            message.expires = world_.now().utc + world_.chance.between(2'000, 20'000);
            break;
        default:
            break;
    }
    return message;
}

publisher::AskToSend Operators::some_lasting_message() {
    publisher::AskToSend message = some_message();
    message.expires.reset();
    message.content.style = Style::notification;
    return message;
}

Target Operators::some_target() {
    const SessionNode& chosen = some_session();
    switch (world_.chance.below(4)) {
        case 0:
            return Target::of({chosen.id()});
        case 1:
            return Target::matching("user=" + chosen.attributes().user);
        default:
            return Target::everyone();
    }
}

std::set<SessionId> Operators::audience_of(const Target& target) const {
    std::set<SessionId> audience;
    for (const auto& session : sessions_) {
        const bool is_named =
            target.kind == Target::Kind::all ||
            (target.kind == Target::Kind::sessions && target.sessions[0] == session->id()) ||
            (target.kind == Target::Kind::where &&
             target.where == "user=" + session->attributes().user);
        if (is_named) audience.insert(session->id());
    }
    return audience;
}

void Operators::send(publisher::AskToSend message, Target target) {
    message.target = std::move(target);
    Asked& asked = ledger_.asked[message.id];
    asked.audience = audience_of(message.target);
    asked.posted = world_.now().steady;
    asked.is_alert = message.content.style == Style::alert;
    asked.each_session = message.each_session;
    asked.quorum = message.quorum;
    if (message.expires) {
        asked.expires = world_.now().steady + (*message.expires - world_.now().utc);
        asked.is_standing =
            message.target.kind != Target::Kind::sessions && message.content.choices.empty();
    }
    ask_to_send(message, repeats_max);
}

void Operators::ask_to_send(const publisher::AskToSend& message, int repeats_left) {
    some_publisher().ask(
        message, answer_timeout, [this, message, repeats_left](publisher::Answer answer) {
            Asked& known = ledger_.asked.at(message.id);
            known.failure.reset();
            if (auto* sent = std::get_if<SendResult>(&answer)) {
                known.accepted = *sent;
            } else if (auto* failed = std::get_if<publisher::Failure>(&answer)) {
                known.failure = failed->error;
                known.is_in_doubt |= failed->error.code == ErrorCode::outcome_unknown;
            }
            world_.trace(message.content.title + ": " +
                         (known.accepted ? "accepted" : to_string(*known.failure)));
            const bool is_repeated =
                known.failure && is_to_repeat(*known.failure) && repeats_left > 0;
            if (is_repeated && ledger_.is_cluster && world_.chance.one_in(2)) {
                ask_to_send(message, repeats_left - 1);
            }
        });
}

void Operators::ask_for_outcomes(Milliseconds timeout) {
    for (auto& [id, asked] : ledger_.asked) ask_for_outcome(id, asked, timeout);
}

/// Until all brokers have answered; what is there when the time is over is incomplete then.
void Operators::ask_for_outcome(const MessageId& id, Asked& asked, Milliseconds timeout) {
    answers_awaited_ += 1;
    const Instant end = world_.now().steady + timeout;
    publishers_[0]->ask(publisher::AskForOutcome{id}, timeout,
                        [this, id, &asked, end](publisher::Answer answer) {
                            answers_awaited_ -= 1;
                            if (auto* got = std::get_if<Outcome>(&answer)) {
                                asked.outcome = std::move(*got);
                                const Milliseconds left = end - world_.now().steady;
                                if (asked.outcome->silent.empty() || left <= Milliseconds{0})
                                    return;
                                return ask_for_outcome(id, asked, left);
                            }
                            const Error& error = std::get<publisher::Failure>(answer).error;
                            if (error.code != ErrorCode::message_unknown) asked.failure = error;
                        });
}

void Operators::ask_for_screens(UtcTime at, Milliseconds timeout) {
    const std::string user = some_session().attributes().user;
    answers_awaited_ += 1;
    publishers_[0]->ask(publisher::AskForScreens{"user=" + user, at}, timeout,
                        [this, user, at](publisher::Answer answer) {
                            answers_awaited_ -= 1;
                            ScreensTold& told = ledger_.screens_told.emplace_back();
                            told.user = user;
                            told.at = at;
                            if (auto* got = std::get_if<crier::Screens>(&answer)) {
                                told.screens = std::move(got->list);
                            } else {
                                told.failure = std::get<publisher::Failure>(answer).error;
                            }
                        });
}

}  // namespace crier::simulation
