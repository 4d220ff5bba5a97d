#include "subscriber/screens/desktop_screen.hpp"

#include <algorithm>

#include "subscriber/screens/desktop_note.hpp"
#include "subscriber/screens/digest.hpp"

namespace crier::screens {
namespace {

/// How often a server that holds back is asked again, in case that it does not tell by itself.
constexpr Milliseconds held_back_interval{5'000};
/// What comes this soon after a digest is the rest of the same burst.
constexpr Milliseconds burst_gap{1'000};
/// How often a bus is looked for where there was none.
constexpr Milliseconds opening_interval{10'000};
/// Of other programs' notifications, too, a server may say that it has closed them.
constexpr std::size_t closed_early_max = 64;

}  // namespace

DesktopScreen::DesktopScreen(const Look& look, Opener open) : look_(look), open_(std::move(open)) {
    look_.is_lasting = true;
    open_server();
}

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
    const Place digest = find_digest();
    const bool is_of_burst = digest != standings_.end() && now - digest->written < burst_gap;
    if (is_of_burst && is_plain(message.content)) return show_digest({&message, 1}, now);
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
    const Place open = find_digest();
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
    found->is_answered = false;
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
        return erase(find(standing.messages.front().id));
    }
    ask(standing, now);
    take_server_events(now);
}

void DesktopScreen::ask(Standing& standing, UtcTime now) {
    // One call at a time: what the server does not know yet it cannot replace.
    standing.is_outdated = standing.stage == Stage::asked && standing.ticket != 0;
    if (standing.is_outdated) return;
    standing.stage = Stage::asked;
    standing.ticket = 0;
    standing.due = now + answer_within;
    if (server_->facts()) {
        ask_server(standing, now);
    } else {
        server_->wake();
    }
}

void DesktopScreen::ask_server(Standing& standing, UtcTime now) {
    const ServerFacts& facts = *server_->facts();
    Note note = standing.is_digest
                    ? digest_note_of(standing.messages, facts, look_, now)
                    : note_of(standing.messages.front(), standing.extras, facts, look_, now);
    note.replaces = standing.id;
    note.has_sound = standing.has_sound;
    standing.write_down(note, now);
    standing.ticket = server_->notify(note);
}

// ---- What the server says
// ------------------------------------------------------------------------

void DesktopScreen::take_server_events(UtcTime now) {
    while (true) {
        const std::vector<ServerEvent> events = server_->take_events();
        if (events.empty()) break;
        for (const ServerEvent& event : events) {
            std::visit([&](const auto& one) { take(one, now); }, event);
        }
    }
    if (!server_->is_lost()) return;
    server_.reset();
    next_opening_ = now + opening_interval;
}

void DesktopScreen::take(const ServerCame& came, UtcTime now) {
    instance_ = came.instance;
    if (noted_) {
        for (const std::uint32_t id : noted_->take_left(instance_)) server_->close(id);
    }
    for (Standing& standing : standings_) {
        if (standing.ticket == 0) ask_server(standing, now);
    }
    tell(Usable{});
}

void DesktopScreen::take(const ServerGone& gone, UtcTime) {
    instance_.clear();
    given_up_.clear();
    closed_early_.clear();
    for (Standing& standing : std::exchange(standings_, {})) {
        tell_all(standing, {State::failed, gone.cause});
    }
}

void DesktopScreen::take(const Notified& notified, UtcTime now) {
    const Place other = find_note(notified.id);
    if (given_up_.erase(notified.ticket) != 0) {
        // Another standing may have taken its place on the desktop meanwhile.
        if (other == standings_.end()) server_->close(notified.id);
        return;
    }
    if (find_asked(notified.ticket) == standings_.end()) return server_->close(notified.id);
    if (other != standings_.end() && other->ticket != notified.ticket) {
        lose(other, "the notification server gave its place to another message");
    }
    const Place found = find_asked(notified.ticket);
    if (found->id != 0 && found->id != notified.id) server_->close(found->id);
    found->id = notified.id;
    found->on_desktop = found->posted;
    note_ids();
    if (std::exchange(found->is_outdated, false)) {
        found->stage = Stage::settling;
        return ask(*found, now);
    }
    if (const auto early = closed_early_.find(notified.id); early != closed_early_.end()) {
        const NoteEnd end = early->second;
        closed_early_.erase(early);
        found->stage = Stage::settling;
        return lose(found, cause_of(end));
    }
    hold_back(*found, notified.held_back, now);
}

/// Or lets it settle.
void DesktopScreen::hold_back(Standing& standing, const HeldBack& held_back, UtcTime now) {
    if (standing.is_shown_under(held_back)) {
        standing.stage = Stage::settling;
        standing.due = now + settles_after;
        return;
    }
    standing.stage = Stage::held_back;
    standing.due = now + held_back_interval;
    tell_all(standing, {State::suppressed, *held_back.cause});
}

void DesktopScreen::take(const NotNotified& failure, UtcTime) {
    if (given_up_.erase(failure.ticket) != 0) return;
    const Place found = find_asked(failure.ticket);
    if (found == standings_.end()) return;
    Standing failed = std::move(*found);
    failed.ticket = 0;
    close(failed);
    erase(found);
    tell_all(failed, {State::failed, failure.cause});
}

void DesktopScreen::take(const NoteClosed& closed, UtcTime) {
    const Place found = find_note(closed.id);
    if (found != standings_.end()) return lose(found, cause_of(closed.end));
    const bool is_any_asked =
        find_if([](const Standing& one) { return one.stage == Stage::asked; }) != standings_.end();
    if (!is_any_asked) closed_early_.clear();
    if (is_any_asked && closed_early_.size() < closed_early_max) {
        closed_early_[closed.id] = closed.end;
    }
}

void DesktopScreen::take(const NoteInvoked& invoked, UtcTime) {
    const Place found = find_note(invoked.id);
    if (found == standings_.end()) return;
    const std::optional<Reply> reply = found->reply_by(invoked.action);
    if (!reply) return;
    found->is_answered = true;
    tell_all(*found, {});  // Who chooses has seen it.
    std::visit([this](const auto& one) { tell(one); }, *reply);
}

void DesktopScreen::take(const HeldBack& held_back, UtcTime now) {
    for (Standing& standing : standings_) {
        // Some servers show later what they held back, and some never do.
        if (standing.stage == Stage::held_back && standing.is_shown_under(held_back)) {
            ask(standing, now);
        }
    }
}

// ---- Time
// ----------------------------------------------------------------------------------------

void DesktopScreen::add_waits(std::vector<pollfd>& waits) const {
    if (server_) return server_->add_waits(waits);
    waits.push_back({-1, 0, 0});
}

void DesktopScreen::serve(std::span<const pollfd>, UtcTime now) {
    if (!server_) return;
    server_->serve();
    take_server_events(now);
}

std::optional<UtcTime> DesktopScreen::next_tick(UtcTime now) const {
    if (!server_) return next_opening_.value_or(now);
    std::optional<UtcTime> next;
    const auto consider = [&next](UtcTime time) { next = std::min(next.value_or(time), time); };
    if (const auto serve = server_->next_serve()) consider(now + *serve);
    for (const Standing& standing : standings_) {
        if (standing.stage != Stage::displayed) consider(standing.due);
        if (const auto text = standing.next_text()) consider(*text);
    }
    return next;
}

void DesktopScreen::tick(UtcTime now) {
    const bool is_opening_due = !server_ && next_opening_.value_or(now) <= now;
    if (is_opening_due && !open_server()) next_opening_ = now + opening_interval;
    if (!server_) return;
    server_->serve();
    take_server_events(now);
    if (!server_) return;
    tick_standings(now);
    take_server_events(now);
}

void DesktopScreen::tick_standings(UtcTime now) {
    std::vector<Standing> late;
    bool is_to_ask = false;
    for (auto place = standings_.begin(); place != standings_.end();) {
        Standing& standing = *place;
        const bool is_over = standing.due <= now;
        if (standing.stage == Stage::asked && is_over) {
            close(standing);
            late.push_back(std::move(standing));
            place = standings_.erase(place);
            continue;
        }
        if (standing.stage == Stage::settling && is_over) {
            standing.stage = Stage::displayed;
            tell_all(standing, {State::displayed, {}, standing.is_digest});
        } else if (standing.stage == Stage::held_back && is_over) {
            standing.due = now + held_back_interval;
            is_to_ask = true;
        }
        if (const auto text = standing.next_text(); text && *text <= now) ask(standing, now);
        ++place;
    }
    for (Standing& standing : late) {
        tell_all(standing,
                 {State::failed, "the notification server did not answer within " +
                                     std::to_string(answer_within.count() / 1'000) + " s"});
    }
    if (!late.empty()) note_ids();
    if (is_to_ask) server_->ask_held_back();
}

// ---- What stands on the desktop
// ------------------------------------------------------------------

template <typename Matches>
DesktopScreen::Place DesktopScreen::find_if(Matches matches) {
    return std::find_if(standings_.begin(), standings_.end(), matches);
}

DesktopScreen::Place DesktopScreen::find(const MessageId& id) {
    return find_if([&](const Standing& standing) { return standing.has(id); });
}

DesktopScreen::Place DesktopScreen::find_digest() {
    return find_if([](const Standing& standing) { return standing.is_digest; });
}

DesktopScreen::Place DesktopScreen::find_note(std::uint32_t id) {
    return find_if([&](const Standing& one) { return id != 0 && one.id == id; });
}

DesktopScreen::Place DesktopScreen::find_asked(NoteTicket ticket) {
    return find_if([&](const Standing& standing) {
        return standing.ticket == ticket && standing.stage == Stage::asked;
    });
}

void DesktopScreen::erase(Place place) {
    standings_.erase(place);
    note_ids();
}

void DesktopScreen::close(const Standing& standing) {
    if (standing.stage == Stage::asked && standing.ticket != 0) given_up_.insert(standing.ticket);
    if (standing.id != 0 && server_) server_->close(standing.id);
}

void DesktopScreen::lose(Place place, const std::string& cause) {
    const Standing gone = std::move(*place);
    erase(place);
    if (gone.stage == Stage::asked) given_up_.insert(gone.ticket);
    for (ScreenEvent& event : gone.events_if_lost(cause)) tell(std::move(event));
}

void DesktopScreen::tell_all(Standing& standing, const Outcome& outcome) {
    for (ScreenEvent& event : standing.events_of(outcome)) tell(std::move(event));
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
