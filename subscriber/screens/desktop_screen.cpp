#include "subscriber/screens/desktop_screen.hpp"

#include <algorithm>

namespace crier::screens {
namespace {

/// How often a server that holds back is asked again, in case that it does not tell by itself.
constexpr Milliseconds held_back_interval{5'000};
/// How often a text with the time that is left is written anew. Often enough to be believed, seldom
/// enough not to call again and again: many servers pop up what is replaced.
constexpr Milliseconds countdown_interval{60'000};

std::string cause_of(NoteEnd end) {
    switch (end) {
        case NoteEnd::expired:
            return "the notification server let it expire";
        case NoteEnd::dismissed:
            return "dismissed by the person";
        case NoteEnd::closed:
            return "closed by another program";
        case NoteEnd::undefined:
            break;
    }
    return "closed by the notification server, which does not say why";
}

}  // namespace

DesktopScreen::DesktopScreen(const Look& look, Opener open) : look_(look), open_(std::move(open)) {
    open_server();
}

DesktopScreen::~DesktopScreen() = default;

bool DesktopScreen::open_server() {
    if (server_) return true;
    Result<std::unique_ptr<NotificationServer>> server = open_();
    if (!server) {
        no_server_ = server.error().detail;
        return false;
    }
    server_ = std::move(*server);
    return true;
}

std::optional<ServerFacts> DesktopScreen::server() const {
    return server_ ? server_->facts() : std::nullopt;
}

// ---- Messages
// ------------------------------------------------------------------------------------

void DesktopScreen::show(const IncomingMessage& message, UtcTime now) {
    withdraw(message.id, now);
    put({.messages = {message}}, now);
}

void DesktopScreen::change(const IncomingMessage& message, UtcTime now) {
    const Place found = find(message.id);
    if (found == standings_.end()) return show(message, now);
    if (found->is_digest) {
        withdraw(message.id, now);
        return put({.messages = {message}, .extras = {.is_changed = true}}, now);
    }
    found->messages = {message};
    found->extras = {.is_changed = true};
    found->told.clear();
    found->is_answered = false;
    post(*found, now);
}

void DesktopScreen::show_digest(std::span<const IncomingMessage> messages, UtcTime now) {
    // One that is still on the desktop grows: a burst in several pieces is no storm either.
    const auto open = std::find_if(standings_.begin(), standings_.end(),
                                   [](const Standing& one) { return one.is_digest; });
    if (open == standings_.end()) {
        put({.messages = {messages.begin(), messages.end()}, .is_digest = true}, now);
        return;
    }
    open->messages.insert(open->messages.end(), messages.begin(), messages.end());
    post(*open, now);
}

void DesktopScreen::escalate(const MessageEscalated& escalated, UtcTime now) {
    const Place found = find(escalated.id);
    if (found == standings_.end() || found->is_digest) return;
    found->extras.is_escalated = true;
    found->has_sound = escalated.urgency == Urgency::sound;
    found->messages.front().content.style = Style::alert;
    post(*found, now);
}

void DesktopScreen::remove(const MessageRemoved& removed, UtcTime now) {
    withdraw(removed.id, now);
}

void DesktopScreen::withdraw(const MessageId& id, UtcTime now) {
    const Place found = find(id);
    if (found == standings_.end()) return;
    if (found->messages.size() == 1) {
        close(*found);
        return erase(found);
    }
    std::erase_if(found->messages, [&](const IncomingMessage& one) { return one.id == id; });
    found->told.erase(id);
    post(*found, now);
}

void DesktopScreen::acknowledged(const Acknowledgement& reply, const Status& outcome, UtcTime now) {
    const Place found = find(reply.id);
    if (found == standings_.end()) return;
    if (outcome) return withdraw(reply.id, now);
    post(*found, now);  // Its button may have closed it.
}

void DesktopScreen::dismissed(const Dismissal& reply, const Status& outcome, UtcTime now) {
    if (outcome) withdraw(reply.id, now);
}

void DesktopScreen::ended(const std::optional<SubscriberEnded>&, UtcTime) {
    for (const Standing& standing : standings_) close(standing);
    standings_.clear();
    note_ids();
}

void DesktopScreen::put(Standing standing, UtcTime now) {
    standings_.push_back(std::move(standing));
    post(standings_.back(), now);
}

/// Asks the server for the notification as it is now, in place of its earlier form.
void DesktopScreen::post(Standing& standing, UtcTime now) {
    if (!open_server()) {
        tell_all(standing, {State::failed, no_server_});
        return erase(std::find_if(standings_.begin(), standings_.end(),
                                  [&](const Standing& one) { return &one == &standing; }));
    }
    if (standing.stage == Stage::asked && standing.ticket != 0) given_up_.insert(standing.ticket);
    standing.stage = Stage::asked;
    standing.ticket = 0;
    standing.due = now + answer_within;
    if (server_->facts()) {
        post_to_server(standing, now);
    } else {
        server_->wake();
    }
    take_server_events(now);
}

void DesktopScreen::post_to_server(Standing& standing, UtcTime now) {
    const ServerFacts& facts = *server_->facts();
    Note note = standing.is_digest
                    ? digest_note_of(standing.messages, facts, look_, now)
                    : note_of(standing.messages.front(), standing.extras, facts, look_, now);
    note.replaces = standing.id;
    note.has_sound = standing.has_sound;
    standing.urgency = note.urgency;
    standing.ticket = server_->notify(note);
}

// ---- What the server says
// ------------------------------------------------------------------------

void DesktopScreen::take_server_events(UtcTime now) {
    for (const ServerEvent& event : server_->take_events()) {
        std::visit([&](const auto& one) { take(one, now); }, event);
    }
}

void DesktopScreen::take(const ServerCame& came, UtcTime now) {
    instance_ = came.instance;
    if (noted_) {
        for (const std::uint32_t id : noted_->take_left(instance_)) server_->close(id);
    }
    for (Standing& standing : standings_) {
        if (standing.ticket == 0) post_to_server(standing, now);
    }
    tell(Usable{});
}

void DesktopScreen::take(const ServerGone& gone, UtcTime) {
    instance_.clear();
    given_up_.clear();
    for (Standing& standing : std::exchange(standings_, {})) {
        standing.told.clear();
        tell_all(standing, {State::failed, gone.cause});
    }
    note_ids();
}

void DesktopScreen::take(const Notified& notified, UtcTime now) {
    if (given_up_.erase(notified.ticket) != 0) {
        // Another standing may have taken its place on the desktop meanwhile.
        if (find_note(notified.id) == standings_.end()) server_->close(notified.id);
        return;
    }
    const Place found =
        std::find_if(standings_.begin(), standings_.end(), [&](const Standing& one) {
            return one.ticket == notified.ticket && one.stage == Stage::asked;
        });
    if (found == standings_.end()) return server_->close(notified.id);
    if (found->id != 0 && found->id != notified.id) server_->close(found->id);
    found->id = notified.id;
    note_ids();
    if (notified.held_back) {
        found->stage = Stage::held_back;
        return tell_all(*found, {State::suppressed, *notified.held_back});
    }
    found->stage = Stage::settling;
    found->due = now + settles_after;
}

void DesktopScreen::take(const NotNotified& failure, UtcTime) {
    if (given_up_.erase(failure.ticket) != 0) return;
    const Place found =
        std::find_if(standings_.begin(), standings_.end(), [&](const Standing& one) {
            return one.ticket == failure.ticket && one.stage == Stage::asked;
        });
    if (found == standings_.end()) return;
    Standing failed = std::move(*found);
    close(failed);
    erase(found);
    tell_all(failed, {State::failed, failure.cause});
}

void DesktopScreen::take(const NoteClosed& closed, UtcTime) {
    const Place found = find_note(closed.id);
    if (found == standings_.end()) return;
    Standing gone = std::move(*found);
    erase(found);
    if (gone.stage == Stage::asked || gone.stage == Stage::settling) {
        if (gone.stage == Stage::asked) given_up_.insert(gone.ticket);
        return tell_all(gone, {State::failed, "closed at once: " + cause_of(closed.end)});
    }
    const std::string cause = gone.is_answered ? "closed after the answer" : cause_of(closed.end);
    for (const IncomingMessage& message : gone.messages) {
        tell(Dismissal{message.id, message.revision, cause});
    }
}

void DesktopScreen::take(const NoteInvoked& invoked, UtcTime) {
    const Place found = find_note(invoked.id);
    if (found == standings_.end() || found->is_digest) return;
    const IncomingMessage& message = found->messages.front();
    // A server may say what it was not offered.
    const std::optional<std::uint32_t> choice = choice_of_action(invoked.action);
    if (choice && *choice < message.content.choices.size()) {
        found->is_answered = true;
        tell(Answer{message.id, message.revision, *choice});
    } else if (invoked.action == acknowledge_action && message.content.style == Style::alert) {
        found->is_answered = true;
        tell(Acknowledgement{message.id, message.revision});
    }
}

void DesktopScreen::take(const HeldBack& held_back, UtcTime now) {
    for (Standing& standing : standings_) {
        const bool is_shown = !held_back.cause || (held_back.shows_critical &&
                                                   standing.urgency == NoteUrgency::critical);
        if (standing.stage != Stage::held_back || !is_shown) continue;
        standing.stage = Stage::settling;
        standing.due = now + settles_after;
    }
}

// ---- Time
// ----------------------------------------------------------------------------------------

void DesktopScreen::add_waits(std::vector<pollfd>& waits) const {
    if (server_) {
        server_->add_waits(waits);
    } else {
        waits.push_back({-1, 0, 0});
    }
}

void DesktopScreen::serve(std::span<const pollfd>, UtcTime now) {
    if (!server_) return;
    server_->serve();
    take_server_events(now);
}

std::optional<UtcTime> DesktopScreen::next_tick(UtcTime now) const {
    if (!server_) return std::nullopt;
    std::optional<UtcTime> next;
    const auto consider = [&next](UtcTime time) { next = std::min(next.value_or(time), time); };
    if (const auto serve = server_->next_serve()) consider(now + *serve);
    for (const Standing& standing : standings_) {
        if (standing.stage == Stage::held_back) {
            consider(now + held_back_interval);
        } else if (standing.stage != Stage::displayed) {
            consider(standing.due);
        } else if (standing.is_counting(now)) {
            consider(standing.due + countdown_interval);
        }
    }
    return next;
}

void DesktopScreen::tick(UtcTime now) {
    if (!server_) return;
    server_->serve();
    take_server_events(now);
    std::vector<Standing> late;
    for (auto place = standings_.begin(); place != standings_.end();) {
        const bool is_over = place->due <= now;
        if (place->stage == Stage::settling && is_over) {
            place->stage = Stage::displayed;
            tell_all(*place, {State::displayed, {}, place->is_digest});
        } else if (place->stage == Stage::asked && is_over) {
            close(*place);
            late.push_back(std::move(*place));
            place = standings_.erase(place);
            continue;
        }
        ++place;
    }
    for (Standing& standing : late) {
        standing.told.clear();
        tell_all(standing,
                 {State::failed, "the notification server did not answer within " +
                                     std::to_string(answer_within.count() / 1'000) + " s"});
    }
    if (!late.empty()) note_ids();
    bool is_held_back = false;
    for (Standing& standing : standings_) {
        is_held_back = is_held_back || standing.stage == Stage::held_back;
        const bool is_due = standing.stage == Stage::displayed && standing.is_counting(now) &&
                            standing.due + countdown_interval <= now;
        if (is_due) post(standing, now);
    }
    if (is_held_back) server_->ask_held_back();
}

// ---- What stands on the desktop
// ------------------------------------------------------------------

DesktopScreen::Place DesktopScreen::find(const MessageId& id) {
    return std::find_if(standings_.begin(), standings_.end(), [&](const Standing& standing) {
        return std::any_of(standing.messages.begin(), standing.messages.end(),
                           [&](const IncomingMessage& message) { return message.id == id; });
    });
}

DesktopScreen::Place DesktopScreen::find_note(std::uint32_t id) {
    return std::find_if(standings_.begin(), standings_.end(),
                        [&](const Standing& standing) { return standing.id == id; });
}

void DesktopScreen::erase(Place place) {
    standings_.erase(place);
    note_ids();
}

void DesktopScreen::close(const Standing& standing) {
    if (standing.stage == Stage::asked && standing.ticket != 0) given_up_.insert(standing.ticket);
    if (standing.id != 0 && server_) server_->close(standing.id);
}

void DesktopScreen::tell_all(Standing& standing, const Outcome& outcome) {
    for (const IncomingMessage& message : standing.messages) {
        const bool is_new =
            outcome.state != State::displayed || standing.told.insert(message.id).second;
        if (is_new) tell(message, outcome);
    }
}

void DesktopScreen::note_ids() {
    if (!noted_ || instance_.empty()) return;
    std::vector<std::uint32_t> ids;
    for (const Standing& standing : standings_) {
        if (standing.id != 0) ids.push_back(standing.id);
    }
    noted_->write(instance_, ids);
}

}  // namespace crier::screens
